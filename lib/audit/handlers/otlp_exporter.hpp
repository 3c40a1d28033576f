// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/handlers/otel_event_handler.hpp>
#include <hark/detail/mutex.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "audit/handlers/otlp_http.hpp"
#include "audit/handlers/otlp_json.hpp"
#include "audit/handlers/otlp_retry.hpp"

namespace hark::audit::detail {

/// Sends spans in batches: a bounded queue, and a coroutine that empties it.
///
/// Thread safety: shared objects safe.
class OtelExporter : public std::enable_shared_from_this<OtelExporter> {
 public:
  using Clock = std::chrono::steady_clock;

  /// `executor` empty: on a thread of its own. Throws: ArgumentError.
  static std::shared_ptr<OtelExporter> start(OtelOptions options,
                                             boost::asio::any_io_executor executor);
  OtelExporter(const OtelExporter&) = delete;
  OtelExporter& operator=(const OtelExporter&) = delete;
  ~OtelExporter();

  const OtelOptions& options() const noexcept { return options_; }

  /// Queues a span, as JSON, or counts it as lost.
  void add(std::string span);
  /// Waits until what was added before is exported or lost. Returns: was there time enough?
  bool flush(Clock::time_point deadline);
  /// Exports until the shutdown timeout; what is left then is lost. Again: no effect.
  void stop() noexcept;
  OtelStatistics statistics() const noexcept;

 private:
  struct Batch {
    std::string body{};
    std::uint64_t spans = 0;
    std::uint64_t losses = 0;  // that it tells of: all that there had been then
  };
  struct Attempt {
    OtlpVerdict verdict = OtlpVerdict::again;
    OtlpResponse response{};
    std::optional<Clock::time_point> not_before{};  // of a Retry-After
    std::string trouble{};                          // empty: there was none
  };
  struct OwnThread;

  OtelExporter(OtelOptions options,
               HttpEndpoint endpoint,
               boost::asio::any_io_executor strand,
               std::unique_ptr<OwnThread> thread);

  // On the strand.
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> wait_for_batch();
  boost::asio::awaitable<void> deliver(Batch batch);
  boost::asio::awaitable<Attempt> attempt(const Batch& batch, Clock::time_point give_up);
  boost::asio::awaitable<bool> pause(const Attempt& after,
                                     Clock::time_point until,
                                     Clock::time_point give_up);
  boost::asio::awaitable<void> sleep_until(Clock::time_point until);
  Attempt judged(const HttpAnswer& answer) const;
  Batch take();
  std::string span_of_losses(const OtelStatistics& counts) const;
  void settle(const Batch& batch, const Attempt& last);
  void report(const std::string& trouble);
  void finish() noexcept;
  void heed_wake();

  // On any thread.
  void wake();
  /// When the next batch is to be sent; empty: never again.
  std::optional<Clock::time_point> next_due() HARK_REQUIRES(mutex_);
  Clock::time_point limited(Clock::time_point time) const HARK_EXCLUDES(mutex_);
  bool is_hurried() const HARK_EXCLUDES(mutex_);

  // Constant after construction.
  const OtelOptions options_;
  const std::string shown_endpoint_;
  const OtlpEnvelope envelope_;
  const std::unique_ptr<OwnThread> thread_;  // null: the executor is the user's
  const boost::asio::any_io_executor strand_;

  // Used on the strand only.
  boost::asio::steady_timer timer_;
  HttpClient client_;
  std::minstd_rand random_;
  std::optional<Clock::time_point> last_report_{};
  Clock::time_point not_before_{};  // by a Retry-After
  std::uint64_t losses_told_ = 0;

  mutable hark::detail::Mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::string> queue_ HARK_GUARDED_BY(mutex_);
  Clock::time_point oldest_ HARK_GUARDED_BY(mutex_){};
  OtelStatistics counts_ HARK_GUARDED_BY(mutex_){};
  std::uint64_t queued_ HARK_GUARDED_BY(mutex_) = 0;          // ever
  std::uint64_t settled_ HARK_GUARDED_BY(mutex_) = 0;         // of those
  std::uint64_t wanted_ HARK_GUARDED_BY(mutex_) = 0;          // of those, by a flush
  std::uint64_t hurries_ HARK_GUARDED_BY(mutex_) = 0;         // flushes, and the stop
  std::uint64_t hurries_heeded_ HARK_GUARDED_BY(mutex_) = 0;  // by the last attempt
  std::optional<Clock::time_point> stop_at_ HARK_GUARDED_BY(mutex_){};
  bool is_finished_ HARK_GUARDED_BY(mutex_) = false;
};

}  // namespace hark::audit::detail
