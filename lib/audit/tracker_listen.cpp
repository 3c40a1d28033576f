// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What a tracker listens to.
#include <hark/event/listen.hpp>
#include <hark/schema/schema_item.hpp>

#include <string>
#include <tuple>
#include <utility>

#include "audit/tracker.hpp"

namespace hark::audit::detail {
namespace {

constexpr const char* label = "hark.audit";

}  // namespace

/// Of a tracker, on an Engine or on all.
template <class Target>
class Listening {
 public:
  Listening(Tracker& tracker, Target& target) : tracker_(tracker), target_(target) {}

  void listen() {
    on_checkouts();
    const bool hears_statements =
        tracker_.wants(EventKind::statement) || tracker_.wants(EventKind::executemany);
    if (hears_statements) on_statements();
    if (tracker_.wants(EventKind::transaction)) on_transactions();
    if (tracker_.wants(EventKind::savepoint)) on_savepoints();
    if (tracker_.wants(EventKind::twophase)) on_twophase();
    if (tracker_.wants(EventKind::ddl)) on_ddl();
    if (tracker_.wants(EventKind::reflection)) on_reflections();
    if (tracker_.wants(EventKind::error)) {
      on<C::handle_error>([](Tracker& to, ExceptionContext& told) { to.failed(told); });
    }
  }

 private:
  using C = ConnectionEvents;
  using P = PoolEvents;
  using D = DDLEvents;

  /// In front of others, so that one that throws keeps nothing from the tracker.
  template <class E, class On, class Act>
  void on_target(On& target, Act act) {
    event::Subscription added = event::listen<E>(
        target,
        [tracker = tracker_.shared_from_this(), act](auto&&... arguments) noexcept {
          tracker->guarded([&] { act(*tracker, arguments...); });
        },
        event::insert,
        event::label(label));
    const std::lock_guard lock(tracker_.mutex_);
    tracker_.listeners_.push_back(std::move(added));
  }
  template <class E, class Act>
  void on(Act act) {
    on_target<E>(target_, act);
  }
  template <class E, class Act>
  void on_schema(Act act) {
    on_target<E>(event::every<SchemaItem>, act);
  }

  void on_checkouts() {
    on<C::acquire>([](Tracker& to, Connection& conn) { to.acquire(conn); });
    on<C::acquire_end>([](Tracker& to, Connection& conn, const Ending& ending) {
      to.acquire_end(conn, ending);
    });
    on<C::connection_closed>(
        [](Tracker& to, Connection& conn) { to.connection_closed(conn); });
    on<P::checkout_end>([](Tracker& to,
                           dbapi::Connection* connection,
                           const Ending& ending,
                           std::chrono::nanoseconds waited) {
      to.checkout_end(connection, ending, waited);
    });
    if (tracker_.wants(EventKind::connect)) {
      on<P::connect_end>(
          [](Tracker& to,
             dbapi::Connection* connection,
             ConnectionRecord&,
             const Ending& ending) { to.connect_end(connection, ending); });
    }
    on<P::checkin>([](Tracker& to, dbapi::Connection* connection, ConnectionRecord&) {
      to.given_back(connection, nullptr);
    });
    on<P::invalidate>(
        [](Tracker& to,
           dbapi::Connection& connection,
           ConnectionRecord&,
           const std::exception_ptr& error) { to.given_back(&connection, error); });
    on<P::close_detached>([](Tracker& to, dbapi::Connection& connection) {
      to.given_back(&connection, nullptr);
    });
  }

  void on_statements() {
    on<C::before_cursor_execute>(
        [](Tracker& to,
           Connection& conn,
           const dbapi::Cursor& cursor,
           const std::string& statement,
           const dbapi::Parameters& parameters,
           const ExecutionContext& context,
           bool) { to.before_execution(conn, cursor, statement, parameters, context); });
    on<C::cursor_execute_end>(
        [](Tracker& to,
           Connection& conn,
           const ExecutionContext& context,
           const Ending& ending) { to.execution_end(conn, context, ending); });
    on<C::result_end>(
        [](Tracker& to, Connection& conn, std::uint64_t id, const ResultEnding& ending) {
          to.result_end(conn, id, ending);
        });
  }

  void on_transactions() {
    on<C::begin>([](Tracker& to, Connection& conn) {
      to.begin(conn, EventKind::transaction, {});
    });
    on<C::begin_end>([](Tracker& to, Connection& conn, const Ending& ending) {
      to.begin_end(conn, EventKind::transaction, ending);
    });
    const auto ending_begins = [](Tracker& to, Connection& conn) {
      to.ending_begins(conn, EventKind::transaction);
    };
    on<C::commit>(ending_begins);
    on<C::rollback>(ending_begins);
    on<C::commit_end>([](Tracker& to, Connection& conn, const Ending& ending) {
      to.transaction_end(conn, EventKind::transaction, "commit", ending);
    });
    on<C::rollback_end>([](Tracker& to, Connection& conn, const Ending& ending) {
      to.transaction_end(conn, EventKind::transaction, "rollback", ending);
    });
  }

  void on_savepoints() {
    on<C::savepoint>([](Tracker& to, Connection& conn, const std::string& name) {
      to.savepoint(conn, name);
    });
    on<C::savepoint_end>(
        [](Tracker& to, Connection& conn, const std::string& name, const Ending& ending) {
          if (ending.outcome != Outcome::ok) to.savepoint_end(conn, name, {}, ending);
        });
    on<C::release_savepoint_end>(
        [](Tracker& to, Connection& conn, const std::string& name, const Ending& ending) {
          to.savepoint_end(conn, name, "release", ending);
        });
    on<C::rollback_savepoint_end>(
        [](Tracker& to, Connection& conn, const std::string& name, const Ending& ending) {
          to.savepoint_end(conn, name, "rollback", ending);
        });
  }

  void on_twophase() {
    on<C::begin_twophase>([](Tracker& to, Connection& conn, const std::string& xid) {
      to.begin(conn, EventKind::twophase, xid);
    });
    on<C::begin_twophase_end>(
        [](Tracker& to, Connection& conn, const std::string&, const Ending& ending) {
          to.begin_end(conn, EventKind::twophase, ending);
        });
    on<C::prepare_twophase_end>(
        [](Tracker& to, Connection& conn, const std::string&, const Ending& ending) {
          to.prepared(conn, ending);
        });
    const auto ending_begins =
        [](Tracker& to, Connection& conn, const std::string&, bool) {
          to.ending_begins(conn, EventKind::twophase);
        };
    on<C::commit_twophase>(ending_begins);
    on<C::rollback_twophase>(ending_begins);
    on<C::commit_twophase_end>([](Tracker& to,
                                  Connection& conn,
                                  const std::string&,
                                  bool,
                                  const Ending& ending) {
      to.transaction_end(conn, EventKind::twophase, "commit", ending);
    });
    on<C::rollback_twophase_end>([](Tracker& to,
                                    Connection& conn,
                                    const std::string&,
                                    bool,
                                    const Ending& ending) {
      to.transaction_end(conn, EventKind::twophase, "rollback", ending);
    });
  }

  void on_ddl() {
    on_schema<D::before_create>(
        [](Tracker& to, SchemaItem& target, Connection& conn, const DDLOptions&) {
          to.on_schema(EventKind::ddl, "create", target, conn);
        });
    on_schema<D::before_drop>(
        [](Tracker& to, SchemaItem& target, Connection& conn, const DDLOptions&) {
          to.on_schema(EventKind::ddl, "drop", target, conn);
        });
    const auto end = [](Tracker& to,
                        SchemaItem& target,
                        Connection& conn,
                        const DDLOptions&,
                        const Ending& ending) {
      to.on_schema_end(EventKind::ddl, target, conn, ending);
    };
    on_schema<D::create_end>(end);
    on_schema<D::drop_end>(end);
  }

  void on_reflections() {
    on_schema<D::before_reflect>([](Tracker& to, SchemaItem& target, Connection& conn) {
      to.on_schema(EventKind::reflection, "reflect", target, conn);
    });
    on_schema<D::reflect_end>(
        [](Tracker& to, SchemaItem& target, Connection& conn, const Ending& ending) {
          to.on_schema_end(EventKind::reflection, target, conn, ending);
        });
  }

  Tracker& tracker_;
  Target& target_;
};

void Tracker::listen(Engine* engine) {
  if (engine != nullptr) {
    Listening<Engine>(*this, *engine).listen();
  } else {
    Listening<const event::every_t<Engine>>(*this, event::every<Engine>).listen();
  }
}

}  // namespace hark::audit::detail
