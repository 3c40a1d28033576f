// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/report_command.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <variant>

#include "audit/audit_file.hpp"
#include "audit/audit_file_check.hpp"
#include "cli/audit_command.hpp"
#include "cli/report_model.hpp"
#include "cli/report_page.hpp"

namespace hark::cli {
namespace {

/// The name of a file without its folders.
std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

audit::CheckOptions check_options(const ReportCommand& command) {
  audit::CheckOptions options;
  if (!command.key_file.empty()) options.key = read_key(command.key_file);
  return options;
}

/// Reads an audit's files once, for the report and for the check.
class Reading {
 public:
  explicit Reading(const ReportCommand& command)
      : trail_(command.file),
        builder_({.rows = command.top}),
        check_(check_options(command)) {}

  void read() {
    while (const std::optional<audit::AuditLine> line = trail_.next_line()) {
      if (trail_.file() != file_) {
        file_ = trail_.file();
        check_.begin_file(file_);
      }
      check_.add(*line);
      note(*line);
    }
  }

  std::string page(PageFacts facts) {
    facts.check = check_.finish(trail_.is_being_written());
    facts.unreadable = unreadable_;
    facts.is_torn = is_torn_;
    return report_page(builder_.finish(), facts);
  }

 private:
  void note(const audit::AuditLine& line) {
    is_torn_ = !line.is_whole;
    if (is_torn_) return;
    try {
      const audit::AuditRecord record = audit::parse_record(line.text);
      std::visit([&](const auto& what) { builder_.add(what); }, record.what);
    } catch (const audit::AuditFormatError&) {
      ++unreadable_;
    }
  }

  audit::AuditTrail trail_;
  AuditReportBuilder builder_;
  audit::AuditCheck check_;
  std::string file_;
  std::uint64_t unreadable_ = 0;
  bool is_torn_ = false;
};

std::string made_page(const ReportCommand& command) {
  const std::string name(base_name(command.file));
  try {
    Reading reading(command);
    reading.read();
    return reading.page(
        {.title = command.title.empty() ? "Audit of " + name : command.title,
         .file = name});
  } catch (const std::system_error& error) {
    throw Failure(ExitCode::unavailable,
                  command.file + ": cannot be read: " + error.code().message());
  }
}

void write_file(const std::string& name, std::string_view text) {
  // What it shows is as secret as the audit, which is its owner's alone, too.
  const int descriptor =
      ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::FILE* const file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "wb");
  bool is_written = file != nullptr;
  if (is_written) {
    is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const int error = errno;
    if (std::fclose(file) != 0) {
      is_written = false;
    } else {
      errno = error;
    }
  }
  if (!is_written)
    throw Failure(ExitCode::unavailable,
                  name + ": cannot be written: " + std::strerror(errno));
}

}  // namespace

ExitCode run(const ReportCommand& command, Screen& screen) {
  const std::string page = made_page(command);
  if (command.html == "-") {
    screen.print(page);
  } else {
    write_file(command.html, page);
  }
  return ExitCode::ok;
}

}  // namespace hark::cli
