// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/detail/operation.hpp>
#include <hark/asio/detail/session.hpp>
#include <hark/engine/engine.hpp>
#include <hark/pool/reservation.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace hark {

/// What an AsyncEngine can be told, beside EngineOptions.
struct AsyncEngineOptions {
  /// Where what would block runs: SQLite, name servers, the requests that cancel a statement.
  /// Empty: threads of the engine's own.
  boost::asio::any_io_executor blocking_executor{};
  /// Of the engine's own. 0: one for each connection of the pool, 32 at most, and another one:
  /// fewer than wait for one another's locks would wait for ever.
  std::size_t blocking_threads = 0;
  /// Of each fiber, in bytes: listeners and drivers run on it. Each AsyncConnection has one; who
  /// waits for a connection has none.
  std::size_t stack_size = std::size_t{256} * 1024;
  /// How long a server may take to answer a cancellation.
  std::chrono::milliseconds cancel_timeout{5'000};
};

namespace detail {

class Blocking;
class IdleSessions;
class ContextMembers;

/// What the sessions of an AsyncEngine share. As an owner of operations it gives each a
/// session of its own, when the pool has a connection for it.
///
/// Thread safety: shared objects safe.
class AsyncEngineState final : public AsyncOwner,
                               public std::enable_shared_from_this<AsyncEngineState> {
 public:
  AsyncEngineState(boost::asio::any_io_executor executor,
                   std::unique_ptr<Engine> owned,
                   Engine& engine,
                   const AsyncEngineOptions& options);
  ~AsyncEngineState() override;

  /// Begins an operation that opens a connection.
  void start(AsyncOperation& operation) override;
  void cancel(std::uint64_t operation) noexcept override;
  const boost::asio::any_io_executor& executor() const noexcept override {
    return context_.executor();
  }
  const OwnersContext& context() const noexcept override { return context_; }

  Engine& engine() const noexcept { return engine_; }
  /// Gives each operation a connection that it may share with others.
  std::shared_ptr<AsyncOwner> statements();
  std::shared_ptr<AsyncSession> make_session();
  /// For make_session(), where it has not enough of them.
  void keep(std::unique_ptr<AsyncSession> session) noexcept;
  const AsyncEngineOptions& options() const noexcept { return options_; }

  // For sessions.
  boost::asio::any_io_executor blocking_executor();
  [[gnu::hot]] static PoolReservation* reservation_of(
      const AsyncOperation& operation) noexcept;
  const std::shared_ptr<ContextMembers>& context_members() const noexcept {
    return context_members_;
  }
  /// The session has it, and is asked to cancel it from now on. True: it was cancelled before.
  bool arrive(AsyncOperation& operation, std::shared_ptr<AsyncSession> session) noexcept;
  /// It has ended.
  [[gnu::hot]] void forget(AsyncOperation& operation) noexcept;

 private:
  friend class AsyncOpening;
  class Waiting;

  void open(AsyncOpening& opening, bool was_begun_before);
  void drop(AsyncOpening& opening) noexcept;

  const OwnersContext context_;
  const std::shared_ptr<ContextMembers> context_members_;
  const AsyncEngineOptions options_;
  const std::unique_ptr<Engine> owned_;  // null: somebody else's
  Engine& engine_;
  const std::unique_ptr<Blocking> blocking_;
  const std::unique_ptr<IdleSessions> idle_sessions_;
  const std::unique_ptr<Waiting> waiting_;
  const std::unique_ptr<AsyncStatements> statements_;
};

/// Works of AsyncEngine.
struct OpenConnection {
  AsyncConnection operator()(AsyncSession& session) const;
};

template <class Work, class R>
struct OpenAndClose {
  Work work;
  R operator()(AsyncSession& session) {
    session.open();
    try {
      if constexpr (std::is_void_v<R>) {
        work(session.connection());
        session.close();
      } else {
        R result = work(session.connection());
        session.close();
        return result;
      }
    } catch (...) {
      session.close_after_failure();
      throw;
    }
  }
};

}  // namespace detail

}  // namespace hark
