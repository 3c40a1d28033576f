// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio/async_connection.hpp>
#include <hark/asio/detail/engine_state.hpp>
#include <hark/asio/detail/session.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/detail/counter.hpp>
#include <hark/error.hpp>

#include <utility>

#include "asio/flow.hpp"

namespace hark::detail {
namespace {

constinit Counter operation_ids;

/// An operation on its way to its session: dropped where it does not arrive.
class Travelling {
 public:
  Travelling(std::shared_ptr<AsyncSession> session, AsyncOperation& operation) noexcept
      : session_(std::move(session)), operation_(&operation) {
    session_->note_travelling();
  }
  Travelling(Travelling&& other) noexcept
      : session_(std::move(other.session_)),
        operation_(std::exchange(other.operation_, nullptr)) {}
  Travelling& operator=(Travelling&&) = delete;
  ~Travelling() {
    if (operation_ != nullptr) session_->drop_travelling(*operation_);
  }
  void operator()() noexcept { session_->arrive(*std::exchange(operation_, nullptr)); }

 private:
  std::shared_ptr<AsyncSession> session_;
  AsyncOperation* operation_;
};

}  // namespace

AsyncOperation::AsyncOperation() noexcept : inherited_(capture_inherited()) {}

std::uint64_t AsyncOperation::make_id() noexcept { return id_ = operation_ids.next(); }

void throw_nobody_to_do_it() {
  throw ResourceClosedError("this was closed, or never begun, or moved from");
}

// -- AsyncQueue -------------------------------------------------------------------------

AsyncQueue::~AsyncQueue() {
  while (AsyncOperation* const operation = take()) operation->drop();
}

void AsyncQueue::add(AsyncOperation& operation) noexcept {
  operation.next_ = nullptr;
  (last_ == nullptr ? first_ : last_->next_) = &operation;
  last_ = &operation;
}

void AsyncQueue::add_first(AsyncQueue& from) noexcept {
  if (from.first_ == nullptr) return;
  from.last_->next_ = first_;
  first_ = std::exchange(from.first_, nullptr);
  if (last_ == nullptr) last_ = from.last_;
  from.last_ = nullptr;
}

bool AsyncQueue::has(std::uint64_t id) const noexcept {
  const AsyncOperation* each = first_;
  while (each != nullptr && each->id() != id) each = each->next_;
  return each != nullptr;
}

AsyncOperation* AsyncQueue::take() noexcept {
  AsyncOperation* const taken = first_;
  if (taken == nullptr) return nullptr;
  first_ = taken->next_;
  if (first_ == nullptr) last_ = nullptr;
  return taken;
}

AsyncOperation* AsyncQueue::take(std::uint64_t id) noexcept {
  AsyncOperation* before = nullptr;
  for (AsyncOperation* each = first_; each != nullptr;
       before = each, each = each->next_) {
    if (each->id() != id) continue;
    (before == nullptr ? first_ : before->next_) = each->next_;
    if (last_ == each) last_ = before;
    return each;
  }
  return nullptr;
}

// -- AsyncSession -----------------------------------------------------------------------

AsyncSession::AsyncSession(const boost::asio::any_io_executor& executor)
    : strand_(std::make_shared<Strand>(executor)),
      executor_(StrandExecutor(strand_, executor)) {}

std::shared_ptr<AsyncSession> AsyncSession::use(
    std::unique_ptr<AsyncSession> session, std::shared_ptr<AsyncEngineState> engine) {
  session->engine_ = std::move(engine);
  return {session.release(), End()};
}

void AsyncSession::End::operator()(AsyncSession* session) const noexcept {
  std::unique_ptr<AsyncSession> ended(session);
  if (!session->is_reusable()) return;
  const std::shared_ptr<AsyncEngineState> engine = std::move(session->engine_);
  engine->keep(std::move(ended));
}

bool AsyncSession::is_reusable() noexcept {
  if (connection_ && !connection_->closed()) return false;
  connection_.reset();
  return flow_ != nullptr && flow_->forget();
}

AsyncSession::~AsyncSession() {
  if (connection_ && !connection_->closed()) end_abandoned();
}

/// Ends the Connection where nothing can be waited for any more: on a fiber all of whose waits
/// throw.
void AsyncSession::end_abandoned() noexcept {
  try {
    if (flow_ == nullptr) flow_ = std::make_unique<AsyncFlow>(*this);
    flow_->abandon();
    flow_->begin(
        [](void* session) noexcept {
          auto& self = *static_cast<AsyncSession*>(session);
          self.begin_work(nullptr);
          self.connection_.reset();
        },
        this);
    flow_->end();
  } catch (...) {
    report_lost_error("dropping a connection failed");
  }
}

void AsyncSession::begin_work(const std::shared_ptr<void>& inherited) noexcept {
  try {
    flow_->states().begin_work(inherited);
  } catch (...) {  // it does without
  }
}

const OwnersContext& AsyncSession::context() const noexcept { return engine_->context(); }

void AsyncSession::throw_closed() {
  throw ResourceClosedError("this connection is closed");
}

void AsyncSession::report_background_failure() noexcept {
  report_lost_error("what a connection did in the background failed");
}

void AsyncSession::open() { connection_.emplace(engine_->engine()); }

void AsyncSession::close() {
  if (connection_) connection_->close();
}

void AsyncSession::close_after_failure() noexcept {
  try {
    close();
  } catch (...) {
    report_lost_error("closing a connection failed");
  }
}

void AsyncSession::close_in_background() noexcept {
  try {
    if (is_idle() && connection_ && connection_->closes_at_once()) {
      connection_->close();
      return connection_.reset();
    }
    start_in_background([](AsyncSession& session) {
      session.close();
      session.connection_.reset();
    });
  } catch (...) {
    report_lost_error("closing a connection failed");
  }
}

void AsyncSession::start(AsyncOperation& operation) {
  if (strand_->is_here() || context().runs_here()) {
    if (const Strand::Turn turn(*strand_); turn) {
      count_here(1);
      return enqueue(operation);
    }
  }
  strand_->dispatch(Travelling(shared_from_this(), operation));
}

void AsyncSession::enqueue(AsyncOperation& operation) noexcept {
  queue_.add(operation);
  if (active_ == nullptr) run_queue();
}

void AsyncSession::arrive(AsyncOperation& operation) noexcept {
  count_here(1);
  travelling_.fetch_sub(1, std::memory_order_release);
  enqueue(operation);
}

void AsyncSession::drop_travelling(AsyncOperation& operation) noexcept {
  travelling_.fetch_sub(1, std::memory_order_release);
  drop(operation);
}

void AsyncSession::start_first(AsyncOperation& operation) {
  const std::shared_ptr<AsyncSession> self = shared_from_this();
  const Strand::Turn turn(*strand_);
  if (!turn) return strand_->dispatch(Travelling(self, operation));
  count_here(1);
  if (!begin(operation)) return;
  AsyncOperation& ended = finish();
  run_queue();
  ended.complete(false);
}

/// Requires: somebody holds it.
void AsyncSession::run_queue() noexcept {
  while (active_ == nullptr) {
    AsyncOperation* const next = queue_.take();
    if (next == nullptr) return;
    if (begin(*next)) finish().complete(true);
  }
}

/// True: it has ended already.
bool AsyncSession::begin(AsyncOperation& operation) noexcept {
  active_ = &operation;
  try {
    if (flow_ == nullptr) flow_ = std::make_unique<AsyncFlow>(*this);
  } catch (...) {
    operation.fail(std::current_exception());
    return true;
  }
  flow_->reservation = AsyncEngineState::reservation_of(operation);
  const bool is_cancelled =
      operation.opening_ != nullptr && engine_->arrive(operation, shared_from_this());
  flow_->begin(act, this, is_cancelled);
  return flow_->has_ended();
}

void AsyncSession::act(void* session) noexcept {
  auto& self = *static_cast<AsyncSession*>(session);
  self.begin_work(self.active_->inherited_);
  self.active_->act(self);
  self.begin_work(nullptr);  // an idle fiber keeps nothing alive
}

void AsyncSession::wake(std::uint64_t wait, Woken how) {
  if (flow_ == nullptr || !flow_->wake(wait, how)) return;
  if (!flow_->has_ended()) return;
  if (flow_->is_abandoned()) return drop_all();
  AsyncOperation& ended = finish();
  run_queue();
  ended.complete(false);
}

void AsyncSession::interrupt_done() {
  if (flow_ != nullptr) flow_->interrupt_done();
}

AsyncOperation& AsyncSession::finish() noexcept {
  AsyncOperation& ended = *std::exchange(active_, nullptr);
  if (flow_ != nullptr) flow_->end();
  engine_->forget(ended);
  count_here(-1);
  return ended;
}

void AsyncSession::drop(AsyncOperation& operation) noexcept {
  engine_->forget(operation);
  operation.drop();
}

/// The executor has gone: what was begun has failed, and nobody is told.
void AsyncSession::drop_all() noexcept {
  const std::shared_ptr<AsyncSession> self = shared_from_this();
  AsyncOperation& ended = finish();
  if (connection_) end_abandoned();
  ended.drop();
  while (AsyncOperation* const next = queue_.take()) {
    count_here(-1);
    drop(*next);
  }
}

/// Never in the function that asks for it: handlers may be called, and may end what it is in.
void AsyncSession::cancel(std::uint64_t operation) noexcept {
  try {
    strand_->post(
        [self = shared_from_this(), operation] { self->cancel_here(operation); });
  } catch (...) {  // it takes its time
  }
}

void AsyncSession::cancel_here(std::uint64_t operation) {
  if (active_ != nullptr && active_->is_done_for(operation)) {
    if (flow_ != nullptr) flow_->cancel();
    return;
  }
  AsyncOperation* const waiting = queue_.take(operation);
  if (waiting == nullptr) return;
  count_here(-1);
  waiting->fail(std::make_exception_ptr(
      CancelledError("the operation was cancelled before its turn")));
  waiting->complete(false);
}

// -- works ------------------------------------------------------------------------------

AsyncConnection OpenConnection::operator()(AsyncSession& session) const {
  session.open();
  return AsyncConnection(session.shared_from_this());
}

}  // namespace hark::detail
