// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit.hpp>
#include <hark/sqlite.hpp>
#ifdef HARK_CONSUMER_HAS_PROMETHEUS
#include <hark/audit/handlers/prometheus_event_handler.hpp>

#include <prometheus/registry.h>
#endif

#include <atomic>
#include <chrono>
#include <memory>

namespace audit = hark::audit;

class Counting final : public audit::EventHandler<> {
 public:
  awaitable<void> request_start(const audit::RequestStart&) override { co_return; }
  awaitable<void> event_start(const audit::EventStart&) override { co_return; }
  awaitable<void> event_end(const audit::EventEnd& event) override {
    if (event.kind == audit::EventKind::statement) ++statements;
    co_return;
  }
  awaitable<void> request_end(const audit::RequestEnd&) override { co_return; }

  std::atomic<int> statements{0};
};

int main() {
  hark::Engine engine = hark::create_engine("sqlite://");
  const auto counting = std::make_shared<Counting>();
  audit::Subscription subscription = audit::use_event_handler(engine, counting);
#ifdef HARK_CONSUMER_HAS_PROMETHEUS
  const auto registry = std::make_shared<prometheus::Registry>();
  audit::use_event_handler(engine,
                           std::make_shared<audit::PrometheusEventHandler>(registry));
#endif
  engine.connect().execute("SELECT 1");
  return subscription.flush(std::chrono::seconds(10)) && counting->statements == 1 ? 0
                                                                                   : 1;
}
