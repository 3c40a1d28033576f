// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "support/subjects.hpp"

namespace bench {

/// A second thread that has dispatched once and sleeps, as a server has. Without it
/// libstdc++, glibc and hark leave out what makes them safe between threads, and
/// everything looks better.
class Bystander {
 public:
  Bystander() : thread_([this](const std::stop_token& stop) { run(stop); }) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return dispatched_; });
  }

 private:
  void run(const std::stop_token& stop) {
    Ours subject;
    fill(subject, 1);
    Arguments arguments;
    subject(arguments.code, arguments.text, arguments.sum);
    std::unique_lock lock(mutex_);
    dispatched_ = true;
    changed_.notify_all();
    changed_.wait(lock, stop, [] { return false; });
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool dispatched_ = false;
  std::jthread thread_;
};

}  // namespace bench
