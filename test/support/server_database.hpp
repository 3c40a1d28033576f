// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace hark::test {

/// The database of the running test, on the server that all tests of the program use.
class TestDatabase final : public ::testing::EmptyTestEventListener {
 public:
  using Create = std::string (*)(const std::string& url, const std::string& name);
  using Drop = void (*)(const std::string& url);

  /// One that is told when tests end, and lives as long as the program.
  static TestDatabase& make(Create create, Drop drop);

  /// Its URL. `server`: the URL of one of the server's databases.
  const std::string& url(const std::string& server);

 private:
  TestDatabase(Create create, Drop drop) : create_(create), drop_(drop) {}
  void OnTestEnd(const ::testing::TestInfo&) override;

  const Create create_;
  const Drop drop_;
  std::optional<std::string> url_;
};

/// An environment variable; empty: the user has not set it.
std::string variable(const char* name);

}  // namespace hark::test
