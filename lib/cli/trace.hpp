// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "cli/recorder.hpp"
#include "cli/workload.hpp"

namespace hark::cli {

struct TraceOptions {
  std::string url;
  unsigned threads = 1;  ///< each executes the workload on a connection of its own
  unsigned repeat = 1;   ///< how often each does, on a connection of the pool each time
  std::size_t pool_size = 0;  ///< connections; 0: one for each thread
  bool stop_on_error = false;
  bool keeps_notes = false;            ///< of each event?
  EventSet events = present_events();  ///< that are listened to
  /// Told of each engine that is used, before anything is done with it. Empty: nobody.
  std::function<void(Engine&)> engine_made{};
};

/// Who watches a trace; called on the threads that execute.
class Watcher {
 public:
  Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  virtual ~Watcher() = default;

  /// A statement has been executed; `failure` is empty where it succeeded.
  virtual void executed(const Step& step,
                        const Execution& execution,
                        std::string_view failure) = 0;
  /// A tenth of a second has passed; called on the thread of run().
  virtual void progress(std::uint64_t executed, std::uint64_t all) = 0;
};

/// Executes a workload on some threads, with listeners on everything.
///
/// Statements run as they would in the database's shell: what a script does not begin
/// itself is committed statement by statement. Psql's `\c name` goes over to another
/// database of the server.
/// Thread safety: one thread; it makes its own.
class Trace {
 public:
  /// Throws: Failure for a URL that makes no sense.
  Trace(const Workload& workload, const TraceOptions& options);

  /// Executes all of it, or until Ctrl-C, which ends the statements under way.
  ///
  /// Throws: Failure when the database cannot be reached. What was done is recorded.
  void run(Watcher& watcher);

  bool was_interrupted() const noexcept { return stop_ == Stop::interrupted; }
  Moment duration() const noexcept { return duration_; }
  Recorder::Clock::time_point start() const noexcept { return start_; }
  /// The first is that of run() itself, which executes no statement.
  const std::deque<Recorder>& recorders() const noexcept { return recorders_; }

 private:
  enum class Stop : std::uint8_t { no, asked, interrupted };
  class Crew;

  void execute_all(Recorder& recorder, Watcher& watcher) noexcept;
  std::unique_ptr<Connection> connect(Engine& engine);
  Engine& engine_of(const std::string& database);
  void execute_once(Recorder& recorder, Watcher& watcher);
  void reconnect(std::unique_ptr<Connection>& connection, const std::string& database);
  bool execute(std::unique_ptr<Connection>& connection,
               Recorder& recorder,
               std::uint32_t number,
               Watcher& watcher);
  void fail(const std::exception_ptr& error);
  void interrupt() noexcept;

  const Workload& workload_;
  const TraceOptions options_;
  const Recorder::Clock::time_point start_ = Recorder::Clock::now();
  std::deque<Recorder> recorders_;
  Engine engine_;
  Moment duration_ = 0;
  std::atomic<Stop> stop_{Stop::no};
  std::atomic<std::uint64_t> executed_{0};
  std::mutex mutex_;
  std::exception_ptr failure_;  // guarded by mutex_
  // Of other databases, to which a script goes over. Guarded by mutex_.
  std::map<std::string, std::unique_ptr<Engine>> engines_;
};

}  // namespace hark::cli
