// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio/async_engine.hpp>
#include <hark/asio/detail/engine_state.hpp>
#include <hark/error.hpp>
#include <hark/pool/singleton_thread_pool.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "asio/context.hpp"
#include "asio/flow.hpp"
#include "asio/statements.hpp"

namespace hark::detail {

/// Threads that may block, made when they are needed first.
class Blocking {
 public:
  Blocking(boost::asio::any_io_executor given, std::size_t threads)
      : given_(std::move(given)), threads_(std::max<std::size_t>(threads, 1)) {}

  boost::asio::any_io_executor executor() {
    if (given_) return given_;
    const std::lock_guard lock(mutex_);
    if (!own_) own_.emplace(threads_);
    return own_->get_executor();
  }

 private:
  const boost::asio::any_io_executor given_;
  const std::size_t threads_;
  std::mutex mutex_;
  std::optional<boost::asio::thread_pool> own_;  // guarded by mutex_
};

/// Sessions for the next ones who open a connection. A strand must not outlive its context.
class IdleSessions final : ContextMember {
 public:
  explicit IdleSessions(AsyncEngineState& state) : state_(state) {
    is_open_ = state.context_members()->add(*this);
  }
  ~IdleSessions() override { state_.context_members()->remove(*this); }

  /// Null: there is none.
  std::unique_ptr<AsyncSession> take() noexcept {
    const std::lock_guard lock(mutex_);
    if (sessions_.empty()) return nullptr;
    std::unique_ptr<AsyncSession> taken = std::move(sessions_.back());
    sessions_.pop_back();
    return taken;
  }
  void keep(std::unique_ptr<AsyncSession> session) noexcept {
    const std::lock_guard lock(mutex_);
    try {
      if (is_open_ && sessions_.size() < most) sessions_.push_back(std::move(session));
    } catch (...) {  // it is freed
    }
  }

 private:
  static constexpr std::size_t most = 256;

  void context_goes() noexcept override {
    std::vector<std::unique_ptr<AsyncSession>> gone;
    const std::lock_guard lock(mutex_);
    is_open_ = false;
    gone.swap(sessions_);
  }
  std::shared_ptr<void> hold() noexcept override {
    return state_.weak_from_this().lock();
  }

  AsyncEngineState& state_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<AsyncSession>> sessions_;
  bool is_open_ = false;
};

std::size_t threads_for(const PoolOptions& pool) noexcept {
  constexpr std::size_t most = 32;
  if (pool.pool_size == 0 || pool.max_overflow < 0) return most + 1;
  return std::min(pool.pool_size + static_cast<std::size_t>(pool.max_overflow), most) + 1;
}

/// An operation that opens a connection, from its beginning to its end.
class AsyncOpening final : public PoolReservation {
 public:
  AsyncOpening(AsyncEngineState& owner, AsyncOperation& opens) noexcept
      : state(owner), operation(opens), pool(owner.engine().pool()) {}

  void served() noexcept override { boost::asio::post(state.executor(), Served(*this)); }

  AsyncEngineState& state;
  AsyncOperation& operation;
  Pool& pool;
  const std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::now() +
      std::min<std::chrono::milliseconds>(pool.options().timeout,
                                          std::chrono::hours(24 * 365));
  // Guarded by the list's mutex.
  AsyncOpening* previous = nullptr;
  AsyncOpening* next = nullptr;
  bool waits = false;                     // for the pool
  bool is_cancelled = false;              // before its session had it
  std::shared_ptr<AsyncSession> session;  // null: that does not have it yet

 private:
  class Served {
   public:
    explicit Served(AsyncOpening& opening) noexcept
        : state_(opening.state.shared_from_this()), opening_(&opening) {}
    Served(Served&& other) noexcept
        : state_(std::move(other.state_)),
          opening_(std::exchange(other.opening_, nullptr)) {}
    Served& operator=(Served&&) = delete;
    ~Served() {
      if (opening_ != nullptr) state_->drop(*opening_);
    }
    void operator()() { state_->open(*std::exchange(opening_, nullptr), true); }

   private:
    std::shared_ptr<AsyncEngineState> state_;
    AsyncOpening* opening_;
  };
};

/// The openings that are under way, those that wait in the order of their deadlines, and the
/// timer of the first.
class AsyncEngineState::Waiting final : ContextMember {
 public:
  explicit Waiting(AsyncEngineState& state) : timer(state.executor()), state_(state) {
    state.context_members_->add(*this);
  }
  ~Waiting() override { state_.context_members_->remove(*this); }

  void add(AsyncOpening& opening) noexcept {
    opening.previous = last;
    (last == nullptr ? first : last->next) = &opening;
    last = &opening;
  }
  void remove(AsyncOpening& opening) noexcept {
    (opening.previous == nullptr ? first : opening.previous->next) = opening.next;
    (opening.next == nullptr ? last : opening.next->previous) = opening.previous;
  }
  AsyncOpening* find(std::uint64_t operation) const noexcept {
    AsyncOpening* each = first;
    while (each != nullptr && each->operation.id() != operation) each = each->next;
    return each;
  }
  AsyncOpening* first_waiting() const noexcept {
    AsyncOpening* each = first;
    while (each != nullptr && !each->waits) each = each->next;
    return each;
  }

  /// Requires: the mutex is held.
  void set_timer(const std::shared_ptr<AsyncEngineState>& state) {
    if (is_timed) return;
    try {
      timer.expires_at(first_waiting()->deadline);
      timer.async_wait(Expiry(state));
      is_timed = true;
    } catch (...) {  // they wait until they are served
    }
  }
  void leave_waiting(AsyncOpening& opening) noexcept {
    if (!std::exchange(opening.waits, false)) return;
    --waiting;
    if (waiting == 0) timer.cancel();
  }

  class Expiry {
   public:
    explicit Expiry(std::shared_ptr<AsyncEngineState> state) noexcept
        : state_(std::move(state)) {}
    Expiry(Expiry&&) noexcept = default;
    Expiry& operator=(Expiry&&) = delete;
    ~Expiry() {
      if (state_ != nullptr) state_->waiting_->drop_all(*state_);
    }
    void operator()(const boost::system::error_code& /*error*/) noexcept {
      const std::shared_ptr<AsyncEngineState> state = std::move(state_);
      state->waiting_->expire(state);
    }

   private:
    std::shared_ptr<AsyncEngineState> state_;
  };

  void expire(const std::shared_ptr<AsyncEngineState>& state) noexcept {
    for (;;) {
      AsyncOpening* expired = nullptr;
      {
        const std::lock_guard lock(mutex);
        is_timed = false;
        AsyncOpening* const oldest = first_waiting();
        if (oldest == nullptr) return;
        if (oldest->deadline > std::chrono::steady_clock::now()) return set_timer(state);
        leave_waiting(*oldest);
        if (oldest->pool.give_up_waiting(*oldest, nullptr)) expired = oldest;
      }
      if (expired != nullptr) state->open(*expired, false);
    }
  }

  /// The executor has gone.
  void drop_all(AsyncEngineState& state) noexcept {
    for (;;) {
      AsyncOpening* dropped = nullptr;
      {
        const std::lock_guard lock(mutex);
        dropped = first_waiting();
        if (dropped == nullptr) return;
        leave_waiting(*dropped);
        // Else it was served, and that is on its way.
        if (!dropped->pool.give_up_waiting(*dropped, nullptr)) continue;
      }
      state.drop(*dropped);
    }
  }

  std::mutex mutex;
  // Guarded by mutex.
  AsyncOpening* first = nullptr;
  AsyncOpening* last = nullptr;
  std::size_t waiting = 0;
  bool is_timed = false;
  boost::asio::steady_timer timer;

 private:
  void context_goes() noexcept override { drop_all(state_); }
  std::shared_ptr<void> hold() noexcept override {
    return state_.weak_from_this().lock();
  }

  AsyncEngineState& state_;
};

AsyncEngineState::AsyncEngineState(boost::asio::any_io_executor executor,
                                   std::unique_ptr<Engine> owned,
                                   Engine& engine,
                                   const AsyncEngineOptions& options)
    : context_(std::move(executor)),
      context_members_(ContextMembers::of(context_.executor())),
      options_(options),
      owned_(std::move(owned)),
      engine_(engine),
      blocking_(std::make_unique<Blocking>(options.blocking_executor,
                                           options.blocking_threads != 0
                                               ? options.blocking_threads
                                               : threads_for(engine.pool().options()))),
      idle_sessions_(std::make_unique<IdleSessions>(*this)),
      waiting_(std::make_unique<Waiting>(*this)),
      statements_(std::make_unique<AsyncStatements>(*this)) {
  engine_.serve_fibers();
}

AsyncEngineState::~AsyncEngineState() = default;

std::shared_ptr<AsyncOwner> AsyncEngineState::statements() {
  return {shared_from_this(), statements_.get()};
}

boost::asio::any_io_executor AsyncEngineState::blocking_executor() {
  return blocking_->executor();
}

std::shared_ptr<AsyncSession> AsyncEngineState::make_session() {
  std::unique_ptr<AsyncSession> session = idle_sessions_->take();
  // Who stands on its strand may wait for the operation there.
  if (session != nullptr && session->strand().is_here()) session.reset();
  if (session == nullptr) session = std::make_unique<AsyncSession>(executor());
  return AsyncSession::use(std::move(session), shared_from_this());
}

void AsyncEngineState::keep(std::unique_ptr<AsyncSession> session) noexcept {
  idle_sessions_->keep(std::move(session));
}

PoolReservation* AsyncEngineState::reservation_of(
    const AsyncOperation& operation) noexcept {
  return operation.opening_;
}

void AsyncEngineState::start(AsyncOperation& operation) {
  AsyncOpening* opening = nullptr;
  try {
    opening = new AsyncOpening(*this, operation);
  } catch (...) {
    operation.drop();
    throw;
  }
  operation.opening_ = opening;
  bool is_served = false;
  {
    const std::lock_guard lock(waiting_->mutex);
    waiting_->add(*opening);
    is_served = opening->pool.reserve(*opening);
    if (!is_served) {
      opening->waits = true;
      ++waiting_->waiting;
      waiting_->set_timer(shared_from_this());
    }
  }
  if (is_served) open(*opening, false);
}

/// The pool has something for it, or it has waited for too long.
/// Throws: what the handler throws of an operation that was begun before.
void AsyncEngineState::open(AsyncOpening& opening, bool was_begun_before) {
  AsyncOperation& operation = opening.operation;
  std::shared_ptr<AsyncSession> session;
  try {
    session = make_session();
  } catch (...) {
    operation.fail(std::current_exception());
    forget(operation);
    return operation.complete(true);
  }
  {
    const std::lock_guard lock(waiting_->mutex);
    waiting_->leave_waiting(opening);
  }
  if (was_begun_before) return session->start_first(operation);
  try {
    session->start(operation);
  } catch (...) {  // it was dropped
  }
}

bool AsyncEngineState::arrive(AsyncOperation& operation,
                              std::shared_ptr<AsyncSession> session) noexcept {
  AsyncOpening* const opening = operation.opening_;
  if (opening == nullptr) return false;
  const std::lock_guard lock(waiting_->mutex);
  opening->session = std::move(session);
  return opening->is_cancelled;
}

void AsyncEngineState::drop(AsyncOpening& opening) noexcept {
  AsyncOperation& operation = opening.operation;
  forget(operation);
  operation.drop();
}

void AsyncEngineState::forget(AsyncOperation& operation) noexcept {
  const std::unique_ptr<AsyncOpening> opening(std::exchange(operation.opening_, nullptr));
  if (opening == nullptr) return;
  {
    const std::lock_guard lock(waiting_->mutex);
    waiting_->leave_waiting(*opening);
    waiting_->remove(*opening);
  }
  opening->pool.release(*opening);
}

void AsyncEngineState::cancel(std::uint64_t operation) noexcept {
  AsyncOpening* given_up = nullptr;
  std::shared_ptr<AsyncSession> session;
  {
    const std::lock_guard lock(waiting_->mutex);
    AsyncOpening* const found = waiting_->find(operation);
    if (found == nullptr) return;
    session = found->session;
    if (session == nullptr) {
      if (found->pool.give_up_waiting(
              *found,
              std::make_exception_ptr(CancelledError(
                  "the operation was cancelled while it waited for a connection")))) {
        waiting_->leave_waiting(*found);
        given_up = found;
      } else {
        found->is_cancelled = true;
      }
    }
  }
  if (session != nullptr) return session->cancel(operation);
  if (given_up != nullptr) given_up->served();
}

}  // namespace hark::detail

namespace hark {
namespace {

void require_no_thread_pool(const Engine& engine) {
  if (dynamic_cast<const SingletonThreadPool*>(&engine.pool()) == nullptr) return;
  throw ArgumentError(
      "a SingletonThreadPool has a connection per thread, and an AsyncEngine no threads: "
      "choose another poolclass");
}

std::unique_ptr<Engine> make_engine(std::string_view url, EngineOptions options) {
  const URL parsed(url);
  if (!options.poolclass &&
      make_dialect(parsed.dialect_name())->wants_one_connection(parsed))
    options.poolclass = PoolClass::static_;
  return std::make_unique<Engine>(parsed, options);
}

}  // namespace

AsyncEngine::AsyncEngine(executor_type executor,
                         std::string_view url,
                         const AsyncEngineOptions& options,
                         EngineOptions engine_options) {
  auto owned = make_engine(url, std::move(engine_options));
  Engine& engine = *owned;
  require_no_thread_pool(engine);
  state_ = std::make_shared<detail::AsyncEngineState>(
      std::move(executor), std::move(owned), engine, options);
}

AsyncEngine::AsyncEngine(executor_type executor,
                         Engine& engine,
                         const AsyncEngineOptions& options) {
  require_no_thread_pool(engine);
  state_ = std::make_shared<detail::AsyncEngineState>(
      std::move(executor), nullptr, engine, options);
}

AsyncEngine::~AsyncEngine() = default;

}  // namespace hark
