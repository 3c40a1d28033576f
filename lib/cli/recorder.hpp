// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/ending.hpp>
#include <hark/engine.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/catalog.hpp"
#include "cli/execution.hpp"

namespace hark::cli {

/// One event that was announced. Zero, as an id, means that it has none of that kind.
struct Note {
  static constexpr std::uint32_t no_step = UINT32_MAX;

  Moment time = 0;
  std::uint32_t step = no_step;  ///< of the workload, during which it was announced
  std::uint16_t event = 0;       ///< of cli::events
  std::optional<Outcome> outcome{};
  Moment elapsed = 0;                   ///< where there is an outcome
  std::optional<std::uint64_t> rows{};  ///< fetched from a result
  std::uint64_t id = 0;                 ///< of the Ending
  std::uint64_t connection = 0;
  std::uint64_t dbapi_connection = 0;
  std::uint64_t record = 0;
  std::uint64_t execution = 0;
  std::uint32_t text = 0;  ///< from 1, of Recorder::text: an error
};

/// What one thread sees. Listeners write numbers here; all text is made afterwards.
///
/// Thread safety: its thread's, interrupt() apart.
class Recorder {
 public:
  using Clock = std::chrono::steady_clock;

  Recorder(Clock::time_point start, bool keeps_notes) noexcept
      : start_(start), keeps_notes_(keeps_notes) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder() = default;

  /// What the listeners of this thread write to; null: nothing.
  static Recorder*& current() noexcept;

  Moment now() const noexcept {
    return std::chrono::nanoseconds(Clock::now() - start_).count();
  }
  void begin_step(std::uint32_t step) noexcept { step_ = step; }
  void end_step() noexcept { step_ = Note::no_step; }

  template <class Event, class... Args>
  void note(const Args&... arguments) {
    constexpr std::uint16_t index = index_of<Event>();
    ++counts_[index];
    if (!keeps_notes_) return;
    Note& made = notes_.emplace_back();
    made.time = now();
    made.step = step_;
    made.event = index;
    (add(made, arguments), ...);
  }

  void note_connect(const Ending& ending) noexcept;
  void note_checkout(const Ending& ending) noexcept;

  /// The connection on which this thread's statements run; null: none.
  void use(dbapi::Connection* connection);
  /// That connection must not be interrupted any longer.
  void leave(const dbapi::Connection* connection);
  /// Ends the statement that is under way. From any thread.
  void interrupt();

  ThreadLog& log() noexcept { return log_; }
  const ThreadLog& log() const noexcept { return log_; }
  const std::vector<Note>& notes() const noexcept { return notes_; }
  const std::string& text(std::uint32_t number) const { return texts_[number - 1]; }
  const std::array<std::uint64_t, event_count>& counts() const noexcept {
    return counts_;
  }

 private:
  template <class T>
  void add(Note&, const T&) noexcept {}  // what has no id
  void add(Note& to, const Connection& conn) noexcept { to.connection = conn.id(); }
  void add(Note& to, const dbapi::Connection& connection) noexcept {
    to.dbapi_connection = connection.id();
  }
  void add(Note& to, dbapi::Connection* const& connection) noexcept {
    if (connection != nullptr) add(to, *connection);
  }
  void add(Note& to, const ConnectionRecord& record) noexcept { to.record = record.id(); }
  void add(Note& to, ConnectionRecord* const& record) noexcept {
    if (record != nullptr) add(to, *record);
  }
  void add(Note& to, const ConnectionFairy& fairy) noexcept;
  void add(Note& to, const ExecutionContext& context) noexcept {
    to.execution = context.id();
  }
  void add(Note& to, const Ending& ending);
  void add(Note& to, const ResultEnding& ending);
  void add(Note& to, const std::uint64_t& execution) noexcept {
    to.execution = execution;
  }
  void add(Note& to, const ExceptionContext& context);
  void add(Note& to, const std::exception_ptr& error);
  void add_text(Note& to, std::string text);

  const Clock::time_point start_;
  const bool keeps_notes_;
  std::uint32_t step_ = Note::no_step;
  ThreadLog log_;
  Moment connecting_ = 0;  // in this checkout
  std::array<std::uint64_t, event_count> counts_{};
  std::vector<Note> notes_;
  std::vector<std::string> texts_;

  std::mutex mutex_;
  dbapi::Connection* interruptible_ = nullptr;  // guarded by mutex_
};

/// Listens to `chosen` on the engine, its pool and its dialect, and to what the summary
/// is made of; all goes to the threads' recorders.
void listen(Engine& engine, const EventSet& chosen);

}  // namespace hark::cli
