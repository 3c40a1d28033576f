// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/trace_command.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <future>
#include <limits>
#include <memory>
#include <utility>

#include "cli/report.hpp"
#include "cli/sinks.hpp"
#include "cli/summary.hpp"

namespace hark::cli {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Failure file_failure(std::string_view attempt, const std::string& name, int error) {
  return {ExitCode::unavailable,
          fmt::format("{}: cannot be {}: {}", name, attempt, std::strerror(error))};
}

std::string read_all(std::FILE* file, const std::string& name) {
  std::string text;
  std::vector<char> buffer(std::size_t{1} << 20U);
  for (;;) {
    const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file);
    text.append(buffer.data(), count);
    if (count != 0) continue;
    if (std::ferror(file) != 0) throw file_failure("read", name, errno);
    return text;
  }
}

std::string read_script(const std::string& name) {
  if (name == "-") return read_all(stdin, "standard input");
  const File file(std::fopen(name.c_str(), "rbe"));
  if (file == nullptr) throw file_failure("read", name, errno);
  return read_all(file.get(), name);
}

Workload read_workload(const TraceCommand& command) {
  Workload workload(shell_of(command.trace.url));
  try {
    for (const std::string& name : command.scripts)
      workload.add(name == "-" ? "<stdin>" : name, read_script(name));
    for (const std::string& sql : command.commands) workload.add("<command>", sql);
  } catch (const ScriptError& error) {
    throw Failure(ExitCode::failed, error.what());
  }
  if (workload.steps().empty()) {
    const std::string name = command.scripts.empty() ? "the command" : command.scripts[0];
    throw Failure(ExitCode::usage, name + ": there is no statement to execute");
  }
  return workload;
}

/// A file for what is written at the end, opened at the start.
class Sink {
 public:
  explicit Sink(const std::string& name) : name_(name) {
    if (name.empty()) return;
    file_.reset(std::fopen(name.c_str(), "wbe"));
    if (file_ == nullptr) throw file_failure("written", name, errno);
  }

  explicit operator bool() const noexcept { return file_ != nullptr; }

  void write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size())
      throw file_failure("written", name_, errno);
  }

  void close() {
    if (file_ != nullptr && std::fclose(file_.release()) != 0)
      throw file_failure("written", name_, errno);
  }

 private:
  const std::string name_;
  File file_;
};

/// Shows what runs, as it runs.
class Live final : public Watcher {
 public:
  Live(Screen& screen, const Workload& workload, Moment slow)
      : screen_(screen), workload_(workload), slow_(slow) {}

  void executed(const Step& step,
                const Execution& execution,
                std::string_view failure) override {
    if (execution.outcome == Execution::Outcome::failed) {
      screen_.complain(fmt::format("{}: {} in: {}",
                                   workload_.place_of(step),
                                   failure,
                                   shortened(step.text, widest_statement)));
    }
    if (execution.duration() >= slow_) screen_.print(line_of(workload_, execution));
  }

  void progress(std::uint64_t executed, std::uint64_t all) override {
    if (!screen_.shows_progress()) return;
    const std::chrono::duration<double> elapsed = Recorder::Clock::now() - start_;
    const double rate = static_cast<double>(executed) / elapsed.count();
    const double left = rate > 0 ? static_cast<double>(all - executed) / rate : 0;
    screen_.progress(fmt::format("{} of {} statements, {}/s, {:.0f} s left",
                                 count_text(executed),
                                 count_text(all),
                                 count_text(static_cast<std::uint64_t>(rate)),
                                 left));
  }

 private:
  Screen& screen_;
  const Workload& workload_;
  const Moment slow_;
  const Recorder::Clock::time_point start_ = Recorder::Clock::now();
};

/// From how long on a statement is shown as it runs.
Moment shown_from(const TraceCommand& command) noexcept {
  if (command.echo) return 0;
  if (command.slow) return static_cast<Moment>(*command.slow * 1e6);
  return std::numeric_limits<Moment>::max();
}

}  // namespace

ExitCode run(TraceCommand command, Screen& screen) {
  const Workload workload = read_workload(command);
  command.trace.events = events_named(command.events);
  Sink json(command.json);
  Sink chrome(command.chrome);
  command.trace.keeps_notes = json || chrome;
  AuditSinks audit(command.audit);
  command.trace.engine_made = [&](Engine& engine) { audit.use(engine); };

  Trace trace(workload, command.trace);
  auto classified = std::async(std::launch::async, [&] { return Kinds(workload); });
  Live live(screen, workload, shown_from(command));
  std::exception_ptr failure;
  try {
    trace.run(live);
  } catch (...) {
    failure = std::current_exception();
  }
  screen.progress({});
  const std::vector<std::string> losses = audit.finish();
  for (const std::string& each : losses) screen.complain(each);

  const Kinds kinds = classified.get();
  const Summary summary = summarize(workload, kinds, trace.recorders(), command.top);
  if (json) write_json(trace, workload, [&](std::string_view text) { json.write(text); });
  if (chrome)
    write_chrome(trace, workload, kinds, summary, [&](std::string_view text) {
      chrome.write(text);
    });
  json.close();
  chrome.close();
  if (failure != nullptr && summary.executions == 0) std::rethrow_exception(failure);
  screen.print(Report(screen, workload, kinds, command.top).write(trace, summary));
  if (failure != nullptr) std::rethrow_exception(failure);
  if (trace.was_interrupted()) return ExitCode::interrupted;
  if (!losses.empty()) return ExitCode::unavailable;
  return summary.failures.empty() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace hark::cli
