// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Throw-away database servers.
namespace hark::test {

struct ServerOptions {
  bool has_port = false;                ///< answers on 127.0.0.1, too
  std::vector<std::string> settings{};  ///< "max_connections=5"
};

/// A server of the test's own, in a folder of its own, on a Unix socket in that folder.
///
/// A keeper process, `hark_test_server`, is its parent. The keeper outlives whoever
/// started it for as long as it takes to end the server and to delete the folder, also
/// where that one crashed or was killed.
///
/// What was committed survives stop() and kill(), but not a crash of the machine.
///
/// Thread safety: distinct objects safe, shared objects unsafe.
class Server {
 public:
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Ends it as its administrator would: connections are closed, what is not committed is
  /// rolled back.
  void stop();
  /// Ends it as a crash would.
  void kill();
  /// Starts it again, with the same folder and port, and returns when it answers.
  void start();

  /// Its process; -1: it does not run.
  pid_t id() const noexcept { return id_; }
  /// Where its data, its socket and its log are.
  const std::string& folder() const noexcept { return folder_; }
  /// 0: it only answers on its socket.
  std::uint16_t port() const noexcept { return has_port_ ? port_ : std::uint16_t{0}; }

 protected:
  /// Throws: std::runtime_error with the end of the server's log, when it does not start.
  Server(std::string_view kind, const ServerOptions& options);
  ~Server();

  std::uint16_t socket_port() const noexcept { return port_; }

 private:
  void tell(std::string_view command);
  std::string answer() const;

  pid_t keeper_ = -1;
  int socket_ = -1;
  pid_t id_ = -1;
  std::string folder_;
  std::uint16_t port_ = 0;
  bool has_port_;
};

/// PostgreSQL, whose superuser is `postgres`. Nobody needs a password, except users other
/// than `postgres` who come by the port.
class PostgresServer : public Server {
 public:
  static bool is_installed();

  explicit PostgresServer(const ServerOptions& options = {});

  /// By its socket.
  std::string url(std::string_view database = "postgres") const;
  /// By its port. Requires: ServerOptions::has_port.
  std::string port_url(std::string_view database = "postgres") const;
  /// Makes a database and returns its URL.
  std::string create_database(const std::string& name) const;
};

/// MariaDB, whose superuser is `root`, without a password.
class MariaDbServer : public Server {
 public:
  static bool is_installed();

  explicit MariaDbServer(const ServerOptions& options = {});

  /// By its socket; `test` is a database that is there from the start.
  std::string url(std::string_view database = "test") const;
  /// By its port. Requires: ServerOptions::has_port.
  std::string port_url(std::string_view database = "test") const;
  /// Makes a database and returns its URL.
  std::string create_database(const std::string& name) const;
};

/// Makes a database of a server, one of whose databases has this URL, and returns its URL.
std::string create_postgresql_database(const std::string& url, const std::string& name);
std::string create_mysql_database(const std::string& url, const std::string& name);

/// Drops the database of this URL with all that is in it: transactions that were prepared
/// and connections that are open.
void drop_postgresql_database(const std::string& url);
/// The same. MariaDB does not know in which database a transaction was prepared: all are
/// rolled back.
void drop_mysql_database(const std::string& url);

}  // namespace hark::test
