// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
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
      return std::make_shared<NullPool>(std::move(connector), options);
    case PoolClass::static_:
      return std::make_shared<StaticPool>(std::move(connector), options);
    case PoolClass::assertion:
      return std::make_shared<AssertionPool>(std::move(connector), options);
    case PoolClass::singleton_thread:
      return std::make_shared<SingletonThreadPool>(std::move(connector), options);
    case PoolClass::queue:
      break;
  }
  return std::make_shared<QueuePool>(std::move(connector), options);
}

}  // namespace

Pool& PoolEvents::accept_with(Engine& engine) { return engine.pool(); }
Dialect& DialectEvents::accept_with(Engine& engine) { return engine.dialect(); }

Engine::Engine(const URL& url, const EngineOptions& options)
    : shared_(std::make_shared<Shared>(url)) {
  shared_->dialect = make_dialect(url.dialect_name());
  shared_->hide_parameters = options.hide_parameters;
  const std::shared_ptr<Dialect> dialect = shared_->dialect;
  ConnectArguments arguments = dialect->connect_arguments(url);
  for (const auto& [name, value] : options.connect_args) {
    arguments.options.insert_or_assign(name, value);
  }
  auto connector = make_connector([dialect, arguments](ConnectionRecord& record) {
    ConnectArguments fresh = arguments;
    std::shared_ptr<dbapi::Connection> connection =
        dialect->emit<DialectEvents::do_connect>(*dialect, record, fresh);
    if (connection == nullptr) connection = dialect->connect(fresh);
    return connection;
  });
  const PoolClass kind = options.poolclass.value_or(dialect->wants_one_connection(url)
                                                        ? PoolClass::singleton_thread
                                                        : PoolClass::queue);
  shared_->pool = make_pool(kind, std::move(connector), options.pool);
  if (!options.execution_options.empty())
    update_execution_options(options.execution_options);
}

Engine::Engine(Engine& proxied, const ExecutionOptions& options)
    : shared_(proxied.shared_), options_(proxied.get_execution_options()) {
  leave_class();
  join(proxied);
  update_execution_options(options);
}

std::shared_ptr<Pool> Engine::shared_pool() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->pool;
}

Pool& Engine::pool() const { return *shared_pool(); }

ExecutionOptions Engine::get_execution_options() const {
  const std::lock_guard lock(options_mutex_);
  return options_;
}

void Engine::update_execution_options(const ExecutionOptions& options) {
  {
    const std::lock_guard lock(options_mutex_);
    for (const auto& [name, value] : options) options_.insert_or_assign(name, value);
  }
  emit<ConnectionEvents::set_engine_execution_options>(*this, options);
}

Engine Engine::execution_options(const ExecutionOptions& options) {
  return {*this, options};
}

void Engine::dispose(bool close) {
  const std::shared_ptr<Pool> old = shared_pool();
  if (close) old->dispose();
  std::shared_ptr<Pool> fresh = old->recreate();
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->pool = std::move(fresh);
  }
  emit<ConnectionEvents::engine_disposed>(*this);
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, Engine._wrap_pool_connect.
PooledConnection Engine::raw_connection() {
  std::exception_ptr original;
  try {
    return shared_pool()->connect();
  } catch (const dbapi::Error&) {
    original = std::current_exception();
  }
  bool is_disconnect = false;
  try {
    std::rethrow_exception(original);
  } catch (const dbapi::Error& error) {
    is_disconnect = dialect().is_disconnect(error);
  }
  ExceptionContext context;
  context.engine = this;
  context.original_exception = original;
  context.is_disconnect = is_disconnect;
  context.sqlalchemy_exception = detail::wrap(original, {.is_disconnect = is_disconnect});
  std::exception_ptr raised = context.sqlalchemy_exception;
  try {
    emit<ConnectionEvents::handle_error>(context);
    if (context.is_disconnect != is_disconnect) {
      raised = detail::wrap(original, {.is_disconnect = context.is_disconnect});
    }
    if (context.chained_exception != nullptr) raised = context.chained_exception;
  } catch (...) {
    raised = std::current_exception();
  }
  std::rethrow_exception(raised);
}

Engine create_engine(std::string_view url, const EngineOptions& options) {
  return {URL(url), options};
}

}  // namespace hark
