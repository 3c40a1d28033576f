// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/ping_command.hpp"

#include <hark/sqlite.hpp>
#include <hark/version.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/exit.hpp"
#include "cli/open.hpp"
#include "cli/recorder.hpp"
#include "cli/summary.hpp"

namespace hark::cli {
namespace {

/// How long `act` takes, `count` times, in ascending order.
template <class Act>
std::vector<Moment> timed(unsigned count, Act&& act) {
  std::vector<Moment> times;
  for (unsigned i = 0; i < count; ++i) {
    const auto begin = Recorder::Clock::now();
    act();
    times.push_back(std::chrono::nanoseconds(Recorder::Clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return times;
}

std::string line(std::string_view what, const std::vector<Moment>& ascending) {
  return fmt::format("{:<10}  {:>8}  {:>8}\n",
                     what,
                     duration_text(ascending.front()),
                     duration_text(percentile(ascending, 0.5)));
}

std::string server_version(Connection& connection) {
  const bool is_sqlite = connection.engine().dialect().name() == "sqlite";
  // SQLite opens a file that is no database, and says so when it reads its schema.
  Result result = connection.exec_driver_sql(
      is_sqlite ? "SELECT sqlite_version() FROM (SELECT count(*) FROM sqlite_master)"
                : "SELECT version()");
  const auto version = result.scalar();
  return version ? version->text() : std::string("unknown");
}

std::string report(const PingCommand& command) {
  Engine engine = open_engine(command.url, {});
  const auto connecting = timed(command.count, [&] {
    engine.dispose();
    Connection connection(engine);
  });
  const auto checking_out = timed(command.count, [&] { Connection connection(engine); });
  Connection connection(engine);
  const auto executing = timed(command.count, [&] {
    Result result = connection.exec_driver_sql("SELECT 1");
    result.fetchall();
  });
  std::string text = fmt::format("{} {}, driver {} of hark {}\n",
                                 engine.dialect().name(),
                                 server_version(connection),
                                 engine.dialect().driver(),
                                 version);
  text += fmt::format("{:<10}  {:>8}  {:>8}\n", "", "least", "median");
  text += line("connect", connecting);
  text += line("checkout", checking_out);
  text += line("SELECT 1", executing);
  return text;
}

}  // namespace

void run(const PingCommand& command, Screen& screen) {
  try {
    screen.print(report(command));
  } catch (const Failure&) {
    throw;
  } catch (...) {
    throw unreachable(command.url, std::current_exception());
  }
}

}  // namespace hark::cli
