// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace hark::audit::detail {

class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all{};
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

/// A thread of the library: signals are for the program's own.
template <class Work>
std::thread quiet_thread(Work&& work) {
  const BlockedSignals blocked;  // a thread has its maker's mask
  return std::thread(std::forward<Work>(work));
}

}  // namespace hark::audit::detail
