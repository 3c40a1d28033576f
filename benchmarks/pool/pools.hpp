// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Those who are compared: pools of four connections.
namespace bench {

inline constexpr std::size_t pool_size = 4;

/// A pool, ready to be used by two threads.
class AnyPool {
 public:
  AnyPool() = default;
  AnyPool(const AnyPool&) = delete;
  AnyPool& operator=(const AnyPool&) = delete;
  virtual ~AnyPool() = default;

  /// `times` times: takes a connection, is busy for `held` spins, and gives it back.
  virtual void use(std::size_t times, std::size_t held) = 0;
};

struct PoolContestant {
  std::string name;
  std::function<std::unique_ptr<AnyPool>()> make;
};

/// Ours, with so many listeners on each of checkout and checkin.
std::unique_ptr<AnyPool> our_pool(std::size_t listeners);

/// What anybody would write: a mutex, a condition variable and a std::deque.
PoolContestant deque_pool();

/// The rivals that are installed.
std::vector<PoolContestant> installed_pools();

/// Work that no compiler leaves out and no other thread can slow down.
inline void spin(std::size_t times) noexcept {
  for (std::size_t i = 0; i < times; ++i) asm volatile("" : : : "memory");
}

/// A pool of a type that takes and gives by a handle: `make_handle()` answers with what
/// holds a connection for as long as it lives.
template <class MakeHandle>
class PoolOf final : public AnyPool {
 public:
  explicit PoolOf(MakeHandle make_handle) : make_handle_(std::move(make_handle)) {}

  void use(std::size_t times, std::size_t held) override {
    for (std::size_t i = 0; i < times; ++i) {
      [[maybe_unused]] const auto handle = make_handle_();
      spin(held);
    }
  }

 private:
  MakeHandle make_handle_;
};

template <class MakeHandle>
std::unique_ptr<AnyPool> pool_of(MakeHandle make_handle) {
  return std::make_unique<PoolOf<MakeHandle>>(std::move(make_handle));
}

}  // namespace bench
