// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace hark::test {

void Recorder::complain(const std::string& what, std::uint64_t id) {
  complaints_ += what + " (" + std::to_string(id) + ")\n";
}

std::uint64_t Recorder::request_start(const audit::RequestStart& request) {
  const std::lock_guard lock(mutex_);
  if (!open_requests_.emplace(request.id, request).second)
    complain("a request starts twice", request.id);
  request_starts_.push_back(request);
  return request.id;
}

std::uint64_t Recorder::event_start(const audit::EventStart& event,
                                    std::uint64_t& request) {
  const std::lock_guard lock(mutex_);
  if (request != event.request_id) complain("an event has another's context", event.id);
  if (!open_requests_.contains(event.request_id))
    complain("an event starts in no request", event.id);
  if (event.parent_id != 0) {
    const auto parent =
        std::find_if(starts_.begin(), starts_.end(), [&](const auto& each) {
          return each.id == event.parent_id;
        });
    if (parent == starts_.end() || parent->request_id != event.request_id)
      complain("an event's parent is not of its request", event.id);
  }
  if (!open_events_.emplace(event.id, event).second || events_.contains(event.id))
    complain("an event starts twice", event.id);
  starts_.push_back(event);
  return event.id;
}

void Recorder::event_end(const audit::EventEnd& event,
                         std::uint64_t& request,
                         std::uint64_t start) {
  const std::lock_guard lock(mutex_);
  if (request != event.request_id || start != event.id)
    complain("an event's end has another's context", event.id);
  if (open_events_.erase(event.id) == 0) complain("an end without a start", event.id);
  if (event.elapsed.count() < 0) complain("an event took less than no time", event.id);
  if (!events_.emplace(event.id, event).second) complain("an end comes twice", event.id);
}

void Recorder::request_end(const audit::RequestEnd& end, std::uint64_t request) {
  const std::lock_guard lock(mutex_);
  if (request != end.id) complain("a request's end has another's context", end.id);
  if (open_requests_.erase(end.id) == 0) complain("an end without a request", end.id);
  for (const auto& [id, event] : open_events_) {
    if (event.request_id == end.id) complain("an event outlives its request", id);
  }
  requests_.push_back(end);
}

std::string Recorder::complaints(bool is_over) const {
  const std::lock_guard lock(mutex_);
  std::string all = complaints_;
  if (!is_over) return all;
  for (const auto& [id, event] : open_events_)
    all += std::string(audit::name_of(event.kind)) + " has no end\n";
  for (const auto& [id, request] : open_requests_)
    all += "request '" + request.name + "' has no end\n";
  return all;
}

std::vector<audit::RequestEnd> Recorder::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<audit::RequestStart> Recorder::request_starts() const {
  const std::lock_guard lock(mutex_);
  return request_starts_;
}

std::vector<audit::EventStart> Recorder::starts() const {
  const std::lock_guard lock(mutex_);
  return starts_;
}

std::vector<audit::EventEnd> Recorder::events() const {
  const std::lock_guard lock(mutex_);
  std::vector<audit::EventEnd> ended;
  for (const audit::EventStart& start : starts_) {
    const auto found = events_.find(start.id);
    if (found != events_.end()) ended.push_back(found->second);
  }
  return ended;
}

std::vector<audit::EventEnd> Recorder::events(audit::EventKind kind) const {
  std::vector<audit::EventEnd> all = events();
  std::erase_if(all, [kind](const auto& each) { return each.kind != kind; });
  return all;
}

namespace {

std::string tree_of(const std::vector<audit::EventEnd>& all,
                    std::uint64_t request,
                    std::uint64_t parent) {
  std::string text;
  for (const audit::EventEnd& event : all) {
    if (event.request_id != request || event.parent_id != parent) continue;
    text += (text.empty() ? "" : " ") + std::string(audit::name_of(event.kind));
    const std::string inside = tree_of(all, request, event.id);
    if (!inside.empty()) text += "(" + inside + ")";
  }
  return text;
}

void add(std::string& to, const dbapi::Value& value) {
  to += dbapi::to_string(value.view()) + "\n";
}

void add(std::string& to, const audit::Attributes& attributes) {
  for (const audit::Attribute& each : attributes) {
    to += each.name + "\n";
    add(to, each.value);
  }
}

void add(std::string& to, const std::shared_ptr<const audit::Database>& database) {
  if (database == nullptr) return;
  to += database->system + "\n" + database->name + "\n" + database->server_address +
        "\n" + database->url + "\n";
}

void add(std::string& to, const std::optional<audit::Failure>& failure) {
  if (failure) to += failure->type + "\n" + failure->message + "\n" + failure->sqlstate;
}

void add(std::string& to, const audit::RequestStart& request) {
  to += request.name + "\n" + request.traceparent + "\n";
  add(to, request.database);
  add(to, request.attributes);
}

void add(std::string& to, const audit::EventStart& event) {
  to += event.name + "\n";
  add(to, event.database);
  add(to, event.attributes);
  if (event.statement != nullptr) {
    to += event.statement->text + "\n" + event.statement->fingerprint + "\n" +
          event.statement->summary + "\n" + event.statement->operation + "\n";
  }
  for (const audit::Parameter& each : event.parameters) {
    to += each.name + "\n" + each.column + "\n";
    add(to, each.value);
  }
}

}  // namespace

std::string Recorder::tree() const {
  const std::vector<audit::EventEnd> all = events();
  std::string text;
  for (const audit::RequestStart& request : request_starts())
    text += (text.empty() ? "" : " ") + request.name + "{" + tree_of(all, request.id, 0) +
            "}";
  return text;
}

std::string Recorder::everything() const {
  std::string text;
  for (const auto& each : request_starts()) add(text, each);
  for (const auto& each : requests()) {
    add(text, each);
    add(text, each.failure);
  }
  for (const auto& each : starts()) add(text, each);
  for (const auto& each : events()) {
    add(text, each);
    add(text, each.failure);
    text += each.ended_by + "\n";
  }
  return text;
}

Recorder& Recording::flushed() {
  EXPECT_TRUE(subscription.flush(std::chrono::seconds(30)));
  return *handler;
}

std::string text_of(const audit::Attributes& attributes) {
  std::string text;
  for (const audit::Attribute& each : attributes)
    text +=
        (text.empty() ? "" : " ") + each.name + "=" + dbapi::to_string(each.value.view());
  return text;
}

const dbapi::Value* find(const audit::Attributes& attributes, std::string_view name) {
  const auto found = std::find_if(attributes.begin(),
                                  attributes.end(),
                                  [name](const auto& each) { return each.name == name; });
  return found == attributes.end() ? nullptr : &found->value;
}

}  // namespace hark::test
