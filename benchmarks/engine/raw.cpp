// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/contestants.hpp"
#include "engine/tracks.hpp"

namespace bench {
namespace {

struct Close {
  void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

void require(bool succeeded, sqlite3* database) {
  if (!succeeded) throw std::runtime_error(sqlite3_errmsg(database));
}

void execute(sqlite3* database, const char* sql) {
  require(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK, database);
}

Database open_named(const std::string& name) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(name.c_str(), &opened, flags, nullptr);
  Database database(opened);
  require(code == SQLITE_OK, opened);
  return database;
}

void fill(sqlite3* database, std::int64_t count) {
  for (const std::string& sql : statements_that_fill(count)) {
    execute(database, sql.c_str());
  }
}

Database open(const std::string& path) {
  Database database = open_named(path.empty() ? ":memory:" : path);
  if (path.empty()) fill(database.get(), track_count);
  return database;
}

Statement prepare(sqlite3* database, const std::string& sql, unsigned flags) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(
      database, sql.data(), static_cast<int>(sql.size()), flags, &statement, nullptr);
  require(code == SQLITE_OK, database);
  return Statement(statement);
}
Statement prepare_to_keep(sqlite3* database, const std::string& sql) {
  return prepare(database, sql, SQLITE_PREPARE_PERSISTENT);
}

std::string_view text_of(sqlite3_stmt* statement, int column) {
  const auto* text =
      reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

Track read(sqlite3_stmt* statement) {
  Track track{.id = sqlite3_column_int64(statement, 0),
              .plays = sqlite3_column_int64(statement, 1),
              .seconds = sqlite3_column_double(statement, 2),
              .title = std::string(text_of(statement, 3)),
              .note = std::nullopt};
  if (sqlite3_column_type(statement, 4) != SQLITE_NULL)
    track.note = text_of(statement, 4);
  return track;
}

std::uint64_t find_once(sqlite3* database, sqlite3_stmt* statement, std::int64_t id) {
  sqlite3_bind_int64(statement, 1, id);
  require(sqlite3_step(statement) == SQLITE_ROW, database);
  const Track track = read(statement);
  sqlite3_reset(statement);
  return sum_of(track);
}

void insert_once(sqlite3* database, sqlite3_stmt* statement, const Track& track) {
  const auto bind = [statement](int index, const std::string& text) {
    sqlite3_bind_text(
        statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  };
  sqlite3_bind_int64(statement, 1, track.id);
  sqlite3_bind_int64(statement, 2, track.plays);
  sqlite3_bind_double(statement, 3, track.seconds);
  bind(4, track.title);
  if (track.note) {
    bind(5, *track.note);
  } else {
    sqlite3_bind_null(statement, 5);
  }
  require(sqlite3_step(statement) == SQLITE_DONE, database);
  sqlite3_reset(statement);
}

void step_once(sqlite3* database, sqlite3_stmt* statement) {
  require(sqlite3_step(statement) == SQLITE_DONE, database);
  sqlite3_reset(statement);
}

// -- what is measured -------------------------------------------------------------------

Act find(const std::string& path) {
  const std::shared_ptr<sqlite3> database = open(path);
  std::vector<std::shared_ptr<sqlite3_stmt>> statements;
  for (const std::string& sql : statements_that_find("?")) {
    statements.emplace_back(prepare_to_keep(database.get(), sql));
  }
  return {[database, statements](std::size_t turn) {
    sqlite3_stmt* const statement = statements[turn % statement_count].get();
    return find_once(database.get(), statement, id_in_turn(turn));
  }};
}

Act find_natural(const std::string& path) {
  const std::shared_ptr<sqlite3> database = open(path);
  return {[database, statements = statements_that_find("?")](std::size_t turn) {
    const std::string& sql = statements[turn % statement_count];
    const Statement statement = prepare(database.get(), sql, 0);
    return find_once(database.get(), statement.get(), id_in_turn(turn));
  }};
}

/// In an open transaction, which is rolled back to undo it.
Act in_transaction(const std::shared_ptr<sqlite3>& database,
                   std::size_t most_turns,
                   std::function<std::uint64_t(std::size_t)> run) {
  execute(database.get(), "BEGIN");
  return {std::move(run),
          [database] { execute(database.get(), "ROLLBACK; BEGIN"); },
          most_turns};
}

Act insert(const std::string& path) {
  const std::shared_ptr<sqlite3> database = open(path);
  const std::shared_ptr<sqlite3_stmt> statement =
      prepare_to_keep(database.get(), insert_positional);
  return in_transaction(database, track_count, [database, statement](std::size_t turn) {
    insert_once(database.get(), statement.get(), new_tracks()[turn]);
    return 1;
  });
}

Act insert_natural(const std::string& path) {
  const std::shared_ptr<sqlite3> database = open(path);
  return in_transaction(database, track_count, [database](std::size_t turn) {
    const Statement statement = prepare(database.get(), insert_positional, 0);
    insert_once(database.get(), statement.get(), new_tracks()[turn]);
    return 1;
  });
}

Act insert_all(const std::string& path) {
  const std::shared_ptr<sqlite3> database = open(path);
  const std::shared_ptr<sqlite3_stmt> statement =
      prepare_to_keep(database.get(), insert_positional);
  return in_transaction(database, 1, [database, statement](std::size_t) {
    for (const Track& track : new_tracks()) {
      insert_once(database.get(), statement.get(), track);
    }
    return new_tracks().size();
  });
}

/// Calls `visit` with the statement on each row.
template <class Visit>
Act for_each_row(const std::string& path, Visit visit) {
  const std::shared_ptr<sqlite3> database = open(path);
  const std::shared_ptr<sqlite3_stmt> statement =
      prepare_to_keep(database.get(), select_all);
  return {[statement, visit](std::size_t) {
    const std::uint64_t sum = visit(statement.get());
    sqlite3_reset(statement.get());
    return sum;
  }};
}

Act fetch_all(const std::string& path) {
  return for_each_row(path, [](sqlite3_stmt* statement) {
    std::vector<Track> tracks;
    while (sqlite3_step(statement) == SQLITE_ROW) tracks.push_back(read(statement));
    return sum_of(tracks);
  });
}

Act stream(const std::string& path) {
  return for_each_row(path, [](sqlite3_stmt* statement) {
    std::uint64_t sum = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      std::optional<std::string_view> note;
      if (sqlite3_column_type(statement, 4) != SQLITE_NULL) note = text_of(statement, 4);
      sum += sum_of(sqlite3_column_int64(statement, 0),
                    sqlite3_column_int64(statement, 1),
                    sqlite3_column_double(statement, 2),
                    text_of(statement, 3),
                    note);
    }
    return sum;
  });
}

Act empty_transaction(const std::string& path) {
  const std::shared_ptr<sqlite3> database = open(path);
  const std::shared_ptr<sqlite3_stmt> begin = prepare_to_keep(database.get(), "BEGIN");
  const std::shared_ptr<sqlite3_stmt> commit = prepare_to_keep(database.get(), "COMMIT");
  return {[database, begin, commit](std::size_t) {
    step_once(database.get(), begin.get());
    step_once(database.get(), commit.get());
    return 0;
  }};
}

Act empty_transaction_natural(const std::string& path) {
  const std::shared_ptr<sqlite3> database = open(path);
  return {[database](std::size_t) {
    execute(database.get(), "BEGIN");
    execute(database.get(), "COMMIT");
    return 0;
  }};
}

}  // namespace

Contestant raw() {
  return {.name = "raw",
          .find = find,
          .find_natural = find_natural,
          .insert = insert,
          .insert_natural = insert_natural,
          .insert_all = insert_all,
          .fetch_all = fetch_all,
          .stream = stream,
          .empty_transaction = empty_transaction,
          .empty_transaction_natural = empty_transaction_natural};
}

std::string sqlite_version() { return sqlite3_libversion(); }

DatabaseFile::DatabaseFile() {
  const std::filesystem::path memory("/dev/shm");
  const std::filesystem::path folder = std::filesystem::is_directory(memory)
                                           ? memory
                                           : std::filesystem::temp_directory_path();
  static int made = 0;
  path_ = folder / ("hark_engine_bench_" + std::to_string(getpid()) + '_' +
                    std::to_string(++made) + ".db");
  std::filesystem::remove(path_);
  const Database database = open_named(path_);
  fill(database.get(), wanted_count);
}

DatabaseFile::~DatabaseFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace bench
