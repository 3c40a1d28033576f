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

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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
  PooledConnection raw_connection();

  /// An engine with more options that shares this one's pool, dialect and listeners.
  ///
  /// Lifetime: this engine outlives it.
  Engine execution_options(const ExecutionOptions& options);
  void update_execution_options(const ExecutionOptions& options);
  ExecutionOptions get_execution_options() const;

  /// Closes the pool's connections and begins anew with an empty pool. Connections in use
  /// stay usable, and are not pooled when they come back.
  void dispose(bool close = true);

  /// The present pool; dispose() makes another one, and a reference is valid until then.
  Pool& pool() const;
  Dialect& dialect() const noexcept { return *shared_->dialect; }
  const URL& url() const noexcept { return shared_->url; }
  bool hides_parameters() const noexcept { return shared_->hide_parameters; }

 private:
  friend class Connection;

  struct Shared {
    explicit Shared(URL of) : url(std::move(of)) {}
    const URL url;
    std::shared_ptr<Dialect> dialect;  // constant after construction
    bool hide_parameters = false;      // constant after construction
    mutable std::mutex mutex;
    std::shared_ptr<Pool> pool;  // guarded by mutex
  };

  Engine(Engine& proxied, const ExecutionOptions& options);
  std::shared_ptr<Pool> shared_pool() const;

  std::shared_ptr<Shared> shared_;
  mutable std::mutex options_mutex_;
  ExecutionOptions options_;  // guarded by options_mutex_
};

/// Throws: ArgumentError for a malformed URL, NoSuchModuleError for a dialect that is not
/// known.
Engine create_engine(std::string_view url, const EngineOptions& options = {});

}  // namespace hark
