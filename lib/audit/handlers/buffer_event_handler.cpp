// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/buffer_event_handler.hpp>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace hark::audit {

struct BufferEventHandler::State {
  explicit State(std::size_t most) : capacity(most) {}

  const std::size_t capacity;
  std::mutex mutex;
  std::condition_variable added;
  // Guarded by mutex.
  Records records;
  std::uint64_t dropped = 0;
};

BufferEventHandler::BufferEventHandler(std::size_t capacity)
    : state_(std::make_unique<State>(capacity)) {}

BufferEventHandler::~BufferEventHandler() = default;

void BufferEventHandler::add(Record record) {
  const std::lock_guard lock(state_->mutex);
  state_->records.push_back(std::move(record));
  if (state_->records.size() > state_->capacity) {
    state_->records.pop_front();
    ++state_->dropped;
  }
  state_->added.notify_all();
}

Records BufferEventHandler::records() const {
  const std::lock_guard lock(state_->mutex);
  return state_->records;
}

template <class Wanted, class Fits>
std::vector<Wanted> BufferEventHandler::all_of(const Fits& fits) const {
  std::vector<Wanted> made;
  const std::lock_guard lock(state_->mutex);
  for (const Record& record : state_->records) {
    const auto* const wanted = std::get_if<Wanted>(&record);
    if (wanted != nullptr && fits(*wanted)) made.push_back(*wanted);
  }
  return made;
}

std::vector<EventEnd> BufferEventHandler::events() const {
  return all_of<EventEnd>([](const EventEnd&) { return true; });
}

std::vector<EventEnd> BufferEventHandler::events(EventKind kind) const {
  return all_of<EventEnd>([&](const EventEnd& event) { return event.kind == kind; });
}

std::vector<RequestEnd> BufferEventHandler::requests() const {
  return all_of<RequestEnd>([](const RequestEnd&) { return true; });
}

std::uint64_t BufferEventHandler::dropped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->dropped;
}

void BufferEventHandler::clear() {
  const std::lock_guard lock(state_->mutex);
  state_->records.clear();
  state_->dropped = 0;
}

bool BufferEventHandler::wait_until(
    const std::function<bool(const Records&)>& holds,
    std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(state_->mutex);
  return state_->added.wait_until(lock, deadline, [&] { return holds(state_->records); });
}

void BufferEventHandler::request_start(const RequestStart& request) { add(request); }
void BufferEventHandler::event_start(const EventStart& event) { add(event); }
void BufferEventHandler::event_end(const EventEnd& event) { add(event); }
void BufferEventHandler::request_end(const RequestEnd& end) { add(end); }

}  // namespace hark::audit
