// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/report_model.hpp"

#include <hark/dbapi/value.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

#include "cli/percentile.hpp"

namespace hark::cli {
namespace {

using audit::EventKind;

Moment nanoseconds(const audit::Moment& moment) noexcept {
  return moment.wall.time_since_epoch().count();
}

/// The sum, or the greatest number there is: a file may have any.
Moment sum(Moment one, Moment other) noexcept {
  Moment made = 0;
  if (__builtin_add_overflow(one, other, &made))
    return other < 0 ? std::numeric_limits<Moment>::min()
                     : std::numeric_limits<Moment>::max();
  return made;
}

/// The first bytes of a text; UTF-8 stays whole.
std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return std::string(text.substr(0, most));
}

std::string text_of(const audit::Parameter& parameter) {
  std::string made = parameter.name.empty() ? parameter.column : parameter.name;
  if (!made.empty()) made += " = ";
  switch (parameter.redaction) {
    case audit::Redaction::left_out:
      return made + "(left out)";
    case audit::Redaction::hashed:
      made += "#";
      break;
    case audit::Redaction::truncated:
      return made + dbapi::to_string(parameter.value) + "…";
    case audit::Redaction::none:
      break;
  }
  return made + dbapi::to_string(parameter.value);
}

std::string text_of(const audit::EventStart& event, std::size_t most) {
  std::string made;
  std::size_t shown = 0;
  for (const audit::Parameter& parameter : event.parameters) {
    if (made.size() > most) break;
    if (shown++ != 0)
      made += parameter.row != event.parameters[shown - 2].row ? "; " : ", ";
    made += text_of(parameter);
  }
  if (made.size() > most) return cut(made, most) + "…";
  if (shown < event.parameter_count) made += shown == 0 ? "(left out)" : ", …";
  return made;
}

std::string text_of(const audit::Failure& failure) {
  std::string made = failure.type;
  if (!failure.sqlstate.empty()) made += " [" + failure.sqlstate + "]";
  if (!failure.message.empty()) made += ": " + failure.message;
  return made;
}

bool is_statement(EventKind kind) noexcept {
  return kind == EventKind::statement || kind == EventKind::executemany;
}

bool is_transaction(EventKind kind) noexcept {
  return kind == EventKind::transaction || kind == EventKind::savepoint ||
         kind == EventKind::twophase;
}

/// Does it read, and write nothing?
bool is_query(const audit::Statement& statement) {
  const auto starts_with = [&](std::string_view word) {
    return statement.summary.starts_with(word);
  };
  return statement.operation == "SELECT" ||
         (statement.operation == "WITH" &&
          (starts_with("SELECT") || starts_with("WITH")));
}

/// What sets an execution apart from others of its kind. Of parameters that are not shown
/// it is not known whether they are the same: they count as others.
std::uint64_t hash_of(const audit::EventEnd& event) {
  std::string all = event.statement->text;
  const bool shows_all = event.parameters.size() == event.parameter_count;
  for (const audit::Parameter& parameter : event.parameters) {
    all += '\0';
    all += dbapi::to_string(parameter.value);
    if (parameter.redaction == audit::Redaction::left_out)
      all += std::to_string(event.id);
  }
  if (!shows_all) all += std::to_string(event.id);
  return std::hash<std::string>()(all);
}

std::uint64_t number_of(const audit::EventEnd& event, std::string_view name) {
  for (const audit::Attribute& attribute : event.attributes) {
    if (attribute.name == name && attribute.value.type() == dbapi::Type::integer)
      return static_cast<std::uint64_t>(
          std::max<std::int64_t>(attribute.value.integer(), 0));
  }
  return 0;
}

/// What a start has told, and what its end tells.
audit::EventEnd joined(const audit::EventStart& start, const audit::EventEnd& end) {
  audit::EventEnd made = end;
  static_cast<audit::EventStart&>(made) = start;
  if (end.statement != nullptr) made.statement = end.statement;
  made.attributes.insert(
      made.attributes.end(), end.attributes.begin(), end.attributes.end());
  return made;
}

bool stands_out(const Span& span) noexcept { return span.outcome != Outcome::ok; }

template <class Map>
auto values_of(Map&& map) {
  std::vector<typename std::decay_t<Map>::mapped_type> made;
  made.reserve(map.size());
  for (auto& [key, value] : map) made.push_back(std::move(value));
  return made;
}

/// The greatest first, by a member.
template <class T, class Member>
void sort_by(std::vector<T>& values, Member T::*member) {
  std::stable_sort(values.begin(), values.end(), [&](const T& one, const T& other) {
    return one.*member > other.*member;
  });
}

}  // namespace

std::string_view state_of(const std::optional<Outcome>& outcome) noexcept {
  return outcome ? name_of(*outcome) : "open";
}

AuditReportBuilder::AuditReportBuilder(const ReportLimits& limits)
    : limits_(limits),
      timeline_(limits.spans),
      request_timeline_(limits.requests),
      slowest_(limits.rows),
      longest_requests_(limits.rows),
      longest_transactions_(limits.rows),
      longest_waits_(limits.rows) {}

void AuditReportBuilder::add(const audit::FileStart& file) {
  if (file.reason == "rotated" && !report_.runs.empty()) return;
  end_what_is_open();
  report_.runs.push_back({.program = file.program,
                          .pid = file.pid,
                          .host = file.host,
                          .hark_version = file.hark_version,
                          .start = nanoseconds(file.time)});
}

void AuditReportBuilder::see(Moment start, Moment elapsed) {
  const Moment end = sum(start, elapsed);
  report_.begin = has_seen_ ? std::min(report_.begin, start) : start;
  report_.end = has_seen_ ? std::max(report_.end, end) : end;
  has_seen_ = true;
}

void AuditReportBuilder::note(const audit::Database* database) {
  if (database != nullptr && !database->url.empty() &&
      !databases_.contains(database->url))
    databases_.insert(database->url);
}

void AuditReportBuilder::add(const audit::RequestStart& request) {
  if (const auto same = requests_.find(request.id); same != requests_.end())
    end(same->second);
  Span span{.id = request.id,
            .request = request.id,
            .run = run(),
            .start = nanoseconds(request.start),
            .request_name = request.name};
  if (request.name.empty() && request.connection_id != 0)
    span.request_name = "connection " + std::to_string(request.connection_id);
  see(span.start, 0);
  note(request.database.get());
  requests_[request.id] = {.span = std::move(span)};
}

AuditReportBuilder::Request& AuditReportBuilder::request_of(
    const audit::EventStart& event) {
  const auto [found, is_new] = requests_.try_emplace(event.request_id);
  if (is_new) {
    found->second.span = {.id = event.request_id,
                          .request = event.request_id,
                          .run = run(),
                          .start = nanoseconds(event.start),
                          .request_name = "(began before this file)"};
  }
  return found->second;
}

std::uint32_t AuditReportBuilder::depth_of(const audit::EventStart& event) const {
  const auto parent = events_.find(event.parent_id);
  return parent == events_.end() ? 1 : parent->second.depth + 1;
}

void AuditReportBuilder::add(const audit::EventStart& event) {
  ++request_of(event).open;
  see(nanoseconds(event.start), 0);
  events_[event.id] = {.start = event, .depth = depth_of(event)};
}

Span AuditReportBuilder::span_of(const audit::EventStart& event,
                                 std::uint32_t depth) const {
  Span span{.id = event.id,
            .request = event.request_id,
            .run = run(),
            .kind = event.kind,
            .start = nanoseconds(event.start),
            .depth = depth,
            .name = event.name,
            .parameters = text_of(event, limits_.parameter_text),
            .batch_size = event.batch_size};
  if (const auto request = requests_.find(event.request_id); request != requests_.end())
    span.request_name = request->second.span.request_name;
  if (event.statement != nullptr) {
    span.text = cut(event.statement->text, limits_.row_text);
    span.text_size = event.statement->text.size();
  }
  return span;
}

Span AuditReportBuilder::span_of(const audit::EventEnd& event,
                                 std::uint32_t depth) const {
  Span span = span_of(static_cast<const audit::EventStart&>(event), depth);
  span.outcome = event.outcome;
  span.elapsed = event.elapsed.count();
  span.waited = event.waited.count();
  span.open = event.open.count();
  span.rows = event.rows;
  span.ended_by = event.ended_by;
  if (event.failure) span.failure = text_of(*event.failure);
  return span;
}

void AuditReportBuilder::add(const audit::EventEnd& event) {
  const auto open = events_.find(event.id);
  if (open == events_.end()) {
    note_whole(event, span_of(event, depth_of(event)));
    return;
  }
  const Event started = std::move(open->second);
  events_.erase(open);
  --request_of(started.start).open;
  const audit::EventEnd whole = joined(started.start, event);
  Span span = span_of(whole, started.depth);
  span.statements = started.statements;
  note_whole(whole, std::move(span));
}

void AuditReportBuilder::note_whole(const audit::EventEnd& event, Span span) {
  Request& request = request_of(event);
  ++report_.events;
  ++report_.kinds[event.kind];
  ++request.span.events;
  see(span.start, span.elapsed);
  note(event.database.get());
  if (event.failure) note_failure(event);
  if (event.outcome != Outcome::ok && event.kind != EventKind::error)
    ++request.span.failures;
  if (is_statement(event.kind)) note_statement(event, request, span);
  if (is_transaction(event.kind)) note_transaction(event, span);
  if (event.kind == EventKind::checkout) note_checkout(event, span);
  if (event.kind == EventKind::connect) {
    ++report_.pool.connects;
    report_.pool.connect_time = sum(report_.pool.connect_time, span.elapsed);
  }
  if (event.kind == EventKind::lost) note_loss(event);

  span.text = cut(span.text, limits_.span_text);
  const Moment length = span.elapsed;
  const bool is_special = stands_out(span);
  timeline_.add(std::move(span), length, is_special);
}

std::uint32_t AuditReportBuilder::group_of(const audit::Statement& statement) {
  const std::string& name =
      statement.fingerprint.empty() ? statement.text : statement.fingerprint;
  const auto [found, is_new] =
      group_ids_.try_emplace(name, static_cast<std::uint32_t>(groups_.size()));
  if (is_new)
    groups_.push_back({.statements = {.fingerprint = cut(name, limits_.row_text),
                                      .summary = statement.summary}});
  return found->second;
}

void AuditReportBuilder::note_statement(const audit::EventEnd& event,
                                        Request& request,
                                        const Span& span) {
  const bool has_failed = event.outcome != Outcome::ok;
  ++report_.statements;
  if (has_failed) ++report_.failed_statements;
  report_.rows += event.rows.value_or(0);
  report_.statement_time = sum(report_.statement_time, span.elapsed);
  ++request.span.statements;
  request.span.statement_time = sum(request.span.statement_time, span.elapsed);
  for (auto parent = events_.find(event.parent_id); parent != events_.end();
       parent = events_.find(parent->second.start.parent_id)) {
    ++parent->second.statements;
    if (parent->second.start.parent_id >= parent->first) break;  // no file of ours
  }
  if (slowest_.takes(span.elapsed)) slowest_.add(span.elapsed, span);
  if (event.statement == nullptr) return;

  const std::uint32_t number = group_of(*event.statement);
  Group& group = groups_[number];
  group.durations.push_back(span.elapsed);
  if (has_failed) ++group.statements.failures;
  group.statements.rows += event.rows.value_or(0);
  request.repetitions.note({.kind = number,
                            .gives_one_row = is_query(*event.statement) && !has_failed &&
                                             event.rows && *event.rows <= 1,
                            .text = hash_of(event),
                            .duration = span.elapsed,
                            .place = event.id});
}

void AuditReportBuilder::note_transaction(const audit::EventEnd& event,
                                          const Span& span) {
  TransactionGroup& group =
      transactions_[{event.kind, event.ended_by, static_cast<int>(event.outcome)}];
  group.kind = event.kind;
  group.ended_by = event.ended_by;
  group.outcome = event.outcome;
  ++group.count;
  group.total = sum(group.total, span.elapsed);
  group.max = std::max(group.max, span.elapsed);
  if (longest_transactions_.takes(span.elapsed))
    longest_transactions_.add(span.elapsed, span);
}

void AuditReportBuilder::note_checkout(const audit::EventEnd& event, const Span& span) {
  PoolReport& pool = report_.pool;
  ++pool.checkouts;
  pool.checkout_time = sum(pool.checkout_time, span.elapsed);
  if (event.outcome != Outcome::ok) ++pool.failures;
  if (span.waited <= 0) return;
  ++pool.waits;
  pool.waited = sum(pool.waited, span.waited);
  pool.longest = std::max(pool.longest, span.waited);
  const auto* const bound =
      std::lower_bound(PoolReport::bounds.begin(), PoolReport::bounds.end(), span.waited);
  ++pool.histogram.at(static_cast<std::size_t>(bound - PoolReport::bounds.begin()));
  if (longest_waits_.takes(span.waited)) longest_waits_.add(span.waited, span);
}

void AuditReportBuilder::note_failure(const audit::EventEnd& event) {
  const audit::Failure& failure = *event.failure;
  const auto [found, is_new] = failures_.try_emplace({failure.type, failure.sqlstate});
  FailureGroup& group = found->second;
  const Moment at = sum(nanoseconds(event.start), event.elapsed.count());
  if (is_new) {
    group.type = failure.type;
    group.sqlstate = failure.sqlstate;
    group.message = cut(failure.message, limits_.span_text);
    group.first = group.last = at;
  }
  group.first = std::min(group.first, at);
  group.last = std::max(group.last, at);
  ++group.kinds[event.kind];
  if (event.kind != EventKind::error) ++group.count;
  if (failure.is_disconnect) ++group.disconnects;
}

void AuditReportBuilder::note_loss(const audit::EventEnd& event) {
  Loss& loss = losses_[event.name];
  loss.reason = event.name;
  ++loss.times;
  loss.events += number_of(event, "events");
  loss.requests += number_of(event, "requests");
}

void AuditReportBuilder::add(const audit::WriteLoss& lost) {
  Loss& loss = losses_["could not be written: " + lost.reason];
  loss.reason = "could not be written: " + lost.reason;
  ++loss.times;
  loss.events += lost.event_starts;
  loss.requests += lost.request_starts;
  loss.ends += lost.request_ends + lost.event_ends;
}

void AuditReportBuilder::add(const audit::RequestEnd& request) {
  auto found = requests_.find(request.id);
  if (found == requests_.end()) {
    add(static_cast<const audit::RequestStart&>(request));
    found = requests_.find(request.id);
  }
  Span& span = found->second.span;
  span.outcome = request.outcome;
  span.elapsed = request.elapsed.count();
  span.lost = request.lost;
  if (request.failure) span.failure = text_of(*request.failure);
  if (request.outcome != Outcome::ok) ++report_.failed_requests;
  report_.lost_in_requests += request.lost;
  see(span.start, span.elapsed);
  if (found->second.open != 0) end_events_of(found->second);
  end(found->second);
  requests_.erase(found);
}

void AuditReportBuilder::end(Request& request) {
  ++report_.requests;
  for (const Repetition& repetition : request.repetitions.finish()) {
    Suspect& suspect = suspects_[repetition.kind];
    ++suspect.requests;
    suspect.runs += repetition.runs;
    suspect.executions += repetition.executions;
    suspect.total = sum(suspect.total, repetition.total);
    if (repetition.executions <= suspect.worst) continue;
    suspect.worst = repetition.executions;
    suspect.worst_request = request.span.id;
    suspect.worst_run = request.span.run;
    suspect.worst_request_name = request.span.request_name;
  }
  const Moment length = request.span.elapsed;
  if (longest_requests_.takes(length)) longest_requests_.add(length, request.span);
  const bool is_special = stands_out(request.span);
  request_timeline_.add(std::move(request.span), length, is_special);
}

void AuditReportBuilder::end_unended(const Event& event, Moment at) {
  Span span = span_of(event.start, event.depth);
  span.elapsed = std::max<Moment>(at - span.start, 0);
  span.statements = event.statements;
  span.text = cut(span.text, limits_.span_text);
  ++report_.events;
  ++report_.kinds[event.start.kind];
  ++report_.unended;
  ++request_of(event.start).span.events;
  const Moment length = span.elapsed;
  timeline_.add(std::move(span), length, true);
}

/// Of a request that has ended: their ends are lost.
void AuditReportBuilder::end_events_of(const Request& request) {
  const Moment at = sum(request.span.start, request.span.elapsed);
  std::erase_if(events_, [&](const auto& open) {
    if (open.second.start.request_id != request.span.id) return false;
    end_unended(open.second, at);
    return true;
  });
}

void AuditReportBuilder::end_what_is_open() {
  std::vector<Event> open = values_of(events_);
  std::sort(open.begin(), open.end(), [](const Event& one, const Event& other) {
    return one.start.id < other.start.id;
  });
  events_.clear();
  for (const Event& event : open) end_unended(event, report_.end);
  std::map<std::uint64_t, Request> requests;
  for (auto& [id, request] : requests_) requests.emplace(id, std::move(request));
  for (auto& [id, request] : requests) {
    request.span.elapsed = report_.end - request.span.start;
    ++report_.unended;
    end(request);
  }
  requests_.clear();
}

std::vector<StatementGroup> AuditReportBuilder::finish_groups() {
  std::vector<StatementGroup> made;
  for (Group& group : groups_) {
    std::sort(group.durations.begin(), group.durations.end());
    StatementGroup& statements = made.emplace_back(group.statements);
    statements.count = group.durations.size();
    for (const Moment duration : group.durations)
      statements.total = sum(statements.total, duration);
    statements.mean = statements.total / static_cast<Moment>(statements.count);
    statements.p50 = percentile(group.durations, 0.5);
    statements.p95 = percentile(group.durations, 0.95);
    statements.max = group.durations.back();
  }
  return made;
}

AuditReport AuditReportBuilder::finish() {
  end_what_is_open();
  AuditReport made = std::move(report_);
  made.databases.assign(databases_.begin(), databases_.end());

  made.statement_groups = finish_groups();
  made.statement_group_count = made.statement_groups.size();
  for (auto& [kind, suspect] : suspects_) {
    suspect.fingerprint = groups_[kind].statements.fingerprint;
    made.suspects.push_back(std::move(suspect));
  }
  made.transaction_groups = values_of(std::move(transactions_));
  made.failures = values_of(std::move(failures_));
  made.failure_group_count = made.failures.size();
  made.losses = values_of(std::move(losses_));
  sort_by(made.statement_groups, &StatementGroup::total);
  sort_by(made.suspects, &Suspect::executions);
  sort_by(made.transaction_groups, &TransactionGroup::count);
  sort_by(made.failures, &FailureGroup::count);
  made.statement_groups.resize(std::min(limits_.rows, made.statement_groups.size()));
  made.suspects.resize(std::min(limits_.rows, made.suspects.size()));
  made.failures.resize(std::min(limits_.rows, made.failures.size()));

  made.slowest = slowest_.take();
  made.longest_requests = longest_requests_.take();
  made.longest_transactions = longest_transactions_.take();
  made.longest_waits = longest_waits_.take();
  made.timeline = timeline_.take();
  for (Span& span : request_timeline_.take()) made.timeline.push_back(std::move(span));
  std::stable_sort(
      made.timeline.begin(), made.timeline.end(), [](const Span& one, const Span& other) {
        return std::tie(one.start, one.depth) < std::tie(other.start, other.depth);
      });
  return made;
}

}  // namespace hark::cli
