// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/server.hpp"

#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <stdexcept>

#include "support/server_programs.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace hark::test {
namespace {

/// Starts a keeper whose standard input and output are `socket`, which is closed here.
pid_t start_keeper(std::vector<std::string> arguments, int socket) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, socket, STDOUT_FILENO);
  pid_t keeper = -1;
  const int error =
      posix_spawn(&keeper, HARK_TEST_SERVER, &files, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  ::close(socket);
  if (error != 0) throw std::runtime_error("cannot start " HARK_TEST_SERVER);
  return keeper;
}

}  // namespace

Server::Server(std::string_view kind, const ServerOptions& options)
    : has_port_(options.has_port) {
  std::vector<std::string> arguments{HARK_TEST_SERVER, "keep", std::string(kind)};
  if (has_port_) arguments.emplace_back("--port");
  arguments.insert(arguments.end(), options.settings.begin(), options.settings.end());

  std::array<int, 2> sockets{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    throw std::runtime_error("no socket for a server's keeper");
  socket_ = sockets[0];
  try {
    keeper_ = start_keeper(std::move(arguments), sockets[1]);
    std::istringstream place(answer());
    place >> port_ >> folder_ >> id_;
  } catch (...) {
    ::close(socket_);
    if (keeper_ >= 0) ::waitpid(keeper_, nullptr, 0);
    throw;
  }
}

Server::~Server() {
  ::close(socket_);
  while (::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void Server::stop() { tell("stop"); }

void Server::kill() { tell("kill"); }

void Server::start() { tell("start"); }

void Server::tell(std::string_view command) {
  const std::string line = std::string(command) + '\n';
  ::send(socket_, line.data(), line.size(), MSG_NOSIGNAL);
  id_ = static_cast<pid_t>(std::stoi(answer()));
}

/// What the keeper says next, which is over when it is done.
std::string Server::answer() const {
  std::string text;
  for (char c = 0; ::recv(socket_, &c, 1, 0) == 1 && c != '\0';) text += c;
  if (text.starts_with("ok ")) return text.substr(3);
  throw std::runtime_error(text.empty() ? "a server's keeper has gone" : text);
}

bool PostgresServer::is_installed() { return !find_postgresql().empty(); }

PostgresServer::PostgresServer(const ServerOptions& options)
    : Server("postgresql", options) {}

std::string PostgresServer::url(std::string_view database) const {
  return "postgresql://postgres@/" + std::string(database) + "?host=" + folder() +
         "&port=" + std::to_string(socket_port());
}

std::string PostgresServer::port_url(std::string_view database) const {
  return "postgresql://postgres@127.0.0.1:" + std::to_string(port()) + "/" +
         std::string(database);
}

bool MariaDbServer::is_installed() {
  return !find_mariadb("mariadbd").empty() && !find_mariadb("mariadb-install-db").empty();
}

MariaDbServer::MariaDbServer(const ServerOptions& options) : Server("mysql", options) {}

std::string MariaDbServer::url(std::string_view database) const {
  return "mysql://root@localhost/" + std::string(database) + "?unix_socket=" + folder() +
         "/socket";
}

std::string MariaDbServer::port_url(std::string_view database) const {
  return "mysql://root@127.0.0.1:" + std::to_string(port()) + "/" + std::string(database);
}

}  // namespace hark::test
