// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/sqlite/dialect.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include "support/folder.hpp"

namespace hark::test {
namespace {

ConnectArguments arguments_of(std::string_view url) {
  return sqlite::Dialect().connect_arguments(URL(url));
}

std::string target_of(std::string_view url) { return arguments_of(url).target; }

/// The target for a file of that name, in a URI.
std::string uri_of_file(std::string_view name) {
  URL url("sqlite://?mode=rw");
  url.database = name;
  return sqlite::Dialect().connect_arguments(url).target;
}

/// What the error says that the URL throws.
std::string complaint_about(std::string_view url) {
  try {
    arguments_of(url);
  } catch (const ArgumentError& error) {
    return error.what();
  }
  ADD_FAILURE() << url << " is accepted";
  return {};
}

std::string complaint_of_connecting_with(const ExecutionOptions& options) {
  Engine engine = create_engine("sqlite://", {.connect_args = options});
  try {
    engine.connect();
  } catch (const ArgumentError& error) {
    return error.what();
  }
  ADD_FAILURE() << "it is accepted";
  return {};
}

// -- which file -------------------------------------------------------------------------

TEST(SQLiteDialectTest, FileIsNamedAsItIs) {
  for (const char* const name :
       {"music.db", "/var/a b.db", "50%.db", "a#b.db", "file:x"}) {
    const ConnectArguments arguments = arguments_of("sqlite:///" + std::string(name));

    EXPECT_EQ(arguments.target, name);
    EXPECT_FALSE(is_set(arguments.options, "uri"));
  }
}

TEST(SQLiteDialectTest, NoFileIsADatabaseInMemory) {
  for (const char* const url : {"sqlite://", "sqlite:///", "sqlite:///:memory:"}) {
    EXPECT_EQ(target_of(url), ":memory:") << url;
  }
}

TEST(SQLiteDialectTest, ParametersMakeAURI) {
  const ConnectArguments arguments =
      arguments_of("sqlite:///music.db?mode=ro&immutable=on");

  EXPECT_EQ(arguments.target, "file:music.db?mode=ro&immutable=1");
  EXPECT_TRUE(is_set(arguments.options, "uri"));
}

TEST(SQLiteDialectTest, DatabaseInMemoryTakesParameters) {
  EXPECT_EQ(target_of("sqlite://?cache=shared"), "file::memory:?cache=shared");
}

TEST(SQLiteDialectTest, NameInAURIIsEncoded) {
  EXPECT_EQ(uri_of_file("a b?c#d%41&e.db"), "file:a%20b%3Fc%23d%2541%26e.db?mode=rw");
  EXPECT_EQ(uri_of_file("\xC3\xBC"), "file:%C3%BC?mode=rw");
}

TEST(SQLiteDialectTest, AbsolutePathInAURINamesNoHost) {
  EXPECT_EQ(uri_of_file("/var/x.db"), "file:///var/x.db?mode=rw");
  EXPECT_EQ(uri_of_file("//var/x.db"), "file:////var/x.db?mode=rw");
}

TEST(SQLiteDialectTest, NameOfAFileSystemIsEncoded) {
  EXPECT_EQ(target_of("sqlite:///x.db?vfs=a%26b%3Dc"), "file:x.db?vfs=a%26b%3Dc");
}

TEST(SQLiteDialectTest, URIIsTakenAsItIs) {
  const ConnectArguments arguments =
      arguments_of("sqlite:///file:/var/a%20b.db?mode=ro&uri=true");

  EXPECT_EQ(arguments.target, "file:/var/a%20b.db?mode=ro");
  EXPECT_TRUE(is_set(arguments.options, "uri"));
}

TEST(SQLiteDialectTest, NameThatIsNoURIIsNoneByOption) {
  EXPECT_EQ(target_of("sqlite:///50%.db?uri=true"), "50%.db");
  EXPECT_FALSE(is_set(arguments_of("sqlite:///50%.db?uri=true").options, "uri"));
}

TEST(SQLiteDialectTest, NullCharacterInANameIsRefused) {
  using namespace std::string_literals;

  EXPECT_EQ(complaint_about("sqlite:///a\0b"s),
            "sqlite: the file's name contains a null character");
}

/// Whatever its name is, the file that is opened has that name.
TEST(SQLiteDialectTest, OpensTheFileOfThatName) {
  for (const char* const name : {"a b",
                                 "a?b",
                                 "a?mode=memory",
                                 "a#b",
                                 "50%",
                                 "%41",
                                 "a&b=c",
                                 "a+b",
                                 "file:a",
                                 "\xC3\xBC"}) {
    for (const char* const query : {"", "?mode=rwc", "?cache=private&timeout=1"}) {
      const Folder folder;
      URL url("sqlite://" + std::string(query));
      url.database = folder.path() + "//" + name;
      Engine engine(url, {});

      Connection connection(engine);
      connection.execute("create table t (x)");

      EXPECT_TRUE(std::filesystem::exists(folder.path(name))) << name << query;
    }
  }
}

TEST(SQLiteDialectTest, OpensTheFileOfAURI) {
  const Folder folder;
  Engine engine =
      create_engine("sqlite:///file:" + folder.path("a%3Fb") + "?mode=rwc&uri=true");
  Connection connection(engine);

  connection.execute("create table t (x)");

  EXPECT_TRUE(std::filesystem::exists(folder.path("a?b")));
}

TEST(SQLiteDialectTest, ReadOnlyFileIsNotWritten) {
  const Folder folder;
  Engine writing = create_engine("sqlite:///" + folder.path("x.db"));
  Connection(writing).execute("create table t (x)");
  Engine reading = create_engine("sqlite:///" + folder.path("x.db") + "?mode=ro");
  Connection connection(reading);

  EXPECT_THROW(connection.execute("create table u (x)"), OperationalError);
}

TEST(SQLiteDialectTest, FileThatIsNotThereIsNotCreatedOnRequest) {
  const Folder folder;
  Engine engine = create_engine("sqlite:///" + folder.path("x.db") + "?mode=rw");

  EXPECT_THROW(engine.connect(), OperationalError);

  EXPECT_FALSE(std::filesystem::exists(folder.path("x.db")));
}

TEST(SQLiteDialectTest, DatabaseInMemoryWantsOneConnection) {
  const sqlite::Dialect dialect;

  for (const char* const url : {"sqlite://",
                                "sqlite:///:memory:",
                                "sqlite://?cache=shared",
                                "sqlite:///name?mode=memory&cache=shared",
                                "sqlite:///file:name?mode=memory&uri=true",
                                "sqlite:///file::memory:?uri=true"}) {
    EXPECT_TRUE(dialect.wants_one_connection(URL(url))) << url;
  }
  EXPECT_FALSE(dialect.wants_one_connection(URL("sqlite:///music.db?mode=ro")));
}

// -- options ----------------------------------------------------------------------------

TEST(SQLiteDialectTest, OptionsHaveTheirTypes) {
  const ConnectArguments arguments = arguments_of(
      "sqlite:///x.db?timeout=0.5&statement_cache_size=7&check_same_thread=false");

  EXPECT_EQ(arguments.options.at("timeout"), OptionValue(0.5));
  EXPECT_EQ(arguments.options.at("statement_cache_size"), OptionValue(std::int64_t{7}));
  EXPECT_EQ(arguments.options.at("check_same_thread"), OptionValue(false));
  EXPECT_EQ(arguments.target, "x.db");
}

TEST(SQLiteDialectTest, TimeoutIsANumberOfSeconds) {
  for (const char* const text : {"nan",
                                 "inf",
                                 "-inf",
                                 "1e300",
                                 "1e999",
                                 "-1",
                                 "-0.1",
                                 "2147484",
                                 "",
                                 "5s",
                                 " 5",
                                 "0x10"}) {
    EXPECT_EQ(
        complaint_about("sqlite://?timeout=" + std::string(text)),
        "sqlite: the option timeout is a number of seconds from 0 to 2147483, and it "
        "was given '" +
            std::string(text) + "'");
  }
  EXPECT_NO_THROW(arguments_of("sqlite://?timeout=0"));
  EXPECT_NO_THROW(arguments_of("sqlite://?timeout=2147483"));
}

TEST(SQLiteDialectTest, StatementCacheSizeIsAnInteger) {
  for (const char* const text :
       {"nan", "1.5", "1e3", "-1", "2147483648", "99999999999999999999", "", "ten"}) {
    EXPECT_EQ(
        complaint_about("sqlite://?statement_cache_size=" + std::string(text)),
        "sqlite: the option statement_cache_size is an integer from 0 to 2147483647, "
        "and it was given '" +
            std::string(text) + "'");
  }
  EXPECT_NO_THROW(arguments_of("sqlite://?statement_cache_size=0"));
}

TEST(SQLiteDialectTest, ModeIsOneOfFour) {
  for (const char* const mode : {"ro", "rw", "rwc", "memory"}) {
    EXPECT_NO_THROW(arguments_of("sqlite:///x.db?mode=" + std::string(mode)));
  }
  EXPECT_EQ(
      complaint_about("sqlite:///x.db?mode=wr"),
      "sqlite: the option mode is one of ro, rw, rwc and memory, and it was given 'wr'");
}

TEST(SQLiteDialectTest, CacheIsOneOfTwo) {
  EXPECT_EQ(complaint_about("sqlite:///x.db?cache=public"),
            "sqlite: the option cache is one of shared and private, and it was given "
            "'public'");
}

TEST(SQLiteDialectTest, FlagIsTrueOrFalse) {
  for (const char* const name :
       {"uri", "immutable", "nolock", "psow", "check_same_thread"}) {
    EXPECT_EQ(complaint_about("sqlite:///x.db?" + std::string(name) + "=maybe"),
              "sqlite: the option " + std::string(name) +
                  " is true or false, and it was given 'maybe'");
  }
}

TEST(SQLiteDialectTest, ConnectionsAreNotKeptToTheirThread) {
  EXPECT_EQ(
      complaint_about("sqlite:///x.db?check_same_thread=true"),
      "sqlite: the option check_same_thread is always false, and it was given 'true'");
}

TEST(SQLiteDialectTest, UnknownOptionIsCorrected) {
  EXPECT_EQ(complaint_about("sqlite:///x.db?tiemout=5"),
            "sqlite: there is no option 'tiemout'; did you mean 'timeout'?");
  EXPECT_EQ(complaint_about("sqlite:///x.db?busy_timeout=5"),
            "sqlite: there is no option 'busy_timeout'; did you mean 'timeout'?");
  EXPECT_EQ(complaint_about("sqlite:///x.db?cached_statements=5"),
            "sqlite: there is no option 'cached_statements'; it is called "
            "statement_cache_size");
  EXPECT_EQ(complaint_about("sqlite:///x.db?isolation_level=IMMEDIATE"),
            "sqlite: there is no option 'isolation_level'");
}

TEST(SQLiteDialectTest, OptionGivenTwiceIsRefused) {
  EXPECT_EQ(complaint_about("sqlite:///x.db?mode=ro&mode=rw"),
            "sqlite: the URL has the option mode twice");
}

TEST(SQLiteDialectTest, ArgumentsOfConnectAreCheckedAlike) {
  EXPECT_EQ(complaint_of_connecting_with(
                {{"timeout", std::numeric_limits<double>::quiet_NaN()}}),
            "sqlite: the option timeout is a number of seconds from 0 to 2147483, and it "
            "was given nan");
  EXPECT_EQ(complaint_of_connecting_with({{"timeout", true}}),
            "sqlite: the option timeout is a number of seconds from 0 to 2147483, and it "
            "was given true");
  EXPECT_EQ(complaint_of_connecting_with({{"statement_cache_size", std::int64_t{-1}}}),
            "sqlite: the option statement_cache_size is an integer from 0 to 2147483647, "
            "and it was given -1");
  EXPECT_EQ(complaint_of_connecting_with({{"timeuot", std::int64_t{1}}}),
            "sqlite: there is no option 'timeuot'; did you mean 'timeout'?");
}

// -- what a URL of SQLite has not -------------------------------------------------------

TEST(SQLiteDialectTest, HostIsRefused) {
  EXPECT_EQ(complaint_about("sqlite://music.db"),
            "sqlite: sqlite://music.db names a host; the path of a file follows three "
            "slashes");
}

TEST(SQLiteDialectTest, PasswordIsNotShown) {
  EXPECT_EQ(complaint_about("sqlite://scott:s3cret@localhost/x.db").find("s3cret"),
            std::string::npos);
}

TEST(SQLiteDialectTest, OtherDriverIsRefused) {
  EXPECT_THROW(arguments_of("sqlite+aiosqlite:///x.db"), NoSuchModuleError);
  EXPECT_NO_THROW(arguments_of("sqlite+pysqlite:///x.db"));
}

TEST(SQLiteDialectTest, WrongOptionIsFoundWhenTheEngineIsMade) {
  EXPECT_THROW(create_engine("sqlite://?timeout=nan"), ArgumentError);
}

}  // namespace
}  // namespace hark::test
