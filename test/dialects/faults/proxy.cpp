// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/faults/proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace hark::test {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw std::runtime_error("the path of a socket is too long: " + path);
  path.copy(static_cast<char*>(address.sun_path), path.size());
  return address;
}

int connect_to(const std::string& path) {
  const sockaddr_un address = address_of(path);
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(made, any, sizeof address) == 0) return made;
  ::close(made);
  return -1;
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

using Buffer = std::array<char, std::size_t{64} << 10U>;

/// What has come; empty: nothing will come any more.
std::string_view receive(int from, Buffer& buffer) {
  for (;;) {
    const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }
}

}  // namespace

/// A client's connection and the server's. Both threads have ended when the link does.
struct Proxy::Link {
  Link(int of_client, int of_server) : client(of_client), server(of_server) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() {
    if (requests.joinable()) requests.join();
    if (answers.joinable()) answers.join();
  }

  /// Wakes both threads, which then end. `how`: shutdown() of the client's side.
  void end(int how, std::string_view last_words = {}) {
    {
      const std::lock_guard lock(mutex);
      if (left == threads) return;
      send_all(client, last_words);
      ::shutdown(client, how);
      ::shutdown(server, SHUT_RDWR);
    }
    is_ending = true;
    is_ending.notify_all();
  }
  /// One of the threads has ended.
  void leave() {
    const std::lock_guard lock(mutex);
    if (++left < threads) return;
    ::close(client);
    ::close(server);
  }
  bool has_ended() {
    const std::lock_guard lock(mutex);
    return left == threads;
  }

  static constexpr int threads = 2;
  const int client;
  const int server;
  std::atomic<bool> loses_answers{false};
  std::atomic<bool> is_silent{false};
  std::atomic<bool> is_ending{false};
  std::mutex mutex;
  int left = 0;  // guarded by mutex
  std::thread requests;
  std::thread answers;
};

Proxy::Proxy(std::string server, FindMessage find_message)
    : server_(std::move(server)), find_message_(find_message) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listening_, any, size) != 0 || ::getsockname(listening_, any, &size) != 0)
    throw std::runtime_error("a proxy has no port");
  port_ = ::ntohs(address.sin_port);
  listen();
}

Proxy::Proxy(std::string server, FindMessage find_message, const std::string& path)
    : server_(std::move(server)), find_message_(find_message) {
  listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(path);
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(listening_, any, sizeof address) != 0)
    throw std::runtime_error("a proxy has no socket");
  listen();
}

void Proxy::listen() {
  if (::listen(listening_, SOMAXCONN) != 0) throw std::runtime_error("a proxy is deaf");
  acceptor_ = std::thread([this] { accept_all(); });
}

Proxy::~Proxy() {
  ::shutdown(listening_, SHUT_RDWR);
  acceptor_.join();
  ::close(listening_);
  cut();
}

void Proxy::arm(std::size_t message, Fault fault) {
  const std::lock_guard lock(mutex_);
  messages_ = 0;
  struck_at_ = message;
  fault_ = fault;
  has_struck_ = false;
}

bool Proxy::has_struck() const {
  const std::lock_guard lock(mutex_);
  return has_struck_;
}

std::size_t Proxy::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

void Proxy::silence() {
  const std::lock_guard lock(mutex_);
  for (const auto& link : links_) link->is_silent = true;
}

void Proxy::say(std::string_view words) {
  const std::lock_guard lock(mutex_);
  for (const auto& link : links_) {
    if (!link->has_ended()) send_all(link->client, words);
  }
}

void Proxy::cut(std::string_view last_words) {
  std::list<std::unique_ptr<Link>> ending;
  {
    const std::lock_guard lock(mutex_);
    ending.swap(links_);
  }
  for (const auto& link : ending) link->end(SHUT_RDWR, last_words);
}

void Proxy::accept_all() {
  for (;;) {
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int at_once = 1;
    if (port_ != 0)
      ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    const int server = connect_to(server_);
    if (server < 0) {
      ::close(client);
      continue;
    }
    reap();
    const std::lock_guard lock(mutex_);
    Link& link = *links_.emplace_back(std::make_unique<Link>(client, server));
    link.requests = std::thread([this, &link] {
      pass_requests(link);
      link.leave();
    });
    link.answers = std::thread([this, &link] {
      pass_answers(link);
      link.leave();
    });
  }
}

void Proxy::reap() {
  std::list<std::unique_ptr<Link>> ended;
  const std::lock_guard lock(mutex_);
  for (auto each = links_.begin(); each != links_.end();) {
    const auto next = std::next(each);
    if ((*each)->has_ended()) ended.splice(ended.end(), links_, each);
    each = next;
  }
}

Proxy::Fault Proxy::count() {
  const std::lock_guard lock(mutex_);
  if (++messages_ != struck_at_) return Fault::none;
  has_struck_ = true;
  return fault_;
}

/// False: the link is at its end.
bool Proxy::pass(Link& link, std::string_view bytes, bool is_answered) {
  switch (is_answered ? count() : Fault::none) {
    case Fault::none:
      break;
    case Fault::cut_before:
      return false;
    case Fault::cut_after:
      link.loses_answers = true;
      break;
    case Fault::silence:
      link.is_silent = true;
      break;
  }
  return link.is_silent || send_all(link.server, bytes);
}

void Proxy::pass_requests(Link& link) {
  Buffer buffer;
  std::string waiting;
  bool is_first = true;
  bool goes_on = true;
  while (goes_on && !link.is_silent) {
    const std::string_view bytes = receive(link.client, buffer);
    goes_on = !bytes.empty() && !link.is_silent;
    waiting += bytes;
    while (goes_on) {
      const auto [size, is_answered] = find_message_(waiting, is_first);
      if (size == 0) break;
      is_first = false;
      goes_on = pass(link, std::string_view(waiting).substr(0, size), is_answered);
      waiting.erase(0, size);
    }
  }
  if (link.is_silent) link.is_ending.wait(false);
  link.end(link.loses_answers ? SHUT_RD : SHUT_RDWR);
}

void Proxy::pass_answers(Link& link) {
  Buffer buffer;
  for (;;) {
    const std::string_view bytes = receive(link.server, buffer);
    if (link.loses_answers) {
      // Closing it without a word before is a reset.
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(link.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return link.end(SHUT_RD);
    }
    if (link.is_silent) {
      link.is_ending.wait(false);
      return;
    }
    if (bytes.empty() || !send_all(link.client, bytes)) return link.end(SHUT_RDWR);
  }
}

}  // namespace hark::test
