// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/trace.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "cli/exit.hpp"
#include "cli/open.hpp"

namespace hark::cli {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds tick{100};
/// One Ctrl-C may arrive twice, as the group's and as the program's.
constexpr Moment patience = 500'000'000;

EngineOptions options_of(const TraceOptions& options) {
  EngineOptions made;
  made.pool.pool_size = options.pool_size != 0 ? options.pool_size : options.threads;
  made.pool.max_overflow = 0;
  return made;
}

/// Where psql's `\c name` goes; empty: it is another statement.
std::optional<std::string> database_to_connect(std::string_view statement) {
  const std::size_t end = std::min(statement.find_first_of(" \t"), statement.size());
  const std::string_view command = statement.substr(0, end);
  if (command != "\\c" && command != "\\connect") return std::nullopt;
  std::string_view name = statement.substr(end);
  name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
  name = name.substr(0, name.find_last_not_of("; \t") + 1);
  if (name.size() > 1 && name.starts_with('"') && name.ends_with('"'))
    name = name.substr(1, name.size() - 2);
  return name.empty() ? std::nullopt : std::optional<std::string>(name);
}

std::uint64_t fetch_all(Result& result) {
  std::uint64_t rows = 0;
  for ([[maybe_unused]] const RowView row : result) ++rows;
  return rows;
}

}  // namespace

/// The threads of a run, and the loop in which their maker waits for them.
class Trace::Crew {
 public:
  Crew(Trace& trace, Watcher& watcher) : trace_(trace), watcher_(watcher) {}

  void run() {
    running_ = trace_.recorders_.size() - 1;
    await_signal();
    await_tick();
    std::vector<std::jthread> threads;
    for (auto recorder = trace_.recorders_.begin() + 1;
         recorder != trace_.recorders_.end();
         ++recorder) {
      threads.emplace_back([this, recorder] {
        trace_.execute_all(*recorder, watcher_);
        asio::post(loop_, [this] { one_less(); });
      });
    }
    loop_.run();
  }

 private:
  void one_less() {
    if (--running_ != 0) return;
    signals_.cancel();
    timer_.cancel();
  }

  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error || running_ == 0) return;
      const Moment now = trace_.recorders_.front().now();
      if (!trace_.was_interrupted()) {
        interrupted_ = now;
        trace_.stop_ = Stop::interrupted;
        trace_.interrupt();
      } else if (now - interrupted_ >= patience) {
        // Who asks again does not want to wait.
        std::_Exit(static_cast<int>(ExitCode::interrupted));
      }
      await_signal();
    });
  }

  void await_tick() {
    timer_.expires_after(tick);
    timer_.async_wait([this](const boost::system::error_code& error) {
      // What was due when it was cancelled comes without an error.
      if (error || running_ == 0) return;
      // A thread may have begun a statement since it looked whether to stop.
      if (trace_.was_interrupted()) trace_.interrupt();
      watcher_.progress(trace_.executed_,
                        trace_.workload_.steps().size() * trace_.options_.threads *
                            trace_.options_.repeat);
      await_tick();
    });
  }

  Trace& trace_;
  Watcher& watcher_;
  asio::io_context loop_;
  asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  asio::steady_timer timer_{loop_};
  std::size_t running_ = 0;
  Moment interrupted_ = 0;
};

Trace::Trace(const Workload& workload, const TraceOptions& options)
    : workload_(workload),
      options_(options),
      engine_(open_engine(options.url, options_of(options))) {
  for (unsigned i = 0; i <= options.threads; ++i) {
    recorders_.emplace_back(start_, options.keeps_notes);
  }
  listen(engine_, options.events);
  if (options.engine_made) options.engine_made(engine_);
  // The first dispatch registers the process with the kernel, for which a process of several
  // threads has to wait.
  engine_.update_execution_options({});
}

void Trace::run(Watcher& watcher) {
  Recorder& own = recorders_.front();
  Recorder::current() = &own;
  Crew(*this, watcher).run();
  duration_ = own.now();
  engine_.dispose();
  const std::lock_guard lock(mutex_);
  for (const auto& [database, engine] : engines_) engine->dispose();
  Recorder::current() = nullptr;
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void Trace::execute_all(Recorder& recorder, Watcher& watcher) noexcept {
  Recorder::current() = &recorder;
  try {
    for (unsigned i = 0; i < options_.repeat && stop_ == Stop::no; ++i) {
      execute_once(recorder, watcher);
    }
  } catch (...) {
    fail(std::current_exception());
  }
  Recorder::current() = nullptr;
}

/// The scripts begin and commit themselves.
std::unique_ptr<Connection> Trace::connect(Engine& engine) {
  try {
    auto connection = std::make_unique<Connection>(engine);
    connection->execution_options({{"isolation_level", "AUTOCOMMIT"}});
    return connection;
  } catch (...) {
    throw unreachable(engine.url().render(false), std::current_exception());
  }
}

/// Of another database of the same server.
Engine& Trace::engine_of(const std::string& database) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Engine>& engine = engines_[database];
  if (engine == nullptr) {
    URL url(options_.url);
    url.database = database;
    // An Engine is not moved. NOLINTNEXTLINE(modernize-make-unique)
    engine.reset(new Engine(open_engine(url.render(false), options_of(options_))));
    listen(*engine, options_.events);
    if (options_.engine_made) options_.engine_made(*engine);
  }
  return *engine;
}

/// The connection that is left is closed, so that its database may be dropped.
void Trace::reconnect(std::unique_ptr<Connection>& connection,
                      const std::string& database) {
  std::unique_ptr<Connection> made = connect(engine_of(database));
  connection->detach();
  connection->close();
  connection = std::move(made);
}

void Trace::execute_once(Recorder& recorder, Watcher& watcher) {
  std::unique_ptr<Connection> connection = connect(engine_);
  recorder.log().passes.push_back(recorder.log().executions.size());
  const auto count = static_cast<std::uint32_t>(workload_.steps().size());
  for (std::uint32_t number = 0; number < count && stop_ == Stop::no; ++number) {
    if (!execute(connection, recorder, number, watcher) && options_.stop_on_error) {
      Stop expected = Stop::no;
      stop_.compare_exchange_strong(expected, Stop::asked);
    }
  }
  // What is rolled back now must not be interrupted.
  recorder.use(nullptr);
  connection->close();
}

bool Trace::execute(std::unique_ptr<Connection>& connection,
                    Recorder& recorder,
                    std::uint32_t number,
                    Watcher& watcher) {
  const Step& step = workload_.steps()[number];
  Execution execution{.step = number};
  std::string failure;
  recorder.begin_step(number);
  execution.begin = recorder.now();
  try {
    if (const auto database = database_to_connect(step.text)) {
      reconnect(connection, *database);
    } else {
      Result result = connection->exec_driver_sql(step.text);
      execution.is_query = result.returns_rows();
      if (execution.is_query) {
        execution.rows = fetch_all(result);
      } else if (result.rowcount() > 0) {
        execution.rows = static_cast<std::uint64_t>(result.rowcount());
      }
    }
  } catch (...) {
    failure = reason_of(std::current_exception());
    execution.outcome =
        was_interrupted() ? Execution::Outcome::interrupted : Execution::Outcome::failed;
    // A connection that was lost is replaced when its transaction is given up.
    if (connection->invalidated()) connection->rollback();
  }
  execution.end = recorder.now();
  recorder.end_step();

  ThreadLog& log = recorder.log();
  if (execution.outcome == Execution::Outcome::failed)
    log.failures.push_back({log.executions.size(), failure});
  log.executions.push_back(execution);
  executed_.fetch_add(1, std::memory_order_relaxed);
  watcher.executed(step, execution, failure);
  return execution.outcome == Execution::Outcome::ok;
}

void Trace::fail(const std::exception_ptr& error) {
  const std::lock_guard lock(mutex_);
  if (failure_ == nullptr) failure_ = error;
  Stop expected = Stop::no;
  stop_.compare_exchange_strong(expected, Stop::asked);
}

void Trace::interrupt() noexcept {
  for (Recorder& recorder : recorders_) recorder.interrupt();
}

}  // namespace hark::cli
