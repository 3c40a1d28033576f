// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// hark_audit_million [STATEMENTS [THREADS [FILE]]]: so many statements, all threads' together,
// through a JsonLinesEventHandler under `block`. Reads the file back, and fails where one is
// missing, the chain is broken, or memory has grown with what was written.

#include <hark/audit.hpp>
#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/sqlite.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "audit/audit_file_check.hpp"
#include "support/clock.hpp"

namespace bench {
namespace {

namespace audit = hark::audit;

struct Task {
  std::uint64_t statements = 1'000'000;
  std::uint64_t threads = 1;
  std::string file;
};

/// A line of /proc/self/status, in kB; 0: this system has none.
std::uint64_t memory(const std::string& line) {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name;) {
    std::uint64_t size = 0;
    if (name == line + ":" && status >> size) return size;
    status.ignore(1'000, '\n');
  }
  return 0;
}

/// A hundred at a time are a request.
void execute(std::uint64_t count) {
  hark::Engine engine = hark::create_engine("sqlite://");
  hark::Connection connection(engine);
  const hark::Clause select = hark::text("SELECT :number AS number, 'a text' AS name");
  std::optional<audit::Request> request;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i % 100 == 0) {
      request.reset();
      request.emplace(engine, "a hundred");
    }
    const auto number = static_cast<std::int64_t>(i);
    connection.execute(select, {{"number", number}}).fetchall();
  }
}

void execute_on_threads(const Task& task, std::uint64_t count) {
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 0; i < task.threads; ++i)
    threads.emplace_back([&task, count, i] {
      execute(count / task.threads + (i < count % task.threads ? 1 : 0));
    });
}

struct Found {
  std::uint64_t statements = 0;
  bool is_intact = false;
  std::string first_finding;
};

Found read_back(const std::string& path) {
  Found found;
  audit::AuditCheck check({});
  audit::AuditReader reader(path);
  check.begin_file(path);
  while (const auto line = reader.next_line()) {
    check.add(*line);
    const audit::AuditRecord record = audit::parse_record(line->text);
    const auto* const end = std::get_if<audit::EventEnd>(&record.what);
    if (end != nullptr && end->kind == audit::EventKind::statement) ++found.statements;
  }
  const audit::CheckReport report = check.finish(false);
  found.is_intact = report.is_intact();
  if (!report.findings.empty()) found.first_finding = report.findings.front().message;
  return found;
}

bool expect(bool holds, const std::string& what) {
  if (!holds) std::cout << "MISSED: " << what << '\n';
  return holds;
}

/// Returns: did everything hold?
bool run(const Task& task) {
  constexpr std::uint64_t warm_up = 5'000;
  constexpr std::uint64_t most_growth = 16 << 10;  // kB
  auto subscription =
      audit::use_event_handler(hark::event::every<hark::Engine>,
                               std::make_shared<audit::JsonLinesEventHandler>(task.file),
                               {.policy = audit::QueuePolicy::block});
  execute_on_threads(task, warm_up);
  subscription.flush(std::chrono::minutes(1));
  const std::uint64_t before = memory("VmHWM");

  const double begin = wall_now();
  execute_on_threads(task, task.statements);
  const double executed = wall_now();
  bool holds = expect(subscription.flush(std::chrono::minutes(5)), "all is written");
  const double flushed = wall_now();

  const std::uint64_t after = memory("VmHWM");
  const audit::Statistics told = subscription.statistics();
  subscription.disconnect();
  const Found found = read_back(task.file);
  std::cout << task.statements << " statements on " << task.threads
            << " threads: " << (executed - begin) / 1e9 << " s until executed, "
            << (flushed - begin) / 1e9 << " s until on the disk\n"
            << "lines of " << std::filesystem::file_size(task.file) << " bytes have "
            << found.statements - std::min(found.statements, warm_up)
            << " statements; lost: " << told.lost_events << " events, "
            << told.lost_requests << " requests\n"
            << "most that ever waited: " << told.most_queued << " starts and ends\n"
            << "VmHWM " << before << " kB before, " << after << " kB after\n";
  holds &= expect(found.statements == task.statements + warm_up, "every statement");
  holds &= expect(found.is_intact, "an intact chain: " + found.first_finding);
  holds &= expect(told.lost_events + told.lost_requests == 0, "nothing is lost");
  holds &= expect(told.failures == 0, "the handler does not fail");
  return expect(after - before <= most_growth, "memory that does not grow") && holds;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Task task;
  if (argc > 1) task.statements = std::strtoull(argv[1], nullptr, 10);
  if (argc > 2) task.threads = std::max(std::strtoull(argv[2], nullptr, 10), 1ULL);
  const bool is_own_file = argc <= 3;
  task.file = is_own_file ? std::filesystem::temp_directory_path() /
                                ("hark_audit_" + std::to_string(getpid()) + ".jsonl")
                          : argv[3];
  try {
    const bool holds = bench::run(task);
    if (is_own_file) std::filesystem::remove(task.file);
    return holds ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
