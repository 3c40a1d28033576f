// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/sqlite.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/contestants.hpp"
#include "engine/tracks.hpp"

namespace bench {
namespace {

namespace event = hark::event;

/// An engine with one connection: there is one database in memory.
class Database {
 public:
  explicit Database(const std::string& path)
      : engine_(hark::create_engine("sqlite:///" + path,
                                    {.poolclass = hark::PoolClass::queue,
                                     .pool = {.pool_size = 1, .max_overflow = 0}})) {
    if (path.empty()) fill();
  }

  hark::Engine& engine() noexcept { return engine_; }

  /// Adds a listener to each of the four events.
  void listen() {
    event::listen(engine_, "checkout", [this](hark::dbapi::Connection&) { ++calls_; });
    event::listen(engine_, "checkin", [this](hark::dbapi::Connection*) { ++calls_; });
    const auto on_execute =
        [this](hark::Connection&, hark::dbapi::Cursor&, const std::string& statement) {
          calls_ += statement.size() != 0 ? 1 : 0;
        };
    event::listen(engine_, "before_cursor_execute", on_execute);
    event::listen(engine_, "after_cursor_execute", on_execute);
  }

 private:
  void fill() {
    hark::Connection connection = engine_.connect();
    for (const std::string& sql : statements_that_fill()) connection.execute(sql);
    connection.commit();
  }

  hark::Engine engine_;
  std::size_t calls_ = 0;
};

using DatabasePtr = std::shared_ptr<Database>;

std::vector<hark::Clause> clauses_that_find() {
  std::vector<hark::Clause> clauses;
  for (const std::string& sql : statements_that_find(":id")) {
    clauses.push_back(hark::text(sql));
  }
  return clauses;
}

std::uint64_t sum_untyped(hark::Result result) {
  std::uint64_t sum = 0;
  for (const hark::RowView row : result) {
    sum += sum_of({.id = row.get<std::int64_t>("id"),
                   .plays = row.get<std::int64_t>("plays"),
                   .seconds = row.get<double>("seconds"),
                   .title = row.get<std::string>("title"),
                   .note = row.get<std::optional<std::string>>("note")});
  }
  return sum;
}

std::uint64_t find_once(hark::Connection& connection,
                        const hark::Clause& clause,
                        std::int64_t id,
                        bool is_typed) {
  if (!is_typed) return sum_untyped(connection.execute(clause, {{"id", id}}));
  return sum_of(*connection.execute(clause, {{"id", id}}).first<Track>());
}

Act find_pooled(const DatabasePtr& database, bool is_typed) {
  return {[database, is_typed, clauses = clauses_that_find()](std::size_t turn) {
    hark::Connection connection = database->engine().connect();
    return find_once(
        connection, clauses[turn % statement_count], id_in_turn(turn), is_typed);
  }};
}

/// A connection that is held, with the database that it is of.
struct Session {
  explicit Session(const std::string& path)
      : database(path), connection(database.engine().connect()) {}

  Database database;
  hark::Connection connection;
};

Act find_held(const std::string& path, bool is_typed) {
  const auto session = std::make_shared<Session>(path);
  return {[session, is_typed, clauses = clauses_that_find()](std::size_t turn) {
    return find_once(
        session->connection, clauses[turn % statement_count], id_in_turn(turn), is_typed);
  }};
}

Act insert(const std::string& path) {
  const auto session = std::make_shared<Session>(path);
  const auto run = [session, clause = hark::text(insert_named)](std::size_t turn) {
    const Track& track = new_tracks()[turn];
    session->connection.execute(clause,
                                {{"id", track.id},
                                 {"plays", track.plays},
                                 {"seconds", track.seconds},
                                 {"title", track.title},
                                 {"note", track.note}});
    return 1;
  };
  return {run, [session] { session->connection.rollback(); }, track_count};
}

Act insert_all(const std::string& path) {
  const auto session = std::make_shared<Session>(path);
  const auto run = [session, clause = hark::text(insert_named)](std::size_t) {
    return session->connection.execute(clause, new_tracks()).rowcount();
  };
  return {run, [session] { session->connection.rollback(); }, 1};
}

Act fetch_all(const std::string& path) {
  const auto session = std::make_shared<Session>(path);
  return {[session, clause = hark::text(select_all)](std::size_t) {
    return sum_of(session->connection.execute(clause).all<Track>());
  }};
}

Act stream(const std::string& path) {
  const auto session = std::make_shared<Session>(path);
  return {[session, clause = hark::text(select_all)](std::size_t) {
    std::uint64_t sum = 0;
    hark::Result result = session->connection.execute(clause);
    for (const auto& [id, plays, seconds, title, note] :
         result.rows<std::int64_t,
                     std::int64_t,
                     double,
                     std::string_view,
                     std::optional<std::string_view>>()) {
      sum += sum_of(id, plays, seconds, title, note);
    }
    return sum;
  }};
}

Act empty_transaction(const std::string& path) {
  const auto session = std::make_shared<Session>(path);
  return {[session](std::size_t) {
    hark::Transaction transaction = session->connection.begin();
    transaction.commit();
    return 0;
  }};
}

}  // namespace

Prepare hark_find(const HarkWay& way) {
  return [way](const std::string& path) {
    if (!way.is_pooled) return find_held(path, way.is_typed);
    const auto database = std::make_shared<Database>(path);
    for (std::size_t i = 0; i < way.listeners; ++i) database->listen();
    return find_pooled(database, way.is_typed);
  };
}

Contestant hark_contestant() {
  return {.name = "hark",
          .find = hark_find({}),
          .find_natural = hark_find({}),
          .insert = insert,
          .insert_natural = insert,
          .insert_all = insert_all,
          .fetch_all = fetch_all,
          .stream = stream,
          .empty_transaction = empty_transaction,
          .empty_transaction_natural = empty_transaction};
}

}  // namespace bench
