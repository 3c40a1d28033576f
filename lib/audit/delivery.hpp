// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/detail/handler.hpp>
#include <hark/audit/options.hpp>
#include <hark/audit/subscription.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>

#include "audit/note.hpp"

/// From the threads of the work to a handler: a bounded queue, and the one who empties it.
namespace hark::audit::detail {

/// What a thread does inside a call of its handler is not recorded.
///
/// Thread safety: shared objects safe.
/// Guarantees:
///  - An event whose start was accepted has room for its end: ends are never lost alone.
///  - Ends come once: ending what has ended has no effect.
///  - No function throws; a lack of memory is a loss.
class Delivery {
 public:
  /// `executor` empty: on a thread of its own. Its context may be destroyed before: what is
  /// left is lost then.
  Delivery(std::shared_ptr<Handler> handler,
           const Options& options,
           const boost::asio::any_io_executor& executor);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  ~Delivery();  // stop()

  RequestPtr start_request(const RequestNote& note) noexcept;
  EventHandle start_event(const RequestPtr& request, const EventNote& note) noexcept;
  void end_event(const RequestPtr& request,
                 EventHandle event,
                 const EndNote& note) noexcept;
  /// A start and its end at once.
  void point(const RequestPtr& request,
             const EventNote& note,
             const EndNote& end) noexcept;
  /// Ends what is open in it first, with Outcome::unknown.
  void end_request(const RequestPtr& request, const EndNote& note) noexcept;
  static std::uint64_t id_of(const RequestPtr& request) noexcept;

  bool flush(std::chrono::steady_clock::time_point deadline) noexcept;
  /// Ends all that is open, delivers until the shutdown timeout, and stops. Again: no effect.
  void stop() noexcept;
  Statistics statistics() const noexcept;
  std::exception_ptr last_error() const noexcept;

 private:
  struct Shared;
  class EndOfContext;
  class Turn;
  std::shared_ptr<Shared>
      shared_;  // also of the thread, which may outlive a hung handler
};

}  // namespace hark::audit::detail
