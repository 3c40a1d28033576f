// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event_handler.hpp>

#include <memory>
#include <string>

namespace hark::audit {

/// Writes the run as a trace in the Trace Event Format, for ui.perfetto.dev and
/// chrome://tracing.
///
///     audit::use_event_handler(engine,
///                              std::make_shared<audit::ChromeTraceEventHandler>("trace.json"));
///
/// Each DBAPI connection has a row for its statements, one for its transactions, and one for
/// its savepoints; each thread has one for what is done before there is a connection. Requests
/// and own events are asynchronous events. The file is a JSON array, written as events come:
/// viewers also read one that was not closed. It grows as long as there are events, and
/// viewers have all of it in memory: it is for minutes, not for days. Of rows the latest
/// 4096 are known; one that comes again after that is another row of the same name.
///
/// Times are those of the monotonic clock, in microseconds.
///
/// Thread safety: shared objects safe; one handler may be used for several engines.
/// Guarantees:
///  - <audit.chrome_trace-1> After flush() the file has all that was told before; closed by
///    an array's end or not, it is readable.
///  - <audit.chrome_trace-2> When writing has failed, nothing is written any more: each
///    call throws.
class ChromeTraceEventHandler final : public SyncEventHandler<> {
 public:
  /// Replaces the file of that name. A new one only its owner may read and write: it has
  /// what redaction has left of the parameters.
  ///
  /// Throws: Error where it cannot be opened.
  explicit ChromeTraceEventHandler(std::string path);
  /// Ends the array and closes the file.
  ~ChromeTraceEventHandler() override;

  void request_start(const RequestStart& request) override;
  void event_start(const EventStart& event) override;
  void event_end(const EventEnd& event) override;
  void request_end(const RequestEnd& end) override;
  /// Hands what is buffered to the operating system.
  ///
  /// Throws: Error where that fails, as for the other calls.
  void flush() override;
  /// Ends the array and closes the file. What comes then is an error. Again: no effect.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hark::audit
