// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event_handler.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <unordered_map>

namespace hark::audit {

/// What a CLIEventHandler shows, and where.
struct CLIOptions {
  /// Outlives the handler; null: standard error.
  std::ostream* stream = nullptr;
  /// Empty: where standard error is a terminal, and neither NO_COLOR nor TERM=dumb forbids it;
  /// a stream of your own gets none.
  std::optional<bool> has_colors{};
  /// Characters of a line; 0: the terminal's, and 120 where there is none.
  std::size_t width = 0;
  bool shows_sql = true;      ///< false: its summary
  bool shows_starts = false;  ///< also a line at the start of each event
  /// Events that took less, and did not fail, have no line.
  std::chrono::nanoseconds at_least{};
};

/// A CLIEventHandler's totals of a request.
struct CLIRequestContext {
  std::unordered_map<std::uint64_t, std::size_t> depths{};  // of the events that are open
  std::uint64_t statements = 0;
  std::uint64_t errors = 0;
  std::chrono::nanoseconds in_statements{};
};

/// Shows the record on a terminal, as it comes: a heading for each request, a line for each
/// of its events at its end, and the totals when it is over.
///
///     #12 checkout order 17
///     #12     12.4 µs    checkout
///     #12      118 µs      1 row    INSERT INTO orders VALUES (?, ?)
///     #12      1.1 ms    transaction commit
///     #12 ok in 1.31 ms: 3 events, 1 statement in 118 µs
///
/// Lines of requests that go on at the same time come between one another; the number says
/// whose they are. What is inside an event is indented, and comes before it.
///
/// Thread safety: shared objects safe; one handler may be used for several engines.
class CLIEventHandler final : public SyncEventHandler<CLIRequestContext, std::size_t> {
 public:
  explicit CLIEventHandler(const CLIOptions& options = {});
  ~CLIEventHandler() override;

  CLIRequestContext request_start(const RequestStart& request) override;
  std::size_t event_start(const EventStart& event, CLIRequestContext& request) override;
  void event_end(const EventEnd& event,
                 CLIRequestContext& request,
                 std::size_t depth) override;
  void request_end(const RequestEnd& end, CLIRequestContext request) override;
  /// Throws: Error where the lines could not be written.
  void flush() override;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace hark::audit
