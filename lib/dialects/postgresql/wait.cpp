// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/wait.hpp"

#include <hark/dbapi/error.hpp>

#include <dlfcn.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <utility>

namespace hark::postgresql {

using hark::detail::current_suspender;
using hark::detail::Suspender;

namespace {

/// Has TLS decrypted something that libpq has not asked it for? The socket says nothing of it.
bool has_decrypted(PGconn* connection) {
  if (PQsslInUse(connection) == 0) return false;
  void* const session = PQsslStruct(connection, "OpenSSL");
  // Whose header and library libpq alone needs.
  using Pending = int (*)(const void*);
  static const auto pending =
      reinterpret_cast<Pending>(dlsym(RTLD_DEFAULT, "SSL_pending"));
  return session != nullptr && pending != nullptr && pending(session) > 0;
}

/// Blocks. false: the deadline has come.
bool poll_until(int socket, short events, const Wire::Deadline& deadline) {
  for (;;) {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *deadline - Suspender::Clock::now());
      if (left.count() <= 0) return false;
      timeout = static_cast<int>(
          std::min<std::int64_t>(left.count(), std::numeric_limits<int>::max()));
    }
    pollfd waited{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, timeout);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
}

}  // namespace

void CloseConnection::operator()(pg_conn* connection) const noexcept {
  PQfinish(connection);
}
void ClearResult::operator()(pg_result* result) const noexcept { PQclear(result); }

// -- waiting ----------------------------------------------------------------------------

bool Wire::wait(Suspender& flow,
                Ready what,
                const Deadline& deadline,
                dbapi::Connection* interrupted) {
  if (what != Ready::write && has_decrypted(handle_.get())) return true;
  if (socket_ < 0) {
    const int socket = PQsocket(handle_.get());
    if (socket < 0) return true;  // it is lost, and libpq will say so
    socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (socket_ < 0) {
      throw dbapi::OperationalError("there is no descriptor left to wait for the server",
                                    {.sqlstate = "08006", .is_disconnect = true});
    }
  }
  return flow.wait_for(socket_, what, watch_, deadline, interrupted);
}

void Wire::wait_or_close(Suspender& flow, Ready what) {
  try {
    static_cast<void>(wait(flow, what, {}, &interrupted_));
  } catch (...) {
    close();
    throw;
  }
}

void Wire::forget_socket() noexcept {
  watch_.reset();
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void Wire::close() noexcept {
  forget_socket();
  // Saying goodbye to a server that does not listen would take forever.
  if (current_suspender() != nullptr) begin_sending();
  handle_.reset();
}

// -- sending ----------------------------------------------------------------------------

void Wire::begin_sending() noexcept {
  const bool is_fiber = current_suspender() != nullptr;
  if (is_fiber == is_nonblocking_) [[likely]]
    return;
  if (PQsetnonblocking(handle_.get(), is_fiber ? 1 : 0) == 0) is_nonblocking_ = is_fiber;
  unsent_ = 0;
}

/// Where that fails, libpq says so when the results are read.
void Wire::flush(Suspender& flow) {
  unsent_ = 0;
  while (PQflush(handle_.get()) > 0) {
    // A server that cannot get rid of its answers reads nothing.
    wait_or_close(flow, Ready::both);
    if (PQconsumeInput(handle_.get()) == 0) return;
  }
}

void Wire::note_sent(std::size_t bytes) {
  unsent_ += bytes;
  if (unsent_ < most_unsent) return;
  if (Suspender* const flow = current_suspender()) flush(*flow);
}

// -- results ----------------------------------------------------------------------------

ResultHandle Wire::get_result() {
  if (Suspender* const flow = current_suspender()) flush(*flow);
  return get_next_result();
}

ResultHandle Wire::get_next_result() {
  if (Suspender* const flow = current_suspender()) {
    while (PQisBusy(handle_.get()) != 0) {
      wait_or_close(*flow, Ready::read);
      if (PQconsumeInput(handle_.get()) == 0) break;
    }
  }
  return ResultHandle(PQgetResult(handle_.get()));
}

ResultHandle Wire::exec(const char* sql) {
  begin_sending();
  if (current_suspender() == nullptr) [[likely]]
    return ResultHandle(PQexec(handle_.get(), sql));
  drain_or_throw();
  if (PQsendQuery(handle_.get(), sql) == 0) return nullptr;
  ResultHandle last;
  while (ResultHandle result = get_result()) {
    last = std::move(result);
    const ExecStatusType status = PQresultStatus(last.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
        PQstatus(handle_.get()) == CONNECTION_BAD)
      break;
  }
  return last;
}

void Wire::drain() noexcept {
  try {
    drain_or_throw();
  } catch (...) {  // the connection is closed, and who uses it next is told
  }
}

void Wire::drain_or_throw() {
  while (const ResultHandle rest = get_result()) {
    if (PQstatus(handle_.get()) == CONNECTION_BAD) break;
    if (PQresultStatus(rest.get()) != PGRES_COPY_OUT) continue;
    char* line = nullptr;
    while (get_line(&line) > 0) PQfreemem(line);
  }
}

// -- COPY -------------------------------------------------------------------------------

int Wire::get_line(char** line) {
  Suspender* const flow = current_suspender();
  if (flow == nullptr) [[likely]]
    return PQgetCopyData(handle_.get(), line, 0);
  for (;;) {
    const int size = PQgetCopyData(handle_.get(), line, 1);
    if (size != 0) return size;
    wait_or_close(*flow, Ready::read);
    // Of a connection that is lost libpq waits for nothing.
    if (PQconsumeInput(handle_.get()) == 0) return PQgetCopyData(handle_.get(), line, 0);
  }
}

bool Wire::put_lines(std::string_view lines) {
  begin_sending();
  const auto size = static_cast<int>(lines.size());
  if (PQputCopyData(handle_.get(), lines.data(), size) != 1) return false;
  if (Suspender* const flow = current_suspender()) flush(*flow);
  return true;
}

bool Wire::end_lines(const char* failure) {
  begin_sending();
  return PQputCopyEnd(handle_.get(), failure) == 1;
}

// -- besides ----------------------------------------------------------------------------

void Wire::cancel(PGcancel* cancel) noexcept {
  try {
    block([cancel] {
      std::array<char, 256> ignored{};
      PQcancel(cancel, ignored.data(), static_cast<int>(ignored.size()));
    });
  } catch (...) {  // the fiber was abandoned, or there is no memory: it ends otherwise
    close();
  }
}

bool Wire::wait_for_news(Deadline::value_type deadline) {
  Suspender* const flow = current_suspender();
  if (flow == nullptr) return poll_until(PQsocket(handle_.get()), POLLIN, deadline);
  try {
    return wait(*flow, Ready::read, deadline, nullptr);
  } catch (const dbapi::OperationalError& error) {
    if (!error.is_cancelled() || flow->is_abandoned()) throw;
    throw dbapi::OperationalError("the wait for a notification was cancelled",
                                  {.is_cancelled = true});
  }
}

bool wait_while_connecting(PGconn* connection,
                           Suspender::Ready what,
                           const Wire::Deadline& deadline) {
  const int socket = PQsocket(connection);
  Suspender* const flow = current_suspender();
  if (flow == nullptr) {
    return poll_until(
        socket, what == Suspender::Ready::read ? POLLIN : POLLOUT, deadline);
  }
  if (socket < 0) return true;
  // Gone before libpq closes the socket, to try another address.
  hark::detail::SocketWatchPtr watch;
  return flow->wait_for(socket, what, watch, deadline, nullptr);
}

}  // namespace hark::postgresql
