// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/queue.hpp"

#include <hark/detail/counter.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "audit/draft.hpp"

namespace hark::audit::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

/// Longer than anybody's, and can still be added to a time.
constexpr nanoseconds longest_wait = std::chrono::hours(24 * 365);

void set(EndFields& fields, const EndNote& note) noexcept {
  fields.outcome = note.outcome;
  fields.elapsed = note.elapsed;
  fields.failure = note.failure;
  fields.rows = note.rows;
  fields.waited = note.waited;
  fields.open = note.open;
  fields.ended_by = note.ended_by;
}

/// Copying runs the program's own code.
std::optional<Loss> copy(std::any& to, const std::any* payload) noexcept {
  if (payload == nullptr) return std::nullopt;
  try {
    to = *payload;
    return std::nullopt;
  } catch (const std::bad_alloc&) {
    return Loss::no_memory;
  } catch (...) {
    return Loss::payload;
  }
}

EndNote given_up_since(const Moment& start) noexcept {
  return {.outcome = Outcome::unknown, .elapsed = steady_clock::now() - start.monotonic};
}

}  // namespace

std::uint64_t next_id() noexcept {
  static constinit hark::detail::Counter ids;
  return ids.next();
}

std::uint64_t thread_id() noexcept {
  thread_local const auto id = static_cast<std::uint64_t>(::syscall(SYS_gettid));
  return id;
}

Queue::Queue(const Options& options, nanoseconds stall_limit)
    : options_(options),
      places_(std::max(options.capacity, fewest_places)),
      stall_limit_(std::min(stall_limit, longest_wait)) {}

Queue::~Queue() { clean_up(); }

Queue::Lock Queue::lock() const noexcept {
  // It is held for a few instructions: trying again is cheaper than to sleep.
  for (int i = 0; i < 100; ++i) {
    if (mutex_.try_lock()) return {mutex_, std::adopt_lock};
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  return Lock(mutex_);
}

Queue::Dropped::~Dropped() {
  if (events_.empty()) return;
  for (OpenEvent& event : events_) event.payload.reset();
  const Lock lock = queue_.lock();
  queue_.free_.splice(queue_.free_.begin(), events_);
}

void Queue::Dropped::add(OpenEvent& event) noexcept {
  (event.payload.has_value() ? events_ : queue_.free_).push_front(event);
}

RequestPtr Queue::start_request(const RequestNote& note) noexcept {
  RequestPtr request;
  try {
    request = std::make_shared<OpenRequest>();
    write_request(request->start.bytes, note, options_);
    RequestEnd& record = request->record;
    record.parent_id = note.parent_id;
    record.start = note.start;
    record.database = note.database;
    record.connection_id = note.connection_id;
    record.thread_id = thread_id();
  } catch (...) {
    request = nullptr;
  }

  Dropped dropped(*this);
  Lock lock = this->lock();
  if (is_stopping_) return nullptr;
  const std::optional<Loss> loss =
      request == nullptr ? Loss::no_memory : admit(lock, dropped);
  if (loss) {
    ++counts_.lost_requests;
    ++untold_losses_[static_cast<std::size_t>(*loss)].requests;
    last_request_loss_ = *loss;
    request = nullptr;
  } else {
    request->self = request;
    request->record.id = next_id();
    request->start.request = request->end.request = request.get();
    request->end.is_end = true;
    requests_.push_back(*request);
    ++counts_.requests;
    ++reserved_;
    push(request->start);
  }
  wake_pump(lock, false);
  return request;
}

EventHandle Queue::start_event(const RequestPtr& request,
                               const EventNote& note,
                               const EndNote* end) noexcept {
  if (!options_.kinds.contains(note.kind)) return {};
  std::any payload;
  Draft draft;
  std::optional<Loss> loss;
  if (request != nullptr) {
    loss = copy(payload, note.payload);
    if (!draft.write([&](Buffers& to) { write_event(to.start, note, options_); }))
      loss = Loss::no_memory;
  }
  const bool has_end_bytes = end != nullptr && draft.write(*end, options_);

  Dropped dropped(*this);
  Lock lock = this->lock();
  if (is_stopping_ || (request != nullptr && request->has_ended)) return {};
  if (request == nullptr) {
    loss = last_request_loss_;
  } else if (!loss) {
    loss = admit(lock, dropped);
  }
  if (!loss && request->has_ended) return {};  // while it waited
  OpenEvent* const event = loss ? nullptr : free_event();
  if (event == nullptr) {
    lose_event(request.get(), loss.value_or(Loss::no_memory));
    wake_pump(lock, false);
    return {};
  }
  const std::uint64_t id = event->id = next_id();
  event->start.request = event->end.request = request.get();
  event->start.bytes.clear();
  if (!draft.start().empty()) event->start.bytes.swap(draft.start());
  event->parent_id = note.parent_id;
  event->kind = note.kind;
  event->moment = note.start;
  event->connection_id = note.connection_id;
  event->dbapi_connection_id = note.dbapi_connection_id;
  event->execution_id = note.execution_id;
  event->thread_id = thread_id();
  event->payload.swap(payload);
  request->open.push_back(*event);
  request->recorded.push_back(*event);
  if (options_.policy == QueuePolicy::drop_oldest) waiting_events_.push_back(*event);
  ++counts_.events;
  ++reserved_;
  push(event->start);
  if (end != nullptr) this->end(*event, *end, has_end_bytes ? &draft.end() : nullptr);
  wake_pump(lock, false);
  return {id, event};
}

void Queue::end_event(const RequestPtr& request,
                      EventHandle handle,
                      const EndNote& note) noexcept {
  if (request == nullptr || handle.id == 0) return;
  Draft draft;
  const bool has_bytes = draft.write(note, options_);

  Lock lock = this->lock();
  OpenEvent& event = *handle.event;
  if (event.id != handle.id || event.has_ended) return;
  end(event, note, has_bytes ? &draft.end() : nullptr);
  wake_pump(lock, false);
}

void Queue::end_request(const RequestPtr& request, const EndNote& note) noexcept {
  if (request == nullptr) return;
  Draft draft;
  const bool has_bytes = draft.write(note, options_);

  Lock lock = this->lock();
  if (request->has_ended) return;
  end(*request, note, has_bytes ? &draft.end() : nullptr);
  wake_pump(lock, false);
}

void Queue::end(OpenEvent& event, const EndNote& note, Bytes* bytes) noexcept {
  event.has_ended = true;
  leave<OpenTag>(event);
  set(event.end_fields, note);
  event.end.bytes.clear();
  if (bytes != nullptr) event.end.bytes.swap(*bytes);
  --reserved_;
  push(event.end);
}

void Queue::end(OpenRequest& request, const EndNote& note, Bytes* bytes) noexcept {
  while (!request.open.empty()) {
    OpenEvent& innermost = request.open.back();
    end(innermost, given_up_since(innermost.moment), nullptr);
  }
  request.has_ended = true;
  set(request.end_fields, note);
  if (bytes != nullptr) request.end.bytes.swap(*bytes);
  if (options_.policy == QueuePolicy::drop_oldest && request.start.is_linked())
    waiting_requests_.push_back(request);
  --reserved_;
  push(request.end);
}

void Queue::push(Item& item) noexcept {
  item.sequence = ++pushed_;
  queue_.push_back(item);
  ++queued_;
  counts_.most_queued = std::max<std::uint64_t>(counts_.most_queued, queued_);
}

void Queue::wake_pump(Lock& lock, bool is_urgent) noexcept {
  if (options_.policy == QueuePolicy::inline_ || is_finished_) return;
  if (pump_ == Pump::rests) {
    pump_ = Pump::runs;
    progress_ = steady_clock::now();
    lock.unlock();
    start_pump();
    lock.lock();
  } else if (pump_ == Pump::sleeps && !is_roused_ &&
             (is_urgent || queued_ * 2 >= places_)) {
    is_roused_ = true;
    lock.unlock();
    rouse_pump();
    lock.lock();
  }
}

std::optional<Loss> Queue::admit(Lock& lock, Dropped& dropped) noexcept {
  if (has_room()) return std::nullopt;
  if (options_.policy == QueuePolicy::block) return wait_for_room(lock);
  if (options_.policy == QueuePolicy::drop_oldest) {
    while (!has_room() && give_way(dropped)) {
    }
  }
  return has_room() ? std::nullopt : std::optional(Loss::queue_full);
}

std::optional<Loss> Queue::wait_for_room(Lock& lock) noexcept {
  ++blocked_;
  std::optional<Loss> loss;
  while (!loss && !has_room()) {
    wake_pump(lock, true);
    if (is_stopping_) {
      loss = Loss::shut_down;
    } else if (is_stalled_) {
      loss = Loss::handler_stalled;
    } else if (!has_room()) {
      const Time deadline = progress_ + stall_limit_;
      room_.wait_until(lock, deadline);
      is_stalled_ = is_stalled_ || steady_clock::now() >= progress_ + stall_limit_;
    }
  }
  --blocked_;
  return loss;
}

OpenEvent* Queue::free_event() noexcept {
  if (free_.empty()) {
    try {
      OpenEvent& made = events_.emplace_back();
      made.start.event = made.end.event = &made;
      made.end.is_end = true;
      return &made;
    } catch (...) {
      return nullptr;
    }
  }
  OpenEvent& event = free_.front();
  free_.pop_front();
  event.has_ended = false;
  event.fate = Fate::waiting;
  return &event;
}

void Queue::lose_event(OpenRequest* request, Loss loss) noexcept {
  ++counts_.lost_events;
  ++untold_losses_[static_cast<std::size_t>(loss)].events;
  if (request != nullptr) ++request->lost;
}

bool Queue::give_way(Dropped& dropped) noexcept {
  if (!waiting_requests_.empty()) {
    drop(waiting_requests_.front(), Loss::queue_full, dropped);
    return true;
  }
  if (waiting_events_.empty()) return false;
  drop(waiting_events_.front(), Loss::queue_full, dropped);
  return true;
}

void Queue::unqueue(Item& item) noexcept {
  if (!item.is_linked()) {
    --reserved_;  // it is an end that did not come yet
    return;
  }
  leave<QueueTag>(item);
  --queued_;
}

void Queue::drop(OpenEvent& event, Loss loss, Dropped& dropped) noexcept {
  --counts_.events;
  lose_event(event.start.request, loss);
  unqueue(event.start);
  unqueue(event.end);
  leave<OpenTag>(event);
  leave<WaitingTag>(event);
  leave<AllTag>(event);
  event.id = 0;
  dropped.add(event);
}

void Queue::drop(OpenRequest& request, Loss loss, Dropped& dropped) noexcept {
  const RequestPtr last = std::move(request.self);
  while (!request.recorded.empty()) drop(request.recorded.front(), loss, dropped);
  --counts_.requests;
  ++counts_.lost_requests;
  ++untold_losses_[static_cast<std::size_t>(loss)].requests;
  unqueue(request.start);
  unqueue(request.end);
  leave<OpenTag>(request);
  leave<WaitingTag>(request);
}

void Queue::drop(Item& start, Loss loss, Dropped& dropped) noexcept {
  if (start.event != nullptr) {
    drop(*start.event, loss, dropped);
  } else {
    drop(*start.request, loss, dropped);
  }
}

std::uint64_t Queue::ask_flush() noexcept {
  Lock lock = this->lock();
  const std::uint64_t flush = ++flushes_;
  flush_target_ = pushed_;
  wake_pump(lock, true);
  return flush;
}

bool Queue::wait_for_flush(std::uint64_t flush, Time deadline) noexcept {
  Lock lock = this->lock();
  settled_.wait_until(
      lock, deadline, [&] { return flushes_done_ >= flush || is_finished_; });
  return flushes_done_ >= flush && was_flush_ok_;
}

Queue::Time Queue::begin_stop() noexcept {
  Lock lock = this->lock();
  if (is_stopping_) return stop_deadline_;
  const nanoseconds time = std::min(options_.shutdown_timeout, longest_wait);
  const Time now = steady_clock::now();
  // What is left of the time is for ends, and to tell what was lost.
  wind_up_ = now + time / 5 * 4;
  stop_deadline_ = now + time;
  is_stopping_ = true;
  for (OpenRequest& request : requests_) {
    if (!request.has_ended) end(request, given_up_since(request.record.start), nullptr);
  }
  room_.notify_all();
  wake_pump(lock, true);
  return stop_deadline_;
}

bool Queue::wait_until_finished(Time deadline) noexcept {
  Lock lock = this->lock();
  return settled_.wait_until(lock, deadline, [&] { return is_finished_; });
}

bool Queue::is_finished() const noexcept {
  const Lock lock = this->lock();
  return is_finished_;
}

bool Queue::is_overdue() const noexcept {
  const Lock lock = this->lock();
  return is_stopping_ && steady_clock::now() >= stop_deadline_;
}

bool Queue::give_up() noexcept {
  Dropped dropped(*this);
  const Lock lock = this->lock();
  if (is_finished_) return true;
  is_stopping_ = is_given_up_ = true;
  while (!queue_.empty()) {
    Item& item = queue_.front();
    if (!item.is_end && !item.request->is_of_queue) {
      drop(item, Loss::shut_down, dropped);
    } else {
      leave<QueueTag>(item);
      if (item.request->is_of_queue) continue;
      --queued_;
      ++counts_.skipped;
    }
  }
  room_.notify_all();
  settled_.notify_all();
  return pump_ == Pump::rests;
}

Statistics Queue::statistics() const noexcept {
  const Lock lock = this->lock();
  Statistics counts = counts_;
  counts.queued = queued_;
  counts.open = reserved_;
  if (is_calling_ && steady_clock::now() - progress_ >= stall_limit_) ++counts.failures;
  return counts;
}

std::exception_ptr Queue::last_error() const noexcept {
  const Lock lock = this->lock();
  return last_error_;
}

Queue::Footprint Queue::footprint() const noexcept {
  const Lock lock = this->lock();
  Footprint made{.events = events_.size()};
  for (const OpenEvent& event : events_)
    made.bytes += event.start.bytes.capacity() + event.end.bytes.capacity();
  return made;
}

}  // namespace hark::audit::detail
