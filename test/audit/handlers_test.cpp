// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/buffer_event_handler.hpp>
#include <hark/audit/handlers/cli_event_handler.hpp>
#include <hark/error.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <variant>

namespace hark::test {
namespace {

using namespace std::chrono_literals;
using audit::BufferEventHandler;
using audit::CLIEventHandler;
using audit::CLIOptions;
using audit::EventEnd;
using audit::EventKind;
using audit::Records;
using audit::RequestEnd;
using audit::RequestStart;

EventEnd event(std::uint64_t id, EventKind kind = EventKind::statement) {
  EventEnd made;
  made.id = id;
  made.request_id = 1;
  made.kind = kind;
  made.elapsed = 1500us;
  return made;
}

RequestEnd request(std::uint64_t id, std::string name = "order 17") {
  RequestEnd made;
  made.id = id;
  made.name = std::move(name);
  made.elapsed = 2ms;
  return made;
}

std::shared_ptr<const audit::Statement> statement(std::string text,
                                                  std::string summary = {}) {
  auto made = std::make_shared<audit::Statement>();
  made->text = std::move(text);
  made->summary = std::move(summary);
  return made;
}

// -- in memory ------------------------------------------------------------------------------

TEST(BufferEventHandlerTest, KeepsWhatItIsToldInItsOrder) {
  BufferEventHandler buffer;
  buffer.request_start(request(1));
  buffer.event_start(event(2));
  buffer.event_end(event(2));
  buffer.event_end(event(3, EventKind::checkout));
  buffer.request_end(request(1));

  const Records records = buffer.records();

  ASSERT_EQ(records.size(), 5U);
  EXPECT_EQ(std::get<RequestStart>(records[0]).id, 1U);
  EXPECT_EQ(std::get<audit::EventStart>(records[1]).id, 2U);
  EXPECT_EQ(std::get<EventEnd>(records[2]).id, 2U);
  EXPECT_EQ(std::get<RequestEnd>(records[4]).name, "order 17");
  EXPECT_EQ(buffer.events().size(), 2U);
  ASSERT_EQ(buffer.events(EventKind::checkout).size(), 1U);
  EXPECT_EQ(buffer.events(EventKind::checkout)[0].id, 3U);
  EXPECT_EQ(buffer.requests().size(), 1U);
}

TEST(BufferEventHandlerTest, DropsTheOldestBeyondItsCapacity) {
  BufferEventHandler buffer(2);

  for (std::uint64_t id = 1; id <= 5; ++id) buffer.event_end(event(id));

  ASSERT_EQ(buffer.records().size(), 2U);
  EXPECT_EQ(buffer.events()[0].id, 4U);
  EXPECT_EQ(buffer.dropped(), 3U);
  buffer.clear();
  EXPECT_TRUE(buffer.records().empty());
  EXPECT_EQ(buffer.dropped(), 0U);
}

TEST(BufferEventHandlerTest, WaitsForWhatOthersAdd) {
  BufferEventHandler buffer;
  std::thread other([&] {
    for (std::uint64_t id = 1; id <= 3; ++id) buffer.event_end(event(id));
  });

  const bool holds =
      buffer.wait_for([](const Records& records) { return records.size() == 3; }, 30s);

  EXPECT_TRUE(holds);
  other.join();
}

TEST(BufferEventHandlerTest, WaitsNoLongerThanItMay) {
  const BufferEventHandler buffer;

  EXPECT_FALSE(buffer.wait_for([](const Records&) { return false; }, 1ms));
  EXPECT_TRUE(buffer.wait_for([](const Records&) { return true; }, 0ms));
}

// -- on a terminal --------------------------------------------------------------------------

/// A CLIEventHandler, and what it has written.
class Screen {
 public:
  explicit Screen(CLIOptions options = {}) : handler_(to_here(options)) {}

  CLIEventHandler* operator->() { return &handler_; }
  std::string text() const { return written_.str(); }
  /// An event alone in a request, without the lines of that.
  std::string line_of(const EventEnd& event) {
    audit::CLIRequestContext context = handler_.request_start(request(1));
    written_.str("");
    const std::size_t depth = handler_.event_start(event, context);
    handler_.event_end(event, context, depth);
    return text();
  }
  std::ostringstream& stream() { return written_; }

 private:
  CLIOptions to_here(CLIOptions options) {
    options.stream = &written_;
    return options;
  }
  std::ostringstream written_;
  CLIEventHandler handler_;
};

TEST(CLIEventHandlerTest, ShowsRequestsWithTheirEventsInsideOneAnother) {
  Screen screen;
  EventEnd outer = event(2, EventKind::transaction);
  outer.ended_by = "commit";
  EventEnd inner = event(3);
  inner.parent_id = 2;
  inner.rows = 1;
  inner.elapsed = 118us;
  inner.statement = statement("INSERT INTO\n  orders VALUES (?)");
  RequestEnd end = request(1);
  end.events = 2;

  auto context = screen->request_start(request(1));
  const std::size_t outer_depth = screen->event_start(outer, context);
  const std::size_t inner_depth = screen->event_start(inner, context);
  screen->event_end(inner, context, inner_depth);
  screen->event_end(outer, context, outer_depth);
  screen->request_end(end, std::move(context));

  EXPECT_EQ(screen.text(),
            "#1 order 17\n"
            "#1       118 µs  1 row  INSERT INTO orders VALUES (?)\n"
            "#1    1.50 ms  transaction commit\n"
            "#1 ok in 2.00 ms: 2 events, 1 statement in 118 µs\n");
}

TEST(CLIEventHandlerTest, SaysWhatFailed) {
  Screen screen;
  EventEnd failed = event(2);
  failed.statement = statement("SELECT 1");
  failed.outcome = Outcome::error;
  failed.failure = {.type = "IntegrityError", .message = "UNIQUE\nfailed"};
  RequestEnd end = request(1);
  end.outcome = Outcome::cancelled;
  end.lost = 3;

  EXPECT_EQ(screen.line_of(failed),
            "#1    1.50 ms  IntegrityError: UNIQUE failed  SELECT 1\n");
  screen.stream().str("");
  screen->request_end(end, {.errors = 1});
  EXPECT_EQ(screen.text(), "#1 cancelled in 2.00 ms: 0 events, 1 failure, 3 lost\n");
}

TEST(CLIEventHandlerTest, CountsWhatFailedOnce) {
  Screen screen;
  EventEnd failed = event(2);
  failed.outcome = Outcome::error;
  EventEnd error = failed;
  error.kind = EventKind::error;

  auto context = screen->request_start(request(1));
  screen->event_end(error, context, screen->event_start(error, context));
  screen->event_end(failed, context, screen->event_start(failed, context));

  EXPECT_EQ(context.errors, 1U);
}

TEST(CLIEventHandlerTest, SaysWhatWasLostAndWhatIsTheProgramsOwn) {
  EventEnd lost = event(2, EventKind::lost);
  lost.name = "queue full";
  lost.attributes = {{"events", 7}, {"requests", 0}};
  EventEnd own = event(3, EventKind::custom);
  own.name = "cache.lookup";
  own.attributes = {{"key", "order 17"}};
  EventEnd checkout = event(4, EventKind::checkout);
  checkout.waited = 1ms;

  EXPECT_EQ(Screen().line_of(lost),
            "#1             lost queue full events=7 requests=0\n");
  EXPECT_EQ(Screen().line_of(own), "#1    1.50 ms  cache.lookup key='order 17'\n");
  EXPECT_EQ(Screen().line_of(checkout), "#1    1.50 ms  waited 1.00 ms  checkout\n");
}

TEST(CLIEventHandlerTest, CutsLinesAtItsWidthAndShowsSummariesInstead) {
  EventEnd long_one = event(2, EventKind::executemany);
  long_one.batch_size = 500;
  long_one.statement = statement("INSERT INTO täbles VALUES (?)", "INSERT täbles");

  EXPECT_EQ(Screen({.width = 40}).line_of(long_one),
            "#1    1.50 ms  500 × INSERT INTO täbles…\n");
  EXPECT_EQ(Screen({.shows_sql = false}).line_of(long_one),
            "#1    1.50 ms  500 × INSERT täbles\n");
}

TEST(CLIEventHandlerTest, LetsNoTextCommandTheTerminal) {
  EventEnd evil = event(2);
  evil.statement = statement(
      "a\x1b[2Jb\r\nc\xC2\x9B"
      "d\x80\xFF\xE2\x82");

  EXPECT_EQ(Screen().line_of(evil),
            "#1    1.50 ms  a\uFFFD[2Jb c\uFFFD\uFFFDd\uFFFD\uFFFD\uFFFD\uFFFD\n");
}

TEST(CLIEventHandlerTest, ShowsOnlyWhatIsSlowOrFailed) {
  EventEnd failed = event(2);
  failed.outcome = Outcome::unknown;

  EXPECT_EQ(Screen({.at_least = 2ms}).line_of(event(2)), "");
  EXPECT_NE(Screen({.at_least = 1ms}).line_of(event(2)), "");
  EXPECT_NE(Screen({.at_least = 2ms}).line_of(failed), "");
}

TEST(CLIEventHandlerTest, ShowsStartsWhereItIsToldTo) {
  EXPECT_EQ(Screen({.shows_starts = true}).line_of(event(2, EventKind::connect)),
            "#1          …  connect\n#1    1.50 ms  connect\n");
}

TEST(CLIEventHandlerTest, HasColorsWhereItIsToldToAndNoneElsewhere) {
  EventEnd failed = event(2, EventKind::connect);
  failed.outcome = Outcome::error;

  EXPECT_EQ(Screen({.has_colors = true}).line_of(failed),
            "#1 \x1b[31m   1.50 ms  error  connect\x1b[0m\n");
  EXPECT_EQ(Screen().line_of(failed).find('\x1b'), std::string::npos);
}

TEST(CLIEventHandlerTest, SaysWhatItCouldNotWrite) {
  Screen screen;
  screen.stream().setstate(std::ios::badbit);

  screen->request_start(request(1));

  EXPECT_THROW(screen->flush(), Error);
}

}  // namespace
}  // namespace hark::test
