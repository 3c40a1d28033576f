// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "engine/servers.hpp"

#include <hark/engine.hpp>

#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "engine/server_tracks.hpp"
#include "support/server.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

template <class Server>
class Throwaway final : public RunningServer {
 public:
  explicit Throwaway(const hark::test::ServerOptions& options) : server_(options) {}
  std::string url() const override { return server_.url(); }
  pid_t id() const override { return server_.id(); }

 private:
  Server server_;
};

/// As fast as they can be: what waits for a disk, or works for itself, would be measured
/// as well.
std::unique_ptr<RunningServer> start_postgresql() {
  return std::make_unique<Throwaway<hark::test::PostgresServer>>(
      hark::test::ServerOptions{.settings = {"synchronous_commit=off",
                                             "jit=off",
                                             "autovacuum=off",
                                             "shared_buffers=128MB",
                                             "max_connections=200"}});
}
std::unique_ptr<RunningServer> start_mysql() {
  return std::make_unique<Throwaway<hark::test::MariaDbServer>>(
      hark::test::ServerOptions{.settings = {"innodb-flush-log-at-trx-commit=0",
                                             "innodb-buffer-pool-size=128M",
                                             "innodb-stats-auto-recalc=OFF",
                                             "max-connections=200",
                                             "max-prepared-stmt-count=100000"}});
}

hark::Engine engine_for(const std::string& url) {
  return hark::create_engine(
      url, {.poolclass = hark::PoolClass::null, .isolation_level = "AUTOCOMMIT"});
}

/// The process that has started `process`; -1: it has gone.
pid_t parent_of(const fs::path& process) {
  std::ifstream file(process / "stat");
  std::string text;
  std::getline(file, text, '\0');  // nothing, where it has gone meanwhile
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return -1;
  return static_cast<pid_t>(std::atoi(text.c_str() + end_of_name + sizeof ") S"));
}

void pin_threads_of(const fs::path& process, const cpu_set_t& cores) {
  std::error_code ignored;
  for (const auto& thread : fs::directory_iterator(process / "task", ignored)) {
    sched_setaffinity(std::atoi(thread.path().filename().c_str()), sizeof cores, &cores);
  }
}

/// All threads of a process, and of those that it has started.
void pin_processes(pid_t process, const cpu_set_t& cores) {
  const fs::path processes("/proc");
  pin_threads_of(processes / std::to_string(process), cores);
  std::error_code ignored;
  for (const auto& each : fs::directory_iterator(processes, ignored)) {
    const bool is_process = std::atoi(each.path().filename().c_str()) != 0;
    if (is_process && parent_of(each.path()) == process)
      pin_threads_of(each.path(), cores);
  }
}

/// The cores that this process had when it began.
const cpu_set_t& all_cores() {
  static const cpu_set_t cores = [] {
    cpu_set_t now{};
    sched_getaffinity(0, sizeof now, &now);
    return now;
  }();
  return cores;
}

cpu_set_t last_core() {
  int last = 0;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &all_cores())) last = i;
  }
  cpu_set_t cores{};
  CPU_SET(last, &cores);
  return cores;
}

}  // namespace

const ServerKind postgresql{.name = "postgresql",
                            .variable = "HARK_BENCHMARK_POSTGRESQL",
                            .is_installed = hark::test::PostgresServer::is_installed,
                            .start = start_postgresql,
                            .analyze = "VACUUM ANALYZE track"};
const ServerKind mysql{.name = "mysql",
                       .variable = "HARK_BENCHMARK_MYSQL",
                       .is_installed = hark::test::MariaDbServer::is_installed,
                       .start = start_mysql,
                       .analyze = "ANALYZE TABLE track"};

TrackServer::TrackServer(const ServerKind& kind) : kind_(kind) {
  all_cores();  // before anybody is pinned
  if (const char* const user_s = std::getenv(kind.variable)) server_url_ = user_s;
}

TrackServer::~TrackServer() {
  if (url_.empty()) return;
  try {
    hark::Engine server = engine_for(server_url_);
    server.connect().exec_driver_sql("DROP DATABASE " + *hark::URL(url_).database);
  } catch (const hark::Error&) {
    // Who starts a server of their own loses it anyway; the user finds it.
  }
}

bool TrackServer::is_there() const {
  return !server_url_.empty() || kind_.is_installed();
}

const std::string& TrackServer::url() {
  if (!url_.empty()) return url_;
  if (server_url_.empty()) {
    own_ = kind_.start();
    server_url_ = own_->url();
  }
  make_database(server_url_);
  return url_;
}

void TrackServer::make_database(const std::string& server_url) {
  hark::URL url(server_url);
  url.database = "hark_benchmark_" + std::to_string(getpid());
  hark::Engine server = engine_for(server_url);
  server.connect().exec_driver_sql("CREATE DATABASE " + *url.database);
  url_ = url.render(false);
  hark::Engine engine = engine_for(url_);
  hark::Connection connection = engine.connect();
  for (const std::string& sql : statements_that_fill_server())
    connection.exec_driver_sql(sql);
  connection.exec_driver_sql(kind_.analyze);
}

void TrackServer::pin(bool to_one_core) {
  if (own_ == nullptr) return;
  const cpu_set_t cores = to_one_core ? last_core() : all_cores();
  sched_setaffinity(0, sizeof cores, &cores);
  pin_processes(own_->id(), cores);
}

}  // namespace bench
