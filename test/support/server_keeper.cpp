// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Keeps throw-away database servers:
//
//   hark_test_server run postgresql|mysql… -- COMMAND…
//     runs the command with HARK_TEST_POSTGRESQL, HARK_TEST_MYSQL set to the URL of an empty
//     database on a server that ends with it; ends with 77 where that server is not
//     installed. Where a variable is set already, no server is started.
//
//   hark_test_server keep postgresql|mysql [--port] [SETTING=VALUE…]
//     what class Server talks with: reads "stop", "kill" and "start", a line each, and
//     answers with the server's process. Ends when nobody is left who could write.

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/server.hpp"
#include "support/server_programs.hpp"

namespace hark::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto longest_start = 60s;        // a sanitizer's tests may have both cores
constexpr int is_missing = 77;             // what ctest is told for "skipped"
constexpr std::size_t socket_limit = 107;  // bytes of a Unix socket's path

using Command = std::vector<std::string>;

std::vector<char*> pointers_to(Command& command) {
  std::vector<char*> made;
  for (std::string& each : command) made.push_back(each.data());
  made.push_back(nullptr);
  return made;
}

/// Whom the server runs as: servers refuse to run as root.
struct User {
  uid_t id = ::getuid();
  gid_t group = ::getgid();
};

User unprivileged(const char* preferred) {
  if (::getuid() != 0) return {};
  for (const char* name : {preferred, "nobody"}) {
    if (const passwd* found = ::getpwnam(name)) return {found->pw_uid, found->pw_gid};
  }
  throw std::runtime_error("there is no user `nobody` to run a server as");
}

void give_to(const fs::path& folder, const User& user) {
  const auto give = [&](const fs::path& path) {
    if (::lchown(path.c_str(), user.id, user.group) != 0)
      throw std::runtime_error("cannot give away " + path.string());
  };
  give(folder);
  for (const auto& each : fs::recursive_directory_iterator(folder)) give(each.path());
}

/// Ends with the keeper, of which `parent` is the process: by `last`.
[[noreturn]] void become(
    Command& command, const User& user, const fs::path& log, int last, pid_t parent) {
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int input = ::open("/dev/null", O_RDONLY);
  bool is_fine =
      ::dup2(input, 0) == 0 && ::dup2(output, 1) == 1 && ::dup2(output, 2) == 2;
  if (::getuid() == 0) {
    is_fine = is_fine && ::setgroups(0, nullptr) == 0 && ::setgid(user.group) == 0 &&
              ::setuid(user.id) == 0;
  }
  // After setuid(), which forgets it.
  is_fine = is_fine && ::prctl(PR_SET_PDEATHSIG, last) == 0 && ::getppid() == parent &&
            ::chdir("/") == 0;
  if (is_fine) ::execv(command.front().c_str(), pointers_to(command).data());
  ::_exit(127);
}

pid_t spawn(Command command, const User& user, const fs::path& log, int last) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(command, user, log, last, parent);
  if (child < 0) throw std::runtime_error("cannot start " + command.front());
  return child;
}

/// Its status when it has ended.
std::optional<int> status_of(pid_t child, int options) {
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(child, &status, options)) < 0 && errno == EINTR) continue;
  return ended == 0 ? std::nullopt : std::optional(status);
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string end_of(const fs::path& log) {
  constexpr std::size_t shown = 1500;
  const std::string text = text_of(log);
  return text.substr(text.size() - std::min(text.size(), shown));
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool is_fine =
      ::bind(socket, generic, size) == 0 && ::getsockname(socket, generic, &size) == 0;
  ::close(socket);
  if (!is_fine) throw std::runtime_error("no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

/// What differs between the servers.
class Kind {
 public:
  Kind() = default;
  Kind(const Kind&) = delete;
  Kind& operator=(const Kind&) = delete;
  virtual ~Kind() = default;

  virtual const char* user() const = 0;
  /// The program that the server is.
  virtual std::string program() const = 0;
  /// Makes a cluster in the folder.
  virtual Command make(const std::string& data) const = 0;
  virtual Command serve(const std::string& folder,
                        std::uint16_t port,
                        bool has_port) const = 0;
  virtual std::string setting(const std::string& text) const = 0;
  /// Completes a cluster that make() has made.
  virtual void complete(const fs::path& data) const = 0;
  virtual std::uint16_t default_port() const noexcept = 0;
  virtual int stop_signal() const noexcept = 0;
  virtual int kill_signal() const noexcept = 0;
  /// Does this server, in this folder, answer?
  virtual bool is_ready(const fs::path& folder, pid_t server) const = 0;
};

class PostgreSQL final : public Kind {
 public:
  const char* user() const override { return "postgres"; }
  std::string program() const override { return find_postgresql() + "/postgres"; }
  Command make(const std::string& data) const override {
    return {find_postgresql() + "/initdb",
            "--pgdata=" + data,
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--wal-segsize=1",  // megabyte: less to copy
            "--no-sync",
            "--no-instructions"};
  }
  void complete(const fs::path& data) const override {
    std::ofstream(data / "pg_hba.conf") << "local all all trust\n"
                                           "host all postgres 127.0.0.1/32 trust\n"
                                           "host all all 127.0.0.1/32 scram-sha-256\n";
  }
  Command serve(const std::string& folder,
                std::uint16_t port,
                bool has_port) const override {
    return {program(),
            "-D",
            folder + "/data",
            "-k",
            folder,
            "-p",
            std::to_string(port),
            "-c",
            std::string("listen_addresses=") + (has_port ? "127.0.0.1" : ""),
            // A commit need not survive the machine, only the server.
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "shared_buffers=16MB",
            "-c",
            "max_connections=100",
            "-c",
            "max_prepared_transactions=64"};
  }
  std::string setting(const std::string& text) const override { return "--" + text; }
  std::uint16_t default_port() const noexcept override { return 5432; }
  int stop_signal() const noexcept override { return SIGINT; }
  // As if it had crashed. After SIGKILL its children would live on for a while.
  int kill_signal() const noexcept override { return SIGQUIT; }
  bool is_ready(const fs::path& folder, pid_t server) const override {
    const std::string text = text_of(folder / "data" / "postmaster.pid");
    return text.starts_with(std::to_string(server) + '\n') &&
           text.find("\nready") != std::string::npos;
  }
};

class MariaDB final : public Kind {
 public:
  const char* user() const override { return "mysql"; }
  std::string program() const override { return find_mariadb("mariadbd"); }
  Command make(const std::string& data) const override {
    return {find_mariadb("mariadb-install-db"),
            "--no-defaults",
            "--datadir=" + data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-log-file-size=8M"};
  }
  void complete(const fs::path& data) const override {
    fs::create_directory(data / "test");  // this is how it keeps a database
  }
  Command serve(const std::string& folder,
                std::uint16_t port,
                bool has_port) const override {
    return {program(),
            "--no-defaults",
            "--datadir=" + folder + "/data",
            "--socket=" + folder + "/socket",
            "--pid-file=" + folder + "/pid",
            has_port ? "--bind-address=127.0.0.1" : "--skip-networking",
            "--port=" + std::to_string(port),
            // A commit need not survive the machine, only the server.
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-flush-method=nosync",
            "--innodb-doublewrite=OFF",
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=8M",
            "--innodb-use-native-aio=OFF",
            "--max-connections=100",
            "--performance-schema=OFF",
            "--skip-log-bin",
            "--skip-name-resolve"};
  }
  std::string setting(const std::string& text) const override { return "--" + text; }
  std::uint16_t default_port() const noexcept override { return 3306; }
  int stop_signal() const noexcept override { return SIGTERM; }
  int kill_signal() const noexcept override { return SIGKILL; }
  /// The server speaks first: a length, a number, and the version of the protocol.
  bool is_ready(const fs::path& folder, pid_t) const override {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder / "socket").string().copy(static_cast<char*>(address.sun_path), socket_limit);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    std::array<char, 5> greeting{};
    const bool is_answer =
        ::connect(socket, generic, sizeof address) == 0 &&
        ::recv(socket, greeting.data(), greeting.size(), MSG_WAITALL) == 5;
    ::close(socket);
    return is_answer && greeting[4] == 10;
  }
};

std::unique_ptr<Kind> kind_of(const std::string& name) {
  if (name == "postgresql") return std::make_unique<PostgreSQL>();
  if (name == "mysql") return std::make_unique<MariaDB>();
  throw std::runtime_error("no kind of server: " + name);
}

/// A folder that goes with its object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    for (const fs::path& parent : {fs::temp_directory_path(), fs::path("/tmp")}) {
      std::string path = parent / "hark_server_XXXXXX";
      if (path.size() + sizeof "/.s.PGSQL.65535.lock" > socket_limit) continue;
      if (::mkdtemp(path.data()) == nullptr) continue;
      path_ = path;
      fs::permissions(path_, fs::perms::others_exec, fs::perm_options::add);
      return;
    }
    throw std::runtime_error("cannot make a folder for a server");
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

/// When a program was built or installed, in seconds.
std::string age_of(const fs::path& program) {
  const auto time = std::chrono::file_clock::to_sys(fs::last_write_time(program));
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

/// The path of a cluster to be copied, which is made once for each build folder, server and
/// keeper. Several keepers may make it at a time; the first that is done wins.
fs::path template_of(const Kind& kind, const User& user) {
  const fs::path program = fs::canonical(kind.program());
  fs::path wanted =
      fs::path(HARK_TEST_TEMPLATES) / (program.filename().string() + "-" +
                                       age_of(program) + "-" + age_of("/proc/self/exe"));
  if (fs::exists(wanted)) return wanted;

  // Elsewhere first: the server's user may not be allowed to look into the build folder.
  const TemporaryFolder folder;
  give_to(folder.path(), user);
  const fs::path data = folder.path() / "data";
  const fs::path log = folder.path() / "log";
  const pid_t maker = spawn(kind.make(data), user, log, SIGKILL);
  if (status_of(maker, 0) != 0 || !fs::exists(data))
    throw std::runtime_error("cannot make a cluster:\n" + end_of(log));
  kind.complete(data);

  const fs::path copy = wanted.string() + "." + std::to_string(::getpid());
  fs::create_directories(wanted.parent_path());
  fs::copy(data, copy, fs::copy_options::recursive);
  std::error_code is_there_already;
  fs::rename(copy, wanted, is_there_already);
  if (is_there_already) fs::remove_all(copy);
  return wanted;
}

/// A server and its folder. Both end with the object.
class Cluster {
 public:
  Cluster(const Kind& kind, bool has_port, const Command& settings)
      : kind_(kind), user_(unprivileged(kind.user())) {
    fs::copy(template_of(kind, user_), data(), fs::copy_options::recursive);
    fs::permissions(data(), fs::perms::owner_all);
    give_to(folder_.path(), user_);
    port_ = has_port ? free_port() : kind.default_port();
    command_ = kind.serve(folder_.path(), port_, has_port);
    for (const std::string& each : settings) command_.push_back(kind.setting(each));
    start();
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster() { end(kind_.kill_signal()); }

  void start() {
    if (server_ >= 0 && !status_of(server_, WNOHANG)) return;
    const fs::path log = folder_.path() / "log";
    server_ = spawn(command_, user_, log, kind_.kill_signal());
    const auto deadline = std::chrono::steady_clock::now() + longest_start;
    while (!kind_.is_ready(folder_.path(), server_)) {
      if (status_of(server_, WNOHANG)) {
        server_ = -1;
        throw std::runtime_error("the server has not started:\n" + end_of(log));
      }
      if (std::chrono::steady_clock::now() > deadline) {
        end(SIGKILL);
        throw std::runtime_error("the server does not answer:\n" + end_of(log));
      }
      std::this_thread::sleep_for(5ms);
    }
  }
  void stop() { end(kind_.stop_signal()); }
  void kill() { end(kind_.kill_signal()); }

  pid_t server() const noexcept { return server_; }
  std::uint16_t port() const noexcept { return port_; }
  std::string folder() const { return folder_.path(); }

 private:
  fs::path data() const { return folder_.path() / "data"; }
  void end(int signal) noexcept {
    if (server_ < 0) return;
    ::kill(server_, signal);
    status_of(std::exchange(server_, -1), 0);
  }

  const Kind& kind_;
  const User user_;
  const TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  Command command_;
  pid_t server_ = -1;
};

// -- keep -------------------------------------------------------------------------------

void reply(const std::string& text) {
  // With the zero that ends it.
  ::send(STDOUT_FILENO, text.c_str(), text.size() + 1, MSG_NOSIGNAL);
}

void close_input(int) { ::close(STDIN_FILENO); }

/// Whoever wants the keeper to end makes it end as it would without its user.
void end_by_signals() {
  struct sigaction action {};
  action.sa_handler = close_input;
  for (const int signal : {SIGHUP, SIGINT, SIGTERM})
    ::sigaction(signal, &action, nullptr);
  ::sigprocmask(
      SIG_SETMASK, &action.sa_mask, nullptr);  // the tests may have blocked them
}

/// False: nobody is left who could write one.
bool read_line(std::string& line) {
  line.clear();
  for (char c = 0; ::read(STDIN_FILENO, &c, 1) == 1; line += c) {
    if (c == '\n') return true;
  }
  return false;
}

void obey(Cluster& cluster, const std::string& line) {
  if (line == "start") return cluster.start();
  if (line == "stop") return cluster.stop();
  if (line == "kill") return cluster.kill();
  throw std::runtime_error("a keeper does not know " + line);
}

int keep(const std::string& name, Command settings) {
  ::setsid();  // a Ctrl-C is meant for the tests
  end_by_signals();
  const bool has_port = !settings.empty() && settings.front() == "--port";
  if (has_port) settings.erase(settings.begin());
  try {
    const std::unique_ptr<Kind> kind = kind_of(name);
    Cluster cluster(*kind, has_port, settings);
    reply("ok " + std::to_string(cluster.port()) + ' ' + cluster.folder() + ' ' +
          std::to_string(cluster.server()));
    for (std::string line; read_line(line);) {
      obey(cluster, line);
      reply("ok " + std::to_string(cluster.server()));
    }
  } catch (const std::exception& error) {
    reply(error.what());
    return 1;
  }
  return 0;
}

// -- run --------------------------------------------------------------------------------

/// The servers that a command wants, and the variables that tell it of them.
class Wanted {
 public:
  /// False: it is not installed.
  bool add(const std::string& kind) {
    const bool is_postgresql = kind == "postgresql";
    const char* const variable =
        is_postgresql ? "HARK_TEST_POSTGRESQL" : "HARK_TEST_MYSQL";
    if (const char* set = std::getenv(variable); set != nullptr && *set != '\0')
      return true;
    if (is_postgresql) {
      if (!PostgresServer::is_installed()) return false;
      ::setenv(variable, postgresql_.emplace().url().c_str(), 1);
    } else {
      if (!MariaDbServer::is_installed()) return false;
      ::setenv(variable, mysql_.emplace().url().c_str(), 1);
    }
    return true;
  }

 private:
  std::optional<PostgresServer> postgresql_;
  std::optional<MariaDbServer> mysql_;
};

int run(Command arguments) {
  Wanted wanted;
  std::size_t at = 0;
  for (; at < arguments.size() && arguments[at] != "--"; ++at) {
    if (wanted.add(arguments[at])) continue;
    std::cerr << "skipped: " << arguments[at] << "'s server is not installed\n";
    return is_missing;
  }
  if (at + 1 >= arguments.size()) throw std::runtime_error("no command");
  Command command(arguments.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                  arguments.end());
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent)
      ::execvp(command.front().c_str(), pointers_to(command).data());
    ::_exit(127);
  }
  if (child < 0) throw std::runtime_error("cannot run " + command.front());
  const int status = status_of(child, 0).value();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace
}  // namespace hark::test

int main(int argc, char** argv) {
  try {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() >= 2) {
      const std::string verb = arguments[0];
      arguments.erase(arguments.begin());
      if (verb == "run") return hark::test::run(std::move(arguments));
      if (verb == "keep") {
        const std::string kind = arguments[0];
        arguments.erase(arguments.begin());
        return hark::test::keep(kind, std::move(arguments));
      }
    }
    std::cerr << "usage: hark_test_server run postgresql|mysql… -- COMMAND…\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "hark_test_server: " << error.what() << '\n';
    return 2;
  }
}
