// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace hark::test {

/// Stands between clients and a database server, counts the messages of the clients that
/// the server has to answer, and does harm at one of them.
///
/// Thread safety: shared objects safe.
class Proxy {
 public:
  enum class Fault {
    none,
    cut_before,  ///< the server never sees it; the client sees the end of the connection
    cut_after,   ///< the server obeys; instead of its answer, the client sees a reset
    silence      ///< nobody hears of anybody any more, and nothing is closed
  };
  /// What a client's bytes begin with.
  struct Message {
    std::size_t size = 0;  ///< 0: it has not come in full
    bool is_answered = true;
  };
  using FindMessage = Message (*)(std::string_view bytes, bool is_first);

  /// Between a port and the server's Unix socket.
  Proxy(std::string server, FindMessage find_message);
  /// Between two Unix sockets.
  Proxy(std::string server, FindMessage find_message, const std::string& path);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy();

  /// On 127.0.0.1; 0: it has a path.
  std::uint16_t port() const noexcept { return port_; }

  /// Does harm at that message, counted from 1 and from now on, once.
  void arm(std::size_t message, Fault fault);
  bool has_struck() const;
  /// Messages since arm().
  std::size_t messages() const;
  /// Does the connections that there are the harm of silence.
  void silence();
  /// Speaks to all clients as the server does.
  void say(std::string_view words);
  /// Cuts every connection that there is, and says something to the clients before.
  void cut(std::string_view last_words = {});

 private:
  struct Link;

  void listen();
  void accept_all();
  void pass_requests(Link& link);
  void pass_answers(Link& link);
  bool pass(Link& link, std::string_view bytes, bool is_answered);
  Fault count();
  void reap();

  const std::string server_;
  const FindMessage find_message_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::list<std::unique_ptr<Link>> links_;
  std::size_t messages_ = 0;
  std::size_t struck_at_ = 0;  // 0: nowhere
  Fault fault_ = Fault::none;
  bool has_struck_ = false;

  std::thread acceptor_;
};

}  // namespace hark::test
