// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/audit_command.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "audit/audit_file.hpp"
#include "audit/audit_file_chain.hpp"
#include "audit/audit_file_check.hpp"
#include "cli/audit_line.hpp"

namespace hark::cli {
namespace {

/// What reads a file says of it: "audit.jsonl: cannot be read: No such file or directory".
template <class Act>
auto reading(Act&& act) {
  try {
    return act();
  } catch (const std::system_error& error) {
    throw Failure(ExitCode::unavailable, error.what());
  }
}

// -- verify -----------------------------------------------------------------------------

audit::Anchor anchor_of(const std::string& text) {
  audit::Anchor anchor;
  const std::size_t colon = text.find(':');
  const char* const end = text.data() + std::min(colon, text.size());
  const auto [rest, error] = std::from_chars(text.data(), end, anchor.seq);
  if (colon != std::string::npos) anchor.hash = text.substr(colon + 1);
  if (error != std::errc() || rest != end || !audit::hash_of(anchor.hash))
    throw Failure(ExitCode::usage,
                  "audit verify: --expect-last takes SEQ:HASH, as verify shows them");
  return anchor;
}

/// Files of one audit: all of them, or some that were rotated away.
struct AuditFiles {
  std::string name{};
  bool has_last = false;
  std::map<std::uint64_t, std::string> rotated{};
};

/// "audit.jsonl" and 3, for "audit.jsonl.3"; 0: it was not rotated away.
std::pair<std::string, std::uint64_t> name_and_number(const std::string& file) {
  const std::size_t point = file.find_last_of('.');
  if (point == std::string::npos) return {file, 0};
  std::uint64_t number = 0;
  const char* const last = file.data() + file.size();
  const auto [end, error] = std::from_chars(file.data() + point + 1, last, number);
  if (error != std::errc() || end != last || number == 0) return {file, 0};
  return {file.substr(0, point), number};
}

std::vector<AuditFiles> by_audit(const std::vector<std::string>& files) {
  std::vector<AuditFiles> audits;
  for (const std::string& file : files) {
    const auto named = name_and_number(file);
    auto found = std::find_if(audits.begin(), audits.end(), [&](const AuditFiles& each) {
      return each.name == named.first;
    });
    if (found == audits.end()) found = audits.insert(audits.end(), {.name = named.first});
    if (named.second == 0) {
      found->has_last = true;
    } else {
      found->rotated[named.second] = file;
    }
  }
  return audits;
}

audit::CheckReport check(const AuditFiles& files, audit::CheckOptions options) {
  options.is_part = !files.has_last;
  audit::AuditCheck check(options);
  if (files.has_last) {
    audit::AuditTrail trail(files.name);
    while (const auto line = trail.next_line()) {
      if (line->number == 1) check.begin_file(trail.file());
      check.add(*line);
    }
    return check.finish(trail.is_being_written());
  }
  for (const auto& [number, file] : files.rotated) {
    audit::AuditReader reader(file);
    check.begin_file(file);
    while (const auto line = reader.next_line()) check.add(*line);
  }
  return check.finish(false);
}

void print_findings(const audit::CheckReport& report, Screen& screen) {
  for (const audit::Finding& each : report.findings) {
    screen.print(fmt::format("{}:{}: {}: {}{}\n",
                             each.file,
                             each.line,
                             screen.styled(Style::bad, audit::name_of(each.fault)),
                             each.message,
                             each.seq == 0 ? "" : fmt::format(" (seq {})", each.seq)));
  }
  if (report.findings_count > report.findings.size())
    screen.print(
        fmt::format("… and {} more\n", report.findings_count - report.findings.size()));
}

std::string verdict_of(const audit::CheckReport& report, const Screen& screen) {
  if (!report.is_intact())
    return screen.styled(Style::bad, "not intact") + ", " +
           counted(report.findings_count, "fault");
  return screen.styled(Style::good, "intact") +
         (report.is_being_written ? ", being written" : "");
}

void print_verdict(const std::string& name,
                   const audit::CheckReport& report,
                   Screen& screen) {
  screen.print(fmt::format("{}: {}: {} in {}",
                           name,
                           verdict_of(report, screen),
                           counted(report.lines, "line"),
                           counted(report.files, "file")));
  if (report.last_seq != 0)
    screen.print(fmt::format(", seq {} to {}; last {}:{}",
                             report.first_seq,
                             report.last_seq,
                             report.last_seq,
                             report.last_hash));
  screen.print("\n");
  if (report.lost_starts + report.lost_ends != 0)
    screen.print(fmt::format("  {} and {} could not be written, as it tells itself\n",
                             counted(report.lost_starts, "start"),
                             counted(report.lost_ends, "end")));
  if (report.crashes != 0)
    screen.print(fmt::format("  {} without an end\n", counted(report.crashes, "run")));
  if (report.first_seq > 1)
    screen.print("  what was written before is not there, and was not looked at\n");
}

// -- tail -------------------------------------------------------------------------------

std::atomic<bool> is_asked_to_stop{false};

/// Has Ctrl-C end what goes on for ever.
class StopOnSignal {
 public:
  StopOnSignal() {
    struct sigaction action {};
    action.sa_handler = [](int) { is_asked_to_stop = true; };
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
  }

  /// Waits for a while. False: somebody asked to stop, or nobody reads any longer.
  static bool pause() {
    constexpr int milliseconds = 100;
    pollfd output{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    ::poll(&output, 1, milliseconds);
    return !is_asked_to_stop && (output.revents & POLLERR) == 0;
  }
};

void print_lines(audit::AuditTrail& trail, const AuditTailCommand& command, Screen& out) {
  while (const auto line = trail.next_line()) {
    if (is_asked_to_stop) return;
    // What is not whole comes again when it is.
    if (!line->is_whole) continue;
    out.print((command.as_json ? line->text : audit_line(line->text, out)) + "\n");
  }
}

}  // namespace

std::string read_key(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string key(std::istreambuf_iterator<char>(stream), {});
  if (!stream)
    throw Failure(ExitCode::unavailable,
                  file + ": cannot be read: " + std::generic_category().message(errno));
  if (key.ends_with('\n')) key.pop_back();
  if (key.empty()) throw Failure(ExitCode::usage, file + ": there is no key in it");
  return key;
}

ExitCode run(const AuditVerifyCommand& command, Screen& screen) {
  audit::CheckOptions options;
  options.accepts_crashes = command.accepts_crashes;
  if (!command.expected.empty()) options.expected = anchor_of(command.expected);
  if (!command.key_file.empty()) options.key = read_key(command.key_file);
  const std::vector<AuditFiles> audits = by_audit(command.files);
  if (options.expected && audits.size() > 1)
    throw Failure(ExitCode::usage, "audit verify: --expect-last is about one audit");

  bool are_intact = true;
  for (const AuditFiles& each : audits) {
    const audit::CheckReport report = reading([&] { return check(each, options); });
    print_findings(report, screen);
    print_verdict(each.name, report, screen);
    are_intact = are_intact && report.is_intact();
  }
  return are_intact ? ExitCode::ok : ExitCode::failed;
}

ExitCode run(const AuditTailCommand& command, Screen& screen) {
  const StopOnSignal stop;
  return reading([&] {
    audit::AuditTrail trail(command.file);
    trail.seek_last(command.lines);
    print_lines(trail, command, screen);
    if (!command.follow) return ExitCode::ok;
    do {
      print_lines(trail, command, screen);
      screen.finish();
    } while (StopOnSignal::pause());
    return is_asked_to_stop ? ExitCode::interrupted : ExitCode::ok;
  });
}

}  // namespace hark::cli
