// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// With HARK_TEST_SUSPENDS the tests' thread passes for a fiber: the driver asks it to wait,
// instead of waiting itself.
#include <hark/detail/flow.hpp>

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

namespace hark::test {
namespace {

class ThreadAsFiber final : public detail::Suspender {
 public:
  bool wait_for(int socket,
                Ready what,
                detail::SocketWatchPtr& watch,
                const Deadline& deadline,
                dbapi::Connection* /*interrupted*/) override {
    // Its descriptor has to be open for as long as the watch lives.
    if (watch == nullptr) watch = std::make_unique<Watch>(socket);
    short events = 0;
    if (what != Ready::write) events |= POLLIN;
    if (what != Ready::read) events |= POLLOUT;
    for (;;) {
      int timeout = -1;
      if (deadline) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
        if (left.count() <= 0) return false;
        timeout = static_cast<int>(
            std::min<std::int64_t>(left.count(), std::numeric_limits<int>::max()));
      }
      pollfd waited{.fd = socket, .events = events, .revents = 0};
      if (poll(&waited, 1, timeout) > 0) return true;
    }
  }
  void run_elsewhere(detail::WorkRef work, dbapi::Connection* /*interrupted*/) override {
    work();
  }
  bool park(const Deadline& deadline) override {
    std::unique_lock lock(mutex_);
    const auto has_permit = [this] { return has_permit_; };
    if (deadline) {
      changed_.wait_until(lock, *deadline, has_permit);
    } else {
      changed_.wait(lock, has_permit);
    }
    return std::exchange(has_permit_, false);
  }
  void unpark() noexcept override {
    const std::lock_guard lock(mutex_);
    has_permit_ = true;
    changed_.notify_one();
  }

 private:
  /// Says so where the socket was closed before the watch.
  class Watch final : public detail::SocketWatch {
   public:
    explicit Watch(int socket) : socket_(socket) { control(EPOLL_CTL_ADD); }
    ~Watch() override {
      if (control(EPOLL_CTL_DEL) != 0) std::abort();
      close(epoll_);
    }

   private:
    int control(int what) const noexcept {
      epoll_event event{};
      return epoll_ctl(epoll_, what, socket_, &event);
    }

    const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    const int socket_;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_permit_ = false;  // guarded by mutex_
};

[[maybe_unused]] const bool passes_for_fiber = [] {
  if (std::getenv("HARK_TEST_SUSPENDS") == nullptr) return false;
  static ThreadAsFiber fiber;
  static detail::FlowStates states;
  states.enter(&fiber);
  return true;
}();

}  // namespace
}  // namespace hark::test
