// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/detail/flow.hpp>
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>
#include <hark/pool/assertion_pool.hpp>
#include <hark/pool/null_pool.hpp>
#include <hark/pool/singleton_thread_pool.hpp>
#include <hark/pool/static_pool.hpp>

#include <utility>

#include "engine/wrap.hpp"

namespace hark {
namespace {

std::shared_ptr<Pool> make_pool(PoolClass kind,
                                std::shared_ptr<Connector> connector,
                                const PoolOptions& options) {
  switch (kind) {
    case PoolClass::null:
      return hark::make_pool<NullPool>(std::move(connector), options);
    case PoolClass::static_:
      return hark::make_pool<StaticPool>(std::move(connector), options);
    case PoolClass::assertion:
      return hark::make_pool<AssertionPool>(std::move(connector), options);
    case PoolClass::singleton_thread:
      return hark::make_pool<SingletonThreadPool>(std::move(connector), options);
    case PoolClass::queue:
      break;
  }
  return hark::make_pool<QueuePool>(std::move(connector), options);
}

/// Where the dialect would block a fiber's thread, on another one.
std::shared_ptr<dbapi::Connection> open_connection(Dialect& dialect,
                                                   const ConnectArguments& arguments) {
  detail::Suspender* const flow = detail::current_suspender();
  if (flow == nullptr || dialect.suspends()) return dialect.connect(arguments);
  std::shared_ptr<dbapi::Connection> made;
  flow->run_elsewhere([&] { made = dialect.connect(arguments); }, nullptr);
  return made;
}

}  // namespace

Pool& PoolEvents::accept_with(Engine& engine) { return engine.pool(); }
Dialect& DialectEvents::accept_with(Engine& engine) { return engine.dialect(); }

Engine::Shared::Shared(const URL& of, const EngineOptions& options)
    : dialect(make_dialect(of.dialect_name())),
      url(of),
      hide_parameters(options.hide_parameters),
      isolation_level(options.isolation_level),
      serves_fibers(std::make_shared<std::atomic<bool>>(false)) {
  ConnectArguments arguments = dialect->connect_arguments(url);
  for (const auto& [name, value] : options.connect_args) {
    arguments.options.insert_or_assign(name, value);
  }
  auto connector = make_connector(
      [dialect = dialect, arguments, level = isolation_level, fibers = serves_fibers](
          ConnectionRecord& record) {
        ConnectArguments fresh = arguments;
        std::shared_ptr<dbapi::Connection> connection =
            dialect->emit<DialectEvents::do_connect>(*dialect, record, fresh);
        if (connection == nullptr) connection = open_connection(*dialect, fresh);
        if (fibers->load(std::memory_order_acquire) && !connection->suspends())
          connection = dbapi::offload(std::move(connection));
        if (!level.empty()) dialect->set_isolation_level(*connection, level);
        return connection;
      });
  const PoolClass kind = options.poolclass.value_or(dialect->wants_one_connection(url)
                                                        ? PoolClass::singleton_thread
                                                        : PoolClass::queue);
  pools.push_back(make_pool(kind, std::move(connector), options.pool));
  pool = pools.back().get();
}

Engine::Engine(const URL& url, const EngineOptions& options)
    : shared_(std::make_shared<Shared>(url, options)) {
  if (!options.execution_options.empty())
    update_execution_options(options.execution_options);
}

Engine::Engine(Engine& proxied, const ExecutionOptions& options)
    : shared_(proxied.shared_) {
  leave_class();
  join(proxied);
  ExecutionOptions merged = proxied.get_execution_options();
  for (const auto& [name, value] : options) merged.insert_or_assign(name, value);
  set_options(std::move(merged));
  emit<ConnectionEvents::set_engine_execution_options>(*this, options);
}

SharedExecutionOptions Engine::copy_options() const {
  const std::lock_guard lock(options_mutex_);
  return options_;
}

void Engine::set_options(ExecutionOptions options) {
  const std::lock_guard lock(options_mutex_);
  options_ = std::make_shared<const ExecutionOptions>(std::move(options));
  has_options_.store(true, std::memory_order_release);
}

ExecutionOptions Engine::get_execution_options() const {
  return detail::options_of(shared_options());
}

void Engine::update_execution_options(const ExecutionOptions& options) {
  ExecutionOptions merged = get_execution_options();
  for (const auto& [name, value] : options) merged.insert_or_assign(name, value);
  set_options(std::move(merged));
  emit<ConnectionEvents::set_engine_execution_options>(*this, options);
}

Engine Engine::execution_options(const ExecutionOptions& options) {
  return {*this, options};
}

void Engine::serve_fibers() {
  if (shared_->serves_fibers->exchange(true)) return;
  detail::note_fibers_are_served();
  pool().serve_fibers();
}

void Engine::keep(std::shared_ptr<void> companion) {
  const std::lock_guard lock(options_mutex_);
  companions_.push_back(std::move(companion));
}

void Engine::dispose(bool close) {
  Pool& old = pool();
  if (close) old.dispose();
  std::shared_ptr<Pool> fresh = old.recreate();
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->pools.push_back(std::move(fresh));
    shared_->pool = shared_->pools.back().get();
  }
  old.let_go();
  emit<ConnectionEvents::engine_disposed>(*this);
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, Engine._wrap_pool_connect.
PooledConnection Engine::raw_connection() {
  try {
    return connect_pooled();
  } catch (const dbapi::Error&) {
    ExceptionContext told;
    told.engine = this;
    told.original_exception = std::current_exception();
    told.is_disconnect = detail::is_disconnect(told.original_exception, dialect());
    detail::Failing failing{.is_disconnect = told.is_disconnect};
    told.sqlalchemy_exception = detail::wrap(told.original_exception, failing);
    std::rethrow_exception(
        detail::ask([&] { emit<ConnectionEvents::handle_error>(told); }, told, failing));
  }
}

Engine create_engine(std::string_view url, const EngineOptions& options) {
  return {URL(url), options};
}

}  // namespace hark
