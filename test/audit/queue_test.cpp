// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <any>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "audit/statistics.hpp"
#include "support/counting_new.hpp"

/// The queue without a thread: the test is the consumer.
namespace hark::test {
namespace {

using namespace std::chrono_literals;
using namespace audit;
using namespace audit::detail;

constexpr std::size_t fewest = Queue::fewest_places;

class TestQueue final : public Queue {
 public:
  explicit TestQueue(const Options& options,
                     std::chrono::nanoseconds stall_limit = std::chrono::hours(1))
      : Queue(options, stall_limit) {}

  std::atomic<int> starts{0};
  std::atomic<int> rouses{0};

 private:
  void start_pump() noexcept override { ++starts; }
  void rouse_pump() noexcept override { ++rouses; }
};

/// Delivers as a handler would that never fails, and writes down what it was told.
class Consumer {
 public:
  explicit Consumer(Queue& queue) : queue_(queue) {}

  /// Until there is nothing to do. False: there was nothing.
  bool run(std::size_t most = 1'000'000) {
    std::size_t count = 0;
    for (; count < most; ++count) {
      const Step step = queue_.next(std::exchange(done_, nullptr));
      if (step.what == Step::What::flush) queue_.note_flush(true);
      if (step.what != Step::What::deliver && step.what != Step::What::skip) {
        last = step.what;
        break;
      }
      done_ = step.item;
      if (step.what == Step::What::deliver) tell(*step.item);
    }
    return count != 0;
  }

  std::vector<std::string> told;
  Step::What last = Step::What::rest;

 private:
  void tell(Item& item) {
    OpenRequest& request = *item.request;
    if (item.event == nullptr) {
      if (item.is_end) {
        told.push_back("/" + request.record.name);
      } else {
        read_request(item.bytes, request.record);
        request.fate = Fate::told;
        told.push_back(request.record.name);
      }
      return;
    }
    OpenEvent& event = *item.event;
    if (item.is_end) {
      told.push_back("/" + event.told->record.name);
      event.told.reset();
      return;
    }
    event.told = std::make_unique<OpenEvent::Told>();
    read_event(event.start.bytes,
               event.told->record,
               statements_,
               Syntax::any,
               RedactionRules::none());
    event.fate = Fate::told;
    std::string line = event.told->record.name;
    for (const Attribute& attribute : event.told->record.attributes)
      line += " " + attribute.name + "=" + dbapi::to_string(attribute.value);
    told.push_back(line);
  }

  Queue& queue_;
  StatementCache statements_;
  Item* done_ = nullptr;
};

RequestPtr start(Queue& queue, std::string_view name) {
  return queue.start_request({.name = name, .start = Moment::now()});
}
EventHandle start(Queue& queue, const RequestPtr& request, std::string_view name) {
  return queue.start_event(request, {.start = Moment::now(), .name = name}, nullptr);
}
void run_event(Queue& queue, const RequestPtr& request, std::string_view name) {
  queue.end_event(request, start(queue, request, name), {});
}
void run_request(Queue& queue, const std::string& name, std::string_view event) {
  const RequestPtr request = start(queue, name);
  run_event(queue, request, event);
  queue.end_request(request, {});
}

using Lines = std::vector<std::string>;

TEST(QueueTest, GivesWhatWasRecordedInItsOrder) {
  TestQueue queue({});
  Consumer consumer(queue);
  const RequestPtr one = start(queue, "one");
  const RequestPtr two = start(queue, "two");
  const EventHandle event = start(queue, one, "a");
  run_event(queue, two, "b");
  queue.end_request(two, {});
  queue.end_event(one, event, {});
  queue.end_request(one, {});

  consumer.run();

  EXPECT_EQ(consumer.told, (Lines{"one", "two", "a", "b", "/b", "/two", "/a", "/one"}));
  expect_sums(queue.statistics());
}

TEST(QueueTest, EndsWhatIsOpenInARequestFromTheInside) {
  TestQueue queue({});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  start(queue, request, "outer");
  start(queue, request, "inner");

  queue.end_request(request, {});
  consumer.run();

  EXPECT_EQ(consumer.told,
            (Lines{"request", "outer", "inner", "/inner", "/outer", "/request"}));
}

TEST(QueueTest, EndingAgainHasNoEffect) {
  TestQueue queue({});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  const EventHandle event = start(queue, request, "a");
  queue.end_event(request, event, {});
  queue.end_event(request, event, {});
  consumer.run();
  const EventHandle next = start(queue, request, "b");  // in the same memory
  ASSERT_EQ(next.event, event.event);

  queue.end_event(request, event, {});
  consumer.run();
  EXPECT_EQ(consumer.told, (Lines{"request", "a", "/a", "b"}));

  queue.end_request(request, {});
  queue.end_request(request, {});
  consumer.run();
  EXPECT_EQ(consumer.told, (Lines{"request", "a", "/a", "b", "/b", "/request"}));
  expect_sums(queue.statistics());
}

TEST(QueueTest, StartsNothingInARequestThatHasEnded) {
  TestQueue queue({});
  const RequestPtr request = start(queue, "request");
  queue.end_request(request, {});

  EXPECT_EQ(start(queue, request, "late").id, 0U);
  EXPECT_EQ(queue.statistics().lost_events, 0U);
}

TEST(QueueTest, EndsAlwaysHaveRoom) {
  TestQueue queue({.policy = QueuePolicy::drop_newest, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  std::vector<EventHandle> open;
  for (int i = 0; i < 100; ++i) {
    const EventHandle event = start(queue, request, "e");
    if (event.id != 0) open.push_back(event);
  }
  ASSERT_GT(open.size(), 0U);
  ASSERT_EQ(queue.statistics().lost_events, 100 - open.size());

  for (const EventHandle& event : open) queue.end_event(request, event, {});
  queue.end_request(request, {});
  consumer.run();

  const Statistics counts = queue.statistics();
  EXPECT_EQ(counts.events, open.size());
  EXPECT_EQ(counts.delivered, 2 * open.size() + 2);
  EXPECT_EQ(counts.queued, 0U);
  expect_sums(counts);
}

TEST(QueueTest, WhatIsOpenLeavesRoomForOthers) {
  TestQueue queue({.policy = QueuePolicy::block, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  for (std::size_t i = 0; i < 10 * fewest; ++i) {
    ASSERT_NE(start(queue, request, "open").id, 0U);
    consumer.run();
  }
  EXPECT_EQ(queue.statistics().open, 10 * fewest + 1);
}

TEST(QueueTest, NoMoreWaitThanThereAreOpenAndPlaces) {
  TestQueue queue({.policy = QueuePolicy::drop_newest, .capacity = 100});
  for (int i = 0; i < 1000; ++i) run_request(queue, "r", "e");
  const Statistics counts = queue.statistics();
  EXPECT_LE(counts.most_queued, 100U);
  EXPECT_EQ(counts.requests + counts.lost_requests, 1000U);
  EXPECT_EQ(counts.events + counts.lost_events, 1000U);
}

TEST(QueueTest, DropNewestKeepsWhatWasThere) {
  TestQueue queue({.policy = QueuePolicy::drop_newest, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  for (char name = 'a'; name <= 'z'; ++name)
    run_event(queue, request, std::string_view(&name, 1));

  const std::uint64_t lost = queue.statistics().lost_events;
  queue.end_request(request, {});
  consumer.run();

  ASSERT_GT(lost, 0U);
  EXPECT_EQ(consumer.told.front(), "hark.audit");  // what was lost
  EXPECT_NE(std::find(consumer.told.begin(), consumer.told.end(), "a"),
            consumer.told.end());
  EXPECT_EQ(std::find(consumer.told.begin(), consumer.told.end(), "z"),
            consumer.told.end());
}

TEST(QueueTest, EventsOfALostRequestAreLost) {
  TestQueue queue({.policy = QueuePolicy::drop_newest, .capacity = fewest});
  const RequestPtr request = start(queue, "request");
  while (start(queue, request, "open").id != 0) {
  }
  const RequestPtr lost = start(queue, "lost");
  ASSERT_EQ(lost, nullptr);
  const Statistics before = queue.statistics();

  EXPECT_EQ(start(queue, lost, "e").id, 0U);

  EXPECT_EQ(before.lost_requests, 1U);
  EXPECT_EQ(queue.statistics().lost_events, before.lost_events + 1);
}

TEST(QueueTest, ARequestsEndKnowsItsLosses) {
  TestQueue queue({.policy = QueuePolicy::drop_newest, .capacity = fewest});
  const RequestPtr other = start(queue, "other");
  const RequestPtr request = start(queue, "request");
  while (start(queue, request, "open").id != 0) {
  }
  start(queue, request, "lost, too");
  queue.end_request(request, {});
  Consumer(queue).run();

  EXPECT_EQ(request->record.lost, 2U);
  EXPECT_EQ(other->lost, 0U);
}

TEST(QueueTest, DropOldestPrefersWhatIsNew) {
  TestQueue queue({.policy = QueuePolicy::drop_oldest, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  for (char name = 'a'; name <= 'z'; ++name) {
    const EventHandle event = start(queue, request, std::string_view(&name, 1));
    ASSERT_NE(event.id, 0U);
    queue.end_event(request, event, {});
  }
  consumer.run();

  // Of 16 places, the request has two.
  EXPECT_EQ(consumer.told,
            (Lines{"hark.audit",
                   "queue full events=19 requests=0",
                   "/queue full",
                   "/hark.audit",
                   "request",
                   "t",
                   "/t",
                   "u",
                   "/u",
                   "v",
                   "/v",
                   "w",
                   "/w",
                   "x",
                   "/x",
                   "y",
                   "/y",
                   "z",
                   "/z"}));
  const Statistics counts = queue.statistics();
  EXPECT_EQ(counts.events, 7U);
  EXPECT_EQ(counts.lost_events, 19U);
  expect_sums(counts);
}

TEST(QueueTest, DropOldestTakesWholeRequestsThatHaveEnded) {
  TestQueue queue({.policy = QueuePolicy::drop_oldest, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr open = start(queue, "open");
  run_event(queue, open, "first");
  for (char name = 'a'; name <= 'z'; ++name) run_request(queue, {name}, "e");
  consumer.run();

  EXPECT_EQ(Lines(consumer.told.begin() + 4, consumer.told.end()),
            (Lines{"open",
                   "first",
                   "/first",
                   "x",
                   "e",
                   "/e",
                   "/x",
                   "y",
                   "e",
                   "/e",
                   "/y",
                   "z",
                   "e",
                   "/e",
                   "/z"}));
  const Statistics counts = queue.statistics();
  EXPECT_EQ(counts.lost_requests, 23U);
  EXPECT_EQ(counts.lost_events, 23U);
  EXPECT_EQ(counts.requests + counts.lost_requests, 27U);
  EXPECT_EQ(counts.events + counts.lost_events, 27U);
  expect_sums(counts);
}

TEST(QueueTest, DropOldestLeavesWhatTheHandlerHasSeen) {
  TestQueue queue({.policy = QueuePolicy::drop_oldest, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  const EventHandle seen = start(queue, request, "seen");
  consumer.run();
  for (int i = 0; i < 100; ++i) run_event(queue, request, "e");
  queue.end_event(request, seen, {});
  for (int i = 0; i < 100; ++i) run_event(queue, request, "e");
  consumer.run();

  EXPECT_EQ(std::count(consumer.told.begin(), consumer.told.end(), "/seen"), 1);
  expect_sums(queue.statistics());
}

TEST(QueueTest, EndsOfWhatGaveWayHaveNoEffect) {
  TestQueue queue({.policy = QueuePolicy::drop_oldest, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  const EventHandle oldest = start(queue, request, "oldest");
  for (int i = 0; i < 100; ++i) run_event(queue, request, "e");

  queue.end_event(request, oldest, {});
  consumer.run();

  EXPECT_EQ(std::count(consumer.told.begin(), consumer.told.end(), "/oldest"), 0);
  expect_sums(queue.statistics());
}

TEST(QueueTest, WhereNothingCanGiveWayTheNewestIsLost) {
  TestQueue queue({.policy = QueuePolicy::drop_oldest, .capacity = fewest});
  std::vector<RequestPtr> open;
  for (int i = 0; i < 100; ++i) {
    open.push_back(start(queue, "open"));
    if (open.back() == nullptr) break;
  }
  EXPECT_EQ(open.back(), nullptr);
  EXPECT_EQ(queue.statistics().lost_requests, 1U);
}

TEST(QueueTest, PayloadsOfWhatGaveWayAreDestroyedWithoutALock) {
  int dropped = 0;  // outlives the queue, which drops the last ones
  TestQueue queue({.policy = QueuePolicy::drop_oldest, .capacity = fewest});
  const RequestPtr request = start(queue, "request");
  struct Asks {
    explicit Asks(Queue& of) : queue(of) {}
    ~Asks() { queue.statistics(); }  // takes the lock
    Queue& queue;
  };
  for (int i = 0; i < 100; ++i) {
    const std::any payload = std::shared_ptr<Asks>(new Asks(queue), [&](Asks* asks) {
      ++dropped;
      delete asks;
    });
    queue.start_event(request, {.name = "e", .payload = &payload}, nullptr);
  }
  EXPECT_EQ(static_cast<std::uint64_t>(dropped), queue.statistics().lost_events);
}

TEST(QueueTest, TellsLossesByReason) {
  TestQueue queue({.policy = QueuePolicy::drop_newest, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  while (start(queue, request, "open").id != 0) {
  }
  start(queue, "lost");
  {
    const OutOfMemory none(0);
    EXPECT_EQ(start(queue, "no memory for it"), nullptr);
  }
  consumer.run();

  const Lines first(consumer.told.begin(), consumer.told.begin() + 8);
  EXPECT_EQ(first,
            (Lines{"hark.audit",
                   "no memory events=0 requests=1",
                   "/no memory",
                   "/hark.audit",
                   "hark.audit",
                   "queue full events=1 requests=1",
                   "/queue full",
                   "/hark.audit"}));
  expect_sums(queue.statistics());
}

TEST(QueueTest, APayloadThatCannotBeCopiedIsAReasonOfItsOwn) {
  struct Uncopied {
    explicit Uncopied(bool needs_memory) : has_no_memory(needs_memory) {}
    Uncopied(const Uncopied& other) : has_no_memory(other.has_no_memory) {
      if (has_no_memory) throw std::bad_alloc();
      throw std::runtime_error("copied");
    }
    bool has_no_memory;
  };
  TestQueue queue({});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  for (const bool has_no_memory : {false, true}) {
    const std::any payload(std::in_place_type<Uncopied>, has_no_memory);
    EXPECT_EQ(queue.start_event(request, {.payload = &payload}, nullptr).id, 0U);
  }
  consumer.run();

  for (const char* line :
       {"payload not copied events=1 requests=0", "no memory events=1 requests=0"})
    EXPECT_EQ(std::count(consumer.told.begin(), consumer.told.end(), line), 1) << line;
  queue.end_request(request, {});
  EXPECT_EQ(request->lost, 2U);
  expect_sums(queue.statistics());
}

TEST(QueueTest, LossesAreToldBeforeAFlush) {
  TestQueue queue({.policy = QueuePolicy::drop_newest, .capacity = fewest});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  for (int round = 0; round < 2; ++round) {  // the second time shortly after the first
    while (start(queue, request, "open").id != 0) {
    }
    consumer.told.clear();
    const std::uint64_t flush = queue.ask_flush();
    consumer.run();
    EXPECT_EQ(std::count(consumer.told.begin(), consumer.told.end(), "hark.audit"), 1);
    EXPECT_TRUE(queue.wait_for_flush(flush, std::chrono::steady_clock::now()));
  }
}

TEST(QueueTest, AFlushThatIsAskedForDuringAnotherIsItsOwn) {
  TestQueue queue({});
  const auto now = std::chrono::steady_clock::now();
  const std::uint64_t first = queue.ask_flush();
  ASSERT_EQ(queue.next(nullptr).what, Step::What::flush);
  run_request(queue, "later", "e");
  const std::uint64_t second = queue.ask_flush();

  queue.note_flush(true);

  EXPECT_TRUE(queue.wait_for_flush(first, now));
  EXPECT_FALSE(queue.wait_for_flush(second, now));
  Consumer(queue).run();
  EXPECT_TRUE(queue.wait_for_flush(second, now));
}

TEST(QueueTest, StopEndsWhatIsOpen) {
  TestQueue queue({});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  const EventHandle event = start(queue, request, "a");

  queue.begin_stop();
  queue.end_event(request, event, {});
  queue.end_request(request, {});
  EXPECT_EQ(start(queue, request, "late").id, 0U);
  EXPECT_EQ(start(queue, "late"), nullptr);
  consumer.run();

  EXPECT_EQ(consumer.told, (Lines{"request", "a", "/a", "/request"}));
  EXPECT_EQ(consumer.last, Step::What::finish);
  const Statistics counts = queue.statistics();
  EXPECT_EQ(counts.lost_requests + counts.lost_events, 0U);
  expect_sums(counts);
}

TEST(QueueTest, NearTheStopsDeadlineOnlyWhatWasStartedIsEnded) {
  TestQueue queue({.shutdown_timeout = 0ns});
  Consumer consumer(queue);
  const RequestPtr seen = start(queue, "seen");
  start(queue, seen, "a");
  consumer.run();
  start(queue, seen, "b");
  run_request(queue, "unseen", "c");

  queue.begin_stop();
  consumer.run();

  EXPECT_EQ(consumer.told,
            (Lines{"seen",
                   "a",
                   "/a",
                   "/seen",
                   "hark.audit",
                   "shut down events=2 requests=1",
                   "/shut down",
                   "/hark.audit"}));
  EXPECT_EQ(seen->record.lost, 1U);
  const Statistics counts = queue.statistics();
  EXPECT_EQ(counts.requests, 1U);
  EXPECT_EQ(counts.events, 1U);
  EXPECT_EQ(counts.lost_requests, 1U);
  EXPECT_EQ(counts.lost_events, 2U);
  expect_sums(counts);
}

TEST(QueueTest, WhatIsGivenUpIsCounted) {
  TestQueue queue({});
  Consumer consumer(queue);
  const RequestPtr seen = start(queue, "seen");
  start(queue, seen, "a");
  consumer.run();
  run_request(queue, "unseen", "c");
  queue.begin_stop();

  queue.give_up();

  const Statistics counts = queue.statistics();
  EXPECT_EQ(counts.delivered, 2U);
  EXPECT_EQ(counts.skipped, 2U);
  EXPECT_EQ(counts.lost_requests, 1U);
  EXPECT_EQ(counts.lost_events, 1U);
  EXPECT_EQ(counts.queued, 0U);
  expect_sums(counts);
  EXPECT_FALSE(consumer.run());
  EXPECT_EQ(consumer.last, Step::What::leave);
}

TEST(QueueTest, AStartWaitsForRoomUnderBlock) {
  TestQueue queue({.policy = QueuePolicy::block, .capacity = fewest});
  Consumer consumer(queue);
  std::thread work([&] {
    for (int i = 0; i < 1000; ++i) run_request(queue, "r", "e");
  });
  while (queue.statistics().delivered != 4000) {
    if (!consumer.run()) std::this_thread::yield();
  }
  work.join();

  const Statistics counts = queue.statistics();
  EXPECT_EQ(counts.lost_requests + counts.lost_events, 0U);
  EXPECT_LE(counts.most_queued, fewest + 2);  // a request and an event are open
}

TEST(QueueTest, BlockWaitsNoLongerForAConsumerThatHasStalled) {
  TestQueue queue({.policy = QueuePolicy::block, .capacity = fewest}, 20ms);
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  while (start(queue, request, "open").id != 0) {
  }
  const std::uint64_t lost = queue.statistics().lost_events;
  EXPECT_EQ(lost, 1U);
  EXPECT_EQ(start(queue, request, "at once").id, 0U);

  consumer.run(8);  // it is back
  EXPECT_EQ(consumer.told.at(1), "handler stalled events=2 requests=0");
  EXPECT_NE(start(queue, request, "e").id, 0U);
}

TEST(QueueTest, BlockWaitsAgainForAConsumerThatIsBack) {
  TestQueue queue({.policy = QueuePolicy::block, .capacity = fewest}, 300ms);
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  while (start(queue, request, "open").id != 0) {
  }
  ASSERT_EQ(queue.statistics().lost_events, 1U);
  consumer.run();

  std::thread work([&] {
    for (int i = 0; i < 100; ++i) run_event(queue, request, "e");
    queue.end_request(request, {});
  });
  while (queue.statistics().open + queue.statistics().queued != 0) consumer.run();
  work.join();

  EXPECT_EQ(queue.statistics().lost_events, 1U);
}

TEST(QueueTest, AStopFreesWhoWaitsForRoom) {
  TestQueue queue({.policy = QueuePolicy::block, .capacity = fewest});
  RequestPtr request = start(queue, "request");
  std::thread work([&] {
    while (start(queue, request, "open").id != 0) {
    }
  });
  while (queue.rouses + queue.starts == 0 || queue.statistics().queued < fewest / 2)
    std::this_thread::yield();

  queue.begin_stop();
  work.join();

  EXPECT_LE(queue.statistics().lost_events, 1U);
}

TEST(QueueTest, AnIdleConsumerIsStartedAndABusyOneLeftAlone) {
  TestQueue queue({});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  EXPECT_EQ(queue.starts, 1);
  for (int i = 0; i < 100; ++i) run_event(queue, request, "e");
  EXPECT_EQ(queue.starts, 1);

  consumer.run();
  EXPECT_EQ(consumer.last, Step::What::sleep);
  for (int i = 0; i < 100; ++i) run_event(queue, request, "e");
  EXPECT_EQ(queue.starts + queue.rouses, 1);  // it looks by itself

  while (queue.statistics().queued <= Options().capacity / 2)
    run_event(queue, request, "e");
  EXPECT_EQ(queue.rouses, 1);
}

TEST(QueueTest, MemoryIsBoundedByThePlaces) {
  TestQueue queue({.policy = QueuePolicy::drop_newest, .capacity = 100});
  Consumer consumer(queue);
  const std::string long_statement(100'000, 'x');
  for (int round = 0; round < 5; ++round) {
    const RequestPtr request = start(queue, "request");
    for (int i = 0; i < 1000; ++i)
      queue.start_event(request, {.name = "e", .statement = long_statement}, nullptr);
    const Queue::Footprint full = queue.footprint();
    EXPECT_LE(full.events, 50U);
    EXPECT_LE(full.bytes, 50 * 2 * (Options().max_statement_bytes + 1000));
    queue.end_request(request, {});
    consumer.run();
  }
}

TEST(QueueTest, AStatementAllocatesNothing) {
  TestQueue queue({});
  Consumer consumer(queue);
  const RequestPtr request = start(queue, "request");
  const dbapi::Parameters parameters(dbapi::Row{17, "a name", 9.99});
  const std::vector<std::string> names{"id", "name", "price"};
  const Attributes attributes{{"key", "value"}};
  const auto run = [&] {
    const EventHandle event = queue.start_event(
        request,
        {.kind = EventKind::statement,
         .start = Moment::now(),
         .statement = "SELECT name FROM track WHERE id = ? AND name = ?",
         .parameters = &parameters,
         .parameter_names = names,
         .attributes = &attributes},
        nullptr);
    queue.end_event(request, event, {.rows = 3, .attributes = &attributes});
  };
  for (int i = 0; i < 100; ++i) run();
  consumer.run();
  for (int i = 0; i < 3; ++i) run();  // the thread's buffers grow

  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 90; ++i) run();
            }),
            0U);
}

TEST(QueueTest, ALackOfMemoryIsALoss) {
  for (std::size_t left = 0; left < 12; ++left) {
    TestQueue queue({});
    const RequestPtr request = start(queue, "request");
    const std::string long_statement(10'000, 'x');
    const Attributes attributes{{"a", long_statement}};
    std::thread([&] {  // whose buffers are new
      const OutOfMemory few(left);
      const EventHandle event =
          queue.start_event(request, {.statement = long_statement}, nullptr);
      queue.end_event(request, event, {.attributes = &attributes});
      queue.end_request(start(queue, "another"), {.attributes = &attributes});
    })
        .join();
    queue.end_request(request, {});
    Consumer(queue).run();

    const Statistics counts = queue.statistics();
    EXPECT_EQ(counts.events + counts.lost_events, 1U);
    EXPECT_EQ(counts.requests + counts.lost_requests, 2U);
    EXPECT_EQ(counts.delivered, 2 * (counts.events + counts.requests));
  }
}

}  // namespace
}  // namespace hark::test
