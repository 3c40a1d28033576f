// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/audit/event_handler.hpp>
#include <hark/audit/use_event_handler.hpp>
#include <hark/engine.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace hark::test {

/// A handler that keeps what it is told, and complains of what it should not be told.
class Recorder : public audit::SyncEventHandler<std::uint64_t, std::uint64_t> {
 public:
  std::uint64_t request_start(const audit::RequestStart& request) override;
  std::uint64_t event_start(const audit::EventStart& event,
                            std::uint64_t& request) override;
  void event_end(const audit::EventEnd& event,
                 std::uint64_t& request,
                 std::uint64_t start) override;
  void request_end(const audit::RequestEnd& end, std::uint64_t request) override;

  /// What was wrong: ends without start, twice, after their request …; with `is_over` also
  /// starts without end.
  std::string complaints(bool is_over = true) const;
  /// Requests that have ended, in that order.
  std::vector<audit::RequestEnd> requests() const;
  std::vector<audit::RequestStart> request_starts() const;
  /// Events that have ended, in the order of their starts.
  std::vector<audit::EventEnd> events() const;
  std::vector<audit::EventEnd> events(audit::EventKind kind) const;
  std::vector<audit::EventStart> starts() const;
  /// Of those that have ended, in the order of their starts, each within its parent:
  /// "checkout(connect) transaction(statement statement)". A request is in braces, before
  /// it its name: "order 17{statement}".
  std::string tree() const;
  /// All texts and values of all that it was told.
  std::string everything() const;

 private:
  void complain(const std::string& what, std::uint64_t id);

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::uint64_t, audit::RequestStart> open_requests_;
  std::map<std::uint64_t, audit::EventStart> open_events_;
  std::vector<audit::RequestStart> request_starts_;
  std::vector<audit::RequestEnd> requests_;
  std::vector<audit::EventStart> starts_;
  std::map<std::uint64_t, audit::EventEnd> events_;
  std::string complaints_;
};

/// A Recorder in use.
class Recording {
 public:
  template <class Target>
  explicit Recording(Target& target, audit::Options options = {})
      : handler(std::make_shared<Recorder>()) {
    if (options.policy == audit::QueuePolicy::drop_newest)
      options.policy = audit::QueuePolicy::block;
    subscription = audit::use_event_handler(target, handler, options);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() { subscription.disconnect(); }

  /// Waits until it was told of everything.
  Recorder& flushed();
  Recorder* operator->() { return &flushed(); }

  std::shared_ptr<Recorder> handler;
  audit::Subscription subscription;
};

/// The values of attributes, as text: "ending=12 prepared=1".
std::string text_of(const audit::Attributes& attributes);
/// Null: there is none of that name.
const dbapi::Value* find(const audit::Attributes& attributes, std::string_view name);

}  // namespace hark::test
