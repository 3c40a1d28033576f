// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "asio/errand.hpp"

#include <hark/asio/detail/session.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace hark::detail {

/// What the thread is given. Where it is destroyed unused, there is no thread any more.
class Errand::Ticket {
 public:
  Ticket(std::shared_ptr<Errand> errand, std::uint64_t number) noexcept
      : errand_(std::move(errand)), number_(number) {}
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket() {
    if (errand_ != nullptr) errand_->run(number_, false);
  }
  void operator()() noexcept { std::exchange(errand_, nullptr)->run(number_, true); }

 private:
  std::shared_ptr<Errand> errand_;
  std::uint64_t number_;
};

/// The way back.
class Errand::Ended {
 public:
  Ended(Order order, bool was_done) noexcept
      : order_(std::move(order)), was_done_(was_done) {}
  Ended(Ended&&) noexcept = default;
  Ended& operator=(Ended&&) = delete;
  ~Ended() {
    if (order_.session != nullptr) order_.lose(*order_.session, order_.wait);
  }
  void operator()() {
    const std::shared_ptr<AsyncSession> session = std::move(order_.session);
    order_.end(*session, order_.wait, was_done_);
  }

 private:
  Order order_;
  const bool was_done_;
};

void Errand::begin(const boost::asio::any_io_executor& threads, Order order) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = ++number_;
    order_.emplace(std::move(order));
  }
  try {
    boost::asio::post(threads, Ticket(shared_from_this(), number));
  } catch (...) {
    static_cast<void>(take_back());
    throw;
  }
}

bool Errand::take_back() noexcept {
  std::optional<Order> order;
  const std::lock_guard lock(mutex_);
  order.swap(order_);
  return order.has_value();
}

bool Errand::wait_for_end(std::chrono::milliseconds time) noexcept {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, time, [this] { return running_ == 0; });
}

void Errand::run(std::uint64_t number, bool has_thread) noexcept {
  std::optional<Order> order;
  {
    const std::lock_guard lock(mutex_);
    if (number != number_ || !order_) return;
    order.swap(order_);
    ++running_;
  }
  if (has_thread) order->act(order->argument);
  {
    // The session goes with what is posted: nothing of its context is kept here.
    Strand& back = order->session->strand();
    back.post(Ended(std::move(*order), has_thread));
  }
  const std::lock_guard lock(mutex_);
  --running_;
  ended_.notify_all();
}

}  // namespace hark::detail
