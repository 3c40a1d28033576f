// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/detail/context.hpp>
#include <hark/audit/event.hpp>
#include <hark/audit/options.hpp>
#include <hark/audit/subscription.hpp>

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "audit/note.hpp"
#include "audit/note_bytes.hpp"

namespace hark::audit::detail {

struct QueueTag;
struct OpenTag;
struct WaitingTag;
struct AllTag;

/// A place in a list, which it leaves by itself.
template <class Tag>
using InList = boost::intrusive::list_base_hook<
    boost::intrusive::tag<Tag>,
    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
template <class T, class Tag>
using ListOf = boost::intrusive::list<T,
                                      boost::intrusive::base_hook<InList<Tag>>,
                                      boost::intrusive::constant_time_size<false>>;

template <class Tag, class T>
void leave(T& member) noexcept {
  InList<Tag>& place = member;
  if (place.is_linked()) place.unlink();
}

/// A start or an end, which waits in the queue and then is the consumer's.
struct Item : InList<QueueTag> {
  OpenRequest* request = nullptr;
  OpenEvent* event = nullptr;  // null: the request's
  bool is_end = false;
  std::uint64_t sequence = 0;
  Bytes bytes;
};

/// What has become of a start. After `waiting` the consumer's.
enum class Fate : std::uint8_t {
  waiting,
  told,
  untold,  // the call has thrown, or its request's
};

/// Of an end, without its bytes.
struct EndFields {
  Outcome outcome = Outcome::ok;
  std::chrono::nanoseconds elapsed{};
  std::shared_ptr<const Failure> failure;
  std::optional<std::uint64_t> rows;
  std::chrono::nanoseconds waited{};
  std::chrono::nanoseconds open{};
  std::string_view ended_by;
};

/// An event from its start until its end was delivered, with the memory of both. It is used
/// again, and its memory stays an OpenEvent's as long as the Queue lives.
struct OpenEvent : InList<OpenTag>, InList<WaitingTag>, InList<AllTag> {
  struct Told {
    EventEnd record;
    ContextPtr context;
  };

  // Guarded by the queue's mutex.
  std::uint64_t id = 0;  // 0: it is free
  bool has_ended = false;
  // The work's until the item is queued, then the consumer's.
  Item start;
  Item end;
  std::uint64_t parent_id = 0;
  EventKind kind = EventKind::custom;
  Moment moment;
  std::uint64_t connection_id = 0;
  std::uint64_t dbapi_connection_id = 0;
  std::uint64_t execution_id = 0;
  std::uint64_t thread_id = 0;
  std::any payload;
  EndFields end_fields;
  // The consumer's.
  Fate fate = Fate::waiting;
  std::unique_ptr<Told> told;
};

/// A request from its start until its end was delivered.
struct OpenRequest : InList<OpenTag>, InList<WaitingTag> {
  // Guarded by the queue's mutex.
  RequestPtr self;  // until its end was delivered
  bool has_ended = false;
  std::uint64_t lost = 0;              // events
  ListOf<OpenEvent, OpenTag> open;     // events that have not ended
  ListOf<OpenEvent, AllTag> recorded;  // events whose end was not delivered
  // Constant after construction.
  bool is_of_queue = false;  // tells losses, and is not counted
  // The work's until the item is queued, then the consumer's.
  Item start;
  Item end;
  EndFields end_fields;
  // The consumer's. The work writes its start before it is queued.
  RequestEnd record;
  Fate fate = Fate::waiting;
  ContextPtr context;
};

/// Why something was lost.
enum class Loss : std::uint8_t {
  queue_full,
  handler_stalled,
  shut_down,
  no_memory,
  payload,  // the copy of an own event's object has thrown
};
constexpr std::size_t loss_count = 5;

/// What a consumer does next.
struct Step {
  enum class What {
    deliver,
    skip,  // it is not told, and to be given back
    flush,
    sleep,   // for a moment, or until it is roused
    rest,    // until it is started again
    finish,  // flush, and never come back
    leave,   // without another call: nobody waits any more
  };
  What what = What::rest;
  Item* item = nullptr;
};

/// Of requests and events, unique in the process.
std::uint64_t next_id() noexcept;
/// The operating system's.
std::uint64_t thread_id() noexcept;

/// What was recorded and not yet delivered: admits, orders, counts.
///
/// A start takes two places, one of which is kept for its end. Where so much is open that
/// there would be no place left, there are `fewest_places` more, lest who waits for room
/// waits for ends that come after it.
///
/// Of drop_oldest: the requests give way first that have ended and of which the handler has
/// seen nothing, with all their events; then events that it has not seen. Each took two
/// places, so that one makes room for one.
///
/// Thread safety: shared objects safe; one consumer at a time.
class Queue {
 public:
  static constexpr std::size_t fewest_places = 16;
  /// A larger buffer is not kept.
  static constexpr std::size_t largest_kept = 2'048;

  /// `stall_limit`: a consumer that takes nothing for so long has stalled.
  Queue(const Options& options, std::chrono::nanoseconds stall_limit);
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  virtual ~Queue();  // cleans up

  // Of the work.
  RequestPtr start_request(const RequestNote& note) noexcept;
  /// `end`: it has ended already; null: it has not.
  EventHandle start_event(const RequestPtr& request,
                          const EventNote& note,
                          const EndNote* end) noexcept;
  void end_event(const RequestPtr& request,
                 EventHandle handle,
                 const EndNote& note) noexcept;
  void end_request(const RequestPtr& request, const EndNote& note) noexcept;

  // Of anybody.
  /// The handler is to be flushed when it was told what is there now. Returns: its number.
  std::uint64_t ask_flush() noexcept;
  bool wait_for_flush(std::uint64_t flush,
                      std::chrono::steady_clock::time_point deadline) noexcept;
  /// Ends all that is open, and records nothing any more. Returns: when what cannot be
  /// delivered is given up; the same each time.
  std::chrono::steady_clock::time_point begin_stop() noexcept;
  bool wait_until_finished(std::chrono::steady_clock::time_point deadline) noexcept;
  bool is_finished() const noexcept;
  /// Is the stop's deadline over?
  bool is_overdue() const noexcept;
  /// The rest is lost. Returns: is there no consumer at work?
  bool give_up() noexcept;
  Statistics statistics() const noexcept;
  std::exception_ptr last_error() const noexcept;
  /// Memory that it holds: places of events, and their buffers' bytes.
  struct Footprint {
    std::size_t events = 0;
    std::size_t bytes = 0;
  };
  /// Requires: the queue is at rest.
  Footprint footprint() const noexcept;

  // Of the consumer.
  /// What to do. `done`: what it was given before; null: nothing.
  Step next(Item* done) noexcept;
  void note_failure(std::exception_ptr error) noexcept;
  void note_flush(bool is_ok) noexcept;
  /// It was not able to go on, and may be started again.
  void note_rest() noexcept;
  void note_finish() noexcept;
  /// Destroys what handlers have left. Requires: the end, or nobody consumes.
  void clean_up() noexcept;

 protected:
  const Options& options() const noexcept { return options_; }

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Time = std::chrono::steady_clock::time_point;
  /// Events that were dropped, until no lock is held: their payloads are the program's.
  class Dropped {
   public:
    explicit Dropped(Queue& queue) noexcept : queue_(queue) {}
    Dropped(const Dropped&) = delete;
    Dropped& operator=(const Dropped&) = delete;
    ~Dropped();
    void add(OpenEvent& event) noexcept;

   private:
    Queue& queue_;
    ListOf<OpenEvent, OpenTag> events_;
  };
  enum class Pump : std::uint8_t { rests, runs, sleeps };
  struct Losses {
    std::uint64_t events = 0;
    std::uint64_t requests = 0;
  };

  /// The consumer is to run, or to look at once. Called without a lock.
  virtual void start_pump() noexcept = 0;
  virtual void rouse_pump() noexcept = 0;

  Lock lock() const noexcept;
  bool has_room() const noexcept {
    return queued_ + reserved_ + 2 <= places_ || queued_ + 2 <= fewest_places;
  }
  bool has_losses() const noexcept;
  std::optional<Loss> admit(Lock& lock, Dropped& dropped) noexcept;
  std::optional<Loss> wait_for_room(Lock& lock) noexcept;
  /// May unlock for a moment.
  void wake_pump(Lock& lock, bool is_urgent) noexcept;
  OpenEvent* free_event() noexcept;
  void push(Item& item) noexcept;
  void end(OpenEvent& event, const EndNote& note, Bytes* bytes) noexcept;
  void end(OpenRequest& request, const EndNote& note, Bytes* bytes) noexcept;
  void lose_event(OpenRequest* request, Loss loss) noexcept;
  bool give_way(Dropped& dropped) noexcept;
  void drop(OpenEvent& event, Loss loss, Dropped& dropped) noexcept;
  void drop(OpenRequest& request, Loss loss, Dropped& dropped) noexcept;
  void drop(Item& start, Loss loss, Dropped& dropped) noexcept;
  void unqueue(Item& item) noexcept;
  void release(Item& done, RequestPtr& request) noexcept;
  Step decide(Time now, Dropped& dropped) noexcept;
  bool is_flush_due() const noexcept;
  bool is_told_now(Time now) const noexcept;
  void queue_losses(Time now) noexcept;
  void queue_losses(Losses lost, Loss loss);
  Step take(Item& item, Time now) noexcept;

  // Constant after construction.
  const Options options_;
  const std::size_t places_;
  const std::chrono::nanoseconds stall_limit_;

  mutable std::mutex mutex_;
  std::condition_variable room_;     // there is some again
  std::condition_variable settled_;  // a flush is done, or all is

  // Guarded by mutex_.
  std::deque<OpenEvent> events_;
  ListOf<OpenEvent, OpenTag> free_;
  ListOf<Item, QueueTag> queue_;
  ListOf<OpenRequest, OpenTag> requests_;             // whose end was not delivered
  ListOf<OpenEvent, WaitingTag> waiting_events_;      // that may give way
  ListOf<OpenRequest, WaitingTag> waiting_requests_;  // that may give way
  std::size_t queued_ = 0;
  std::size_t reserved_ = 0;  // for ends
  std::size_t blocked_ = 0;   // threads that wait for room
  std::uint64_t pushed_ = 0;
  Statistics counts_;
  std::exception_ptr last_error_;

  std::array<Losses, loss_count> untold_losses_{};
  Time losses_told_{};
  Loss last_request_loss_ = Loss::queue_full;

  Pump pump_ = Pump::rests;
  bool is_roused_ = false;
  bool is_calling_ = false;
  bool is_stalled_ = false;
  Time progress_{};  // when the consumer was last seen, or started
  Time last_taken_{};

  std::uint64_t flushes_ = 0;  // that were asked for
  std::uint64_t flush_target_ = 0;
  std::uint64_t flushes_served_ = 0;  // by the call under way
  std::uint64_t flushes_done_ = 0;
  bool was_flush_ok_ = true;

  bool is_stopping_ = false;
  bool is_given_up_ = false;
  bool is_finished_ = false;
  Time wind_up_{};  // from then on starts are lost
  Time stop_deadline_{};
};

}  // namespace hark::audit::detail
