// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/connection.hpp>
#include <hark/engine/connection_events.hpp>
#include <hark/engine/dialect.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/url.hpp>
#include <hark/event/target.hpp>
#include <hark/pool/pool.hpp>
#include <hark/pool/queue_pool.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark {

enum class PoolClass { queue, null, static_, singleton_thread, assertion };

/// What create_engine can be told.
struct EngineOptions {
  /// Empty: the dialect's choice; QueuePool, and SingletonThreadPool for SQLite in
  /// memory.
  std::optional<PoolClass> poolclass{};
  PoolOptions pool{};
  ExecutionOptions execution_options{};
  ExecutionOptions connect_args{};  ///< for the driver, over what the URL says
  bool hide_parameters = false;     ///< are parameters left out of errors?
  /// Of every connection: "AUTOCOMMIT", "SERIALIZABLE" …; empty: the dialect's default.
  std::string isolation_level{};
};

/// A database: a pool of connections to it and its dialect.
///
///     hark::Engine engine = hark::create_engine("sqlite:///music.db");
///     hark::Connection connection = engine.connect();
///
/// Thread safety: shared objects safe; distinct Connections are for distinct threads.
/// Lifetime: it outlives its Connections, and does not move.
/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, Engine.
class Engine : public event::Target<Engine, ConnectionEvents> {
 public:
  /// Listening on an Engine reaches its Pool and its Dialect as well.
  using event_families = event::families<ConnectionEvents, PoolEvents, DialectEvents>;

  /// Throws: ArgumentError, NoSuchModuleError.
  Engine(const URL& url, const EngineOptions& options);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() = default;

  /// Checks a connection out of the pool.
  ///
  /// Throws: TimeoutError; OperationalError and its kin when the database cannot be
  /// reached; what a listener throws.
  Connection connect() { return Connection(*this); }
  [[gnu::hot]] PooledConnection raw_connection();

  /// Calls `work` with a Connection in a transaction, which is committed when it returns
  /// and rolled back when it throws: `engine.begin([](Connection& connection) { … })`.
  ///
  /// Returns: what `work` returns.
  template <class Work>
  auto begin(Work&& work) -> std::invoke_result_t<Work, Connection&> {
    Connection connection(*this);
    Transaction transaction = connection.begin();
    if constexpr (std::is_void_v<std::invoke_result_t<Work, Connection&>>) {
      std::forward<Work>(work)(connection);
      transaction.commit();
    } else {
      auto result = std::forward<Work>(work)(connection);
      transaction.commit();
      return result;
    }
  }

  /// An engine with more options that shares this one's pool, dialect and listeners.
  ///
  /// Lifetime: this engine outlives it.
  Engine execution_options(const ExecutionOptions& options);
  void update_execution_options(const ExecutionOptions& options);
  ExecutionOptions get_execution_options() const;

  /// Closes the pool's connections and begins anew with an empty pool. Connections in use
  /// stay usable, and are not pooled when they come back.
  void dispose(bool close = true);

  /// From now on fibers use it, too: connections that would block their threads are wrapped
  /// by dbapi::offload(), and those that were opened before are replaced at their next
  /// checkout. Again: no effect.
  void serve_fibers();

  /// Keeps an object until the engine is destroyed, which lets go of it before all else.
  void keep(std::shared_ptr<void> companion);

  /// The present pool; dispose() makes another one.
  ///
  /// Lifetime: the engine's, also of those that were disposed: another thread may still
  /// be using them.
  Pool& pool() const noexcept { return *shared_->pool.load(std::memory_order_acquire); }
  Dialect& dialect() const noexcept { return *shared_->dialect; }
  const URL& url() const noexcept { return shared_->url; }
  bool hides_parameters() const noexcept { return shared_->hide_parameters; }

 private:
  friend class Connection;

  struct Shared {
    Shared(const URL& url, const EngineOptions& options);
    std::atomic<Pool*> pool{nullptr};
    const std::shared_ptr<Dialect> dialect;
    const URL url;
    const bool hide_parameters;
    const std::string isolation_level;
    const std::shared_ptr<std::atomic<bool>> serves_fibers;
    std::mutex mutex;
    std::vector<std::shared_ptr<Pool>> pools;  // guarded by mutex; the last one is in use
  };

  Engine(Engine& proxied, const ExecutionOptions& options);
  PooledConnection connect_pooled() { return pool().connect(); }
  /// Null: none. Connections come here often, so that it counts no owners where it can.
  SharedExecutionOptions shared_options() const {
    if (!has_options_.load(std::memory_order_acquire)) [[likely]]
      return nullptr;
    return copy_options();
  }
  [[gnu::cold]] SharedExecutionOptions copy_options() const;
  /// Of every connection; empty: the dialect's default.
  const std::string& isolation_level() const noexcept { return shared_->isolation_level; }
  void set_options(ExecutionOptions options);

  std::shared_ptr<Shared> shared_;
  std::atomic<bool> has_options_{false};
  mutable std::mutex options_mutex_;
  SharedExecutionOptions options_;  // guarded by options_mutex_; null: none
  // Guarded by options_mutex_. The last member: the first to be destroyed.
  std::vector<std::shared_ptr<void>> companions_;
};

/// Throws: ArgumentError for a malformed URL, NoSuchModuleError for a dialect that is not
/// known.
Engine create_engine(std::string_view url, const EngineOptions& options = {});

}  // namespace hark
