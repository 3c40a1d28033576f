// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/handlers/json_lines_members.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "audit/json_text.hpp"

namespace hark::audit {
namespace {

/// An object as a member; what is added has a comma in front of each member, of which the
/// first one is taken away again.
template <class Add>
void append_object(std::string& to, std::string_view key, Add&& add) {
  to += ",\"";
  to += key;
  to += "\":{";
  const std::size_t begin = to.size();
  add();
  if (to.size() != begin) to.erase(begin, 1);
  to += '}';
}

void append_nanoseconds(std::string& to,
                        std::string_view key,
                        std::chrono::nanoseconds duration) {
  if (duration.count() != 0)
    append_member(to, key, static_cast<std::int64_t>(duration.count()));
}

/// Of several with one name the last one counts.
void append_attributes(std::string& to, std::span<const Attribute> attributes) {
  if (attributes.empty()) return;
  append_object(to, "attributes", [&] {
    for (std::size_t each = 0; each < attributes.size(); ++each) {
      const auto later = attributes.subspan(each + 1);
      const std::string& name = attributes[each].name;
      if (std::any_of(later.begin(), later.end(), [&](const Attribute& other) {
            return other.name == name;
          }))
        continue;
      to += ',';
      append_json_key(to, name);
      to += ':';
      append_json_value(to, attributes[each].value);
    }
  });
}

std::span<const Attribute> behind(const Attributes& attributes, std::size_t known) {
  return std::span(attributes).subspan(std::min(known, attributes.size()));
}

void append_database(std::string& to, const Database* database) {
  if (database == nullptr) return;
  append_object(to, "database", [&] {
    append_any(to, "system", database->system);
    append_any(to, "name", database->name);
    append_any(to, "address", database->server_address);
    if (database->server_port)
      append_member(to, "port", std::uint64_t{*database->server_port});
    append_any(to, "url", database->url);
  });
}

void append_statement(std::string& to, const Statement* statement) {
  if (statement == nullptr) return;
  append_object(to, "statement", [&] {
    append_any(to, "text", statement->text);
    if (statement->fingerprint != statement->text)
      append_member(to, "fingerprint", statement->fingerprint);
    append_any(to, "summary", statement->summary);
    append_any(to, "operation", statement->operation);
  });
}

void append_parameter(std::string& to, const Parameter& parameter) {
  to += '{';
  const std::size_t begin = to.size();
  append_any(to, "name", parameter.name);
  append_any(to, "column", parameter.column);
  append_any(to, "row", std::uint64_t{parameter.row});
  if (parameter.type != parameter.value.type())
    append_member(to, "type", dbapi::name_of(parameter.type));
  if (parameter.redaction != Redaction::none)
    append_member(to, "redaction", audit::name_of(parameter.redaction));
  if (parameter.redaction != Redaction::left_out) {
    to += ",\"value\":";
    append_json_value(to, parameter.value);
  }
  to.erase(begin, 1);
  to += '}';
}

void append_parameters(std::string& to, const std::vector<Parameter>& parameters) {
  if (parameters.empty()) return;
  to += ",\"parameters\":[";
  for (const Parameter& each : parameters) {
    if (to.back() != '[') to += ',';
    append_parameter(to, each);
  }
  to += ']';
}

void append_failure(std::string& to, const std::optional<Failure>& failure) {
  if (!failure) return;
  append_object(to, "failure", [&] {
    append_any(to, "type", failure->type);
    append_any(to, "message", failure->message);
    append_any(to, "sqlstate", failure->sqlstate);
    if (failure->is_disconnect) to += ",\"disconnect\":true";
  });
}

Moment after(Moment moment, std::chrono::nanoseconds by) {
  return {moment.wall + by, moment.monotonic + by};
}

template <class End>
void append_end(std::string& to, const End& end) {
  append_member(to, "outcome", hark::name_of(end.outcome));
  append_member(to, "elapsed_ns", static_cast<std::int64_t>(end.elapsed.count()));
  append_moment(to, after(end.start, end.elapsed));
}

}  // namespace

void append_members(std::string& to, const RequestStart& request) {
  append_member(to, "id", request.id);
  append_any(to, "parent", request.parent_id);
  append_any(to, "name", request.name);
  append_moment(to, request.start);
  append_database(to, request.database.get());
  append_any(to, "connection", request.connection_id);
  append_any(to, "thread", request.thread_id);
  append_any(to, "traceparent", request.traceparent);
  append_attributes(to, request.attributes);
}

void append_members(std::string& to, const EventStart& event, const Database* known) {
  append_member(to, "id", event.id);
  append_member(to, "request", event.request_id);
  append_any(to, "parent", event.parent_id);
  append_member(to, "kind", audit::name_of(event.kind));
  append_any(to, "name", event.name);
  append_moment(to, event.start);
  if (event.database.get() != known) append_database(to, event.database.get());
  append_statement(to, event.statement.get());
  append_parameters(to, event.parameters);
  append_any(to, "parameter_count", event.parameter_count);
  append_any(to, "batch_size", event.batch_size);
  append_any(to, "connection", event.connection_id);
  append_any(to, "dbapi_connection", event.dbapi_connection_id);
  append_any(to, "execution", event.execution_id);
  append_any(to, "thread", event.thread_id);
  append_attributes(to, event.attributes);
}

void append_members(std::string& to,
                    const EventEnd& event,
                    const Statement* known,
                    std::size_t known_attributes) {
  append_member(to, "id", event.id);
  append_member(to, "request", event.request_id);
  append_member(to, "kind", audit::name_of(event.kind));
  append_end(to, event);
  if (event.rows) append_member(to, "rows", *event.rows);
  append_nanoseconds(to, "waited_ns", event.waited);
  append_nanoseconds(to, "open_ns", event.open);
  append_any(to, "ended_by", event.ended_by);
  append_failure(to, event.failure);
  if (event.statement.get() != known) append_statement(to, event.statement.get());
  append_attributes(to, behind(event.attributes, known_attributes));
}

void append_members(std::string& to,
                    const RequestEnd& end,
                    std::size_t known_attributes) {
  append_member(to, "id", end.id);
  append_any(to, "name", end.name);
  append_end(to, end);
  append_member(to, "events", end.events);
  append_any(to, "lost", end.lost);
  append_failure(to, end.failure);
  append_attributes(to, behind(end.attributes, known_attributes));
}

}  // namespace hark::audit
