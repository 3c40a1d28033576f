// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/otel_event_handler.hpp>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "audit/handlers/otel_span.hpp"
#include "audit/handlers/otlp_exporter.hpp"
#include "audit/handlers/otlp_json.hpp"

namespace hark::audit {
namespace detail {
namespace {

using hark::detail::Lock;

constexpr std::size_t max_span_events = 128;  // OpenTelemetry's default

}  // namespace

/// A span that is open.
struct OtelOpenSpan {
  std::string span_id{};
  std::string parent_span_id{};
  std::vector<OtelSpanEvent> events{};
  std::uint32_t dropped_events = 0;

  void add(OtelSpanEvent event) {
    if (events.size() < max_span_events) {
      events.push_back(std::move(event));
    } else {
      ++dropped_events;
    }
  }
};

struct OtelRequest {
  TraceContext context{};  // of its own span
  bool parent_is_remote = false;
  OtelOpenSpan span{};
  std::unordered_map<std::uint64_t, OtelOpenSpan> events{};

  /// What an event with that parent is in.
  OtelOpenSpan& around(std::uint64_t parent_id) {
    const auto found = events.find(parent_id);
    return found == events.end() ? span : found->second;
  }
};

/// The requests that are open, of all threads: a request's parent may be any of them.
class OtelRequests {
 public:
  void add(std::uint64_t id, const TraceContext& context) {
    const Lock lock(mutex_);
    contexts_.emplace(id, context);
  }
  void remove(std::uint64_t id) {
    const Lock lock(mutex_);
    contexts_.erase(id);
  }
  std::optional<TraceContext> find(std::uint64_t id) const {
    const Lock lock(mutex_);
    const auto found = contexts_.find(id);
    return found == contexts_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable hark::detail::Mutex mutex_;
  std::unordered_map<std::uint64_t, TraceContext> contexts_ HARK_GUARDED_BY(mutex_);
};

namespace {

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

void set_id(OtelSpan& span, std::string_view name, std::uint64_t id) {
  if (id != 0) span.set(name, signed_of(id));
}

void set_text(OtelSpan& span, std::string_view name, const std::string& text) {
  if (!text.empty()) span.set(name, text);
}

void set_time(OtelSpan& span, std::string_view name, std::chrono::nanoseconds time) {
  if (time.count() != 0) span.set(name, seconds_of(time));
}

// -- errors -----------------------------------------------------------------------------

OtelSpanEvent exception_of(const Failure& failure, WallTime time) {
  return {.name = "exception",
          .time = time,
          .attributes = {{"exception.type", failure.type},
                         {"exception.message", failure.message}}};
}

bool is_the_same(const OtelSpanEvent& one, const OtelSpanEvent& other) {
  return std::equal(one.attributes.begin(),
                    one.attributes.end(),
                    other.attributes.begin(),
                    other.attributes.end(),
                    [](const Attribute& a, const Attribute& b) {
                      return a.name == b.name && a.value == b.value;
                    });
}

/// It may have been told of before, when it was on its way.
bool is_among(const std::vector<OtelSpanEvent>& events, const OtelSpanEvent& event) {
  return std::any_of(events.begin(), events.end(), [&](const OtelSpanEvent& other) {
    return is_the_same(other, event);
  });
}

/// The database's code where there is one; both attributes are to be the same then.
void set_error_type(OtelSpan& span, const std::optional<Failure>& failure) {
  if (!failure) {
    span.set("error.type", "_OTHER");
    return;
  }
  if (!failure->sqlstate.empty()) span.set("db.response.status_code", failure->sqlstate);
  span.set("error.type", failure->sqlstate.empty() ? failure->type : failure->sqlstate);
}

void set_outcome(OtelSpan& span, Outcome outcome, const std::optional<Failure>& failure) {
  span.set("hark.outcome", name_of(outcome));
  const bool has_failed =
      failure || outcome == Outcome::error || outcome == Outcome::cancelled;
  if (!has_failed) return;
  span.error = failure ? failure->message : std::string(name_of(outcome));
  set_error_type(span, failure);
  if (!failure) return;
  OtelSpanEvent exception = exception_of(*failure, span.end);
  if (!is_among(span.events, exception)) span.events.push_back(std::move(exception));
}

// -- what is said of a database ---------------------------------------------------------

bool is_default_port(const Database& database) {
  using Default = std::pair<std::string_view, std::uint16_t>;
  constexpr auto defaults =
      std::to_array<Default>({{"postgresql", 5432}, {"mysql", 3306}, {"mariadb", 3306}});
  return std::any_of(defaults.begin(), defaults.end(), [&](const Default& known) {
    return known.first == database.system && known.second == database.server_port;
  });
}

void set_database(OtelSpan& span, const Database* database) {
  if (database == nullptr) return;
  set_text(span, "db.system.name", database->system);
  set_text(span, "db.namespace", database->name);
  set_text(span, "server.address", database->server_address);
  if (database->server_port && !is_default_port(*database))
    span.set("server.port", std::int64_t{*database->server_port});
}

// -- statements -------------------------------------------------------------------------

bool is_statement(EventKind kind) {
  return kind == EventKind::statement || kind == EventKind::executemany;
}

/// The text with a mark for each literal, unless it came with parameters: who uses them does
/// not write secrets into the text.
const std::string& shown_text(const EventStart& event, const OtelOptions& options) {
  const Statement& statement = *event.statement;
  // A fingerprint without a mark says that there are no literals.
  const bool has_literals = event.parameter_count == 0 &&
                            (statement.fingerprint.empty() ||
                             statement.fingerprint.find('?') != std::string::npos);
  return has_literals && !options.literals ? statement.fingerprint : statement.text;
}

std::string plain_text(const Parameter& parameter) {
  if (parameter.value.type() == dbapi::Type::text) return parameter.value.text();
  return dbapi::to_string(parameter.value.view());
}

void set_parameters(OtelSpan& span, const EventStart& event) {
  for (std::size_t i = 0; i < event.parameters.size(); ++i) {
    const Parameter& parameter = event.parameters[i];
    if (parameter.redaction == Redaction::left_out) continue;
    const std::string key = parameter.name.empty() ? std::to_string(i) : parameter.name;
    span.set("db.query.parameter." + key, plain_text(parameter));
  }
}

bool returns_rows(const Statement& statement) {
  constexpr auto operations = std::to_array<std::string_view>(
      {"SELECT", "WITH", "VALUES", "TABLE", "SHOW", "PRAGMA", "EXPLAIN"});
  return std::find(operations.begin(), operations.end(), statement.operation) !=
         operations.end();
}

std::string summary_of(const EventStart& event) {
  if (!event.statement || event.statement->summary.empty()) return {};
  return (event.batch_size >= 2 ? "BATCH " : "") + event.statement->summary;
}

void set_statement(OtelSpan& span, const EventEnd& event, const OtelOptions& options) {
  if (event.batch_size >= 2)
    span.set("db.operation.batch.size", signed_of(event.batch_size));
  if (!event.statement) return;
  set_text(span, "db.query.summary", summary_of(event));
  set_text(span, "db.query.text", shown_text(event, options));
  if (options.parameters && event.kind == EventKind::statement)
    set_parameters(span, event);
  if (options.returned_rows && event.rows && returns_rows(*event.statement))
    span.set("db.response.returned_rows", signed_of(*event.rows));
}

/// Of a statement without a summary.
std::string target_of(const Database* database) {
  if (database == nullptr) return "statement";
  if (!database->name.empty()) return database->name;
  if (database->server_address.empty()) return database->system;
  if (!database->server_port) return database->server_address;
  return database->server_address + ":" + std::to_string(*database->server_port);
}

// -- events -----------------------------------------------------------------------------

std::string name_of_span(const EventStart& event) {
  if (is_statement(event.kind)) {
    std::string summary = summary_of(event);
    return summary.empty() ? target_of(event.database.get()) : summary;
  }
  // "create table track"; names of savepoints and the like are made up.
  const bool tells_what_is_done = event.kind == EventKind::custom ||
                                  event.kind == EventKind::ddl ||
                                  event.kind == EventKind::reflection;
  if (tells_what_is_done && !event.name.empty()) return event.name;
  return std::string(name_of(event.kind));
}

/// What an event's name is the name of.
std::string_view key_of_name(EventKind kind) {
  switch (kind) {
    case EventKind::savepoint:
      return "hark.savepoint.name";
    case EventKind::twophase:
      return "hark.twophase.id";
    default:
      return "hark.event.name";
  }
}

void set_circumstances(OtelSpan& span, const EventEnd& event) {
  span.set("hark.event.kind", name_of(event.kind));
  set_id(span, "hark.event.id", event.id);
  set_text(span, key_of_name(event.kind), event.name);
  set_id(span, "hark.connection.id", event.connection_id);
  set_id(span, "hark.dbapi_connection.id", event.dbapi_connection_id);
  set_id(span, "hark.execution.id", event.execution_id);
  set_id(span, "thread.id", event.thread_id);
  if (event.rows) span.set("hark.rows", signed_of(*event.rows));
  set_time(span, "hark.checkout.waited", event.waited);
  set_time(span, "hark.result.open", event.open);
  set_text(span, "hark.transaction.ended_by", event.ended_by);
}

OtelSpan span_of(const OtelOpenSpan& open, const OtelRequest& request) {
  OtelSpan span;
  span.context = request.context;
  span.context.span_id = open.span_id;
  span.parent_span_id = open.parent_span_id;
  span.events = open.events;
  span.dropped_events = open.dropped_events;
  return span;
}

OtelSpan span_of(const EventEnd& event,
                 const OtelOpenSpan& open,
                 const OtelRequest& request,
                 const OtelOptions& options) {
  OtelSpan span = span_of(open, request);
  span.name = name_of_span(event);
  span.start = event.start.wall;
  span.end = event.start.wall + event.elapsed;
  span.attributes.reserve(event.attributes.size() + 16);
  for (const Attribute& attribute : event.attributes)
    span.set(attribute.name, attribute.value);
  set_database(span, event.database.get());
  if (is_statement(event.kind)) {
    span.kind = OtelSpan::Kind::client;
    set_statement(span, event, options);
  }
  set_circumstances(span, event);
  set_outcome(span, event.outcome, event.failure);
  return span;
}

OtelSpan span_of(const RequestEnd& end, const OtelRequest& request) {
  OtelSpan span = span_of(request.span, request);
  span.parent_is_remote = request.parent_is_remote;
  span.name = end.name.empty() ? "connection" : end.name;
  span.start = end.start.wall;
  span.end = end.start.wall + end.elapsed;
  for (const Attribute& attribute : end.attributes)
    span.set(attribute.name, attribute.value);
  set_id(span, "hark.request.id", end.id);
  set_id(span, "hark.connection.id", end.connection_id);
  set_id(span, "thread.id", end.thread_id);
  span.set("hark.request.events", signed_of(end.events));
  if (end.lost != 0) span.set("hark.request.lost_events", signed_of(end.lost));
  set_outcome(span, end.outcome, end.failure);
  return span;
}

/// What has no duration is an event of the span around it.
void add_point(const EventEnd& event, OtelOpenSpan& around) {
  if (event.kind == EventKind::error) {
    if (event.failure) around.add(exception_of(*event.failure, event.start.wall));
    return;
  }
  OtelSpanEvent losses{.name = "hark.lost", .time = event.start.wall};
  losses.attributes.push_back({"hark.lost.reason", event.name});
  for (const Attribute& attribute : event.attributes)
    losses.attributes.push_back({"hark.lost." + attribute.name, attribute.value});
  around.add(std::move(losses));
}

bool is_point(EventKind kind) {
  return kind == EventKind::error || kind == EventKind::lost;
}

}  // namespace
}  // namespace detail

OtelEventHandler::OtelEventHandler(OtelOptions options)
    : OtelEventHandler(boost::asio::any_io_executor(), std::move(options)) {}

OtelEventHandler::OtelEventHandler(boost::asio::any_io_executor executor,
                                   OtelOptions options)
    : exporter_(detail::OtelExporter::start(std::move(options), std::move(executor))),
      requests_(std::make_unique<detail::OtelRequests>()) {}

OtelEventHandler::~OtelEventHandler() { exporter_->stop(); }

std::shared_ptr<detail::OtelRequest> OtelEventHandler::request_start(
    const RequestStart& request) {
  auto made = std::make_shared<detail::OtelRequest>();
  std::optional<detail::TraceContext> parent =
      detail::read_traceparent(request.traceparent);
  made->parent_is_remote = parent.has_value();
  if (!parent) parent = requests_->find(request.parent_id);
  if (parent) {
    made->context = *parent;
    made->span.parent_span_id = parent->span_id;
  } else {
    made->context.trace_id = detail::random_trace_id();
  }
  made->context.span_id = detail::random_span_id();
  made->span.span_id = made->context.span_id;
  requests_->add(request.id, made->context);
  return made;
}

void OtelEventHandler::event_start(const EventStart& event,
                                   std::shared_ptr<detail::OtelRequest>& request) {
  if (!request->context.is_sampled() || detail::is_point(event.kind)) return;
  detail::OtelOpenSpan open{.span_id = detail::random_span_id(),
                            .parent_span_id = request->around(event.parent_id).span_id};
  request->events.emplace(event.id, std::move(open));
}

void OtelEventHandler::event_end(const EventEnd& event,
                                 std::shared_ptr<detail::OtelRequest>& request) {
  if (!request->context.is_sampled()) return;
  if (detail::is_point(event.kind)) {
    detail::add_point(event, request->around(event.parent_id));
    return;
  }
  const auto open = request->events.extract(event.id);
  if (open.empty()) return;
  exporter_->add(detail::otlp_json(
      detail::span_of(event, open.mapped(), *request, exporter_->options())));
}

void OtelEventHandler::request_end(const RequestEnd& end,
                                   std::shared_ptr<detail::OtelRequest> request) {
  requests_->remove(end.id);
  if (!request->context.is_sampled()) return;
  exporter_->add(detail::otlp_json(detail::span_of(end, *request)));
}

void OtelEventHandler::flush() { flush(exporter_->options().flush_timeout); }

bool OtelEventHandler::flush(std::chrono::nanoseconds timeout) {
  return exporter_->flush(std::chrono::steady_clock::now() + timeout);
}

OtelStatistics OtelEventHandler::statistics() const noexcept {
  return exporter_->statistics();
}

}  // namespace hark::audit
