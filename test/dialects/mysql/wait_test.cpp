// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// The driver as a fiber calls it: nothing blocks, and any wait may throw.
#include "dialects/mysql/wait.hpp"

#include <hark/detail/flow.hpp>

#include <poll.h>

#include <thread>

#include "dialects/mysql/driver_fixture.hpp"

namespace hark::test {
namespace {

/// Takes this thread for a fiber, which polls instead of suspending itself.
class PollingFlow final : public detail::Suspender {
 public:
  /// The wait of that number throws, from 0 on; -1: none does.
  explicit PollingFlow(int thrown) : thrown_(thrown) { states_.enter(this); }
  PollingFlow(const PollingFlow&) = delete;
  PollingFlow& operator=(const PollingFlow&) = delete;
  ~PollingFlow() { states_.leave(); }

  bool wait_for(int socket,
                Ready what,
                detail::SocketWatchPtr& /*watch*/,
                const Deadline& /*deadline*/,
                dbapi::Connection* /*interrupted*/) override {
    count();
    pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
    if (what == Ready::write) waiting.events = POLLOUT;
    if (what == Ready::both) waiting.events = POLLIN | POLLOUT;
    while (::poll(&waiting, 1, -1) < 0) {
    }
    return true;
  }
  void run_elsewhere(detail::WorkRef work, dbapi::Connection* /*interrupted*/) override {
    count();
    std::exception_ptr failure;
    std::thread([&] {
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
    }).join();
    if (failure != nullptr) std::rethrow_exception(failure);
  }
  bool park(const Deadline& /*deadline*/) override { return true; }
  void unpark() noexcept override {}

  int waits() const noexcept { return waits_; }

 private:
  void count() {
    if (waits_++ == thrown_) {
      throw dbapi::OperationalError("given up",
                                    {.is_disconnect = true, .is_cancelled = true});
    }
  }

  detail::FlowStates states_;
  const int thrown_;
  int waits_ = 0;
};

class MySqlWaitTest : public MySqlDriverTest {
 protected:
  void SetUp() override {
    MySqlDriverTest::SetUp();
    if (IsSkipped()) return;
    run(other(), "CREATE TABLE waits (id INT PRIMARY KEY, name TEXT) ENGINE=InnoDB");
  }

  static void insert(mysql::Connection& connection, std::string_view sql) {
    std::vector<Values> rows;
    for (int i = 1; i <= 250; ++i) rows.push_back({i, "number " + std::to_string(i)});
    RowsOf source(rows);
    connection.cursor()->executemany(sql, source);
  }

  /// Something of all that a session can be asked.
  void use(mysql::Connection& connection) {
    connection.begin();
    run(connection, "DELETE FROM waits");
    insert(connection, "INSERT INTO waits VALUES (?, ?)");
    connection.commit();
    EXPECT_TRUE(connection.ping());
    const dbapi::CursorPtr stream = connection.cursor();
    dbapi::Operation many("SELECT seq, REPEAT('x', 2000) FROM seq_1_to_2000");
    many.streams = true;
    stream->execute(many, {});
    EXPECT_TRUE(stream->fetch());
    EXPECT_EQ(query(connection, "SELECT COUNT(*) FROM waits WHERE id > ?", {50}),
              std::vector<Values>{{200}});
    EXPECT_EQ(remaining(*stream).size(), 1999U);
    stream->execute(many, {});
    stream->close();
    connection.begin();
    run(connection, "DELETE FROM waits");
    insert(connection, "LOAD DATA LOCAL INFILE 'rows' INTO TABLE waits");
    connection.rollback();
    EXPECT_EQ(query(connection, "SELECT COUNT(*) FROM waits"),
              std::vector<Values>{{250}});
    run(connection, "DELETE FROM waits");
  }
};

TEST_F(MySqlWaitTest, AFlowWaitsForWhateverAThreadBlocksFor) {
  PollingFlow flow(-1);
  const auto connection = connect();
  use(*connection);
  connection->close();
  EXPECT_GT(flow.waits(), 20);
}

TEST_F(MySqlWaitTest, AFlowMayGiveUpAtEveryWait) {
  for (int thrown = 0;; ++thrown) {
    SCOPED_TRACE(thrown);
    PollingFlow flow(thrown);
    std::unique_ptr<mysql::Connection> connection;
    bool has_failed = false;
    try {
      connection = connect();
      use(*connection);
    } catch (const dbapi::Error& error) {
      has_failed = true;
      EXPECT_TRUE(error.is_disconnect()) << error.what();
    }
    if (flow.waits() <= thrown) {
      EXPECT_FALSE(has_failed);
      return;
    }
    EXPECT_TRUE(has_failed);
    if (connection == nullptr) continue;
    EXPECT_FALSE(connection->is_connected());
    EXPECT_FALSE(connection->ping());
    EXPECT_TRUE(error_of([&] { query(*connection, "SELECT 1"); }).is_disconnect);
    connection->close();
  }
}

TEST_F(MySqlWaitTest, AThreadGoesOnWithWhatAFlowHasOpened) {
  std::unique_ptr<mysql::Connection> connection;
  {
    PollingFlow flow(-1);
    connection = connect();
    run(*connection, "DO 1");
  }
  use(*connection);
  PollingFlow flow(-1);
  use(*connection);
}

}  // namespace
}  // namespace hark::test
