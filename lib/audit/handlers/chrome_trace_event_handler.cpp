// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/chrome_trace_event_handler.hpp>
#include <hark/detail/mutex.hpp>
#include <hark/error.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

namespace hark::audit {
namespace {

using hark::detail::Lock;
using Json = nlohmann::ordered_json;

constexpr std::size_t most_rows = 4'096;

/// The format's processes are the groups of rows.
enum class Group : std::uint8_t { threads = 1, connections = 2 };

/// A row: of a thread, or one of several of a DBAPI connection, as transactions and
/// savepoints begin and end in the middle of other events.
struct Row {
  Group group = Group::threads;
  std::uint64_t id = 0;
  std::string_view of_what{};  // of static storage; empty: of all else

  friend bool operator<(const Row& one, const Row& other) noexcept {
    return std::tie(one.group, one.id, one.of_what) <
           std::tie(other.group, other.id, other.of_what);
  }
};

double microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

double timestamp(const Moment& moment) {
  return microseconds(moment.monotonic.time_since_epoch());
}

std::string_view row_for(EventKind kind) {
  if (kind == EventKind::savepoint) return "savepoints";
  const bool is_transaction =
      kind == EventKind::transaction || kind == EventKind::twophase;
  return is_transaction ? "transactions" : "";
}

/// A pool uses a DBAPI connection again and again: rows are of these, not of Connections.
Row row_of(const EventStart& event) {
  if (event.dbapi_connection_id == 0) return {.id = event.thread_id};
  return {.group = Group::connections,
          .id = event.dbapi_connection_id,
          .of_what = row_for(event.kind)};
}

Row row_of(const RequestStart& request) { return {.id = request.thread_id}; }

std::string name_of_row(const Row& row) {
  if (row.group == Group::threads) return "thread " + std::to_string(row.id);
  std::string name = "connection " + std::to_string(row.id);
  if (!row.of_what.empty()) name.append(": ").append(row.of_what);
  return name;
}

std::string name_of_event(const EventStart& event) {
  if (event.statement && !event.statement->summary.empty())
    return event.statement->summary;
  std::string kind(name_of(event.kind));
  if (event.name.empty()) return kind;
  const bool tells_what_is_done = event.kind == EventKind::custom ||
                                  event.kind == EventKind::ddl ||
                                  event.kind == EventKind::reflection;
  return tells_what_is_done ? event.name : kind + " " + event.name;
}

std::string name_of_request(const RequestStart& request) {
  return request.name.empty() ? "connection" : request.name;
}

Json json_of(const dbapi::Value& value) {
  switch (value.type()) {
    case dbapi::Type::null:
      return nullptr;
    case dbapi::Type::boolean:
      return value.boolean();
    case dbapi::Type::integer:
      return value.integer();
    case dbapi::Type::real:
      return value.real();
    case dbapi::Type::text:
      return value.text();
    default:
      return dbapi::to_string(value.view());
  }
}

Json parameters_of(const EventStart& event) {
  Json list = Json::array();
  for (const Parameter& parameter : event.parameters) {
    Json value = parameter.redaction == Redaction::left_out ? Json("(left out)")
                                                            : json_of(parameter.value);
    if (parameter.name.empty()) {
      list.push_back(std::move(value));
    } else {
      list.push_back(Json::object({{parameter.name, std::move(value)}}));
    }
  }
  return list;
}

void put_attributes(Json& args, const Attributes& attributes) {
  for (const Attribute& attribute : attributes)
    args[attribute.name] = json_of(attribute.value);
}

void put_text(Json& args, const char* key, std::string_view text) {
  if (!text.empty()) args[key] = text;
}

void put_outcome(Json& args, Outcome outcome, const std::optional<Failure>& failure) {
  args["outcome"] = name_of(outcome);
  if (failure) args["error"] = failure->type + ": " + failure->message;
}

Json args_of(const EventEnd& event) {
  Json args = Json::object();
  if (event.statement) put_text(args, "sql", event.statement->text);
  if (!event.parameters.empty()) args["parameters"] = parameters_of(event);
  if (event.batch_size != 0) args["batch_size"] = event.batch_size;
  if (event.rows) args["rows"] = *event.rows;
  if (event.waited.count() != 0) args["waited_us"] = microseconds(event.waited);
  if (event.open.count() != 0) args["open_us"] = microseconds(event.open);
  put_text(args, "ended_by", event.ended_by);
  if (event.connection_id != 0) args["connection"] = event.connection_id;
  args["request"] = event.request_id;
  args["id"] = event.id;
  put_attributes(args, event.attributes);
  put_outcome(args, event.outcome, event.failure);
  return args;
}

Json args_of(const RequestEnd& request) {
  Json args{{"events", request.events}, {"id", request.id}};
  if (request.lost != 0) args["lost"] = request.lost;
  put_text(args, "traceparent", request.traceparent);
  put_attributes(args, request.attributes);
  put_outcome(args, request.outcome, request.failure);
  return args;
}

/// With time and row last, which State adds.
Json record(const char* phase, std::string name, const char* category, double time) {
  return {{"ph", phase}, {"name", std::move(name)}, {"cat", category}, {"ts", time}};
}

/// One track for each request: what is asynchronous may overlap on a thread.
Json asynchronous(const char* phase,
                  std::string name,
                  const char* category,
                  double time,
                  std::uint64_t request_id) {
  Json made = record(phase, std::move(name), category, time);
  made["id"] = std::to_string(request_id);
  return made;
}

struct Close {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

/// Null: errno tells why. A new file is for the owner alone: it has the statements' values.
File open_to_write(const std::string& path) {
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return nullptr;
  File file(::fdopen(descriptor, "w"));
  if (!file) ::close(descriptor);
  return file;
}

}  // namespace

/// The file, and the latest rows that it has been told of.
struct ChromeTraceEventHandler::State {
  explicit State(std::string given_path)
      : path_(std::move(given_path)), file_(open_to_write(path_)) {
    const Lock lock(mutex_);
    if (!file_) fail("cannot open '" + path_ + "'");
    put("[\n");
    name_group(Group::threads, "hark: threads");
    name_group(Group::connections, "hark: DBAPI connections");
  }

  void write(Json record, const Row& row) {
    const Lock lock(mutex_);
    throw_if_over();
    place(record, row);
    put_record(record);
  }

  void flush() {
    const Lock lock(mutex_);
    throw_if_over();
    if (std::fflush(file_.get()) != 0) fail("cannot write to '" + path_ + "'");
  }

  void close() {
    const Lock lock(mutex_);
    if (!file_) return;
    const bool has_failed = !failure_.empty();
    if (!has_failed) put("\n]\n");
    if (std::fclose(file_.release()) != 0 && !has_failed)
      fail("cannot write to '" + path_ + "'");
  }

 private:
  [[noreturn]] void fail(const std::string& what) HARK_REQUIRES(mutex_) {
    failure_ = what + ": " + std::generic_category().message(errno);
    throw Error(failure_);
  }

  void throw_if_over() const HARK_REQUIRES(mutex_) {
    if (!failure_.empty()) throw Error(failure_);
    if (!file_) throw Error("'" + path_ + "' is closed");
  }

  void put(std::string_view text) HARK_REQUIRES(mutex_) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size())
      fail("cannot write to '" + path_ + "'");
  }

  void put_record(const Json& record) HARK_REQUIRES(mutex_) {
    const std::string text = record.dump(-1, ' ', false, Json::error_handler_t::replace);
    put(is_first_ ? text : ",\n" + text);
    is_first_ = false;
  }

  void name_group(Group group, const char* name) HARK_REQUIRES(mutex_) {
    put_record({{"ph", "M"},
                {"name", "process_name"},
                {"pid", static_cast<int>(group)},
                {"args", {{"name", name}}}});
  }

  /// Adds the row's numbers, and before its first record the row's name.
  void place(Json& record, const Row& row) HARK_REQUIRES(mutex_) {
    // Where each request has a DBAPI connection of its own there is no end of them.
    if (rows_.size() == most_rows && !rows_.contains(row)) rows_.clear();
    const auto [known, is_new] = rows_.try_emplace(row, last_row_ + 1);
    if (is_new) ++last_row_;
    const Json numbers{{"pid", static_cast<int>(row.group)}, {"tid", known->second}};
    if (is_new) {
      Json name{
          {"ph", "M"}, {"name", "thread_name"}, {"args", {{"name", name_of_row(row)}}}};
      name.update(numbers);
      put_record(name);
    }
    record.update(numbers);
  }

  hark::detail::Mutex mutex_;
  const std::string path_;
  File file_ HARK_GUARDED_BY(mutex_);
  std::map<Row, std::uint64_t> rows_ HARK_GUARDED_BY(mutex_);
  std::uint64_t last_row_ HARK_GUARDED_BY(mutex_) = 0;
  std::string failure_ HARK_GUARDED_BY(mutex_);
  bool is_first_ HARK_GUARDED_BY(mutex_) = true;
};

ChromeTraceEventHandler::ChromeTraceEventHandler(std::string path)
    : state_(std::make_unique<State>(std::move(path))) {}

ChromeTraceEventHandler::~ChromeTraceEventHandler() {
  try {
    close();
  } catch (const Error&) {  // it had its chance to be heard in flush()
  }
}

void ChromeTraceEventHandler::request_start(const RequestStart& request) {
  state_->write(
      asynchronous(
          "b", name_of_request(request), "request", timestamp(request.start), request.id),
      row_of(request));
}

void ChromeTraceEventHandler::event_start(const EventStart& event) {
  if (event.kind != EventKind::custom) return;  // one record at its end says it all
  state_->write(
      asynchronous(
          "b", name_of_event(event), "request", timestamp(event.start), event.request_id),
      row_of(event));
}

void ChromeTraceEventHandler::event_end(const EventEnd& event) {
  const double start = timestamp(event.start);
  const double elapsed = microseconds(event.elapsed);
  Json made;
  if (event.kind == EventKind::custom) {
    made = asynchronous(
        "e", name_of_event(event), "request", start + elapsed, event.request_id);
  } else if (event.kind == EventKind::error || event.kind == EventKind::lost) {
    made = record("i", name_of_event(event), "event", start);
    made["s"] = event.kind == EventKind::lost ? "g" : "t";
  } else {
    made = record("X", name_of_event(event), name_of(event.kind).data(), start);
    made["dur"] = elapsed;
  }
  made["args"] = args_of(event);
  state_->write(std::move(made), row_of(event));
}

void ChromeTraceEventHandler::request_end(const RequestEnd& end) {
  Json made = asynchronous("e",
                           name_of_request(end),
                           "request",
                           timestamp(end.start) + microseconds(end.elapsed),
                           end.id);
  made["args"] = args_of(end);
  state_->write(std::move(made), row_of(end));
}

void ChromeTraceEventHandler::flush() { state_->flush(); }

void ChromeTraceEventHandler::close() { state_->close(); }

}  // namespace hark::audit
