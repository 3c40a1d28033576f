// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "asio/statements.hpp"

#include <hark/asio/detail/engine_state.hpp>
#include <hark/asio/detail/statements.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/error.hpp>
#include <hark/pool/static_pool.hpp>

#include <algorithm>
#include <utility>

#include "asio/flow.hpp"

namespace hark::detail {
namespace {

// A slow statement holds up no more than these.
constexpr std::size_t most_at_once = 32;
// Then the connection goes back to the pool, where others may wait for it.
constexpr std::size_t most_in_a_row = 256;
constexpr std::size_t most_without_limit = 32;

std::size_t most_carriers_of(const Pool& pool) {
  // Whose users share one connection.
  if (dynamic_cast<const StaticPool*>(&pool) != nullptr) return 1;
  const PoolOptions& options = pool.options();
  if (options.pool_size == 0 || options.max_overflow < 0) return most_without_limit;
  return options.pool_size + static_cast<std::size_t>(options.max_overflow);
}

}  // namespace

// -- StatementAhead ---------------------------------------------------------------------

bool StatementAhead::is_shareable(const Connection& connection) noexcept {
  return connection.is_shareable();
}

bool StatementAhead::is_sendable(const Connection& connection) noexcept {
  return connection.sends_ahead();
}

bool StatementAhead::send(Connection& connection) noexcept {
  try {
    number_ = connection.send_ahead(clause_, parameters_);
  } catch (...) {  // who executes it is told
  }
  return was_sent();
}

Result StatementAhead::execute(Connection& connection) {
  return was_sent() ? connection.execute_sent(clause_, parameters_, number_)
                    : connection.execute(clause_, parameters_);
}

// -- AsyncStatements --------------------------------------------------------------------

/// A connection's use for statements of many: an operation that does theirs.
class AsyncStatements::Carrier final : public AsyncOperation {
 public:
  Carrier(std::shared_ptr<AsyncEngineState> state, AsyncStatements& statements) noexcept
      : state_(std::move(state)),
        statements_(statements),
        keeps_running_(boost::asio::prefer(
            state_->executor(), boost::asio::execution::outstanding_work.tracked)) {
    make_id();
  }

  // Requires: the mutex is held.
  bool is_opening() const noexcept { return is_opening_; }
  /// Null: it has none yet.
  std::shared_ptr<AsyncSession> session() const noexcept { return session_.lock(); }
  bool leave_locked() noexcept;

  void act(AsyncSession& session) noexcept override;
  bool is_done_for(std::uint64_t id) noexcept override;
  void fail(std::exception_ptr failure) noexcept override { fail_to_open(failure); }
  void complete(bool /*posts*/) override {
    leave();
    const std::unique_ptr<Carrier> self(this);
    // Who waits has others, or has failed with it; whoever comes next tries again.
    if (!has_failed_) statements_.carry_or_fail();
  }
  void drop() noexcept override {
    const std::unique_ptr<Carrier> self(this);
    while (AsyncOperation* const each = take()) statements_.end(*each, true);
    leave();
  }

 private:
  bool opened(AsyncSession& session) noexcept;
  bool leave() noexcept;
  void fail_to_open(const std::exception_ptr& failure) noexcept;
  void carry(AsyncSession& session) noexcept;
  AsyncOperation* take() noexcept {
    if (present_ != nullptr) return std::exchange(present_, nullptr);
    AsyncOperation* const sent = sent_.take();
    return sent != nullptr ? sent : unsent_.take();
  }
  void send_together(AsyncSession& session) noexcept;
  bool begin_next(AsyncSession& session, AsyncOperation& next, bool was_sent) noexcept;
  void do_next(AsyncSession& session, AsyncOperation& next, bool was_sent) noexcept;
  static bool is_as_before(AsyncSession& session) noexcept;

  const std::shared_ptr<AsyncEngineState> state_;
  AsyncStatements& statements_;
  const AsyncWork keeps_running_;        // until the connection was given back
  bool is_opening_ = true;               // guarded by the mutex
  bool has_left_ = false;                // guarded by the mutex
  std::weak_ptr<AsyncSession> session_;  // guarded by the mutex
  // On the strand alone.
  bool has_failed_ = false;
  AsyncQueue sent_;
  AsyncQueue unsent_;
  AsyncOperation* present_ = nullptr;
};

void AsyncStatements::Carrier::act(AsyncSession& session) noexcept {
  try {
    session.open();
  } catch (...) {
    return fail_to_open(std::current_exception());
  }
  if (opened(session)) carry(session);
  AsyncFlow& flow = *current_flow();
  if (flow.is_abandoned()) return;
  if (present_ == nullptr) {
    leave();
    return session.close_after_failure();
  }
  // Who waits for one alone is told when its connection is given back.
  session.close_after_failure();
  if (flow.is_abandoned()) return;
  flow.end_cancellation();
  leave();
  statements_.end(*std::exchange(present_, nullptr), false);
}

void AsyncStatements::Carrier::fail_to_open(const std::exception_ptr& failure) noexcept {
  has_failed_ = leave();
  if (has_failed_) statements_.fail_share(failure);
}

void AsyncStatements::Carrier::carry(AsyncSession& session) noexcept {
  const AsyncFlow& flow = *current_flow();
  for (std::size_t done = 0; done < most_in_a_row;) {
    const bool is_shared = StatementAhead::is_shareable(session.connection());
    // What cannot be sent yet waits for whoever is idle first.
    const bool is_sendable =
        is_shared && StatementAhead::is_sendable(session.connection());
    statements_.take_share(unsent_, is_sendable ? most_at_once : 1);
    if (unsent_.empty()) return;
    if (!is_shared) return static_cast<void>(begin_next(session, *unsent_.take(), false));
    send_together(session);
    for (; AsyncOperation* const next = sent_.take(); ++done)
      do_next(session, *next, true);
    for (; !unsent_.empty() && is_as_before(session); ++done)
      do_next(session, *unsent_.take(), false);
    if (flow.is_abandoned() || !is_as_before(session)) return;
  }
}

/// Has nothing happened that the next one's statement would meet?
bool AsyncStatements::Carrier::is_as_before(AsyncSession& session) noexcept {
  try {
    Connection& connection = session.connection();
    return StatementAhead::is_shareable(connection) &&
           !connection.connection()->in_transaction();
  } catch (...) {
    return false;
  }
}

/// False: nobody needs it any more.
bool AsyncStatements::Carrier::opened(AsyncSession& session) noexcept {
  const std::lock_guard lock(statements_.mutex_);
  if (has_left_) return false;
  is_opening_ = false;
  --statements_.opening_count_;
  session_ = session.weak_from_this();
  return true;
}

/// It takes none any more; others do what it has not sent. False: it had left before.
bool AsyncStatements::Carrier::leave() noexcept {
  AsyncQueue cancelled;
  {
    const std::lock_guard lock(statements_.mutex_);
    if (!leave_locked()) return false;
    AsyncQueue left;
    while (AsyncOperation* const each = unsent_.take()) {
      if (each->is_sought_.load(std::memory_order_relaxed)) {
        cancelled.add(*each);
      } else {
        left.add(*each);
        ++statements_.waiting_count_;
      }
    }
    statements_.waiting_.add_first(left);
  }
  while (AsyncOperation* const each = cancelled.take()) statements_.fail_cancelled(*each);
  return true;
}

bool AsyncStatements::Carrier::leave_locked() noexcept {
  if (std::exchange(has_left_, true)) return false;
  if (is_opening_) --statements_.opening_count_;
  std::erase(statements_.carriers_, this);
  return true;
}

/// One alone has nothing to wait behind.
void AsyncStatements::Carrier::send_together(AsyncSession& session) noexcept {
  AsyncOperation* const first = unsent_.take();
  if (unsent_.empty()) return unsent_.add(*first);
  AsyncQueue left;
  for (AsyncOperation* each = first; each != nullptr; each = unsent_.take())
    (each->send_ahead(session) ? sent_ : left).add(*each);
  unsent_.add_first(left);
}

/// False: it was cancelled before, and has failed.
bool AsyncStatements::Carrier::begin_next(AsyncSession& session,
                                          AsyncOperation& next,
                                          bool was_sent) noexcept {
  if (next.is_sought_.load(std::memory_order_relaxed)) [[unlikely]] {
    if (!was_sent) {
      statements_.fail_cancelled(next);
      return false;
    }
    current_flow()->cancel();
  }
  present_ = &next;
  session.begin_work(next.inherited_);
  next.act(session);
  return true;
}

void AsyncStatements::Carrier::do_next(AsyncSession& session,
                                       AsyncOperation& next,
                                       bool was_sent) noexcept {
  if (!begin_next(session, next, was_sent)) return;
  AsyncFlow& flow = *current_flow();
  present_ = nullptr;
  flow.end_cancellation();
  statements_.end(next, flow.is_abandoned());
}

/// One that was sent is cancelled in its turn.
bool AsyncStatements::Carrier::is_done_for(std::uint64_t id) noexcept {
  if (id == this->id() || (present_ != nullptr && present_->id() == id)) return true;
  if (AsyncOperation* const waiting = unsent_.take(id))
    statements_.fail_cancelled(*waiting);
  return false;
}

AsyncStatements::AsyncStatements(AsyncEngineState& state)
    : state_(state), most_carriers_(most_carriers_of(state.engine().pool())) {
  state_.context_members()->add(*this);
}

AsyncStatements::~AsyncStatements() { state_.context_members()->remove(*this); }

std::shared_ptr<void> AsyncStatements::hold() noexcept {
  return state_.weak_from_this().lock();
}

const boost::asio::any_io_executor& AsyncStatements::executor() const noexcept {
  return state_.executor();
}

const OwnersContext& AsyncStatements::context() const noexcept {
  return state_.context();
}

void AsyncStatements::start(AsyncOperation& operation) {
  {
    const std::lock_guard lock(mutex_);
    try {
      if (operation.id() != 0) cancellable_.emplace(operation.id(), &operation);
    } catch (...) {  // it takes its time
    }
    waiting_.add(operation);
    ++waiting_count_;
  }
  carry_or_fail();
}

void AsyncStatements::carry_or_fail() noexcept {
  try {
    carry();
  } catch (...) {
    fail_share(std::current_exception());
  }
}

/// Requires: the mutex is held.
bool AsyncStatements::needs_another() const noexcept {
  return opening_count_ < waiting_count_ && carriers_.size() < most_carriers_;
}

/// Opens another connection, if one is needed.
void AsyncStatements::carry() {
  std::unique_ptr<Carrier> carrier;
  {
    const std::lock_guard lock(mutex_);
    if (!needs_another()) return;
    carrier = std::make_unique<Carrier>(state_.shared_from_this(), *this);
    carriers_.push_back(carrier.get());
    ++opening_count_;
  }
  state_.start(*carrier.release());
}

/// Moves what is one carrier's share of those that wait, `most` at most. Those that are still
/// opening have theirs.
void AsyncStatements::take_share(AsyncQueue& to, std::size_t most) noexcept {
  const std::lock_guard lock(mutex_);
  const std::size_t carriers = std::max<std::size_t>(carriers_.size(), 1);
  std::size_t share = std::min((waiting_count_ + carriers - 1) / carriers, most);
  for (; share != 0; --share) {
    to.add(*waiting_.take());
    --waiting_count_;
  }
}

/// A connection could not be opened: what it was to carry fails with it, unless others do it.
void AsyncStatements::fail_share(const std::exception_ptr& failure) noexcept {
  AsyncQueue failed;
  {
    const std::lock_guard lock(mutex_);
    if (carriers_.size() != opening_count_) return;
    const std::size_t tries = carriers_.size() + 1;
    std::size_t share = (waiting_count_ + tries - 1) / tries;
    for (; share != 0; --share) {
      failed.add(*waiting_.take());
      --waiting_count_;
    }
  }
  while (AsyncOperation* const each = failed.take()) {
    each->fail(failure);
    end(*each, false);
  }
}

/// As its work has come out.
void AsyncStatements::end(AsyncOperation& operation, bool is_abandoned) noexcept {
  if (operation.id() != 0) {
    const std::lock_guard lock(mutex_);
    cancellable_.erase(operation.id());
  }
  if (is_abandoned) return operation.drop();
  try {
    operation.complete(true);
  } catch (...) {  // without memory nobody can be told
    report_lost_error("telling how a statement ended failed");
  }
}

void AsyncStatements::fail_cancelled(AsyncOperation& operation) noexcept {
  operation.fail(std::make_exception_ptr(
      CancelledError("the operation was cancelled before its turn")));
  end(operation, false);
}

/// Somebody waits no more: a connection that is being opened may not be needed. Its operation;
/// 0: there is none. Requires: the mutex is held.
std::uint64_t AsyncStatements::dismiss() noexcept {
  if (opening_count_ <= waiting_count_) return 0;
  const auto found = std::find_if(carriers_.rbegin(),
                                  carriers_.rend(),
                                  [](const Carrier* each) { return each->is_opening(); });
  if (found == carriers_.rend()) return 0;
  Carrier& dismissed = **found;
  dismissed.leave_locked();
  return dismissed.id();
}

void AsyncStatements::cancel(std::uint64_t operation) noexcept {
  AsyncOperation* waiting = nullptr;
  std::uint64_t dismissed = 0;
  std::vector<std::shared_ptr<AsyncSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    const auto found = cancellable_.find(operation);
    if (found == cancellable_.end()) return;
    found->second->is_sought_.store(true, std::memory_order_relaxed);
    waiting = waiting_.take(operation);
    if (waiting != nullptr) {
      --waiting_count_;
      dismissed = dismiss();
    } else {
      try {
        for (const Carrier* each : carriers_) sessions.push_back(each->session());
      } catch (...) {  // it is cancelled when its turn comes
      }
    }
  }
  for (const std::shared_ptr<AsyncSession>& each : sessions) {
    if (each != nullptr) each->cancel(operation);
  }
  if (waiting != nullptr) fail_cancelled(*waiting);
  if (dismissed != 0) state_.cancel(dismissed);
}

/// Nobody is left who would do those that wait.
void AsyncStatements::context_goes() noexcept {
  for (;;) {
    AsyncOperation* dropped = nullptr;
    {
      const std::lock_guard lock(mutex_);
      dropped = waiting_.take();
      if (dropped == nullptr) return;
      --waiting_count_;
    }
    end(*dropped, true);
  }
}

}  // namespace hark::detail
