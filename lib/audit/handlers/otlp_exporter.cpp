// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/handlers/otlp_exporter.hpp"

#include <hark/error.hpp>
#include <hark/version.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

#include "audit/handlers/otel_options.hpp"
#include "audit/quiet_thread.hpp"
#include "error_lines.hpp"
#include "event/reporting.hpp"

namespace hark::audit::detail {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using hark::detail::Lock;

constexpr std::chrono::minutes report_interval{1};
/// How much longer than its timeout a stop waits for the coroutine to notice.
constexpr std::chrono::milliseconds grace{200};

Attributes resource_of(const OtelOptions& options) {
  OtelSpan collected;
  for (const auto& [key, value] : options.resource_attributes) collected.set(key, value);
  collected.set("service.name", options.service_name);
  collected.set("telemetry.sdk.name", "hark");
  collected.set("telemetry.sdk.language", "cpp");
  collected.set("telemetry.sdk.version", version);
  return collected.attributes;
}

}  // namespace

/// Where the exporter runs when nobody gave it an executor.
///
/// The thread keeps the context, so that a stop need not wait for the resolver, which nothing
/// can interrupt.
struct OtelExporter::OwnThread {
  std::shared_ptr<asio::io_context> context = std::make_shared<asio::io_context>(1);
  std::thread thread{};

  ~OwnThread() {
    if (thread.joinable()) thread.detach();
  }
  void start() {
    thread = quiet_thread([kept = context] { kept->run(); });
  }
  void join() {
    if (thread.joinable()) thread.join();
  }
};

std::shared_ptr<OtelExporter> OtelExporter::start(OtelOptions options,
                                                  asio::any_io_executor executor) {
  check(options);
  options.max_batch_spans = std::min(options.max_batch_spans, options.max_queue_spans);
  HttpEndpoint endpoint = read_http_endpoint(options.endpoint);
  std::unique_ptr<OwnThread> thread;
  if (!executor) {
    thread = std::make_unique<OwnThread>();
    executor = thread->context->get_executor();
  }
  std::shared_ptr<OtelExporter> made(new OtelExporter(std::move(options),
                                                      std::move(endpoint),
                                                      asio::make_strand(executor),
                                                      std::move(thread)));
  asio::co_spawn(made->strand_, made->run(), [made](const std::exception_ptr& error) {
    if (error) made->report(hark::detail::message_of(error));
    made->finish();
  });
  if (made->thread_) made->thread_->start();
  return made;
}

OtelExporter::OtelExporter(OtelOptions options,
                           HttpEndpoint endpoint,
                           asio::any_io_executor strand,
                           std::unique_ptr<OwnThread> thread)
    : options_(std::move(options)),
      shown_endpoint_(endpoint.shown),
      envelope_(resource_of(options_)),
      thread_(std::move(thread)),
      strand_(std::move(strand)),
      timer_(strand_),
      client_(strand_, std::move(endpoint), options_.headers, options_.ca_file),
      random_(std::random_device()()) {}

OtelExporter::~OtelExporter() = default;

// -- on any thread ----------------------------------------------------------------------

void OtelExporter::add(std::string span) {
  bool is_news = false;
  {
    const std::size_t bytes =
        envelope_.before.size() + span.size() + envelope_.after.size();
    const Lock lock(mutex_);
    if (is_finished_ || stop_at_) {
      ++counts_.spans;
      ++counts_.lost_shut_down;
      return;
    }
    if (queue_.size() >= options_.max_queue_spans || bytes > options_.max_request_bytes) {
      ++counts_.spans;
      ++counts_.lost_full;
      return;
    }
    queue_.push_back(std::move(span));
    if (queue_.size() == 1) oldest_ = Clock::now();
    ++counts_.spans;
    ++queued_;
    ++counts_.waiting;
    is_news = queue_.size() == 1 || queue_.size() == options_.max_batch_spans;
  }
  if (is_news) wake();
}

bool OtelExporter::flush(Clock::time_point deadline) {
  std::uint64_t target = 0;
  {
    const Lock lock(mutex_);
    target = queued_;
    if (settled_ >= target) return true;
    wanted_ = target;
    ++hurries_;
  }
  wake();
  const Lock lock(mutex_);
  while (settled_ < target)
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout)
      return settled_ >= target;
  return true;
}

void OtelExporter::stop() noexcept {
  const Clock::time_point stop_at = Clock::now() + options_.shutdown_timeout;
  {
    const Lock lock(mutex_);
    if (stop_at_) return;
    stop_at_ = stop_at;
    ++hurries_;
  }
  try {
    wake();
    const Lock lock(mutex_);
    while (!is_finished_)
      if (changed_.wait_until(mutex_, stop_at + grace) == std::cv_status::timeout) break;
  } catch (...) {  // then nobody has been told to hurry, and nobody waits
  }
  const bool is_over = [&] {
    const Lock lock(mutex_);
    return is_finished_;
  }();
  if (is_over && thread_) thread_->join();
}

OtelStatistics OtelExporter::statistics() const noexcept {
  const Lock lock(mutex_);
  return counts_;
}

void OtelExporter::wake() {
  asio::post(strand_, [self = shared_from_this()] { self->heed_wake(); });
}

OtelExporter::Clock::time_point OtelExporter::limited(Clock::time_point time) const {
  const Lock lock(mutex_);
  return stop_at_ ? std::min(time, *stop_at_) : time;
}

bool OtelExporter::is_hurried() const {
  const Lock lock(mutex_);
  return hurries_ != hurries_heeded_;
}

// -- on the strand ----------------------------------------------------------------------

void OtelExporter::heed_wake() {
  timer_.cancel();
  client_.hurry(limited(Clock::time_point::max()));
}

asio::awaitable<void> OtelExporter::run() {
  // g++ 12 spoils the frame of what a loop's condition awaits.
  for (;;) {
    const bool goes_on = co_await wait_for_batch();
    if (!goes_on) co_return;
    Batch batch = take();
    co_await deliver(std::move(batch));
  }
}

void OtelExporter::finish() noexcept {
  const Lock lock(mutex_);
  counts_.lost_shut_down += counts_.waiting;
  counts_.waiting = 0;
  settled_ = queued_;
  queue_.clear();
  is_finished_ = true;
  changed_.notify_all();
}

std::optional<OtelExporter::Clock::time_point> OtelExporter::next_due() {
  if (stop_at_) {
    const bool is_hopeless =
        queue_.empty() || Clock::now() >= *stop_at_ || not_before_ > *stop_at_;
    if (is_hopeless) return std::nullopt;
    return not_before_;
  }
  if (queue_.empty()) return Clock::time_point::max();
  const bool is_wanted = settled_ < wanted_ || queue_.size() >= options_.max_batch_spans;
  if (is_wanted) return not_before_;
  return std::max(oldest_ + options_.schedule_delay, not_before_);
}

asio::awaitable<bool> OtelExporter::wait_for_batch() {
  for (;;) {
    std::optional<Clock::time_point> due;
    {
      const Lock lock(mutex_);
      due = next_due();
    }
    if (!due) co_return false;
    if (*due <= Clock::now()) co_return true;
    co_await sleep_until(*due);
  }
}

asio::awaitable<void> OtelExporter::sleep_until(Clock::time_point until) {
  error_code woken;
  timer_.expires_at(until);
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

OtelExporter::Batch OtelExporter::take() {
  Batch batch;
  std::vector<std::string> spans;
  OtelStatistics counts;
  std::size_t bytes = envelope_.before.size() + envelope_.after.size();
  {
    const Lock lock(mutex_);
    counts = counts_;
    while (batch.spans < options_.max_batch_spans && !queue_.empty()) {
      bytes += queue_.front().size() + 1;
      if (batch.spans > 0 && bytes > options_.max_request_bytes) break;
      spans.push_back(std::move(queue_.front()));
      queue_.pop_front();
      ++batch.spans;
    }
    oldest_ = Clock::now();
  }
  batch.losses = counts.lost();
  if (batch.losses > losses_told_) spans.push_back(span_of_losses(counts));
  batch.body = envelope_.before;
  for (const std::string& span : spans) batch.body.append(span).append(1, ',');
  batch.body.pop_back();
  batch.body += envelope_.after;
  return batch;
}

std::string OtelExporter::span_of_losses(const OtelStatistics& counts) const {
  OtelSpan span;
  span.context = {.trace_id = random_trace_id(), .span_id = random_span_id()};
  span.name = "hark.export";
  span.start = span.end = Moment::now().wall;
  const auto set = [&](std::string_view name, std::uint64_t count) {
    span.set(name, static_cast<std::int64_t>(count));
  };
  set("hark.lost.spans", counts.lost() - losses_told_);
  set("hark.lost.total.queue_full", counts.lost_full);
  set("hark.lost.total.refused", counts.lost_refused);
  set("hark.lost.total.given_up", counts.lost_given_up);
  return otlp_json(span);
}

asio::awaitable<void> OtelExporter::deliver(Batch batch) {
  const Clock::time_point give_up = Clock::now() + options_.export_timeout;
  Backoff backoff(options_.initial_backoff, options_.max_backoff);
  for (;;) {
    const Attempt last = co_await attempt(batch, give_up);
    if (!last.trouble.empty()) report(last.trouble);
    if (last.not_before) not_before_ = *last.not_before;
    if (last.verdict != OtlpVerdict::again) co_return settle(batch, last);
    const Clock::time_point next =
        last.not_before ? *last.not_before : Clock::now() + backoff.next(random_);
    const bool is_worthwhile = co_await pause(last, next, give_up);
    if (!is_worthwhile) co_return settle(batch, last);
  }
}

asio::awaitable<OtelExporter::Attempt> OtelExporter::attempt(const Batch& batch,
                                                             Clock::time_point give_up) {
  {
    const Lock lock(mutex_);
    ++counts_.attempts;
    hurries_heeded_ = hurries_;
  }
  Attempt made;
  try {
    const Clock::time_point deadline =
        limited(std::min(give_up, Clock::now() + options_.timeout));
    const HttpAnswer answer = co_await client_.post(batch.body, deadline);
    made = judged(answer);
  } catch (const std::exception& error) {
    made.trouble = error.what();
  }
  if (made.verdict != OtlpVerdict::accepted) {
    const Lock lock(mutex_);
    ++counts_.failures;
  }
  co_return made;
}

OtelExporter::Attempt OtelExporter::judged(const HttpAnswer& answer) const {
  Attempt made{.verdict = verdict_of(answer.status)};
  if (made.verdict == OtlpVerdict::accepted) {
    if (answer.is_whole) made.response = read_otlp_response(answer.body);
    if (!made.response.is_one) {
      made.trouble = "its answer is none of a collector";
    } else if (made.response.rejected_spans > 0 || !made.response.message.empty()) {
      made.trouble = std::to_string(made.response.rejected_spans) +
                     " spans were rejected: " + made.response.message;
    }
    return made;
  }
  made.trouble = "it answered with status " + std::to_string(answer.status);
  const std::string message = read_otlp_status(answer.body);
  if (!message.empty()) made.trouble += ": " + message;
  if (made.verdict == OtlpVerdict::again && !answer.retry_after.empty()) {
    const auto wait =
        read_retry_after(answer.retry_after, std::chrono::system_clock::now());
    if (wait) made.not_before = Clock::now() + *wait;
  }
  return made;
}

/// Returns: is there to be another attempt?
asio::awaitable<bool> OtelExporter::pause(const Attempt& after,
                                          Clock::time_point until,
                                          Clock::time_point give_up) {
  while (Clock::now() < until) {
    if (until > limited(give_up)) co_return false;
    co_await sleep_until(until);
    // Who waits for a flush does not wait for a back-off.
    if (!after.not_before && is_hurried()) co_return true;
  }
  co_return true;
}

void OtelExporter::settle(const Batch& batch, const Attempt& last) {
  const Lock lock(mutex_);
  counts_.waiting -= batch.spans;
  settled_ += batch.spans;
  changed_.notify_all();
  switch (last.verdict) {
    case OtlpVerdict::accepted: {
      const std::uint64_t rejected = std::min(last.response.rejected_spans, batch.spans);
      counts_.rejected += rejected;
      counts_.exported += batch.spans - rejected;
      if (!last.response.is_one) counts_.unconfirmed += batch.spans;
      losses_told_ = batch.losses;
      return;
    }
    case OtlpVerdict::refused:
      counts_.lost_refused += batch.spans;
      return;
    case OtlpVerdict::again:
      (stop_at_ ? counts_.lost_shut_down : counts_.lost_given_up) += batch.spans;
      return;
  }
}

void OtelExporter::report(const std::string& trouble) {
  const Clock::time_point now = Clock::now();
  if (last_report_ && now - *last_report_ < report_interval) return;
  last_report_ = now;
  const OtelStatistics counts = statistics();
  const std::string message = "cannot export spans to " + shown_endpoint_ + ": " +
                              trouble + "; " + std::to_string(counts.lost()) +
                              " were lost so far";
  event::detail::report_failure({.event = "export",
                                 .label = "OtelEventHandler",
                                 .place = event::Place::here(),
                                 .error = std::make_exception_ptr(Error(message)),
                                 .failures = counts.failures});
}

}  // namespace hark::audit::detail
