// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What the audit costs the database's thread, as counts, and that nothing is lost. Its times
// are measured in benchmarks/.
#include <hark/audit.hpp>
#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/counting_new.hpp"
#include "support/folder.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;

/// Counts, and keeps nothing.
class CountingHandler final : public audit::SyncEventHandler<> {
 public:
  void request_start(const audit::RequestStart&) override {}
  void event_start(const audit::EventStart&) override {}
  void event_end(const audit::EventEnd&) override { ++events; }
  void request_end(const audit::RequestEnd&) override {}

  std::atomic<std::uint64_t> events{0};
};

struct Track {
  std::int64_t id = 0;
  std::string title;
};

class AuditFiguresTest : public ::testing::Test {
 protected:
  static constexpr std::size_t turns = 100;

  AuditFiguresTest() {
    Connection connection(engine);
    connection.execute("CREATE TABLE track (id INTEGER PRIMARY KEY, title TEXT)");
    connection.execute("INSERT INTO track VALUES (1, 'a title')");
    connection.commit();
  }

  Track find(Connection& connection) {
    return connection.execute(by_id, {{"id", 1}, {"title", "a title"}}).one<Track>();
  }

  /// The median of many, when all memory is there that is used again and again.
  template <class Act>
  std::size_t allocations_each(audit::Subscription subscription, Act act) {
    std::vector<std::size_t> made(turns);
    for (int round = 0; round < 5; ++round) {
      for (std::size_t& each : made) each = allocations_of(act);
      EXPECT_TRUE(subscription.flush(1min));
    }
    EXPECT_EQ(subscription.statistics().lost_events, 0U);
    EXPECT_GE(handler->events.load(), 5 * turns);
    const auto middle = made.begin() + turns / 2;
    std::nth_element(made.begin(), middle, made.end());
    return *middle;
  }

  Engine engine = create_engine(
      "sqlite://",
      {.poolclass = PoolClass::queue, .pool = {.pool_size = 1, .max_overflow = 0}});
  const Clause by_id =
      text("SELECT id, title FROM track WHERE id = :id AND title = :title");
  const std::shared_ptr<CountingHandler> handler = std::make_shared<CountingHandler>();
};

TEST_F(AuditFiguresTest, StatementCostsItsThreadTwoAllocationsAtMost) {
  const audit::Subscription subscription = audit::use_event_handler(engine, handler);
  const audit::Request request(engine, "find");
  Connection connection(engine);

  const std::size_t made =
      allocations_each(subscription, [&] { ASSERT_EQ(find(connection).id, 1); });

  EXPECT_LE(made, 2U);
}

TEST_F(AuditFiguresTest, PooledStatementInARequestCostsItsThreadTwoAllocationsAtMost) {
  const audit::Subscription subscription = audit::use_event_handler(engine, handler);
  const audit::Request request(engine, "find");

  const std::size_t made = allocations_each(subscription, [&] {
    Connection connection(engine);
    ASSERT_EQ(find(connection).id, 1);
  });

  EXPECT_LE(made, 2U);
}

TEST_F(AuditFiguresTest,
       PooledStatementThatIsARequestCostsItsThreadTwoAllocationsAtMost) {
  const audit::Subscription subscription = audit::use_event_handler(engine, handler);

  const std::size_t made = allocations_each(subscription, [&] {
    Connection connection(engine);
    ASSERT_EQ(find(connection).id, 1);
  });

  EXPECT_LE(made, 2U);
}

// -- a file -----------------------------------------------------------------------------

/// What stands behind a key of a line.
std::uint64_t number_in(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  EXPECT_NE(at, std::string_view::npos) << line;
  if (at == std::string_view::npos) return 0;
  return std::strtoull(line.data() + at + key.size(), nullptr, 10);
}

/// The parameters of statements that have ended, in their order.
std::vector<std::uint64_t> numbers_in(const std::string& path) {
  std::vector<std::uint64_t> found;
  std::map<std::uint64_t, std::uint64_t> open;  // by the event's id
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.find(R"("kind":"statement")") == std::string::npos) continue;
    const std::uint64_t id = number_in(line, R"("id":)");
    if (line.find(R"("type":"event_start")") != std::string::npos) {
      open[id] = number_in(line, R"("value":)");
    } else if (const auto at = open.find(id); at != open.end()) {
      found.push_back(at->second);
      open.erase(at);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(AuditLossTest, NoneOfManyStatementsOfFourThreadsIsLostWhereTheyWait) {
  constexpr std::int64_t each = 5'000;
  constexpr std::int64_t threads = 4;
  const Folder folder;
  const std::string file = folder.path("audit.jsonl");
  Engine engine = create_engine("sqlite://");  // each thread has its own database
  const Clause select = text("SELECT :number");
  audit::Subscription subscription = audit::use_event_handler(
      engine,
      std::make_shared<audit::JsonLinesEventHandler>(file),
      {.policy = audit::QueuePolicy::block, .capacity = 256, .shutdown_timeout = 1min});

  {
    std::vector<std::jthread> working;
    for (std::int64_t thread = 0; thread < threads; ++thread)
      working.emplace_back([&, thread] {
        Connection connection(engine);
        for (std::int64_t i = 0; i < each; ++i)
          connection.execute(select, {{"number", thread * each + i}}).fetchall();
      });
  }
  const bool is_written = subscription.flush(5min);
  const audit::Statistics told = subscription.statistics();
  subscription.disconnect();

  EXPECT_TRUE(is_written);
  EXPECT_EQ(told.lost_events + told.lost_requests + told.failures, 0U);
  EXPECT_LE(told.most_queued, 256U);
  std::vector<std::uint64_t> all(threads * each);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(numbers_in(file), all);
}

}  // namespace
}  // namespace hark::test
