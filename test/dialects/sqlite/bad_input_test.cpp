// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <typeinfo>

#include "support/folder.hpp"

namespace hark::test {
namespace {

using namespace std::string_literals;

/// What became of an act that had to fail.
struct Failure {
  const std::type_info* type = nullptr;  // null: it has not failed
  std::string what;
  std::string statement;
  int code = 0;
  bool is_disconnect = false;
};

template <class Act>
Failure failure_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return {.type = &typeid(error),
            .what = error.what(),
            .statement = std::string(error.statement()),
            .code = error.driver_code(),
            .is_disconnect = error.is_disconnect()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

template <class E>
void expect_type(const Failure& failure) {
  ASSERT_NE(failure.type, nullptr);
  EXPECT_EQ(*failure.type, typeid(E)) << failure.type->name() << ": " << failure.what;
}

/// Root reads every file; while this lives, the process is somebody else then.
class WithoutRights {
 public:
  WithoutRights() { become(nobody); }
  WithoutRights(const WithoutRights&) = delete;
  WithoutRights& operator=(const WithoutRights&) = delete;
  ~WithoutRights() { become(0); }

 private:
  static constexpr ::uid_t nobody = 65534;

  void become(::uid_t user) const {
    if (was_root_ && ::seteuid(user) != 0) ADD_FAILURE() << "cannot change the user";
  }

  const bool was_root_ = ::geteuid() == 0;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// An engine on a file, on which nobody waits for locks. When a test is over, whatever it
/// did, the pool has its connections back, no transaction is open, and the engine works.
class BadInputTest : public ::testing::Test {
 protected:
  BadInputTest() {
    Connection connection(engine);
    connection.execute("create table t (id integer primary key, value)");
    connection.commit();
  }

  void TearDown() override {
    EXPECT_EQ(engine.pool().checked_out(), 0U);
    Engine other = create_engine(url_of(file));
    Connection writer(other);
    EXPECT_NO_THROW(writer.exec_driver_sql("insert into t (value) values ('other')"));
    writer.commit();
    Connection connection(engine);
    EXPECT_NO_THROW(connection.execute("delete from t"));
    EXPECT_NO_THROW(connection.commit());
  }

  static std::string url_of(const std::string& file) {
    return "sqlite:///" + file + "?timeout=0";
  }

  /// Executes on a connection of its own.
  void execute(std::string_view sql, const ParameterSet& parameters = {}) {
    Connection connection(engine);
    Result result = connection.execute(text(std::string(sql)), parameters);
    if (result.returns_rows()) result.fetchall();
    connection.commit();
  }

  /// What becomes of a value that is written and read.
  dbapi::Value round_trip(const dbapi::Value& value) {
    execute("insert into t (value) values (:value)", {{"value", value}});
    Connection connection(engine);
    return connection.execute("select value from t").scalar().value();
  }

  const Folder folder;
  const std::string file = folder.path("test.db");
  Engine engine = create_engine(url_of(file));
};

// -- what is connected to ---------------------------------------------------------------

TEST_F(BadInputTest, UnknownDialectIsNamed) {
  const Failure failure = failure_of([] { create_engine("sqlight:///x.db"); });

  expect_type<NoSuchModuleError>(failure);
  EXPECT_EQ(failure.what, "no dialect 'sqlight' is known; did you mean 'sqlite'?");
}

TEST_F(BadInputTest, MalformedURLMakesNoEngine) {
  expect_type<ArgumentError>(failure_of([] { create_engine("sqlite:/x.db"); }));
}

TEST_F(BadInputTest, MissingFolderIsAnOperationalError) {
  const std::string missing = folder.path("missing/x.db");
  Engine lost = create_engine(url_of(missing));

  const Failure failure = failure_of([&] { lost.connect(); });

  expect_type<OperationalError>(failure);
  EXPECT_EQ(failure.code & 0xff, SQLITE_CANTOPEN);
  EXPECT_TRUE(contains(failure.what, missing)) << failure.what;
  EXPECT_EQ(lost.pool().checked_out(), 0U);
}

TEST_F(BadInputTest, MissingFolderMayComeLater) {
  Engine lost = create_engine(url_of(folder.path("missing/x.db")));
  failure_of([&] { lost.connect(); });

  std::filesystem::create_directory(folder.path("missing"));

  Connection connection(lost);
  EXPECT_EQ(connection.execute("select 1").scalar(), dbapi::Value(1));
}

TEST_F(BadInputTest, UnreadableFileIsAnOperationalError) {
  const std::string secret = folder.path("secret.db");
  std::ofstream(secret) << "x";
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  Engine locked = create_engine(url_of(secret));
  const WithoutRights without_rights;

  const Failure failure = failure_of([&] { locked.connect(); });

  expect_type<OperationalError>(failure);
  EXPECT_EQ(locked.pool().checked_out(), 0U);
}

TEST_F(BadInputTest, FileOfRandomBytesIsADatabaseError) {
  const std::string junk = folder.path("junk.db");
  {
    std::mt19937 random(7);
    std::ofstream out(junk, std::ios::binary);
    for (int i = 0; i < 8192; ++i) out.put(static_cast<char>(random()));
  }
  Engine broken = create_engine(url_of(junk));
  Connection connection(broken);

  const Failure failure = failure_of([&] { connection.execute("select * from t"); });
  connection.close();

  expect_type<DatabaseError>(failure);
  EXPECT_EQ(failure.code, SQLITE_NOTADB);
  EXPECT_EQ(failure.statement, "select * from t");
  EXPECT_EQ(broken.pool().checked_out(), 0U);
}

TEST_F(BadInputTest, TruncatedFileIsADatabaseError) {
  execute("insert into t (value) values (zeroblob(100000))");
  const std::string half = folder.path("half.db");
  std::filesystem::copy_file(file, half);
  std::filesystem::resize_file(half, std::filesystem::file_size(half) / 2);
  Engine broken = create_engine(url_of(half));
  Connection connection(broken);

  const Failure failure =
      failure_of([&] { connection.execute("select * from t").fetchall(); });
  connection.close();

  expect_type<DatabaseError>(failure);
  EXPECT_EQ(failure.code & 0xff, SQLITE_CORRUPT);
  EXPECT_EQ(failure.statement, "select * from t");
  EXPECT_EQ(broken.pool().checked_out(), 0U);
}

// -- locks ------------------------------------------------------------------------------

class LockedTest : public BadInputTest {
 protected:
  LockedTest() { holder.execute("insert into t (value) values ('holder')"); }

  void TearDown() override {
    holder.close();
    BadInputTest::TearDown();
  }

  Engine other = create_engine(url_of(file));
  Connection holder{other};
};

TEST_F(LockedTest, LockedDatabaseIsAnOperationalError) {
  const std::string sql = "insert into t (value) values (1)";
  Connection connection(engine);

  const Failure failure = failure_of([&] { connection.execute(sql); });

  expect_type<OperationalError>(failure);
  EXPECT_TRUE(contains(failure.what, "database is locked")) << failure.what;
  EXPECT_EQ(failure.code, SQLITE_BUSY);
  EXPECT_EQ(failure.statement, sql);
  EXPECT_FALSE(failure.is_disconnect);
}

TEST_F(LockedTest, TransactionGoesOnWhenTheLockIsGone) {
  Connection connection(engine);
  failure_of([&] { connection.execute("insert into t (value) values (1)"); });

  holder.rollback();

  EXPECT_NO_THROW(connection.execute("insert into t (value) values (1)"));
  EXPECT_NO_THROW(connection.commit());
}

/// While somebody reads, nobody commits.
class LockedCommitTest : public BadInputTest {
 protected:
  LockedCommitTest() {
    connection.execute("insert into t (value) values (1)");
    failure = failure_of([&] { connection.commit(); });
    open.close();
    reader.close();
  }

  void TearDown() override {
    connection.close();
    BadInputTest::TearDown();
  }

  Engine other = create_engine(url_of(file));
  Connection reader{other};
  Result open = reader.execute("select name from sqlite_master union all select 1");
  Connection connection{engine};
  Failure failure;
};

TEST_F(LockedCommitTest, FailsWithAnOperationalError) {
  expect_type<OperationalError>(failure);
  EXPECT_EQ(failure.code, SQLITE_BUSY);
}

TEST_F(LockedCommitTest, LeavesOnlyTheRollback) {
  expect_type<PendingRollbackError>(failure_of([&] { connection.execute("select 1"); }));
  expect_type<InvalidRequestError>(
      failure_of([&] { static_cast<void>(connection.begin()); }));
}

TEST_F(LockedCommitTest, IsOverAfterTheRollback) {
  connection.rollback();

  EXPECT_EQ(connection.execute("select count(*) from t").scalar(), dbapi::Value(0));
  EXPECT_NO_THROW(connection.execute("insert into t (value) values (2)"));
  EXPECT_NO_THROW(connection.commit());
}

TEST_F(LockedCommitTest, IsOverWhenTheConnectionIsPooledAgain) {
  connection.close();

  Connection next(engine);
  EXPECT_NO_THROW(next.execute("insert into t (value) values (2)"));
  next.commit();
  EXPECT_EQ(next.execute("select count(*) from t").scalar(), dbapi::Value(1));
}

// -- statements -------------------------------------------------------------------------

TEST_F(BadInputTest, WrongStatementIsNamed) {
  const Failure failure = failure_of([&] { execute("selekt 1"); });

  expect_type<OperationalError>(failure);
  EXPECT_EQ(failure.statement, "selekt 1");
  EXPECT_TRUE(contains(failure.what, "near \"selekt\": syntax error\n[SQL: selekt 1]"))
      << failure.what;
}

TEST_F(BadInputTest, StatementThatFailsWhileItIsFetchedIsNamed) {
  const std::string sql = "select abs(column1) from (values (1), (-9223372036854775808))";
  Connection connection(engine);
  Result result = connection.execute(sql);
  result.fetchone();

  const Failure failure = failure_of([&] { result.fetchone(); });

  expect_type<OperationalError>(failure);
  EXPECT_EQ(failure.statement, sql);
}

TEST_F(BadInputTest, NothingToExecuteIsAProgrammingError) {
  for (const char* const sql : {"", " ", ";", "-- nothing"}) {
    expect_type<ProgrammingError>(failure_of([&] { execute(sql); }));
  }
}

TEST_F(BadInputTest, FailedStatementLeavesTheOthersOfItsTransaction) {
  Connection connection(engine);
  connection.execute("insert into t (id, value) values (1, 'one')");
  failure_of([&] { connection.execute("insert into t (id, value) values (1, 'two')"); });

  connection.commit();

  EXPECT_EQ(connection.execute("select value from t").scalar(), dbapi::Value("one"));
}

TEST_F(BadInputTest, NullCharacterInAStatementIsAProgrammingError) {
  expect_type<ProgrammingError>(
      failure_of([&] { execute("select 1\0; drop table t"s); }));
}

TEST_F(BadInputTest, StatementOfInvalidUtf8IsAnError) {
  expect_type<OperationalError>(failure_of([&] { execute("select \xFF\xFE from t"); }));
}

/// A statement that fails such that SQLite rolls the whole transaction back.
class UndoneTest : public BadInputTest {
 protected:
  UndoneTest() {
    connection.execute("insert into t (id, value) values (1, 'lost')");
    failure = failure_of([&] {
      connection.execute("insert or rollback into t (id, value) values (1, 'two')");
    });
  }

  void TearDown() override {
    connection.close();
    BadInputTest::TearDown();
  }

  Connection connection{engine};
  Failure failure;
};

TEST_F(UndoneTest, NothingIsExecutedBeforeTheRollback) {
  const Failure next =
      failure_of([&] { connection.execute("insert into t (value) values ('alone')"); });

  expect_type<IntegrityError>(failure);
  expect_type<OperationalError>(next);
  EXPECT_EQ(next.code, SQLITE_ABORT_ROLLBACK);
}

TEST_F(UndoneTest, CommitDoesNotClaimThatItIsKept) {
  expect_type<OperationalError>(failure_of([&] { connection.commit(); }));
}

TEST_F(UndoneTest, IsOverAfterTheRollback) {
  connection.rollback();

  connection.execute("insert into t (value) values ('kept')");
  connection.commit();
  EXPECT_EQ(connection.execute("select group_concat(value) from t").scalar(),
            dbapi::Value("kept"));
}

TEST_F(UndoneTest, IsOverWhenTheConnectionIsPooledAgain) {
  connection.close();

  Connection next(engine);
  EXPECT_NO_THROW(next.execute("insert into t (value) values ('kept')"));
  EXPECT_NO_THROW(next.commit());
}

/// What fails for lack of room, too.
TEST_F(BadInputTest, FullDatabaseIsAnOperationalError) {
  Connection connection(engine);
  connection.exec_driver_sql("pragma max_page_count = 3");
  connection.commit();

  const Failure failure = failure_of(
      [&] { connection.execute("insert into t (value) values (zeroblob(100000))"); });

  expect_type<OperationalError>(failure);
  EXPECT_EQ(failure.code, SQLITE_FULL);
}

// -- parameters -------------------------------------------------------------------------

TEST_F(BadInputTest, MissingParameterIsNamed) {
  const Failure failure = failure_of([&] {
    execute("select :a, :b", {{"a", 1}, {"c", 2}});
  });

  expect_type<StatementError>(failure);
  EXPECT_TRUE(contains(failure.what, "'b'")) << failure.what;
  EXPECT_EQ(failure.statement, "select ?, ?");
}

TEST_F(BadInputTest, MissingParameterOfManyIsNamed) {
  Connection connection(engine);

  const Failure failure = failure_of([&] {
    connection.execute(text("insert into t (value) values (:a)"),
                       ParameterSets{{{"a", 1}}, {{"b", 2}}});
  });

  expect_type<StatementError>(failure);
  EXPECT_TRUE(contains(failure.what, "'a'")) << failure.what;
  EXPECT_EQ(connection.execute("select count(*) from t").scalar(), dbapi::Value(0));
}

TEST_F(BadInputTest, WrongNumberOfParametersIsAProgrammingError) {
  Connection connection(engine);
  for (const dbapi::Row& row : {dbapi::Row{}, dbapi::Row{1}, dbapi::Row{1, 2, 3}}) {
    const Failure failure = failure_of(
        [&] { connection.exec_driver_sql("select ?, ?", dbapi::Parameters(row)); });

    expect_type<ProgrammingError>(failure);
    EXPECT_TRUE(contains(failure.what, "has 2 parameters")) << failure.what;
    EXPECT_EQ(failure.statement, "select ?, ?");
  }
}

TEST_F(BadInputTest, ParameterBeyondTheLimitIsAnOperationalError) {
  expect_type<OperationalError>(failure_of([&] { execute("select ?99999999"); }));
}

// -- values -----------------------------------------------------------------------------

TEST_F(BadInputTest, IntegerOutOfRangeIsADataErrorBeforeAnythingIsExecuted) {
  const std::uint64_t number = std::numeric_limits<std::uint64_t>::max();

  const Failure failure = failure_of([&] {
    execute("insert into t (value) values (:n)", {{"n", number}});
  });

  expect_type<DataError>(failure);
  EXPECT_TRUE(contains(failure.what, "18446744073709551615")) << failure.what;
}

TEST_F(BadInputTest, InvalidUtf8IsKeptByteForByte) {
  const std::string bytes = "\xFF\xFE\xC3(\x80 \xED\xA0\x80";

  EXPECT_EQ(round_trip(bytes), dbapi::Value(bytes));
}

TEST_F(BadInputTest, NullCharactersInTextAreKept) {
  EXPECT_EQ(round_trip("\0a\0b\0"s), dbapi::Value("\0a\0b\0"s));
}

TEST_F(BadInputTest, LargeBlobIsKept) {
  dbapi::Blob blob(100'000'000, std::byte{7});
  blob.front() = std::byte{1};
  blob.back() = std::byte{2};
  const dbapi::Value value(std::move(blob));

  EXPECT_TRUE(round_trip(value) == value);
}

TEST_F(BadInputTest, LargerBlobThanSQLiteTakesIsADataError) {
  expect_type<DataError>(failure_of([&] { execute("select zeroblob(1000000001)"); }));
}

TEST_F(BadInputTest, LargeParameterIsCutInTheMessage) {
  const Failure failure = failure_of([&] {
    execute("insert into nope values (:v)", {{"v", std::string(1'000'000, 'x')}});
  });

  expect_type<OperationalError>(failure);
  EXPECT_LT(failure.what.size(), 10'000U);
}

TEST_F(BadInputTest, ManyParametersAreCutInTheMessage) {
  ParameterSets sets;
  for (int i = 0; i < 100'000; ++i) sets.push_back({{"v", i}});
  Connection connection(engine);

  const Failure failure =
      failure_of([&] { connection.execute(text("insert into nope values (:v)"), sets); });

  EXPECT_LT(failure.what.size(), 10'000U);
}

// -- closed under a result --------------------------------------------------------------

TEST_F(BadInputTest, ResultOfAClosedConnectionIsClosed) {
  Connection connection(engine);
  Result result = connection.execute("select 1 union all select 2");
  result.fetchone();

  connection.close();

  expect_type<ResourceClosedError>(failure_of([&] { result.fetchone(); }));
}

TEST_F(BadInputTest, ResultOfAnInvalidatedConnectionIsClosed) {
  Connection connection(engine);
  Result result = connection.execute("select 1 union all select 2");
  result.fetchone();

  connection.invalidate();

  expect_type<ResourceClosedError>(failure_of([&] { result.fetchone(); }));
}

TEST_F(BadInputTest, ResultWhoseConnectionIsClosedByOthersIsADisconnect) {
  Connection connection(engine);
  Result result = connection.execute("select 1 union all select 2");
  result.fetchone();
  connection.connection()->close();

  const Failure failure = failure_of([&] { result.fetchone(); });

  expect_type<ProgrammingError>(failure);
  EXPECT_TRUE(failure.is_disconnect);
  EXPECT_TRUE(connection.invalidated());
}

TEST_F(BadInputTest, DriversConnectionClosedByOthersIsADisconnect) {
  Connection connection(engine);
  connection.execute("select 1");
  connection.connection()->close();

  const Failure failure = failure_of([&] { connection.execute("select 1"); });
  connection.rollback();

  EXPECT_TRUE(failure.is_disconnect);
  EXPECT_EQ(connection.execute("select 1").scalar(), dbapi::Value(1));
}

}  // namespace
}  // namespace hark::test
