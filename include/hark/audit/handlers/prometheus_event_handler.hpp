// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event_handler.hpp>
#include <hark/engine/fwd.hpp>

#include <prometheus/collectable.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hark::audit {

/// What a PrometheusEventHandler can be told.
struct PrometheusOptions {
  /// Summaries of statements that are told apart; all further ones are "other". A series is
  /// kept for each, and each error, as long as the registry lives.
  std::size_t max_summaries = 200;
  /// The same for databases: their names and addresses.
  std::size_t max_databases = 50;
};

/// Counts and measures, for Prometheus, by OpenTelemetry's conventions for database clients.
///
///     auto registry = std::make_shared<prometheus::Registry>();
///     auto handler = std::make_shared<audit::PrometheusEventHandler>(registry);
///     audit::use_event_handler(engine, handler);
///     handler->watch(engine);
///     exposer.RegisterCollectable(registry);
///     exposer.RegisterCollectable(handler->pools());
///
/// | metric | kind | labels |
/// | --- | --- | --- |
/// | db_client_operation_duration_seconds | histogram | database, db_query_summary, error_type |
/// | db_client_connection_create_time_seconds | histogram | database |
/// | db_client_connection_wait_time_seconds | histogram | database |
/// | db_client_connection_use_time_seconds | histogram | pool; where it is watched |
/// | db_client_connection_timeouts_total | counter | database |
/// | hark_transactions_total | counter | database, ended_by, outcome |
/// | hark_audit_lost_total | counter | reason, what: events or requests |
///
/// and, of the pools that are watched, read when somebody asks:
///
/// | metric | kind | labels |
/// | --- | --- | --- |
/// | db_client_connection_count | gauge | pool, state: idle or used |
/// | db_client_connection_max | gauge | pool; not where there is no limit |
/// | db_client_connection_idle_max | gauge | pool; not where there is no limit |
/// | db_client_connection_pending_requests | gauge | pool |
///
/// "database" is db_system_name, db_namespace, server_address and server_port; "pool" is
/// db_client_connection_pool_name. error_type is the SQLSTATE, else the exception's class, or
/// "cancelled" and "unknown"; it is empty where there was no error. An executemany counts once,
/// its summary is "BATCH …". A transaction that did not end by itself is ended_by "".
///
/// Thread safety: shared objects safe; one handler may be used for several engines.
/// Source: OpenTelemetry semantic-conventions, docs/db/database-metrics.md.
class PrometheusEventHandler final : public SyncEventHandler<> {
 public:
  explicit PrometheusEventHandler(std::shared_ptr<prometheus::Registry> registry,
                                  const PrometheusOptions& options = {});
  ~PrometheusEventHandler() override;

  /// Shows an engine's pool in pools(), until the engine is destroyed, and measures how long
  /// its connections are used. Without a name the pool has that of its database:
  /// "localhost:5432/music".
  ///
  /// Cost: a lock and a lookup for each checkout and its return.
  void watch(Engine& engine, std::string_view pool_name = {});
  /// The gauges of all pools that are watched. Exposer::RegisterCollectable() keeps no owner:
  /// the handler does.
  std::shared_ptr<prometheus::Collectable> pools() const;

  void request_start(const RequestStart& request) override;
  void event_start(const EventStart& event) override;
  void event_end(const EventEnd& event) override;
  void request_end(const RequestEnd& end) override;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace hark::audit
