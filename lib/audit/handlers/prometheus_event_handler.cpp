// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/prometheus_event_handler.hpp>
#include <hark/engine/engine.hpp>
#include <hark/event.hpp>
#include <hark/pool/events.hpp>
#include <hark/pool/queue_pool.hpp>

#include <prometheus/client_metric.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "audit/database.hpp"

namespace hark::audit {
namespace {

using prometheus::ClientMetric;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::MetricFamily;
using Clock = std::chrono::steady_clock;

/// As OpenTelemetry advises.
const Histogram::BucketBoundaries& buckets() {
  static const Histogram::BucketBoundaries bounds{
      0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10};
  return bounds;
}

double seconds(std::chrono::nanoseconds duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

/// The metrics of a family by their labels' values. The family would make another metric only
/// to find that there is one.
template <class Metric>
class Series {
 public:
  Series(Family<Metric>& family, std::vector<std::string> names)
      : family_(family), names_(std::move(names)) {}

  template <class... Args>
  Metric& at(const std::vector<std::string>& values, const Args&... args) {
    std::string key;
    for (const std::string& value : values) (key += value) += '\0';
    Metric*& known = by_values_[std::move(key)];
    if (known == nullptr) {
      Labels labels;
      for (std::size_t i = 0; i < names_.size(); ++i)
        labels.emplace(names_[i], values[i]);
      known = &family_.Add(labels, args...);
    }
    return *known;
  }

 private:
  Family<Metric>& family_;
  const std::vector<std::string> names_;
  std::unordered_map<std::string, Metric*> by_values_;
};

/// The first texts that come; all others are "other".
class Bounded {
 public:
  explicit Bounded(std::size_t most) : most_(most) {}

  bool admits(const std::string& text) {
    if (known_.count(text) != 0) return true;
    if (known_.size() >= most_) return false;
    known_.insert(text);
    return true;
  }

 private:
  const std::size_t most_;
  std::unordered_set<std::string> known_;
};

Family<Histogram>& histogram(prometheus::Registry& registry,
                             const std::string& name,
                             const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

Family<Counter>& counter(prometheus::Registry& registry,
                         const std::string& name,
                         const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

std::vector<std::string> with_database(std::vector<std::string> others) {
  others.insert(others.begin(),
                {"db_system_name", "db_namespace", "server_address", "server_port"});
  return others;
}

std::string error_type_of(const EventEnd& event) {
  if (event.outcome == Outcome::ok) return {};
  if (!event.failure) return std::string(hark::name_of(event.outcome));
  return event.failure->sqlstate.empty() ? event.failure->type : event.failure->sqlstate;
}

std::string pool_name_of(const Database& database) {
  if (database.server_address.empty()) return database.name;
  std::string name = database.server_address;
  if (database.server_port) name += ":" + std::to_string(*database.server_port);
  return name + "/" + database.name;
}

/// When connections have left a pool, and how long they were away.
class UseTimes {
 public:
  UseTimes(std::shared_ptr<prometheus::Registry> registry, Histogram& times)
      : registry_(std::move(registry)), times_(times) {}

  void begin(const ConnectionRecord& record) {
    const std::lock_guard lock(mutex_);
    begins_[&record] = Clock::now();
  }
  void end(const ConnectionRecord& record) {
    const std::lock_guard lock(mutex_);
    const auto begin = begins_.find(&record);
    if (begin == begins_.end()) return;
    times_.Observe(seconds(Clock::now() - begin->second));
    begins_.erase(begin);
  }

 private:
  const std::shared_ptr<prometheus::Registry> registry_;  // which has times_
  Histogram& times_;
  std::mutex mutex_;
  std::unordered_map<const ConnectionRecord*, Clock::time_point> begins_;
};

/// An engine, as long as it lives.
struct WatchedEngine {
  std::string pool_name;
  std::mutex mutex;
  const Engine* engine = nullptr;  // guarded by mutex; null: it was destroyed
};

/// What an engine keeps, so that its end is noticed.
class Watch {
 public:
  explicit Watch(std::shared_ptr<WatchedEngine> watched) : watched_(std::move(watched)) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() {
    const std::lock_guard lock(watched_->mutex);
    watched_->engine = nullptr;
  }

 private:
  const std::shared_ptr<WatchedEngine> watched_;
};

/// Gauges of pools, read when they are collected.
class Pools final : public prometheus::Collectable {
 public:
  void add(std::shared_ptr<WatchedEngine> engine) {
    const std::lock_guard lock(mutex_);
    engines_.push_back(std::move(engine));
  }

  std::vector<MetricFamily> Collect() const override {
    Families families;
    const std::lock_guard lock(mutex_);
    std::erase_if(engines_, [&](const std::shared_ptr<WatchedEngine>& watched) {
      const std::lock_guard engine_lock(watched->mutex);
      if (watched->engine == nullptr) return true;
      collect(families, watched->pool_name, watched->engine->pool());
      return false;
    });
    return {families.count, families.max, families.idle_max, families.pending};
  }

 private:
  struct Families {
    MetricFamily count =
        gauge("db_client_connection_count", "Connections of a pool, by their state");
    MetricFamily max =
        gauge("db_client_connection_max", "Connections a pool may have open");
    MetricFamily idle_max =
        gauge("db_client_connection_idle_max", "Idle connections a pool keeps open");
    MetricFamily pending = gauge("db_client_connection_pending_requests",
                                 "Callers that wait for a connection");
  };

  static MetricFamily gauge(std::string name, std::string help) {
    return {.name = std::move(name),
            .help = std::move(help),
            .type = prometheus::MetricType::Gauge,
            .metric = {}};
  }

  static void put(MetricFamily& to,
                  const std::string& pool,
                  std::size_t value,
                  std::string_view state = {}) {
    ClientMetric metric;
    metric.label.push_back({"db_client_connection_pool_name", pool});
    if (!state.empty())
      metric.label.push_back({"db_client_connection_state", std::string(state)});
    metric.gauge.value = static_cast<double>(value);
    to.metric.push_back(std::move(metric));
  }

  static void collect(Families& to, const std::string& name, const Pool& pool) {
    put(to.count, name, pool.checked_in(), "idle");
    put(to.count, name, pool.checked_out(), "used");
    const auto* const queue = dynamic_cast<const QueuePool*>(&pool);
    if (queue == nullptr) return;
    put(to.pending, name, queue->waiting());
    const PoolOptions& options = pool.options();
    if (options.pool_size == 0) return;
    put(to.idle_max, name, options.pool_size);
    if (options.max_overflow >= 0) {
      put(to.max,
          name,
          options.pool_size + static_cast<std::size_t>(options.max_overflow));
    }
  }

  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<WatchedEngine>> engines_;  // guarded by mutex_
};

}  // namespace

struct PrometheusEventHandler::State {
  State(std::shared_ptr<prometheus::Registry> given, const PrometheusOptions& options)
      : registry(std::move(given)),
        summaries(options.max_summaries),
        databases(options.max_databases) {}

  std::vector<std::string> labels_of(const EventStart& event,
                                     std::vector<std::string> others = {});
  std::string summary_of(const EventStart& event);
  void note_lost(const EventStart& event);

  const std::shared_ptr<prometheus::Registry> registry;
  const std::shared_ptr<Pools> pools = std::make_shared<Pools>();
  std::mutex mutex;
  // Guarded by mutex.
  Bounded summaries;
  Bounded databases;
  Series<Histogram> durations{histogram(*registry,
                                        "db_client_operation_duration_seconds",
                                        "Duration of database client operations"),
                              with_database({"db_query_summary", "error_type"})};
  Series<Histogram> create_times{histogram(*registry,
                                           "db_client_connection_create_time_seconds",
                                           "The time it took to create a new connection"),
                                 with_database({})};
  Series<Histogram> wait_times{
      histogram(*registry,
                "db_client_connection_wait_time_seconds",
                "The time it took to obtain an open connection from the pool"),
      with_database({})};
  Series<Histogram> use_times{
      histogram(*registry,
                "db_client_connection_use_time_seconds",
                "The time between borrowing a connection and returning it to the pool"),
      {"db_client_connection_pool_name"}};
  Series<Counter> timeouts{
      counter(*registry,
              "db_client_connection_timeouts_total",
              "Connection timeouts that have occurred trying to obtain a connection"),
      with_database({})};
  Series<Counter> transactions{
      counter(*registry, "hark_transactions_total", "Transactions that have ended"),
      with_database({"ended_by", "outcome"})};
  Series<Counter> lost{
      counter(*registry, "hark_audit_lost_total", "What the audit did not record"),
      {"reason", "what"}};
};

/// The values of with_database(others).
std::vector<std::string> PrometheusEventHandler::State::labels_of(
    const EventStart& event, std::vector<std::string> others) {
  static const Database none;
  const Database& of = event.database == nullptr ? none : *event.database;
  std::string port = of.server_port ? std::to_string(*of.server_port) : "";
  const bool is_known =
      databases.admits(of.name + '\0' + of.server_address + '\0' + port);
  std::vector<std::string> values{of.system,
                                  is_known ? of.name : "other",
                                  is_known ? of.server_address : "other",
                                  is_known ? std::move(port) : ""};
  values.insert(values.end(),
                std::make_move_iterator(others.begin()),
                std::make_move_iterator(others.end()));
  return values;
}

std::string PrometheusEventHandler::State::summary_of(const EventStart& event) {
  if (event.statement == nullptr) return {};
  const std::string summary =
      (event.batch_size > 1 ? "BATCH " : "") + event.statement->summary;
  return summaries.admits(summary) ? summary : "other";
}

void PrometheusEventHandler::State::note_lost(const EventStart& event) {
  for (const Attribute& each : event.attributes) {
    const bool is_count = each.name == "events" || each.name == "requests";
    if (is_count && each.value.type() == dbapi::Type::integer)
      lost.at({event.name, each.name})
          .Increment(static_cast<double>(each.value.integer()));
  }
}

PrometheusEventHandler::PrometheusEventHandler(
    std::shared_ptr<prometheus::Registry> registry, const PrometheusOptions& options)
    : state_(std::make_unique<State>(std::move(registry), options)) {}

PrometheusEventHandler::~PrometheusEventHandler() = default;

void PrometheusEventHandler::watch(Engine& engine, std::string_view pool_name) {
  auto watched = std::make_shared<WatchedEngine>();
  watched->pool_name = pool_name.empty() ? pool_name_of(detail::database_of(engine.url()))
                                         : std::string(pool_name);
  watched->engine = &engine;
  engine.keep(std::make_shared<Watch>(watched));
  state_->pools->add(watched);

  const auto times = [&] {
    const std::lock_guard lock(state_->mutex);
    return std::make_shared<UseTimes>(
        state_->registry, state_->use_times.at({watched->pool_name}, buckets()));
  }();
  event::listen<PoolEvents::checkout>(
      engine,
      [times](dbapi::Connection&, ConnectionRecord& record, ConnectionFairy&) {
        times->begin(record);
      },
      event::isolate);
  event::listen<PoolEvents::checkin>(
      engine,
      [times](dbapi::Connection*, ConnectionRecord& record) { times->end(record); },
      event::isolate);
  event::listen<PoolEvents::detach>(
      engine,
      [times](dbapi::Connection&, ConnectionRecord& record) { times->end(record); },
      event::isolate);
}

std::shared_ptr<prometheus::Collectable> PrometheusEventHandler::pools() const {
  return state_->pools;
}

void PrometheusEventHandler::request_start(const RequestStart& /*request*/) {}
void PrometheusEventHandler::event_start(const EventStart& /*event*/) {}

void PrometheusEventHandler::event_end(const EventEnd& event) {
  const std::lock_guard lock(state_->mutex);
  switch (event.kind) {
    case EventKind::statement:
    case EventKind::executemany:
      state_->durations
          .at(state_->labels_of(event, {state_->summary_of(event), error_type_of(event)}),
              buckets())
          .Observe(seconds(event.elapsed));
      return;
    case EventKind::connect:
      if (event.outcome == Outcome::ok) {
        state_->create_times.at(state_->labels_of(event), buckets())
            .Observe(seconds(event.elapsed));
      }
      return;
    case EventKind::checkout:
      if (event.outcome == Outcome::ok) {
        state_->wait_times.at(state_->labels_of(event), buckets())
            .Observe(seconds(event.elapsed));
      } else if (event.failure && event.failure->type == "TimeoutError") {
        state_->timeouts.at(state_->labels_of(event)).Increment();
      }
      return;
    case EventKind::transaction:
    case EventKind::twophase:
      state_->transactions
          .at(state_->labels_of(
              event, {event.ended_by, std::string(hark::name_of(event.outcome))}))
          .Increment();
      return;
    case EventKind::lost:
      state_->note_lost(event);
      return;
    case EventKind::savepoint:
    case EventKind::ddl:
    case EventKind::reflection:
    case EventKind::error:
    case EventKind::custom:
      return;
  }
}

void PrometheusEventHandler::request_end(const RequestEnd& /*end*/) {}

}  // namespace hark::audit
