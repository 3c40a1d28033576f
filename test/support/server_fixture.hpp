// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <gtest/gtest.h>

#include <string>

/// Tests on database servers.
///
/// The programs that have them are added with hark_add_server_test_program(). All tests of a
/// program use one server: the throw-away server of the program, or the one to whose URL the
/// user has set HARK_TEST_POSTGRESQL or HARK_TEST_MYSQL. A test that stops its server makes
/// one of its own: PostgresServer, MariaDbServer.
namespace hark::test {

/// The URL of a database that is made for the running test, the same whenever it asks, and
/// dropped when the test has ended.
///
/// Throws: std::runtime_error when there is no server.
std::string postgresql_url();
std::string mysql_url();

/// The fixture of a test on PostgreSQL, which is skipped where there is none.
class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override;

  std::string url() { return postgresql_url(); }
};

/// The fixture of a test on MariaDB or MySQL, which is skipped where there is none.
class MySqlTest : public ::testing::Test {
 protected:
  void SetUp() override;

  std::string url() { return mysql_url(); }
};

/// The fixture of a test that has a PostgresServer of its own.
class PostgresServerTest : public ::testing::Test {
 protected:
  void SetUp() override;
};

/// The fixture of a test that has a MariaDbServer of its own.
class MariaDbServerTest : public ::testing::Test {
 protected:
  void SetUp() override;
};

}  // namespace hark::test
