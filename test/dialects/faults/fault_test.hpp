// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/lost_error.hpp>
#include <hark/engine.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/faults/ending_checker.hpp"
#include "dialects/faults/peer.hpp"

namespace hark::test {

/// Asks until it is true; false: it was not for half a minute.
template <class Condition>
bool becomes_true(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
  }
  return true;
}

/// What nobody but the server knows of its database `faults`, which has a table
/// `t (id, note)`.
class Observer {
 public:
  explicit Observer(const peer::Own& own);

  /// Of others.
  std::int64_t sessions() { return count(peer::count_sessions) - 1; }
  std::int64_t busy() { return count(peer::count_busy); }
  /// Ends a session, and returns when it has gone.
  void kill(std::int64_t session);

  /// In their order.
  std::vector<int> ids();
  std::vector<std::string> prepared();
  void rollback_prepared(const std::string& xid);
  /// An empty table, and nothing that was prepared.
  void clear();

 private:
  std::int64_t count(std::string_view sql);

  Engine control_;
  Engine faults_;
  Connection connection_;  // to `faults`
};

/// An engine all of whose announcements must have an end, and whose connections must all
/// come back.
class WatchedEngine {
 public:
  /// What a listener of handle_error was told.
  struct Told {
    bool is_disconnect = false;
    bool invalidates_pool = false;
    bool has_connection = false;
  };

  explicit WatchedEngine(const std::string& url, const EngineOptions& options = {});
  WatchedEngine(const WatchedEngine&) = delete;
  WatchedEngine& operator=(const WatchedEngine&) = delete;
  ~WatchedEngine();

  std::vector<Told> told() const;
  /// The disconnects among it.
  std::size_t disconnects() const;

  EndingChecker checker;
  Engine engine;

 private:
  mutable std::mutex mutex_;
  std::vector<Told> told_;  // guarded by mutex_
};

/// Nobody hears of errors that nobody could be told of, while there is one.
class QuietLostErrors {
 public:
  QuietLostErrors() noexcept;
  QuietLostErrors(const QuietLostErrors&) = delete;
  QuietLostErrors& operator=(const QuietLostErrors&) = delete;
  ~QuietLostErrors();

  static int count() noexcept;

 private:
  LostErrorHandler before_;
};

std::int64_t session_of(Connection& connection);

/// The fixture of what happens to one server, which all tests of the program share.
class FaultTest : public ::testing::Test {
 protected:
  /// No engine of the test is left, and no session of theirs.
  ~FaultTest() override;
  void SetUp() override;

  static peer::Own& own();
  static Observer& observer();
  static const std::string& url() { return own().url; }
};

/// The fixture of a test that stops its server.
class OwnServerTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void start(const ServerOptions& options = {}) { own_ = peer::start(options); }
  Server& server() { return *own_.server; }
  const std::string& url() const { return own_.url; }
  const peer::Own& own() const { return own_; }

 private:
  peer::Own own_;
};

extern const Clause insert_row;  ///< :id, :note

}  // namespace hark::test
