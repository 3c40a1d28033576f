// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialects/sqlite/driver.hpp"
#include "support/counting_new.hpp"
#include "support/sanitizers.hpp"

/// What the core costs on SQLite, in allocations, statements and system calls. Its times
/// are measured in benchmarks/.
namespace hark::test {
namespace {

// -- what SQLite does -------------------------------------------------------------------

sqlite3_mem_methods plain{};
std::size_t asked_by_sqlite = 0;

void* counting_malloc(int size) {
  ++asked_by_sqlite;
  return plain.xMalloc(size);
}
void* counting_realloc(void* memory, int size) {
  ++asked_by_sqlite;
  return plain.xRealloc(memory, size);
}

/// SQLite takes an allocator before it is used for the first time.
bool count_what_sqlite_allocates() {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) != SQLITE_OK) return false;
  sqlite3_mem_methods counting = plain;
  counting.xMalloc = counting_malloc;
  counting.xRealloc = counting_realloc;
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &counting) == SQLITE_OK;
}
const bool is_sqlite_counted = count_what_sqlite_allocates();

template <class Act>
std::size_t sqlites_allocations_of(Act&& act) {
  const std::size_t before = asked_by_sqlite;
  act();
  return asked_by_sqlite - before;
}

/// While it lives, whatever is compiled on a connection is noticed: SQLite asks an
/// authorizer then.
class Compilations {
 public:
  explicit Compilations(sqlite3* database) : database_(database) {
    sqlite3_set_authorizer(
        database,
        [](void* self, int, const char*, const char*, const char*, const char*) {
          ++static_cast<Compilations*>(self)->count_;
          return SQLITE_OK;
        },
        this);
  }
  Compilations(const Compilations&) = delete;
  Compilations& operator=(const Compilations&) = delete;
  ~Compilations() { sqlite3_set_authorizer(database_, nullptr, nullptr); }

  /// 0: nothing was compiled since the last time.
  std::size_t take() noexcept { return std::exchange(count_, 0); }

 private:
  sqlite3* database_;
  std::size_t count_ = 0;
};

/// While it lives, records what a connection executes.
class Statements {
 public:
  explicit Statements(sqlite3* database) : database_(database) {
    sqlite3_trace_v2(
        database,
        SQLITE_TRACE_STMT,
        [](unsigned, void* self, void* statement, void*) {
          static_cast<Statements*>(self)->all.emplace_back(
              sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
          return 0;
        },
        this);
  }
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;
  ~Statements() { sqlite3_trace_v2(database_, 0, nullptr, nullptr); }

  std::vector<std::string> all;

 private:
  sqlite3* database_;
};

// -- what hark is asked for -------------------------------------------------------------

/// Its texts are so short that a std::string holds them itself.
struct Track {
  std::int64_t id = 0;
  std::string title;
  std::optional<double> price;
};

std::vector<Track> tracks_from(std::int64_t first, std::int64_t count) {
  std::vector<Track> tracks;
  for (std::int64_t id = first; id < first + count; ++id) {
    tracks.push_back({.id = id, .title = "a title", .price = std::nullopt});
  }
  return tracks;
}

constexpr std::int64_t track_count = 1000;
constexpr std::size_t turns = 100;

/// A database in memory with a table of tracks, behind a pool of one connection.
class EngineCostTest : public ::testing::Test {
 protected:
  EngineCostTest() {
    EXPECT_TRUE(is_sqlite_counted);
    make_tracks();
    find_in_turn();
  }

  void make_tracks() {
    Connection connection = engine.connect();
    connection.execute(
        "CREATE TABLE track (id INTEGER PRIMARY KEY, title TEXT, price REAL)");
    connection.execute(insert, tracks_from(1, track_count));
    connection.commit();
  }

  sqlite3* database() {
    const PooledConnection lent = engine.raw_connection();
    return static_cast<sqlite::Connection&>(lent.dbapi_connection()).handle();
  }

  Track find(std::int64_t id) {
    Connection connection = engine.connect();
    return connection.execute(by_id, {{"id", id}}).one<Track>();
  }
  void find_in_turn() {
    for (std::size_t turn = 0; turn < turns; ++turn) {
      const auto id = static_cast<std::int64_t>(turn + 1);
      ASSERT_EQ(find(id).id, id);
    }
  }

  /// The same on SQLite's own interface.
  void find_in_turn_without_hark() {
    sqlite3_stmt* prepared = nullptr;
    sqlite3_prepare_v3(database(),
                       "SELECT id, title, price FROM track WHERE id = ?",
                       -1,
                       SQLITE_PREPARE_PERSISTENT,
                       &prepared,
                       nullptr);
    const std::unique_ptr<sqlite3_stmt, sqlite::FinalizeStatement> statement(prepared);
    const std::size_t before = asked_by_sqlite;
    for (std::size_t turn = 0; turn < turns; ++turn) {
      sqlite3_bind_int64(prepared, 1, static_cast<std::int64_t>(turn + 1));
      ASSERT_EQ(sqlite3_step(prepared), SQLITE_ROW);
      ASSERT_NE(sqlite3_column_text(prepared, 1), nullptr);
      sqlite3_reset(prepared);
    }
    asked_without_hark = asked_by_sqlite - before;
  }

  /// Reads the first `count` tracks, one after the other.
  static void stream(Connection& connection, const Clause& some, std::int64_t count) {
    Result result = connection.execute(some, {{"count", count}});
    std::int64_t read = 0;
    for (const auto& [id, title] : result.rows<std::int64_t, std::string_view>()) {
      read += id > 0 && !title.empty() ? 1 : 0;
    }
    ASSERT_EQ(read, count);
  }

  Engine engine = create_engine(
      "sqlite://",
      {.poolclass = PoolClass::queue,
       .pool = {
           .pool_size = 1, .max_overflow = 0, .timeout = std::chrono::milliseconds(0)}});
  const Clause by_id = text("SELECT id, title, price FROM track WHERE id = :id");
  const Clause first_ones = text("SELECT id, title FROM track LIMIT :count");
  const Clause insert =
      text("INSERT INTO track (id, title, price) VALUES (:id, :title, :price)");
  std::size_t asked_without_hark = 0;
};

// -- allocations ------------------------------------------------------------------------

TEST_F(EngineCostTest, FindingARowAllocatesNothing) {
  Connection connection = engine.connect();
  connection.execute(by_id, {{"id", 1}}).one<Track>();

  const std::size_t made = allocations_of([&] {
    for (std::int64_t id = 1; id <= 100; ++id) {
      ASSERT_EQ(connection.execute(by_id, {{"id", id}}).one<Track>().id, id);
    }
  });

  EXPECT_EQ(made, 0U);
}

TEST_F(EngineCostTest, FindingARowOnAPooledConnectionAllocatesNothing) {
  const std::size_t made = allocations_of([&] { find_in_turn(); });

  EXPECT_EQ(made, 0U);
}

TEST_F(EngineCostTest, SQLiteAllocatesNoMoreThanWithoutHark) {
  const std::size_t asked = sqlites_allocations_of([&] { find_in_turn(); });

  find_in_turn_without_hark();
  EXPECT_GT(asked_without_hark, 0U);
  EXPECT_LE(asked, asked_without_hark);
}

TEST_F(EngineCostTest, InsertingARowAllocatesNothing) {
  Connection connection = engine.connect();
  const std::vector<Track> tracks = tracks_from(track_count + 1, 100);
  const auto insert_one = [&](const Track& track) {
    connection.execute(
        insert, {{"id", track.id}, {"title", track.title}, {"price", track.price}});
  };
  insert_one(tracks.back());

  const std::size_t made = allocations_of([&] {
    for (std::size_t i = 0; i + 1 < tracks.size(); ++i) insert_one(tracks[i]);
  });

  EXPECT_EQ(made, 0U);
}

TEST_F(EngineCostTest, InsertingManyRowsAllocatesOneBuffer) {
  Connection connection = engine.connect();
  const std::vector<Track> tracks = tracks_from(track_count + 101, 1000);
  connection.execute(insert, tracks_from(track_count + 1, 100));

  const std::size_t made = allocations_of([&] { connection.execute(insert, tracks); });

  EXPECT_LE(made, 1U);
}

TEST_F(EngineCostTest, StreamingRowsAllocatesNothing) {
  Connection connection = engine.connect();
  stream(connection, first_ones, 1);

  const std::size_t made =
      allocations_of([&] { stream(connection, first_ones, track_count); });

  EXPECT_EQ(made, 0U);
}

TEST_F(EngineCostTest, GatheringRowsAllocatesTheirVectorAlone) {
  Connection connection = engine.connect();
  const Clause all = text("SELECT id, title, price FROM track");
  connection.execute(all).all<Track>();

  const std::size_t made = allocations_of([&] {
    ASSERT_EQ(connection.execute(all).all<Track>().size(), std::size_t{track_count});
  });

  std::size_t grown = 0;  // how often a vector grows to that size
  for (std::int64_t size = 1; size <= 2 * track_count; size *= 2) ++grown;
  EXPECT_LE(made, grown + 1);
}

TEST_F(EngineCostTest, ListenersThatLookOnCostNoAllocation) {
  std::size_t calls = 0;
  event::listen(engine, "checkout", [&](dbapi::Connection&) { ++calls; });
  event::listen(engine, "checkin", [&](dbapi::Connection*) { ++calls; });
  event::listen(engine, "before_cursor_execute", [&](Connection&) { ++calls; });
  event::listen(engine, "after_cursor_execute", [&](Connection&) { ++calls; });
  find_in_turn();
  calls = 0;

  const std::size_t made = allocations_of([&] { find_in_turn(); });

  EXPECT_EQ(calls, 4 * turns);
  EXPECT_EQ(made, 0U);
}

TEST_F(EngineCostTest, ReadingValueByValueCostsFewAllocations) {
  Connection connection = engine.connect();
  const auto read = [&](std::int64_t id) {
    for (const RowView row : connection.execute(by_id, {{"id", id}})) {
      ASSERT_EQ(row.get<std::int64_t>("id"), id);
      ASSERT_FALSE(row.get<std::string_view>("title").empty());
    }
  };
  read(1);

  const std::size_t made = allocations_of([&] {
    for (std::size_t turn = 0; turn < turns; ++turn) {
      read(static_cast<std::int64_t>(turn + 1));
    }
  });

  EXPECT_LE(made, 2 * turns);
}

// -- statements -------------------------------------------------------------------------

TEST_F(EngineCostTest, StatementIsCompiledOnce) {
  Compilations compilations(database());
  find(1);
  EXPECT_GT(compilations.take(), 0U);  // an authorizer outdates what was there

  find_in_turn();

  EXPECT_EQ(compilations.take(), 0U);
}

TEST_F(EngineCostTest, HundredStatementsUsedInTurnAreCompiledOnce) {
  std::vector<Clause> clauses;
  for (int i = 0; i < 100; ++i) {
    clauses.push_back(text("SELECT id + " + std::to_string(i) + " FROM track LIMIT 1"));
  }
  const auto execute_all = [&] {
    for (const Clause& clause : clauses) engine.connect().execute(clause).fetchall();
  };
  Compilations compilations(database());
  execute_all();
  compilations.take();

  execute_all();

  EXPECT_EQ(compilations.take(), 0U);
}

TEST_F(EngineCostTest, BeginCommitAndRollbackAreCompiledOnce) {
  const Clause change = text("UPDATE track SET price = :price WHERE id = 1");
  const auto work = [&] {
    Connection connection = engine.connect();
    connection.execute(change, {{"price", 1.0}});
    connection.commit();
    connection.execute(change, {{"price", 2.0}});
  };
  Compilations compilations(database());
  work();
  EXPECT_GT(compilations.take(), 0U);

  work();

  EXPECT_EQ(compilations.take(), 0U);
}

TEST_F(EngineCostTest, TextIsCompiledOnceWhoeverHoldsIt) {
  Connection connection = engine.connect();
  Compilations compilations(
      static_cast<sqlite::Connection&>(connection.connection().dbapi_connection())
          .handle());
  const auto count = [&](const std::string& sql) {
    return connection.execute(sql).scalar<std::int64_t>();
  };
  count("SELECT count(*) FROM track");
  EXPECT_GT(compilations.take(), 0U);

  EXPECT_EQ(count("SELECT count(*) FROM track"), track_count);

  EXPECT_EQ(compilations.take(), 0U);
}

TEST_F(EngineCostTest, ReadingInMemoryExecutesTheStatementAlone) {
  const Statements statements(database());

  find(1);

  EXPECT_EQ(statements.all,
            std::vector<std::string>{"SELECT id, title, price FROM track WHERE id = ?"});
}

TEST_F(EngineCostTest, EmptyTransactionExecutesNothing) {
  const Statements statements(database());

  Connection connection = engine.connect();
  Transaction transaction = connection.begin();
  transaction.commit();

  EXPECT_EQ(statements.all, std::vector<std::string>{});
}

TEST_F(EngineCostTest, WritingExecutesBeginAndCommitOnce) {
  const Clause change = text("UPDATE track SET price = 1");
  const Statements statements(database());

  Connection connection = engine.connect();
  connection.execute(change);
  connection.execute(change);
  connection.commit();

  const std::vector<std::string> expected{
      "BEGIN", "UPDATE track SET price = 1", "UPDATE track SET price = 1", "COMMIT"};
  EXPECT_EQ(statements.all, expected);
}

// -- system calls -----------------------------------------------------------------------

#if defined(__linux__) && !HARK_TEST_ASAN && !HARK_TEST_TSAN

/// From now on any system call but exit_group ends this process.
void forbid_system_calls() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  sock_fprog program{.len = std::size(rules), .filter = rules};
  const bool is_forbidden = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  if (!is_forbidden) _exit(1);
}

TEST_F(EngineCostTest, FindingARowInMemoryMakesNoSystemCall) {
  if (prctl(PR_GET_SECCOMP) < 0) GTEST_SKIP() << "this kernel has no seccomp";

  EXPECT_EXIT(
      {
        find_in_turn();
        forbid_system_calls();
        find_in_turn();
        _exit(0);
      },
      ::testing::ExitedWithCode(0),
      "");
}

#endif

}  // namespace
}  // namespace hark::test
