// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/fwd.hpp>
#include <hark/detail/flow.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

struct pg_cancel;
struct pg_conn;
struct pg_result;

/// Where PostgreSQL is waited for: a thread waits in libpq, which blocks it, and a fiber
/// suspends itself.
namespace hark::postgresql {

struct CloseConnection {
  void operator()(pg_conn* connection) const noexcept;
};
struct ClearResult {
  [[gnu::hot]] void operator()(pg_result* result) const noexcept;
};
using ConnectionHandle = std::unique_ptr<pg_conn, CloseConnection>;
using ResultHandle = std::unique_ptr<pg_result, ClearResult>;

/// What goes to the server over a connection and comes from it: libpq's functions that wait.
///
/// Where a fiber's wait throws, nobody knows any more what comes next from the server: the
/// handle is closed and null from then on, which libpq's functions take for a lost connection.
/// Source: libpq's documentation, "Asynchronous Command Processing".
class Wire {
 public:
  using Deadline = hark::detail::Suspender::Deadline;

  /// `interrupted`: whom a fiber's cancellation tells to interrupt().
  Wire(ConnectionHandle& handle, dbapi::Connection& interrupted) noexcept
      : handle_(handle), interrupted_(interrupted) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() { forget_socket(); }

  /// Before anything is sent: libpq keeps what a fiber cannot send yet, and blocks threads.
  [[gnu::hot]] void begin_sending() noexcept;
  /// After so many bytes of several commands: what libpq keeps of them stays small.
  void note_sent(std::size_t bytes);
  /// Is it a fiber that sends?
  bool keeps_unsent() const noexcept { return is_nonblocking_; }

  /// As the functions of libpq that they are named for.
  [[gnu::hot]] ResultHandle get_result();
  /// The same where all has been sent: a result of it has come already.
  [[gnu::hot]] ResultHandle get_next_result();
  ResultHandle exec(const char* sql);
  /// The size of a line, which PQfreemem() frees; 0 or less: there is none.
  int get_line(char** line);
  bool put_lines(std::string_view lines);
  /// `failure`: why the lines are to be forgotten; null: they are complete.
  bool end_lines(const char* failure);

  /// Reads and drops the results that are on their way, and their lines.
  void drain() noexcept;
  /// Asks the server to end what is under way, and returns when it has been asked.
  void cancel(pg_cancel* cancel) noexcept;
  /// Waits for something that nobody has asked for; false: the deadline has come.
  ///
  /// Throws: OperationalError where the fiber is cancelled; the connection is as it was.
  bool wait_for_news(Deadline::value_type deadline);
  /// Closes the handle, without waiting.
  void close() noexcept;

 private:
  using Ready = hark::detail::Suspender::Ready;

  [[gnu::hot]] bool wait(hark::detail::Suspender& flow,
                         Ready what,
                         const Deadline& deadline,
                         dbapi::Connection* interrupted);
  [[gnu::hot]] void wait_or_close(hark::detail::Suspender& flow, Ready what);
  [[gnu::hot]] void flush(hark::detail::Suspender& flow);
  void drain_or_throw();
  void forget_socket() noexcept;

  static constexpr std::size_t most_unsent = std::size_t{1} << 18;

  ConnectionHandle& handle_;
  dbapi::Connection& interrupted_;
  bool is_nonblocking_ = false;
  std::size_t unsent_ = 0;  // at most so many bytes, of what was noted
  // Fibers wait for a descriptor of their own: libpq closes its socket wherever it finds the
  // connection lost, and another thread's new socket may have that number before the watch
  // is gone.
  int socket_ = -1;
  hark::detail::SocketWatchPtr watch_;
};

/// Waits for the server that a connection is being made to; false: the deadline has come.
bool wait_while_connecting(pg_conn* connection,
                           hark::detail::Suspender::Ready what,
                           const Wire::Deadline& deadline);

/// Does what may ask name servers; a fiber has it done by a thread that may block.
template <class Work>
void block(Work&& work) {
  if (hark::detail::Suspender* const flow = hark::detail::current_suspender()) {
    flow->run_elsewhere(work, nullptr);
  } else {
    work();
  }
}

}  // namespace hark::postgresql
