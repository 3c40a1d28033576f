// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event_handler.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hark::audit {

namespace detail {
class OtelExporter;
class OtelRequests;
struct OtelRequest;
}  // namespace detail

/// What the environment says; what is malformed there is reported and not heeded.
namespace otel_environment {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT and "/v1/traces", or
/// "http://localhost:4318/v1/traces".
std::string endpoint();
/// OTEL_EXPORTER_OTLP_TRACES_HEADERS, or OTEL_EXPORTER_OTLP_HEADERS: "key=value,key=value".
Pairs headers();
/// OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE, or OTEL_EXPORTER_OTLP_CERTIFICATE; or empty.
std::string ca_file();
/// OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, or OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds; or 10 s.
std::chrono::milliseconds timeout();
/// OTEL_SERVICE_NAME, or the service.name of OTEL_RESOURCE_ATTRIBUTES, or
/// "unknown_service:" and the program's name.
std::string service_name();
/// OTEL_RESOURCE_ATTRIBUTES: "key=value,key=value".
Pairs resource_attributes();
/// OTEL_BSP_SCHEDULE_DELAY: milliseconds; or 5 s.
std::chrono::milliseconds schedule_delay();
/// OTEL_BSP_EXPORT_TIMEOUT: milliseconds; or 30 s.
std::chrono::milliseconds export_timeout();
/// OTEL_BSP_MAX_QUEUE_SIZE; or 2048.
std::size_t max_queue_spans();
/// OTEL_BSP_MAX_EXPORT_BATCH_SIZE; or 512.
std::size_t max_batch_spans();

}  // namespace otel_environment

/// What an OtelEventHandler can be told. What is not given comes from the environment.
struct OtelOptions {
  /// Where POST requests go, https or http, without a user: what a query says is sent, but
  /// never shown.
  std::string endpoint = otel_environment::endpoint();
  otel_environment::Pairs headers = otel_environment::headers();  ///< never shown
  /// Certificates that https trusts, as PEM; empty: those of the system.
  std::string ca_file = otel_environment::ca_file();
  std::string service_name = otel_environment::service_name();
  otel_environment::Pairs resource_attributes = otel_environment::resource_attributes();

  /// Spans that wait; one for which there is no room is lost, and counted.
  std::size_t max_queue_spans = otel_environment::max_queue_spans();
  std::size_t max_batch_spans = otel_environment::max_batch_spans();  ///< of one request
  /// Of one request; a span that alone is larger is lost.
  std::size_t max_request_bytes = std::size_t{20} << 20;
  /// A batch that is not full waits that long.
  std::chrono::nanoseconds schedule_delay = otel_environment::schedule_delay();
  /// Of one attempt, from the host's name to the whole answer.
  std::chrono::nanoseconds timeout = otel_environment::timeout();
  /// A batch is tried for that long, and given up; so is what waits for a collector that
  /// said Retry-After.
  std::chrono::nanoseconds export_timeout = otel_environment::export_timeout();
  /// The second attempt comes between half of it and all of it after the first; each
  /// further one waits twice as long.
  std::chrono::nanoseconds initial_backoff = std::chrono::seconds(1);
  std::chrono::nanoseconds max_backoff = std::chrono::seconds(30);
  /// Of flush(); shorter than Options::shutdown_timeout, which waits for it.
  std::chrono::nanoseconds flush_timeout = std::chrono::seconds(4);
  /// Of the destructor: what is not exported then is lost.
  std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds(5);

  /// Shows the literals of statements that came without parameters; else each is a `?`.
  bool literals = false;
  /// Adds db.query.parameter.<key>, after redaction, but for executemany.
  bool parameters = false;
  /// Adds db.response.returned_rows.
  bool returned_rows = false;
};

/// What became of an OtelEventHandler's spans. At any time `spans` is the sum of exported,
/// rejected, lost and waiting ones.
struct OtelStatistics {
  std::uint64_t spans = 0;          ///< ended, of sampled requests
  std::uint64_t waiting = 0;        ///< in the queue, or on their way
  std::uint64_t exported = 0;       ///< the collector has accepted them
  std::uint64_t rejected = 0;       ///< the collector has not, and others of their batch
  std::uint64_t lost_full = 0;      ///< there was no room
  std::uint64_t lost_refused = 0;   ///< the collector's answer forbids to try again
  std::uint64_t lost_given_up = 0;  ///< OtelOptions::export_timeout was over
  std::uint64_t lost_shut_down = 0;
  std::uint64_t unconfirmed = 0;  ///< of those exported: the answer's body made no sense
  std::uint64_t attempts = 0;     ///< POST requests
  std::uint64_t failures = 0;     ///< attempts that brought no success

  std::uint64_t lost() const noexcept {
    return lost_full + lost_refused + lost_given_up + lost_shut_down;
  }
};

/// Exports OpenTelemetry spans by OTLP over HTTP, as JSON, with the stable conventions for
/// databases.
///
///     audit::use_event_handler(engine, std::make_shared<audit::OtelEventHandler>(
///         audit::OtelOptions{.service_name = "shop"}));
///
/// A request is a span of kind INTERNAL, and the root of a trace, unless it has a valid
/// traceparent, whose trace it continues, or a request around it. A statement is one of
/// kind CLIENT, other events are of kind INTERNAL; errors are span events. A request whose
/// traceparent says that it is not sampled is not exported.
///
/// Spans are collected in a queue and sent in batches, on a thread of their own or on an
/// executor. Connections are kept, certificates verified. Attempts that may succeed later
/// (429, 502, 503, 504, no connection, no answer) are repeated, with exponential back-off
/// and jitter or when Retry-After says. What is lost is counted, and told to the collector
/// in a span named "hark.export". Failed attempts are reported to the handler of
/// event::set_failure_handler(), one a minute at most. The body of a success is read up to
/// 64 KiB.
///
/// Thread safety: shared objects safe; one handler may be used for several engines.
/// Guarantees:
///  - <audit.otel-1> No call waits for the collector, but flush() and the destructor, each
///    for its timeout at most.
///  - <audit.otel-2> A span that is not exported is counted in statistics() as what it was:
///    rejected or lost, and why.
class OtelEventHandler final
    : public SyncEventHandler<std::shared_ptr<detail::OtelRequest>> {
 public:
  /// Exports on a thread of its own.
  ///
  /// Throws: ArgumentError for options that make no sense: the endpoint is no URL, a header
  /// is none, the file of certificates cannot be read, a size or a time is not positive.
  explicit OtelEventHandler(OtelOptions options = {});
  /// Exports on `executor`.
  ///
  /// Requires: the destructor is not called by what runs on it, where it has one thread.
  explicit OtelEventHandler(boost::asio::any_io_executor executor,
                            OtelOptions options = {});
  ~OtelEventHandler() override;

  std::shared_ptr<detail::OtelRequest> request_start(
      const RequestStart& request) override;
  void event_start(const EventStart& event,
                   std::shared_ptr<detail::OtelRequest>& request) override;
  void event_end(const EventEnd& event,
                 std::shared_ptr<detail::OtelRequest>& request) override;
  void request_end(const RequestEnd& end,
                   std::shared_ptr<detail::OtelRequest> request) override;

  /// Exports what has ended until now. A back-off is cut short, a Retry-After is not.
  void flush() override;
  /// Returns: was there time enough? What was lost does not count.
  bool flush(std::chrono::nanoseconds timeout);

  OtelStatistics statistics() const noexcept;

 private:
  std::shared_ptr<detail::OtelExporter> exporter_;
  std::unique_ptr<detail::OtelRequests> requests_;
};

}  // namespace hark::audit
