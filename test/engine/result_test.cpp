// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

struct Track {
  std::int64_t id;
  std::string name;
  std::optional<double> price;

  friend bool operator==(const Track&, const Track&) = default;
};

enum class Medium : std::uint8_t { vinyl, tape };

}  // namespace
}  // namespace hark::test

template <>
struct hark::ValueTraits<hark::test::Medium> {
  static constexpr std::string_view name = "medium";
  static bool read(const hark::dbapi::ValueView& value, hark::test::Medium& to) {
    if (value.type() != hark::dbapi::Type::text) return false;
    to = value.text() == "tape" ? hark::test::Medium::tape : hark::test::Medium::vinyl;
    return true;
  }
};

namespace hark::test {
namespace {

/// Three tracks.
class ResultTest : public ::testing::Test {
 protected:
  ResultTest() {
    connection.execute("create table tracks (id integer primary key, name text, price)");
    connection.execute(insert, tracks);
  }

  Result all() { return connection.execute("select id, name, price from tracks"); }
  Result none() { return connection.execute("select id from tracks where id = 0"); }
  Result value(std::string_view sql) {
    return connection.execute("select " + std::string(sql));
  }

  const std::vector<Track> tracks{
      {1, "Overture", 0.99}, {2, "Aria", std::nullopt}, {3, "Finale", 1.5}};
  const Clause insert = text("insert into tracks values (:id, :name, :price)");
  Engine engine = create_engine("sqlite://", {.poolclass = PoolClass::static_});
  Connection connection{engine};
};

// -- typed rows -------------------------------------------------------------------------

TEST_F(ResultTest, ReadsStructs) { EXPECT_EQ(all().all<Track>(), tracks); }

TEST_F(ResultTest, ReadsTuples) {
  using Row3 = std::tuple<int, std::string, std::optional<double>>;

  const std::vector<Row3> rows = all().all<int, std::string, std::optional<double>>();

  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1], Row3(2, "Aria", std::nullopt));
  EXPECT_EQ(all().all<Row3>(), rows);
}

TEST_F(ResultTest, StreamsBorrowedRowsIntoStructuredBindings) {
  std::string names;
  for (const auto& [id, name, price] :
       all().rows<int, std::string_view, std::optional<double>>()) {
    names += name;
  }

  EXPECT_EQ(names, "OvertureAriaFinale");
}

TEST_F(ResultTest, StreamsStructsOfAResultThatIsKept) {
  Result result = all();
  std::vector<Track> read;
  for (const Track& track : result.rows<Track>()) read.push_back(track);

  EXPECT_EQ(read, tracks);
}

TEST_F(ResultTest, IsARangeOfRows) {
  std::vector<std::string> names;
  for (const RowView row : all()) names.push_back(row.get<std::string>("name"));

  EXPECT_EQ(names, (std::vector<std::string>{"Overture", "Aria", "Finale"}));
}

TEST_F(ResultTest, RowIsReadAsAWhole) {
  for (const RowView row : all()) {
    const auto [id, name, price] = row.as<int, std::string, std::optional<double>>();
    EXPECT_EQ(row.as<Track>(), tracks.at(static_cast<std::size_t>(id) - 1));
  }
}

TEST_F(ResultTest, RowsOfTheirOwnOutliveTheResult) {
  const std::vector<Row> rows = all().all();

  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].get<std::string_view>("name"), "Overture");
  EXPECT_TRUE(rows[1]["price"].is_null());
  EXPECT_EQ(rows[2].get<int>(0), 3);
  EXPECT_EQ(rows[2].columns(), (Columns{"id", "name", "price"}));
}

TEST_F(ResultTest, ScalarIsTheFirstColumnOfTheFirstRow) {
  EXPECT_EQ(all().scalar<int>(), 1);
  EXPECT_EQ(none().scalar<int>(), std::nullopt);
  EXPECT_EQ(value("null").scalar<int>(), std::nullopt);
  EXPECT_EQ(all().scalars<int>(), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(value("1 union all select 0").scalars<bool>(),
            (std::vector<bool>{true, false}));
  EXPECT_EQ(value("7").scalar_one<int>(), 7);
  EXPECT_THROW(all().scalar_one<int>(), MultipleResultsFound);
}

TEST_F(ResultTest, OneIsTheOnlyRow) {
  EXPECT_EQ(value("7").one<int>(), 7);
  EXPECT_THROW(none().one<int>(), NoResultFound);
  EXPECT_THROW(all().one<Track>(), MultipleResultsFound);
  EXPECT_EQ(none().one_or_none<int>(), std::nullopt);
  EXPECT_THROW(all().one_or_none<Track>(), MultipleResultsFound);
  EXPECT_THROW(none().one(), NoResultFound);
  EXPECT_EQ(value("7").one()[0].integer(), 7);
}

TEST_F(ResultTest, FirstClosesTheResult) {
  Result result = all();

  EXPECT_EQ(result.first<Track>(), tracks[0]);
  EXPECT_TRUE(result.closed());
  EXPECT_THROW(result.fetchone(), ResourceClosedError);
  EXPECT_EQ(none().first<int>(), std::nullopt);
}

TEST_F(ResultTest, TypesOfYourOwnAreRead) {
  EXPECT_EQ(value("'tape'").one<Medium>(), Medium::tape);
  EXPECT_THROW(value("3").one<Medium>(), DataError);
}

TEST_F(ResultTest, DaysAndTimesAreKeptAsText) {
  using namespace std::chrono_literals;
  const std::chrono::sys_days day = 2026y / 11 / 21;
  const std::chrono::sys_seconds time = day + 18h + 7s;

  connection.exec_driver_sql("create table dates (day, time)");
  connection.exec_driver_sql("insert into dates values (?, ?)", {day, time});
  Result result = connection.execute("select day, time, typeof(time), 'x' from dates");
  const Row row = result.one();

  EXPECT_EQ(row.get<std::string>(0), "2026-11-21");
  EXPECT_EQ(row.get<std::chrono::sys_days>(0), day);
  EXPECT_EQ(row.get<std::chrono::year_month_day>(0), 2026y / 11 / 21);
  EXPECT_EQ(row.get<std::chrono::sys_seconds>(1), time);
  EXPECT_EQ(row.get<std::string>(2), "text");
  EXPECT_THROW(row.get<std::chrono::sys_days>(1), DataError);  // it has a time of day
  EXPECT_THROW(row.get<std::chrono::sys_time<std::chrono::hours>>(1), DataError);
  EXPECT_THROW(row.get<std::chrono::sys_seconds>(3), DataError);
}

// -- values that do not convert ---------------------------------------------------------

TEST_F(ResultTest, NullIsForOptionalOnly) {
  EXPECT_THROW(value("null").one<int>(), DataError);
  EXPECT_THROW(value("null").one<std::string>(), DataError);
  EXPECT_EQ(value("null").one<std::optional<int>>(), std::nullopt);
}

TEST_F(ResultTest, NumbersAreNeverTruncated) {
  EXPECT_THROW(value("5000000000").one<int>(), DataError);
  EXPECT_EQ(value("5000000000").one<std::int64_t>(), 5000000000);
  EXPECT_THROW(value("-1").one<unsigned>(), DataError);
  EXPECT_THROW(value("-1").one<std::uint64_t>(), DataError);
  EXPECT_THROW(value("300").one<std::uint8_t>(), DataError);
  EXPECT_EQ(value("9223372036854775807").one<std::uint64_t>(),
            std::uint64_t{std::numeric_limits<std::int64_t>::max()});
  EXPECT_THROW(value("1.5").one<int>(), DataError);
  EXPECT_THROW(value("2").one<bool>(), DataError);
}

TEST_F(ResultTest, IntegerIsReadAsDoubleWhereItIsExact) {
  EXPECT_EQ(value("3").one<double>(), 3.0);
  EXPECT_THROW(value("9007199254740993").one<double>(), DataError);
}

TEST_F(ResultTest, TextIsNoNumber) {
  EXPECT_THROW(value("'7'").one<int>(), DataError);
  EXPECT_THROW(value("7").one<std::string>(), DataError);
}

TEST_F(ResultTest, ErrorNamesColumnAndValue) {
  try {
    all().all<int, std::string, double>();
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(),
                 "column 2 ('price') is NULL, which only a std::optional can hold\n"
                 "[SQL: select id, name, price from tracks]");
  }
  try {
    value("'x' as code").one<int>();
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(),
                 "column 0 ('code') is 'x', of type text, which does not fit integer\n"
                 "[SQL: select 'x' as code]");
  }
}

/// The statement that an error of that type names, thrown by `read`.
template <class E, class Read>
std::string statement_named_by(const Read& read) {
  try {
    read();
  } catch (const E& error) {
    const std::string statement(error.statement());
    EXPECT_NE(std::string_view(error.what()).find("[SQL: " + statement + "]"),
              std::string_view::npos)
        << error.what();
    return statement;
  }
  return "nothing was thrown";
}

TEST_F(ResultTest, ErrorOfReadingNamesTheStatement) {
  EXPECT_EQ(statement_named_by<NoResultFound>(
                [&] { connection.execute("select 1 where 0").one<int>(); }),
            "select 1 where 0");
  EXPECT_EQ(statement_named_by<MultipleResultsFound>(
                [&] { connection.execute("values (1), (2)").one<int>(); }),
            "values (1), (2)");
  EXPECT_EQ(statement_named_by<InvalidRequestError>(
                [&] { connection.execute("select 1, 2").all<int>(); }),
            "select 1, 2");
  EXPECT_EQ(statement_named_by<NoSuchColumnError>([&] {
              for (const RowView row : connection.execute("select 1 as a"))
                static_cast<void>(row["b"]);
            }),
            "select 1 as a");
}

TEST_F(ResultTest, RowAfterOneThatDoesNotConvertFollows) {
  Result result = value("'x' union all select 7");
  auto rows = result.rows<int>();
  EXPECT_THROW(rows.begin(), DataError);

  EXPECT_EQ(*rows.begin(), 7);
}

TEST_F(ResultTest, NumberOfColumnsIsChecked) {
  EXPECT_THROW((all().all<int, std::string>()), InvalidRequestError);
  EXPECT_THROW(value("1").one<Track>(), InvalidRequestError);
  EXPECT_THROW((all().rows<int>()), InvalidRequestError);
}

TEST_F(ResultTest, UnknownColumnIsNamed) {
  for (const RowView row : all()) {
    EXPECT_THROW(row.get<int>("nope"), NoSuchColumnError);
    EXPECT_THROW(row.get<int>(3), NoSuchColumnError);
  }
  const std::vector<Row> twins = value("1 as a, 2 as a").all();
  EXPECT_THROW(twins.at(0).get<int>("a"), InvalidRequestError);
  EXPECT_EQ(twins.at(0).get<int>(1), 2);
}

// -- life -------------------------------------------------------------------------------

TEST_F(ResultTest, StatementWithoutRowsHasNone) {
  Result result = connection.execute("update tracks set price = 2");

  EXPECT_FALSE(result.returns_rows());
  EXPECT_EQ(result.rowcount(), 3);
  EXPECT_THROW(result.fetchone(), ResourceClosedError);
  EXPECT_THROW(result.all<int>(), ResourceClosedError);
}

TEST_F(ResultTest, KnowsItsFactsWhenTheConnectionIsClosed) {
  Result open = all();
  static_cast<void>(open.fetchone());
  Result changed = connection.execute("update tracks set price = 2");

  connection.close();

  EXPECT_EQ(open.columns(), (Columns{"id", "name", "price"}));
  EXPECT_EQ(changed.rowcount(), 3);
  EXPECT_THROW(open.fetchone(), ResourceClosedError);
}

TEST_F(ResultTest, MayOutliveItsConnection) {
  connection.rollback();
  std::optional<Result> result;
  {
    Connection other = engine.connect();
    result = other.execute("select 1 as one");
  }

  EXPECT_EQ(result->columns(), Columns{"one"});
  EXPECT_THROW(result->fetchone(), ResourceClosedError);
}

TEST_F(ResultTest, NamesStayWhenTheStatementIsUsedAgain) {
  Result first = value("1 as one");
  EXPECT_EQ(first.all().size(), 1U);
  Result second = value("1 as one");

  EXPECT_EQ(first.columns(), Columns{"one"});
  EXPECT_EQ(second.one<int>(), 1);
}

TEST_F(ResultTest, OpenResultsOfOneStatementDoNotMeet) {
  Result first = all();
  static_cast<void>(first.fetchone());
  Result second = all();

  EXPECT_EQ(second.all<Track>().size(), 3U);
  EXPECT_EQ(first.all<Track>().size(), 2U);
}

TEST_F(ResultTest, WhatWasMovedFromIsClosed) {
  Result moved = all();
  EXPECT_EQ(moved.columns(), (Columns{"id", "name", "price"}));
  EXPECT_EQ(Result(std::move(moved)).all().size(), 3U);

  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_TRUE(moved.closed());
  EXPECT_EQ(moved.columns(), Columns());
  try {
    static_cast<void>(moved.fetchone());
    ADD_FAILURE() << "it is not closed";
  } catch (const ResourceClosedError& error) {
    EXPECT_STREQ(error.what(), "this result is closed");
  }
  // NOLINTEND(bugprone-use-after-move)
}

// -- result_end -------------------------------------------------------------------------

class ResultEndTest : public ResultTest {
 protected:
  ResultEndTest() {
    event::listen(engine,
                  "result_end",
                  [this](Connection&, std::uint64_t id, const ResultEnding& ending) {
                    ids.push_back(id);
                    rows.push_back(ending.rows_fetched);
                    outcomes.push_back(ending.outcome);
                  });
  }

  std::vector<std::uint64_t> ids;
  std::vector<std::uint64_t> rows;
  std::vector<Outcome> outcomes;
};

TEST_F(ResultEndTest, TellsTheRowsThatWereFetched) {
  Result result = all();
  EXPECT_TRUE(rows.empty());

  static_cast<void>(result.all());

  EXPECT_EQ(rows, (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(outcomes, std::vector{Outcome::ok});
}

TEST_F(ResultEndTest, ComesOnceHoweverTheResultEnds) {
  all().close();
  { const Result unread = all(); }
  Result moved = all();
  Result to = std::move(moved);
  static_cast<void>(to.fetchone());
  to.close();
  to.close();
  Result left = all();
  connection.close();

  EXPECT_EQ(rows, (std::vector<std::uint64_t>{0, 0, 1, 0}));
}

TEST_F(ResultEndTest, HasTheIdOfTheExecution) {
  std::uint64_t id = 0;
  event::listen(engine,
                "after_cursor_execute",
                [&](Connection&,
                    dbapi::Cursor&,
                    const std::string&,
                    const dbapi::Parameters&,
                    ExecutionContext& context) { id = context.id(); });

  static_cast<void>(all().all());

  EXPECT_EQ(ids, std::vector{id});
}

TEST_F(ResultEndTest, TellsAFailure) {
  Result result = value("1 union all select abs(-9223372036854775807 - 1)");

  EXPECT_THROW(static_cast<void>(result.all()), DBAPIError);

  EXPECT_EQ(outcomes, std::vector{Outcome::error});
  EXPECT_EQ(rows, (std::vector<std::uint64_t>{1}));
}

TEST_F(ResultEndTest, IsNotForStatementsWithoutRows) {
  connection.execute("update tracks set price = 2");

  EXPECT_TRUE(rows.empty());
}

// -- parameters -------------------------------------------------------------------------

TEST_F(ResultTest, ExecutesForRangesOfTuples) {
  const std::vector<std::pair<int, std::string>> more{{4, "Encore"}, {5, "Coda"}};

  Result result =
      connection.execute(text("insert into tracks (id, name) values (:id, :name)"), more);

  EXPECT_EQ(result.rowcount(), 2);
  EXPECT_EQ(value("name from tracks where id = 5").one<std::string>(), "Coda");
}

TEST_F(ResultTest, SqlTakesRangesAndSetsToo) {
  connection.execute("insert into tracks values (:id, :name, :price)",
                     std::vector<Track>{{4, "Encore", 1.0}});
  connection.execute("insert into tracks (id) values (:id)",
                     ParameterSets{{{"id", 5}}, {{"id", 6}}});

  EXPECT_EQ(value("count(*) from tracks").one<int>(), 6);
}

TEST_F(ResultTest, ExecutesTheSameTwiceWithOtherData) {
  const std::vector<Track> more{{4, "Encore", 1.0}};
  const std::vector<Track> others{{5, "Coda", 2.0}, {6, "Tag", std::nullopt}};

  connection.execute(insert, more);
  connection.execute(insert, others);

  EXPECT_EQ(value("count(*) from tracks").one<int>(), 6);
}

// -- many rows --------------------------------------------------------------------------

/// Tracks from 101 on, more than go into one statement.
std::vector<Track> many_tracks(std::int64_t count) {
  std::vector<Track> tracks;
  for (std::int64_t i = 0; i < count; ++i) {
    tracks.push_back({101 + i, "track number " + std::to_string(i), 0.5});
  }
  return tracks;
}

TEST_F(ResultTest, ManyRowsAreAllThere) {
  const std::vector<Track> many = many_tracks(123);

  Result result = connection.execute(insert, many);

  EXPECT_EQ(result.rowcount(), 123);
  EXPECT_EQ(result.lastrowid(), 223);
  EXPECT_EQ(value("* from tracks where id > 100").all<Track>(), many);
}

TEST_F(ResultTest, RowsBeforeTheOneThatFailsAreKept) {
  for (const std::string conflict : {"", " on conflict fail", " on conflict abort"}) {
    connection.execute("drop table tracks");
    connection.execute("create table tracks (id integer primary key" + conflict +
                       ", name text, price)");
    std::vector<Track> many = many_tracks(123);
    many[77].id = many[3].id;

    EXPECT_THROW(connection.execute(insert, many), IntegrityError);

    EXPECT_EQ(value("count(*) from tracks").one<int>(), 77) << conflict;
  }
}

TEST_F(ResultTest, ConflictMayRollTheTransactionBack) {
  connection.execute("create table strict (id integer primary key on conflict rollback)");
  connection.commit();
  std::vector<std::tuple<std::int64_t>> many;
  for (std::int64_t i = 0; i < 123; ++i) many.emplace_back(i == 77 ? 3 : i);

  EXPECT_THROW(connection.execute(text("insert into strict values (:id)"), many),
               IntegrityError);
  connection.rollback();

  EXPECT_EQ(value("count(*) from strict").one<int>(), 0);
}

TEST_F(ResultTest, StatementsThatAreNoPlainInsertDoManyRowsToo) {
  const std::vector<Track> many = many_tracks(60);

  connection.execute(text("insert or ignore into tracks values (:id, :name, :price)"),
                     many);
  connection.execute(text("insert into tracks (id, name) values (:id + 1000, :name)"),
                     std::vector<std::pair<int, std::string>>(1, {1, "one"}));
  Result updated =
      connection.execute(text("update tracks set price = :p where id = :id"),
                         std::vector<std::pair<double, int>>(60, {2.0, 101}));

  EXPECT_EQ(updated.rowcount(), 60);
  EXPECT_EQ(value("count(*) from tracks").one<int>(), 64);
}

TEST_F(ResultTest, ListenersSeeARangeAsSets) {
  std::size_t sets = 0;
  bool executemany = false;
  event::listen(engine,
                "before_execute",
                [&](Connection&, const Clause&, const ParameterSets& multiparams) {
                  if (!multiparams.empty()) sets = multiparams.size();
                });
  event::listen(engine,
                "before_cursor_execute",
                [&](Connection&,
                    dbapi::Cursor&,
                    const std::string&,
                    const dbapi::Parameters& parameters,
                    ExecutionContext&,
                    bool many) {
                  if (!many) return;
                  executemany = true;
                  EXPECT_EQ(parameters.rows().at(0).at(1).text(), "Encore");
                });

  connection.execute(insert, std::vector<Track>{{4, "Encore", 1.0}, {5, "Coda", 2.0}});

  EXPECT_EQ(sets, 2U);
  EXPECT_TRUE(executemany);
  EXPECT_EQ(value("count(*) from tracks").one<int>(), 5);
}

TEST_F(ResultTest, DriverSqlTakesValuesInOrder) {
  EXPECT_EQ(connection.exec_driver_sql("select ? || ?", {"a", "b"}).one<std::string>(),
            "ab");
}

}  // namespace
}  // namespace hark::test
