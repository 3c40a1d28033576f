// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/server_database.hpp"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <utility>

namespace hark::test {

TestDatabase& TestDatabase::make(Create create, Drop drop) {
  auto* const made = new TestDatabase(create, drop);  // GoogleTest deletes it
  ::testing::UnitTest::GetInstance()->listeners().Append(made);
  return *made;
}

const std::string& TestDatabase::url(const std::string& server) {
  if (url_) return *url_;
  static int number = 0;
  const std::string process = std::to_string(::getpid());
  return url_.emplace(
      create_(server, "hark_test_" + process + "_" + std::to_string(++number)));
}

void TestDatabase::OnTestEnd(const ::testing::TestInfo&) {
  if (!url_) return;
  try {
    drop_(*std::exchange(url_, std::nullopt));
  } catch (const std::exception& error) {
    ADD_FAILURE() << "the test's database cannot be dropped: " << error.what();
  }
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace hark::test
