// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/request.hpp>
#include <hark/audit/request_executor.hpp>
#include <hark/detail/flow.hpp>
#include <hark/engine.hpp>
#include <hark/error.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "audit/failure.hpp"
#include "audit/inside.hpp"
#include "audit/request_state.hpp"
#include "audit/tracker.hpp"

namespace hark::audit {
namespace detail {
namespace {

/// The request of this thread, which may be over. Statements read it by `raw_current`, which costs
/// no look whether the other one was made.
struct RequestHere {
  std::shared_ptr<RequestState> request;
  TrackedStates tracked;
};
struct ThisThread : RequestHere {
  ~ThisThread();
};
thread_local ThisThread this_thread;
constinit thread_local RequestHere* here_of_fiber = nullptr;  // null: a thread runs
constinit thread_local RequestState* raw_current = nullptr;
constinit thread_local RequestState* resumed = nullptr;  // what runs was resumed in it
constinit thread_local bool has_tracked = false;         // and may have none left

ThisThread::~ThisThread() {
  raw_current = nullptr;
  has_tracked = false;
}

RequestHere& request_here() noexcept {
  return here_of_fiber != nullptr ? *here_of_fiber : this_thread;
}

std::shared_ptr<RequestState> set_current(
    std::shared_ptr<RequestState> request) noexcept {
  raw_current = request.get();
  return std::exchange(request_here().request, std::move(request));
}

/// What work that is begun here, and done by a fiber, goes on with.
struct Inherited {
  RequestHere here;
  RequestState* resumed = nullptr;  // kept by the request, whose outer one it may be
  std::vector<const void*> inside;  // the innermost delivery last
};

std::shared_ptr<void> capture() noexcept {
  const bool is_inside = Inside::is_in_any();
  if (raw_current == nullptr && !has_tracked && !is_inside) return nullptr;
  try {
    auto made = std::make_shared<Inherited>();
    made->here = request_here();
    made->resumed = made->here.request.get();
    while (made->resumed != resumed && made->resumed != nullptr)
      made->resumed = made->resumed->outer.get();
    if (is_inside) made->inside = Inside::all();
    return made;
  } catch (...) {  // its events are of no request
    return nullptr;
  }
}

/// The request of a fiber, and all that goes with it.
class RequestOfFiber final : public hark::detail::FlowState {
 public:
  void enter() noexcept override {
    outside_ = std::exchange(here_of_fiber, &here_);
    exchange();
  }
  void leave() noexcept override {
    exchange();
    here_of_fiber = outside_;
  }
  void begin_work(const std::shared_ptr<void>& inherited) override {
    resumed = nullptr;
    set_current(nullptr);
    here_.tracked.clear();
    has_tracked = false;
    inside_.clear();
    if (inherited == nullptr) return;
    const auto& from = *static_cast<const Inherited*>(inherited.get());
    here_.tracked = from.here.tracked;
    has_tracked = !here_.tracked.empty();
    resumed = from.resumed;
    set_current(from.here.request);
    inside_.enter(from.inside);
  }

 private:
  void exchange() noexcept {
    std::swap(raw_, raw_current);
    std::swap(resumed_, resumed);
    std::swap(has_tracked_, has_tracked);
    inside_.exchange();
  }

  RequestHere here_;
  RequestHere* outside_ = nullptr;
  // Of the side that does not run.
  RequestState* raw_ = nullptr;
  RequestState* resumed_ = nullptr;
  bool has_tracked_ = false;
  InsideOfFiber inside_;
};

const bool has_requests_of_fibers = [] {
  hark::detail::set_capture_inherited(&capture);
  return hark::detail::register_flow_state(
      []() -> std::unique_ptr<hark::detail::FlowState> {
        return std::make_unique<RequestOfFiber>();
      });
}();

void forget_ended(TrackedStates& tracked) noexcept {
  std::erase_if(tracked, [](const auto& each) { return each.expired(); });
}

void forget_tracked(std::shared_ptr<TrackedState>& ended) noexcept {
  const std::shared_ptr<RequestState> request = ended->request;
  ended = nullptr;
  request->forget_tracked();
  if (!has_tracked) return;
  forget_ended(request_here().tracked);
  has_tracked = !request_here().tracked.empty();
}

void add_tracked(const std::shared_ptr<TrackedState>& added) noexcept {
  try {
    if (resumed == added->request.get()) return resumed->add_tracked(added);
    forget_ended(request_here().tracked);
    request_here().tracked.push_back(added);
    has_tracked = true;
  } catch (...) {  // what comes is the request's, and not the event's
  }
}

std::uint64_t parent_among(const TrackedStates& all, const RequestPtr& request) noexcept {
  for (std::size_t i = all.size(); i != 0; --i) {
    const std::shared_ptr<TrackedState> state = all[i - 1].lock();
    if (state == nullptr) continue;
    for (const ToldEvent& told : state->told) {
      if (told.of->request == request && told.event.id != 0) return told.event.id;
    }
  }
  return 0;
}

/// The innermost one that is not over.
std::shared_ptr<RequestState> current() noexcept {
  std::shared_ptr<RequestState> found = request_here().request;
  while (found != nullptr && found->has_ended.load(std::memory_order_acquire))
    found = found->outer;
  return found;
}

/// "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".
bool is_traceparent(std::string_view text) noexcept {
  constexpr std::string_view form =
      "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
  constexpr std::string_view digits = "0123456789abcdef";
  if (text.size() != form.size() || text.starts_with("ff")) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool fits = form[i] == 'x' ? digits.find(text[i]) != std::string_view::npos
                                     : text[i] == form[i];
    if (!fits) return false;
  }
  const auto is_zero = [](std::string_view id) {
    return id.find_first_not_of('0') == std::string_view::npos;
  };
  return !is_zero(text.substr(3, 32)) && !is_zero(text.substr(36, 16));
}

}  // namespace

RequestState* current_request() noexcept {
  RequestState* found = raw_current;
  while (found != nullptr && found->has_ended.load(std::memory_order_acquire))
    found = found->outer.get();
  return found;
}

std::uint64_t tracked_parent(const RequestPtr& request) noexcept {
  if (resumed != nullptr) {
    if (const std::uint64_t id = resumed->tracked_parent(request)) return id;
  }
  return has_tracked ? parent_among(request_here().tracked, request) : 0;
}

// -- Verdict ----------------------------------------------------------------------------

void Verdict::fail(const std::exception_ptr& error) noexcept {
  outcome = Outcome::error;
  failure = describe_failure(error);
}

EndNote Verdict::note(const Moment& start, Outcome otherwise) const noexcept {
  return {.outcome = outcome.value_or(otherwise),
          .elapsed = std::chrono::steady_clock::now() - start.monotonic,
          .failure = failure,
          .attributes = attributes.empty() ? nullptr : &attributes};
}

// -- RequestState -----------------------------------------------------------------------

namespace {

/// Null: no handler is in use for that engine.
std::shared_ptr<RequestState> start_request(Engine& engine,
                                            std::string_view name,
                                            const RequestOptions& options,
                                            std::uint64_t connection_id) {
  const auto trackers = Tracker::all();
  if (trackers.empty()) return nullptr;
  auto made = std::make_shared<RequestState>();
  made->outer = current();
  made->dialect = &engine.dialect();
  made->connection_id = connection_id;
  made->start = Moment::now();
  const std::string_view traceparent =
      is_traceparent(options.traceparent) ? options.traceparent : std::string_view();
  made->told.reserve(trackers.size());
  for (const auto& tracker : trackers) {
    if (!tracker->tracks(engine)) continue;
    const RequestPtr* const around = tracker->request_of_thread(nullptr);
    made->told.push_back(
        {tracker,
         tracker->delivery().start_request(
             {.parent_id = around == nullptr ? 0 : Delivery::id_of(*around),
              .name = name,
              .start = made->start,
              .database = tracker->database_of(engine),
              .connection_id = connection_id,
              .traceparent = traceparent,
              .attributes =
                  options.attributes.empty() ? nullptr : &options.attributes})});
  }
  return made->told.empty() ? nullptr : made;
}

}  // namespace

const RequestPtr* RequestState::known_to(const Tracker& tracker) const noexcept {
  for (const ToldRequest& each : told) {
    if (each.tracker.get() == &tracker) return &each.request;
  }
  return nullptr;
}

void RequestState::set(std::string_view attribute, dbapi::Value value) {
  const std::lock_guard lock(mutex_);
  verdict_.attributes.push_back({std::string(attribute), std::move(value)});
}

void RequestState::set_outcome(Outcome outcome) noexcept {
  const std::lock_guard lock(mutex_);
  verdict_.outcome = outcome;
}

void RequestState::fail(const std::exception_ptr& error) noexcept {
  const std::lock_guard lock(mutex_);
  verdict_.fail(error);
}

void RequestState::add_tracked(const std::shared_ptr<TrackedState>& added) {
  const std::lock_guard lock(mutex_);
  forget_ended(tracked_);
  tracked_.push_back(added);
}

void RequestState::forget_tracked() noexcept {
  const std::lock_guard lock(mutex_);
  forget_ended(tracked_);
}

std::uint64_t RequestState::tracked_parent(const RequestPtr& request) noexcept {
  const std::lock_guard lock(mutex_);
  return parent_among(tracked_, request);
}

void RequestState::end(Outcome otherwise) noexcept {
  if (has_ended.exchange(true, std::memory_order_acq_rel)) return;
  Verdict verdict;
  {
    const std::lock_guard lock(mutex_);
    verdict = std::exchange(verdict_, {});
  }
  const EndNote note = verdict.note(start, otherwise);
  for (const ToldRequest& each : told)
    each.tracker->delivery().end_request(each.request, note);
}

// -- TrackedState -----------------------------------------------------------------------

void TrackedState::end(Outcome otherwise) const noexcept {
  EndNote note = verdict.note(start, otherwise);
  note.rows = rows;
  for (const ToldEvent& each : told)
    each.of->tracker->delivery().end_event(each.of->request, each.event, note);
}

// -- CurrentRequest ---------------------------------------------------------------------

CurrentRequest::CurrentRequest(std::shared_ptr<RequestState> request) noexcept
    : previous_(request_here().request) {
  if (request != nullptr) set_current(std::move(request));
}

CurrentRequest::~CurrentRequest() { set_current(std::move(previous_)); }

// -- Resumed ----------------------------------------------------------------------------

Resumed::Resumed(std::shared_ptr<RequestState> request) noexcept
    // current_ keeps it.
    : outside_(std::exchange(resumed, request != nullptr ? request.get() : resumed)),
      current_(std::move(request)) {}

Resumed::~Resumed() { resumed = outside_; }

// -- Task -------------------------------------------------------------------------------

Task::Task(Engine& engine, std::string_view name, const RequestOptions& options)
    : request_(start_request(engine, name, options, 0)) {}

Task::~Task() {
  if (request_ != nullptr) request_->end(Outcome::cancelled);
}

void Task::succeed() noexcept {
  if (request_ != nullptr) request_->end(Outcome::ok);
}

void Task::fail(const std::exception_ptr& error, bool is_cancelled) noexcept {
  if (request_ == nullptr) return;
  request_->fail(error);
  if (is_cancelled) request_->set_outcome(Outcome::cancelled);
  request_->end(Outcome::error);
}

}  // namespace detail

using detail::RequestState;
using detail::TrackedState;

// -- Request ----------------------------------------------------------------------------

namespace {

Connection& open_one(Connection& connection) {
  if (connection.closed()) throw ResourceClosedError("this Connection is closed");
  return connection;
}

}  // namespace

Request::Request(Engine& engine, std::string_view name, const RequestOptions& options)
    : state_(detail::start_request(engine, name, options, 0)),
      exceptions_(std::uncaught_exceptions()) {
  if (state_ != nullptr) detail::set_current(state_);
}

Request::Request(Connection& connection,
                 std::string_view name,
                 const RequestOptions& options)
    : state_(detail::start_request(
          open_one(connection).engine(), name, options, connection.id())),
      exceptions_(std::uncaught_exceptions()) {
  if (state_ != nullptr) attach(connection);
}

Request::~Request() {
  if (state_ == nullptr) return;
  const bool has_failed = std::uncaught_exceptions() > exceptions_;
  state_->end(has_failed ? Outcome::error : Outcome::ok);
  end();
}

void Request::attach(Connection& connection) {
  open_one(connection);
  if (state_ == nullptr) return;
  for (const detail::ToldRequest& each : state_->told) {
    if (each.tracker->tracks(connection.engine()))
      each.tracker->attach(connection, state_);
  }
}

void Request::set(std::string_view attribute, dbapi::Value value) {
  if (state_ != nullptr) state_->set(attribute, std::move(value));
}

void Request::fail(const std::exception_ptr& error) {
  if (state_ != nullptr) state_->fail(error);
}

void Request::set_outcome(Outcome outcome) noexcept {
  if (state_ != nullptr) state_->set_outcome(outcome);
}

void Request::end() noexcept {
  if (state_ == nullptr) return;
  state_->end(Outcome::ok);
  if (detail::raw_current == state_.get()) detail::set_current(detail::current());
}

// -- TrackedEvent -----------------------------------------------------------------------

TrackedEvent::TrackedEvent(std::shared_ptr<RequestState> request,
                           std::string_view name,
                           Attributes attributes,
                           std::any payload) {
  if (request == nullptr || request->has_ended.load(std::memory_order_acquire)) return;
  auto made = std::make_shared<TrackedState>();
  made->start = Moment::now();
  made->exceptions = std::uncaught_exceptions();
  made->told.reserve(request->told.size());
  for (const detail::ToldRequest& each : request->told) {
    if (!each.tracker->wants(EventKind::custom)) continue;
    made->told.push_back({&each,
                          each.tracker->delivery().start_event(
                              each.request,
                              {.kind = EventKind::custom,
                               .parent_id = detail::tracked_parent(each.request),
                               .start = made->start,
                               .name = name,
                               .attributes = attributes.empty() ? nullptr : &attributes,
                               .payload = payload.has_value() ? &payload : nullptr})});
  }
  made->request = std::move(request);
  detail::add_tracked(made);
  state_ = std::move(made);
}

TrackedEvent::~TrackedEvent() {
  if (state_ == nullptr) return;
  const bool has_failed = std::uncaught_exceptions() > state_->exceptions;
  state_->end(has_failed ? Outcome::error : Outcome::ok);
  detail::forget_tracked(state_);
}

void TrackedEvent::set(std::string_view attribute, dbapi::Value value) {
  if (state_ != nullptr)
    state_->verdict.attributes.push_back({std::string(attribute), std::move(value)});
}

void TrackedEvent::set_rows(std::uint64_t rows) noexcept {
  if (state_ != nullptr) state_->rows = rows;
}

void TrackedEvent::fail(const std::exception_ptr& error) {
  if (state_ != nullptr) state_->verdict.fail(error);
}

void TrackedEvent::set_outcome(Outcome outcome) noexcept {
  if (state_ != nullptr) state_->verdict.outcome = outcome;
}

void TrackedEvent::end() noexcept {
  if (state_ == nullptr) return;
  state_->end(Outcome::ok);
  detail::forget_tracked(state_);
}

// -- EventTracker -----------------------------------------------------------------------

EventTracker::EventTracker(const Request& request) noexcept : request_(request.state_) {}

EventTracker::EventTracker(std::shared_ptr<RequestState> request) noexcept
    : request_(std::move(request)) {}

EventTracker EventTracker::current() noexcept {
  return EventTracker(detail::current_request() == nullptr ? nullptr : detail::current());
}

TrackedEvent EventTracker::track_event(std::string_view name,
                                       Attributes attributes) const {
  return make(name, std::move(attributes), {});
}

TrackedEvent EventTracker::make(std::string_view name,
                                Attributes attributes,
                                std::any payload) const {
  return {request_, name, std::move(attributes), std::move(payload)};
}

}  // namespace hark::audit
