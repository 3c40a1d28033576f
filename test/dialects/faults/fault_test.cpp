// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/faults/fault_test.hpp"

#include <algorithm>
#include <atomic>
#include <exception>

namespace hark::test {

const Clause insert_row = text("INSERT INTO t (id, note) VALUES (:id, :note)");

// -- Observer ---------------------------------------------------------------------------

Observer::Observer(const peer::Own& own)
    : control_(URL(own.control_url), {.isolation_level = "AUTOCOMMIT"}),
      faults_(URL(own.url), {.isolation_level = "AUTOCOMMIT"}),
      connection_(faults_) {
  connection_.execute("CREATE TABLE t (id int PRIMARY KEY, note varchar(200))");
}

std::int64_t Observer::count(std::string_view sql) {
  return control_.connect().execute(sql).scalar_one<std::int64_t>();
}

void Observer::kill(std::int64_t session) {
  const std::int64_t before = sessions();
  control_.connect().execute(peer::kill(session));
  if (!becomes_true([&] { return sessions() < before; })) ADD_FAILURE() << "it lives on";
}

std::vector<int> Observer::ids() {
  return connection_.execute("SELECT id FROM t ORDER BY id").scalars<int>();
}

std::vector<std::string> Observer::prepared() { return connection_.recover_twophase(); }

void Observer::rollback_prepared(const std::string& xid) {
  connection_.rollback_prepared(xid, /*recover=*/true);
}

void Observer::clear() {
  for (const std::string& xid : prepared()) rollback_prepared(xid);
  connection_.execute("DELETE FROM t");
}

// -- WatchedEngine ----------------------------------------------------------------------

WatchedEngine::WatchedEngine(const std::string& url, const EngineOptions& options)
    : engine(URL(url), options) {
  checker.watch(engine);
  event::listen<ConnectionEvents::handle_error>(engine, [this](ExceptionContext& error) {
    const std::lock_guard lock(mutex_);
    told_.push_back({.is_disconnect = error.is_disconnect,
                     .invalidates_pool = error.invalidate_pool_on_disconnect,
                     .has_connection = error.connection != nullptr});
  });
}

WatchedEngine::~WatchedEngine() {
  EXPECT_EQ(engine.pool().checked_out(), 0U);
  engine.dispose();
  EXPECT_EQ(checker.open(), 0U);
  EXPECT_EQ(checker.complaints(), "");
}

std::vector<WatchedEngine::Told> WatchedEngine::told() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

std::size_t WatchedEngine::disconnects() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      told_.begin(), told_.end(), [](const Told& each) { return each.is_disconnect; }));
}

// -- QuietLostErrors --------------------------------------------------------------------

namespace {

std::atomic<int> lost_errors{0};

}  // namespace

QuietLostErrors::QuietLostErrors() noexcept
    : before_(set_lost_error_handler(
          [](std::string_view, const std::exception_ptr&) { ++lost_errors; })) {
  lost_errors = 0;
}

QuietLostErrors::~QuietLostErrors() { set_lost_error_handler(before_); }

int QuietLostErrors::count() noexcept { return lost_errors; }

std::int64_t session_of(Connection& connection) {
  return connection.execute(peer::session_id).scalar_one<std::int64_t>();
}

// -- fixtures ---------------------------------------------------------------------------

namespace {

constexpr const char* not_installed = "the database server is not installed";

}  // namespace

peer::Own& FaultTest::own() {
  static peer::Own one = peer::start({});
  return one;
}

Observer& FaultTest::observer() {
  static Observer one(own());
  return one;
}

void FaultTest::SetUp() {
  if (!peer::is_installed()) GTEST_SKIP() << not_installed;
  observer().clear();
}

FaultTest::~FaultTest() {
  if (IsSkipped()) return;
  EXPECT_TRUE(becomes_true([] { return observer().sessions() == 0; }))
      << "sessions were left on the server";
}

void OwnServerTest::SetUp() {
  if (!peer::is_installed()) GTEST_SKIP() << not_installed;
}

}  // namespace hark::test
