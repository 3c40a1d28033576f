// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine.hpp>
#ifdef HARK_BENCH_POSTGRESQL
#include <hark/postgresql.hpp>
#endif
#ifdef HARK_BENCH_MYSQL
#include <hark/mysql.hpp>
#endif

#include <memory>
#include <string>
#include <vector>

#include "engine/server_contestants.hpp"
#include "engine/server_tracks.hpp"

namespace bench {
namespace {

namespace event = hark::event;

using EnginePtr = std::shared_ptr<hark::Engine>;

EnginePtr open(const std::string& url, const hark::EngineOptions& options = {}) {
  return std::make_shared<hark::Engine>(hark::URL(url), options);
}

/// A statement is a transaction, as it is for the C interfaces.
EnginePtr open_autocommit(const std::string& url) {
  return open(url, {.isolation_level = "AUTOCOMMIT"});
}

std::vector<hark::Clause> clauses_that_find() {
  std::vector<hark::Clause> clauses;
  for (const std::string& sql : statements_that_find(":id")) {
    clauses.push_back(hark::text(sql));
  }
  return clauses;
}

std::uint64_t find_once(hark::Connection& connection,
                        const std::vector<hark::Clause>& clauses,
                        std::size_t turn) {
  return sum_of(
      *connection.execute(clauses[turn % statement_count], {{"id", id_in_turn(turn)}})
           .first<Track>());
}

Act find(const std::string& url) {
  return {
      [engine = open_autocommit(url), clauses = clauses_that_find()](std::size_t turn) {
        hark::Connection connection = engine->connect();
        return find_once(connection, clauses, turn);
      }};
}

/// Hears a transaction, and whether its announcements come in their order.
class Listener {
 public:
  explicit Listener(hark::Engine& engine) {
    event::listen(engine, "begin", [this](hark::Connection&) { hear(0); });
    event::listen(
        engine, "before_cursor_execute", [this](hark::Connection&) { hear(1); });
    event::listen(engine, "after_cursor_execute", [this](hark::Connection&) { hear(2); });
    event::listen(engine, "commit", [this](hark::Connection&) { hear(3); });
  }

  bool has_heard_all() noexcept {
    const bool has = heard_ == 4;
    heard_ = 0;
    return has;
  }

 private:
  void hear(int place) noexcept { heard_ += heard_ == place ? 1 : 100; }

  int heard_ = 0;
};

struct Heard {
  explicit Heard(const std::string& url) : engine(open(url)), listener(*engine) {}

  EnginePtr engine;
  Listener listener;
};

Act transaction(const std::string& url) {
  const auto heard = std::make_shared<Heard>(url);
  return {[heard, clauses = clauses_that_find()](std::size_t turn) -> std::uint64_t {
    const std::uint64_t sum = heard->engine->begin([&](hark::Connection& connection) {
      return find_once(connection, clauses, turn);
    });
    return heard->listener.has_heard_all() ? sum : 0;
  }};
}

/// Once, for all tracks are new.
Act insert(const std::string& url, const std::string& sql) {
  const EnginePtr engine = open(url);
  const auto run = [engine, clause = hark::text(sql)](std::size_t) {
    return static_cast<std::uint64_t>(engine->begin([&](hark::Connection& connection) {
      return connection.execute(clause, new_server_tracks()).rowcount();
    }));
  };
  const auto undo = [engine] {
    engine->begin([](hark::Connection& connection) {
      connection.exec_driver_sql(empty_new_tracks);
    });
  };
  return {run, undo, 1};
}

Act insert_many(const std::string& url) {
  return insert(url, insert_new_track({":id", ":plays", ":seconds", ":title", ":note"}));
}

Act insert_bulk(const std::string& url) {
  return insert(url, "COPY new_track (id, plays, seconds, title, note) FROM STDIN");
}

Act fetch(const EnginePtr& engine) {
  return {[engine, clause = hark::text(select_all)](std::size_t) {
    hark::Connection connection = engine->connect();
    return sum_of(connection.execute(clause).all<Track>());
  }};
}

Act fetch_all(const std::string& url) { return fetch(open_autocommit(url)); }

Act stream(const std::string& url) {
  return fetch(open(url,
                    {.execution_options = {{"stream_results", true}},
                     .isolation_level = "AUTOCOMMIT"}));
}

/// A checkout, with all that comes with it.
PrepareOnServer ping(hark::PrePing how) {
  return [how](const std::string& url) -> Act {
    return {[engine = open(url, {.pool = {.pre_ping = how}})](std::size_t) {
      hark::Connection connection = engine->connect();
      return connection.closed() ? 0 : 1;
    }};
  };
}

Act threads(const std::string& url) {
  const EnginePtr engine = open(url,
                                {.pool = {.pool_size = thread_count, .max_overflow = 0},
                                 .isolation_level = "AUTOCOMMIT"});
  return {[engine, clauses = clauses_that_find()](std::size_t) {
    return find_in_threads([&](std::size_t, std::size_t turn) {
      hark::Connection connection = engine->connect();
      return find_once(connection, clauses, turn);
    });
  }};
}

}  // namespace

ServerContestant hark_on_server(bool has_copy) {
  return {.name = "hark",
          .find = find,
          .find_natural = find,
          .transaction = transaction,
          .insert_many = insert_many,
          .insert_bulk = has_copy ? insert_bulk : PrepareOnServer(),
          .fetch_all = fetch_all,
          .stream = stream,
          .ping = ping(true),
          .passive_ping = ping(hark::PrePing::passive),
          .threads = threads};
}

}  // namespace bench
