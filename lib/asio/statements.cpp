// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio/detail/engine_state.hpp>
#include <hark/asio/detail/statements.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/error.hpp>
#include <hark/pool/static_pool.hpp>

#include <algorithm>
#include <utility>

#include "asio/context.hpp"
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

bool StatementAhead::send(Connection& connection) noexcept {
  try {
    sent_to_ = connection.send_ahead(clause_, parameters_);
  } catch (...) {  // who executes it is told
  }
  return was_sent();
}

Result StatementAhead::execute(Connection& connection) {
  return was_sent() ? connection.execute_sent(clause_, parameters_, sent_to_)
                    : connection.execute(clause_, parameters_);
}

// -- AsyncStatements --------------------------------------------------------------------

/// Drops those who wait where the executor's context goes.
class AsyncStatements::Leaver final : public ContextMember {
 public:
  explicit Leaver(AsyncStatements& statements) : statements_(statements) {
    statements_.state_.context_members()->add(*this);
  }
  ~Leaver() override { statements_.state_.context_members()->remove(*this); }

 private:
  void context_goes() noexcept override { statements_.drop_all(); }
  std::shared_ptr<void> hold() noexcept override {
    return statements_.state_.weak_from_this().lock();
  }

  AsyncStatements& statements_;
};

/// A connection's use for statements of many: an operation that does theirs.
class AsyncStatements::Carrier final : public AsyncOperation {
 public:
  explicit Carrier(std::shared_ptr<AsyncEngineState> state) noexcept
      : state_(std::move(state)),
        statements_(state_->statements()),
        keeps_running_(boost::asio::prefer(
            state_->executor(), boost::asio::execution::outstanding_work.tracked)) {}

  /// Null: it has none yet. Requires: the mutex is held.
  std::shared_ptr<AsyncSession> session() const noexcept { return session_.lock(); }

  void act(AsyncSession& session) noexcept override;
  bool is_done_for(std::uint64_t id) noexcept override;
  void fail(std::exception_ptr failure) noexcept override {
    leave();
    statements_.fail_share(failure);
  }
  void complete(bool /*posts*/) override {
    leave();
    const std::unique_ptr<Carrier> self(this);
    statements_.carry_or_fail();
  }
  void drop() noexcept override {
    const std::unique_ptr<Carrier> self(this);
    while (AsyncOperation* const each = take()) each->drop();
    leave();
  }

 private:
  /// Ends one, as its work has come out.
  static void end(AsyncOperation& operation, bool is_abandoned) noexcept {
    if (is_abandoned) return operation.drop();
    try {
      operation.complete(true);
    } catch (...) {  // without memory nobody can be told
      report_lost_error("telling how a statement ended failed");
    }
  }
  void opened(AsyncSession& session) noexcept;
  void leave() noexcept;
  AsyncOperation* take() noexcept {
    AsyncOperation* const sent = sent_.take();
    return sent != nullptr ? sent : unsent_.take();
  }
  void send_together(AsyncSession& session) noexcept;
  void do_next(AsyncSession& session, AsyncOperation& next, bool was_sent) noexcept;
  static bool is_as_before(AsyncSession& session, bool is_shared) noexcept;

  const std::shared_ptr<AsyncEngineState> state_;
  AsyncStatements& statements_;
  const AsyncWork keeps_running_;        // until the connection was given back
  bool is_opening_ = true;               // guarded by the mutex
  bool has_left_ = false;                // guarded by the mutex
  std::weak_ptr<AsyncSession> session_;  // guarded by the mutex
  // On the strand alone.
  AsyncQueue sent_;
  AsyncQueue unsent_;
  AsyncOperation* present_ = nullptr;
  std::vector<std::uint64_t> cancelled_;  // of those that were sent
};

void AsyncStatements::Carrier::act(AsyncSession& session) noexcept {
  try {
    session.open();
  } catch (...) {
    leave();
    return statements_.fail_share(std::current_exception());
  }
  opened(session);
  AsyncFlow& flow = *current_flow();
  for (std::size_t done = 0; done < most_in_a_row;) {
    const bool is_shared = StatementAhead::is_shareable(session.connection());
    statements_.take_share(unsent_, is_shared ? most_at_once : 1);
    if (unsent_.empty()) break;
    if (is_shared) send_together(session);
    for (; AsyncOperation* const next = sent_.take(); ++done)
      do_next(session, *next, true);
    for (; !unsent_.empty() && is_as_before(session, is_shared); ++done)
      do_next(session, *unsent_.take(), false);
    if (flow.is_abandoned()) return;
    if (!is_shared || !unsent_.empty() || !is_as_before(session, true)) break;
  }
  session.close_after_failure();
}

/// Has nothing happened that the next one's statement would meet?
bool AsyncStatements::Carrier::is_as_before(AsyncSession& session,
                                            bool is_shared) noexcept {
  try {
    Connection& connection = session.connection();
    if (!is_shared) return true;  // it is the first
    return StatementAhead::is_shareable(connection) &&
           !connection.connection()->in_transaction();
  } catch (...) {
    return false;
  }
}

void AsyncStatements::Carrier::opened(AsyncSession& session) noexcept {
  const std::lock_guard lock(statements_.mutex_);
  is_opening_ = false;
  --statements_.opening_count_;
  session_ = session.weak_from_this();
}

/// It takes none any more; others do what it has not sent.
void AsyncStatements::Carrier::leave() noexcept {
  const std::lock_guard lock(statements_.mutex_);
  if (std::exchange(has_left_, true)) return;
  if (is_opening_) --statements_.opening_count_;
  std::erase(statements_.carriers_, this);
  AsyncQueue left;
  for (; AsyncOperation* const each = unsent_.take(); ++statements_.waiting_count_)
    left.add(*each);
  statements_.waiting_.add_first(left);
}

/// One alone has nothing to wait behind.
void AsyncStatements::Carrier::send_together(AsyncSession& session) noexcept {
  AsyncOperation* const first = unsent_.take();
  if (unsent_.empty()) return unsent_.add(*first);
  AsyncQueue left;
  for (AsyncOperation* each = first; each != nullptr; each = unsent_.take())
    (each->send_ahead(session) ? sent_ : left).add(*each);
  while (AsyncOperation* const each = left.take()) unsent_.add(*each);
}

void AsyncStatements::Carrier::do_next(AsyncSession& session,
                                       AsyncOperation& next,
                                       bool was_sent) noexcept {
  AsyncFlow& flow = *current_flow();
  present_ = &next;
  if (was_sent && std::erase(cancelled_, next.id()) != 0) flow.cancel();
  session.begin_work(next.inherited_);
  next.act(session);
  present_ = nullptr;
  flow.end_cancellation();
  end(next, flow.is_abandoned());
}

bool AsyncStatements::Carrier::is_done_for(std::uint64_t id) noexcept {
  if (present_ != nullptr && present_->id() == id) return true;
  if (AsyncOperation* const waiting = unsent_.take(id)) {
    waiting->fail(std::make_exception_ptr(
        CancelledError("the operation was cancelled before its turn")));
    end(*waiting, false);
  } else if (sent_.has(id)) {
    try {
      cancelled_.push_back(id);
    } catch (...) {  // it takes its time
    }
  }
  return false;
}

AsyncStatements::AsyncStatements(AsyncEngineState& state)
    : state_(state),
      most_carriers_(most_carriers_of(state.engine().pool())),
      leaver_(std::make_unique<Leaver>(*this)) {}

AsyncStatements::~AsyncStatements() = default;

const boost::asio::any_io_executor& AsyncStatements::executor() const noexcept {
  return state_.executor();
}

void AsyncStatements::start(AsyncOperation& operation) {
  {
    const std::lock_guard lock(mutex_);
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
    carrier = std::make_unique<Carrier>(state_.shared_from_this());
    carriers_.push_back(carrier.get());
    ++opening_count_;
  }
  state_.start(*carrier.release());
}

/// Moves what is one carrier's share of those that wait, `most` at most.
void AsyncStatements::take_share(AsyncQueue& to, std::size_t most) noexcept {
  const std::lock_guard lock(mutex_);
  const std::size_t open = std::max<std::size_t>(carriers_.size() - opening_count_, 1);
  std::size_t share = std::min((waiting_count_ + open - 1) / open, most);
  for (; share != 0; --share) {
    AsyncOperation* const taken = waiting_.take();
    if (taken == nullptr) return;
    --waiting_count_;
    to.add(*taken);
  }
}

/// A connection could not be opened: what it was to carry fails with it, unless others do it.
void AsyncStatements::fail_share(const std::exception_ptr& failure) noexcept {
  AsyncQueue failed;
  {
    const std::lock_guard lock(mutex_);
    if (carriers_.size() != opening_count_) return;
    std::size_t share = waiting_count_ / (carriers_.size() + 1);
    if (share * (carriers_.size() + 1) != waiting_count_) ++share;
    for (; share != 0; --share) {
      failed.add(*waiting_.take());
      --waiting_count_;
    }
  }
  while (AsyncOperation* const each = failed.take()) {
    each->fail(failure);
    try {
      each->complete(true);
    } catch (...) {  // without memory nobody can be told
      report_lost_error("telling how a statement ended failed");
    }
  }
}

void AsyncStatements::cancel(std::uint64_t operation) noexcept {
  AsyncOperation* waiting = nullptr;
  std::vector<std::shared_ptr<AsyncSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    waiting = waiting_.take(operation);
    if (waiting != nullptr) {
      --waiting_count_;
    } else {
      try {
        for (const Carrier* each : carriers_) sessions.push_back(each->session());
      } catch (...) {  // it takes its time
      }
    }
  }
  for (const std::shared_ptr<AsyncSession>& each : sessions) {
    if (each != nullptr) each->cancel(operation);
  }
  if (waiting == nullptr) return;
  waiting->fail(std::make_exception_ptr(
      CancelledError("the operation was cancelled while it waited for a connection")));
  try {
    waiting->complete(true);
  } catch (...) {  // without memory nobody can be told
    report_lost_error("telling how a statement ended failed");
  }
}

/// The executor has gone.
void AsyncStatements::drop_all() noexcept {
  for (;;) {
    AsyncOperation* dropped = nullptr;
    {
      const std::lock_guard lock(mutex_);
      dropped = waiting_.take();
      if (dropped == nullptr) return;
      --waiting_count_;
    }
    dropped->drop();
  }
}

}  // namespace hark::detail
