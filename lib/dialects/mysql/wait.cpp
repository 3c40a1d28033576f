// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/wait.hpp"

#include <hark/dbapi/error.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

namespace hark::mysql {

void Waiter::forget_socket() noexcept {
  watch_.reset();
  if (duplicate_ != -1) ::close(std::exchange(duplicate_, -1));
}

int Waiter::wait(hark::detail::Suspender& flow, MYSQL* session, int awaited) {
  using Suspender = hark::detail::Suspender;
  if (duplicate_ == -1) {
    duplicate_ = ::fcntl(static_cast<int>(mysql_get_socket(session)), F_DUPFD_CLOEXEC, 0);
    if (duplicate_ == -1) {
      throw dbapi::OperationalError(
          "cannot wait for the server: " + std::generic_category().message(errno),
          {.is_disconnect = true});
    }
  }
  Suspender::Deadline deadline;
  if ((awaited & MYSQL_WAIT_TIMEOUT) != 0) {
    deadline = Suspender::Clock::now() +
               std::chrono::milliseconds(mysql_get_timeout_value_ms(session));
  }
  const bool writes = (awaited & MYSQL_WAIT_WRITE) != 0;
  const bool reads = (awaited & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT)) != 0;
  const auto what = writes && reads ? Suspender::Ready::both
                    : writes        ? Suspender::Ready::write
                                    : Suspender::Ready::read;
  const bool is_ready = flow.wait_for(duplicate_, what, watch_, deadline, interrupted_);
  return is_ready ? awaited & ~MYSQL_WAIT_TIMEOUT : MYSQL_WAIT_TIMEOUT;
}

void Waiter::hang_up(MYSQL* session) noexcept {
  ::shutdown(static_cast<int>(mysql_get_socket(session)), SHUT_RDWR);
}

}  // namespace hark::mysql
