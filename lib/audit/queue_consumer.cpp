// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <algorithm>
#include <new>
#include <utility>

#include "audit/queue.hpp"

/// The consumer's side: what is delivered next, and what is told of losses.
namespace hark::audit::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

/// How long the consumer looks again and again before it rests.
constexpr nanoseconds patience = 100ms;
/// Losses are told no more often.
constexpr nanoseconds between_losses = 100ms;

std::string_view name_of(Loss loss) noexcept {
  switch (loss) {
    case Loss::queue_full:
      break;
    case Loss::handler_stalled:
      return "handler stalled";
    case Loss::shut_down:
      return "shut down";
    case Loss::no_memory:
      return "no memory";
    case Loss::payload:
      return "payload not copied";
  }
  return "queue full";
}

}  // namespace

bool Queue::has_losses() const noexcept {
  return std::any_of(
      untold_losses_.begin(), untold_losses_.end(), [](const Losses& lost) {
        return lost.events != 0 || lost.requests != 0;
      });
}

Step Queue::next(Item* done) noexcept {
  const Time now = steady_clock::now();
  RequestPtr ended;
  Dropped dropped(*this);
  const Lock lock = this->lock();
  pump_ = Pump::runs;
  is_roused_ = is_calling_ = is_stalled_ = false;
  progress_ = now;
  if (done != nullptr) release(*done, ended);
  const Step step = decide(now, dropped);
  if (blocked_ != 0 && has_room() && queued_ * 2 <= places_) room_.notify_all();
  return step;
}

void Queue::release(Item& done, RequestPtr& request) noexcept {
  if (!done.is_end) return;
  if (done.event == nullptr) {
    leave<OpenTag>(*done.request);
    request = std::move(done.request->self);
    return;
  }
  OpenEvent& event = *done.event;
  leave<AllTag>(event);
  event.id = 0;
  free_.push_front(event);
}

Step Queue::decide(Time now, Dropped& dropped) noexcept {
  for (;;) {
    if (is_finished_) return {Step::What::rest};
    if (is_given_up_) return {Step::What::leave};
    if (is_told_now(now)) queue_losses(now);
    if (is_flush_due()) {
      is_calling_ = true;
      flushes_served_ = flushes_;
      return {Step::What::flush};
    }
    if (queue_.empty()) break;
    Item& item = queue_.front();
    const bool is_late = is_stopping_ && now >= wind_up_;
    if (!is_late || item.is_end || item.request->is_of_queue) return take(item, now);
    drop(item, Loss::shut_down, dropped);
  }
  if (is_stopping_) {
    is_calling_ = true;
    flushes_served_ = flushes_;
    return {Step::What::finish};
  }
  const bool sleeps = has_losses() || now - last_taken_ < patience;
  pump_ = sleeps ? Pump::sleeps : Pump::rests;
  return {sleeps ? Step::What::sleep : Step::What::rest};
}

bool Queue::is_flush_due() const noexcept {
  return flushes_ != flushes_done_ &&
         (queue_.empty() || queue_.front().sequence > flush_target_);
}

bool Queue::is_told_now(Time now) const noexcept {
  if (!has_losses()) return false;
  if (is_stopping_) return queue_.empty();
  return is_flush_due() || now - losses_told_ >= between_losses;
}

void Queue::queue_losses(Time now) noexcept {
  losses_told_ = now;
  const auto losses = std::exchange(untold_losses_, {});
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (losses[i].events == 0 && losses[i].requests == 0) continue;
    try {
      queue_losses(losses[i], static_cast<Loss>(i));
    } catch (...) {  // they remain counted
    }
  }
}

void Queue::queue_losses(Losses lost, Loss loss) {
  const auto request = std::make_shared<OpenRequest>();
  const Attributes attributes{{"events", static_cast<std::int64_t>(lost.events)},
                              {"requests", static_cast<std::int64_t>(lost.requests)}};
  const Moment now = Moment::now();
  write_request(request->start.bytes, {.name = "hark.audit"}, options_);
  OpenEvent* const event = free_event();
  if (event == nullptr) throw std::bad_alloc();
  try {
    write_event(event->start.bytes,
                {.name = name_of(loss), .attributes = &attributes},
                Options());
  } catch (...) {
    free_.push_front(*event);
    throw;
  }

  request->is_of_queue = true;
  request->has_ended = true;
  request->end.is_end = true;
  request->record.id = next_id();
  request->record.start = event->moment = now;
  request->record.thread_id = event->thread_id = thread_id();
  event->id = next_id();
  event->has_ended = true;
  event->kind = EventKind::lost;
  event->parent_id = event->connection_id = event->dbapi_connection_id =
      event->execution_id = 0;
  event->end_fields = {};
  event->end.bytes.clear();
  for (Item* item : {&request->end, &event->end, &event->start, &request->start}) {
    item->request = request.get();
    item->sequence = 0;
    queue_.push_front(*item);
  }
  requests_.push_back(*request);
  request->recorded.push_back(*event);
  request->self = request;
}

Step Queue::take(Item& item, Time now) noexcept {
  OpenRequest& request = *item.request;
  OpenEvent* const event = item.event;
  bool is_told = true;
  leave<QueueTag>(item);
  if (event != nullptr) {
    leave<WaitingTag>(*event);
    if (!item.is_end) event->fate = Fate::untold;  // until the call has returned
    is_told = (item.is_end ? event->fate : request.fate) == Fate::told;
  } else {
    leave<WaitingTag>(request);
    if (item.is_end) {
      is_told = request.fate == Fate::told;
      request.record.lost = request.lost;
    } else {
      request.fate = Fate::untold;
    }
  }
  if (!request.is_of_queue) {
    --queued_;
    ++(is_told ? counts_.delivered : counts_.skipped);
    last_taken_ = now;
  }
  is_calling_ = is_told;
  return {is_told ? Step::What::deliver : Step::What::skip, &item};
}

void Queue::note_failure(std::exception_ptr error) noexcept {
  const Lock lock = this->lock();
  ++counts_.failures;
  last_error_.swap(error);
}

void Queue::note_flush(bool is_ok) noexcept {
  const Lock lock = this->lock();
  flushes_done_ = flushes_served_;
  was_flush_ok_ = is_ok;
  settled_.notify_all();
}

void Queue::note_rest() noexcept {
  const Lock lock = this->lock();
  pump_ = Pump::rests;
}

void Queue::note_finish() noexcept {
  const Lock lock = this->lock();
  pump_ = Pump::rests;
  is_finished_ = true;
  settled_.notify_all();
}

void Queue::clean_up() noexcept {
  for (OpenEvent& event : events_) {
    event.told.reset();
    event.payload.reset();
  }
  for (;;) {
    RequestPtr request;
    {
      const Lock lock = this->lock();
      if (requests_.empty()) return;
      request = std::move(requests_.front().self);
      requests_.pop_front();
    }
    request->context.reset();
  }
}

}  // namespace hark::audit::detail
