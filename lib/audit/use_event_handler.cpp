// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/use_event_handler.hpp>
#include <hark/error.hpp>

#include <string>
#include <string_view>
#include <utility>

#include "audit/tracker.hpp"

namespace hark::audit {
namespace {

void check(const std::shared_ptr<Handler>& handler, const Options& options) {
  const auto require = [](bool holds, std::string_view what) {
    if (!holds) throw ArgumentError("use_event_handler: " + std::string(what));
  };
  require(handler != nullptr, "there is no handler");
  require(options.capacity >= 16, "a queue has room for 16 starts and ends at least");
  require(options.call_timeout.count() > 0, "a call's timeout is longer than nothing");
  require(options.shutdown_timeout.count() >= 0, "a shutdown's timeout is not negative");
}

Subscription use(Engine* engine,
                 const boost::asio::any_io_executor& executor,
                 std::shared_ptr<Handler> handler,
                 const Options& options) {
  check(handler, options);
  return Subscription(
      detail::Tracker::make(engine, std::move(handler), options, executor));
}

}  // namespace

Subscription use_event_handler(Engine& engine,
                               std::shared_ptr<Handler> handler,
                               const Options& options) {
  return use(&engine, {}, std::move(handler), options);
}

Subscription use_event_handler(event::every_t<Engine> /*every*/,
                               std::shared_ptr<Handler> handler,
                               const Options& options) {
  return use(nullptr, {}, std::move(handler), options);
}

Subscription use_event_handler(Engine& engine,
                               const boost::asio::any_io_executor& executor,
                               std::shared_ptr<Handler> handler,
                               const Options& options) {
  return use(&engine, executor, std::move(handler), options);
}

Subscription use_event_handler(event::every_t<Engine> /*every*/,
                               const boost::asio::any_io_executor& executor,
                               std::shared_ptr<Handler> handler,
                               const Options& options) {
  return use(nullptr, executor, std::move(handler), options);
}

// -- Subscription -----------------------------------------------------------------------

Subscription::Subscription(std::shared_ptr<detail::Tracker> tracker) noexcept
    : tracker_(std::move(tracker)) {}

void Subscription::disconnect() noexcept {
  if (const auto tracker = tracker_) tracker->close();
}

bool Subscription::connected() const noexcept {
  return tracker_ != nullptr && tracker_->is_open();
}

bool Subscription::flush(std::chrono::steady_clock::time_point deadline) noexcept {
  return tracker_ == nullptr || tracker_->delivery().flush(deadline);
}

Statistics Subscription::statistics() const noexcept {
  return tracker_ == nullptr ? Statistics() : tracker_->statistics();
}

std::exception_ptr Subscription::last_error() const noexcept {
  return tracker_ == nullptr ? nullptr : tracker_->delivery().last_error();
}

}  // namespace hark::audit
