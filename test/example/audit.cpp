// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The audit, as its guide shows it.

#include <hark/audit.hpp>
#include <hark/audit/handlers/buffer_event_handler.hpp>
#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/sqlite.hpp>

#include <cassert>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>

namespace audit = hark::audit;
namespace dbapi = hark::dbapi;

using namespace std::chrono_literals;

namespace {

// [handler]
/// Adds up what each request spent in the database.
class Totals final : public audit::SyncEventHandler<std::chrono::nanoseconds> {
 public:
  std::chrono::nanoseconds request_start(const audit::RequestStart&) override { return {}; }
  void event_start(const audit::EventStart&, std::chrono::nanoseconds&) override {}
  void event_end(const audit::EventEnd& event, std::chrono::nanoseconds& total) override {
    if (event.kind == audit::EventKind::statement) total += event.elapsed;
  }
  void request_end(const audit::RequestEnd& request, std::chrono::nanoseconds total) override {
    totals[request.name] += total;
  }

  std::map<std::string, std::chrono::nanoseconds> totals;
};
// [/handler]

// [coroutine]
/// The same shape with coroutines: whatever is awaited, the database work goes on.
class Remote final : public audit::EventHandler<std::string> {
 public:
  awaitable<std::string> request_start(const audit::RequestStart& request) override {
    co_return "session " + request.name;  // or what a remote system answers
  }
  awaitable<void> event_start(const audit::EventStart&, std::string&) override { co_return; }
  awaitable<void> event_end(const audit::EventEnd& event, std::string& session) override {
    if (event.statement != nullptr) std::cout << session << ": " << event.statement->summary << '\n';
    co_return;
  }
  awaitable<void> request_end(const audit::RequestEnd&, std::string) override { co_return; }
};
// [/coroutine]

// [custom]
struct CacheLookup {
  static constexpr std::string_view event_name = "cache.lookup";
  std::string key;
  void describe(audit::Attributes& to) const { to.push_back({"key", key}); }
};
// [/custom]

void make_orders(hark::Engine& engine) {
  engine.begin([](hark::Connection& connection) {
    connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT)");
  });
}

void record(hark::Engine& engine, const std::string& file) {
  // [use]
  audit::ScopedSubscription recording = audit::use_event_handler(
      engine,
      std::make_shared<audit::JsonLinesEventHandler>(file),
      {.policy = audit::QueuePolicy::block});
  {
    audit::Request request(engine, "checkout order 17");
    engine.begin([](hark::Connection& connection) {
      connection.execute("INSERT INTO orders VALUES (:id, :email)",
                         {{"id", 17}, {"email", "ada@example.org"}});
    });
  }
  const bool is_written = recording->flush(5s);  // and fsynced
  // [/use]
  assert(is_written);
}

void track(hark::Engine& engine) {
  const auto buffer = std::make_shared<audit::BufferEventHandler>();
  audit::ScopedSubscription recording = audit::use_event_handler(engine, buffer);
  {
    // [track]
    audit::Request request(engine, "order page", {.traceparent = "00-…"});
    {
      audit::TrackedEvent rendering = audit::track_event("render");
      audit::TrackedEvent lookup = audit::track_event(CacheLookup{"order 17"});
      lookup.set("hit", false);
    }  // statements executed meanwhile would be inside them
    request.set("user", "ada");
    // [/track]
  }
  const bool is_told = recording->flush(5s);
  assert(is_told);
}

void redact(hark::Engine& engine) {
  const auto buffer = std::make_shared<audit::BufferEventHandler>();
  // [redact]
  audit::Options options;
  options.redaction.leave_out_parameter("*iban*")  // :customer_iban
      .hash_column("orders.email")                 // equal ones stay equal
      .truncate_type(dbapi::Type::text, 80);
  audit::use_event_handler(engine, buffer, options);
  // [/redact]
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("hark-audit-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
  std::filesystem::create_directory(folder);
  {
    hark::Engine engine = hark::create_engine("sqlite:///" + (folder / "orders.db").string());
    make_orders(engine);
    const auto totals = std::make_shared<Totals>();
    audit::Subscription summing = audit::use_event_handler(engine, totals);
    audit::use_event_handler(engine, std::make_shared<Remote>());
    record(engine, (folder / "audit.jsonl").string());
    track(engine);
    redact(engine);
    summing.disconnect();
    assert(totals->totals.contains("checkout order 17"));
  }
  std::filesystem::remove_all(folder);
}
