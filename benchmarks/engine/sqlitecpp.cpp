// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <SQLiteCpp/SQLiteCpp.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/rivals.hpp"
#include "engine/tracks.hpp"

namespace bench {
namespace {

using DatabasePtr = std::shared_ptr<SQLite::Database>;
using StatementPtr = std::shared_ptr<SQLite::Statement>;

DatabasePtr open(const std::string& path) {
  auto database = std::make_shared<SQLite::Database>(
      path.empty() ? ":memory:" : path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  if (path.empty()) {
    for (const std::string& sql : statements_that_fill()) database->exec(sql);
  }
  return database;
}

StatementPtr prepare(const DatabasePtr& database, const std::string& sql) {
  return std::make_shared<SQLite::Statement>(*database, sql);
}

Track read(SQLite::Statement& statement) {
  Track track{.id = statement.getColumn(0).getInt64(),
              .plays = statement.getColumn(1).getInt64(),
              .seconds = statement.getColumn(2).getDouble(),
              .title = statement.getColumn(3).getString(),
              .note = std::nullopt};
  if (!statement.getColumn(4).isNull()) track.note = statement.getColumn(4).getString();
  return track;
}

std::uint64_t find_once(SQLite::Statement& statement, std::int64_t id) {
  statement.bind(1, id);
  statement.executeStep();
  const Track track = read(statement);
  statement.reset();
  return sum_of(track);
}

void insert_once(SQLite::Statement& statement, const Track& track) {
  statement.bind(1, track.id);
  statement.bind(2, track.plays);
  statement.bind(3, track.seconds);
  statement.bindNoCopy(4, track.title);
  if (track.note) {
    statement.bindNoCopy(5, *track.note);
  } else {
    statement.bind(5);
  }
  statement.exec();
  statement.reset();
}

Act find(const std::string& path) {
  const DatabasePtr database = open(path);
  std::vector<StatementPtr> statements;
  for (const std::string& sql : statements_that_find("?")) {
    statements.push_back(prepare(database, sql));
  }
  return {[database, statements](std::size_t turn) {
    return find_once(*statements[turn % statement_count], id_in_turn(turn));
  }};
}

Act find_natural(const std::string& path) {
  const DatabasePtr database = open(path);
  return {[database, statements = statements_that_find("?")](std::size_t turn) {
    SQLite::Statement statement(*database, statements[turn % statement_count]);
    return find_once(statement, id_in_turn(turn));
  }};
}

Act in_transaction(const DatabasePtr& database,
                   std::size_t most_turns,
                   std::function<std::uint64_t(std::size_t)> run) {
  database->exec("BEGIN");
  return {std::move(run), [database] { database->exec("ROLLBACK; BEGIN"); }, most_turns};
}

Act insert(const std::string& path) {
  const DatabasePtr database = open(path);
  const StatementPtr statement = prepare(database, insert_positional);
  return in_transaction(database, track_count, [database, statement](std::size_t turn) {
    insert_once(*statement, new_tracks()[turn]);
    return 1;
  });
}

Act insert_natural(const std::string& path) {
  const DatabasePtr database = open(path);
  return in_transaction(database, track_count, [database](std::size_t turn) {
    SQLite::Statement statement(*database, insert_positional);
    insert_once(statement, new_tracks()[turn]);
    return 1;
  });
}

Act insert_all(const std::string& path) {
  const DatabasePtr database = open(path);
  const StatementPtr statement = prepare(database, insert_positional);
  return in_transaction(database, 1, [database, statement](std::size_t) {
    for (const Track& track : new_tracks()) insert_once(*statement, track);
    return new_tracks().size();
  });
}

Act fetch_all(const std::string& path) {
  const DatabasePtr database = open(path);
  const StatementPtr statement = prepare(database, select_all);
  return {[database, statement](std::size_t) {
    std::vector<Track> tracks;
    while (statement->executeStep()) tracks.push_back(read(*statement));
    statement->reset();
    return sum_of(tracks);
  }};
}

Act empty_transaction(const std::string& path) {
  const DatabasePtr database = open(path);
  return {[database](std::size_t) {
    SQLite::Transaction transaction(*database);
    transaction.commit();
    return 0;
  }};
}

}  // namespace

Contestant sqlitecpp() {
  return {.name = "sqlitecpp",
          .find = find,
          .find_natural = find_natural,
          .insert = insert,
          .insert_natural = insert_natural,
          .insert_all = insert_all,
          .fetch_all = fetch_all,
          .empty_transaction_natural = empty_transaction};
}

}  // namespace bench
