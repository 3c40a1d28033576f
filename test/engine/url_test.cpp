// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/url.hpp>
#include <hark/error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

auto parts_of(const URL& url) {
  return std::tie(url.drivername,
                  url.username,
                  url.password,
                  url.host,
                  url.port,
                  url.database,
                  url.query);
}

/// Parses what a URL is rendered to, password included.
URL again(const URL& url) { return URL(url.render(false)); }

/// What the error says that parsing `text` throws.
std::string complaint_about(std::string_view text) {
  try {
    const URL url(text);
  } catch (const ArgumentError& error) {
    return error.what();
  }
  ADD_FAILURE() << text << " is accepted";
  return {};
}

// -- the parts --------------------------------------------------------------------------

TEST(URLTest, HasAllItsParts) {
  const URL url(
      "postgresql+libpq://scott:tiger@db.example.com:5432/music?sslmode=require");

  EXPECT_EQ(url.drivername, "postgresql+libpq");
  EXPECT_EQ(url.username, "scott");
  EXPECT_EQ(url.password, "tiger");
  EXPECT_EQ(url.host, "db.example.com");
  EXPECT_EQ(url.port, 5432);
  EXPECT_EQ(url.database, "music");
  EXPECT_EQ(url.query, (Query{{"sslmode", "require"}}));
}

TEST(URLTest, PartsThatAreNotThereAreEmpty) {
  const URL url("postgresql://");

  EXPECT_EQ(url.drivername, "postgresql");
  EXPECT_EQ(url.username, std::nullopt);
  EXPECT_EQ(url.password, std::nullopt);
  EXPECT_EQ(url.host, std::nullopt);
  EXPECT_EQ(url.port, std::nullopt);
  EXPECT_EQ(url.database, std::nullopt);
  EXPECT_TRUE(url.query.empty());
}

TEST(URLTest, DialectNameEndsAtThePlusSign) {
  EXPECT_EQ(URL("postgresql+libpq://").dialect_name(), "postgresql");
  EXPECT_EQ(URL("sqlite://").dialect_name(), "sqlite");
}

TEST(URLTest, UserMayHaveNoPassword) {
  const URL url("mysql://scott@localhost/music");

  EXPECT_EQ(url.username, "scott");
  EXPECT_EQ(url.password, std::nullopt);
  EXPECT_EQ(url.host, "localhost");
}

TEST(URLTest, EmptyPasswordIsOne) {
  const URL url("mysql://scott:@localhost");

  EXPECT_EQ(url.password, "");
}

TEST(URLTest, UserMayComeWithoutHost) {
  const URL url("mysql://scott:tiger@/music");

  EXPECT_EQ(url.username, "scott");
  EXPECT_EQ(url.password, "tiger");
  EXPECT_EQ(url.host, std::nullopt);
  EXPECT_EQ(url.database, "music");
}

TEST(URLTest, HostMayComeAlone) {
  const URL url("mysql://localhost");

  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.database, std::nullopt);
}

TEST(URLTest, QueryMayFollowTheHost) {
  const URL url("mysql://localhost:450?charset=utf8");

  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.port, 450);
  EXPECT_EQ(url.database, std::nullopt);
  EXPECT_EQ(url.query_value("charset"), "utf8");
}

// -- files ------------------------------------------------------------------------------

TEST(URLTest, ThreeSlashesAreARelativePath) {
  const URL url("sqlite:///data/music.db");

  EXPECT_EQ(url.host, std::nullopt);
  EXPECT_EQ(url.database, "data/music.db");
}

TEST(URLTest, FourSlashesAreAnAbsolutePath) {
  const URL url("sqlite:////var/lib/music.db");

  EXPECT_EQ(url.host, std::nullopt);
  EXPECT_EQ(url.database, "/var/lib/music.db");
}

TEST(URLTest, TwoSlashesNameNoDatabase) {
  const URL url("sqlite://");

  EXPECT_EQ(url.database, std::nullopt);
}

TEST(URLTest, PathMayContainColonsAndAtSigns) {
  EXPECT_EQ(URL("sqlite:///:memory:").database, ":memory:");
  EXPECT_EQ(URL("sqlite:///C:/music.db").database, "C:/music.db");
  EXPECT_EQ(URL("sqlite:////usr/_x@example.com/m.db").database,
            "/usr/_x@example.com/m.db");
  EXPECT_EQ(URL("mysql://scott:tiger@localhost/with@sign").database, "with@sign");
}

TEST(URLTest, PathIsTakenAsItIs) {
  EXPECT_EQ(URL("sqlite:///my%20music+more.db").database, "my%20music+more.db");
}

// -- percent-encoding -------------------------------------------------------------------

TEST(URLTest, UserIsDecoded) {
  const URL url("mysql://sc%40tt%3a:tiger@localhost");

  EXPECT_EQ(url.username, "sc@tt:");
}

TEST(URLTest, PasswordIsDecoded) {
  const URL url("mysql://scott:a%40b%3Ac%2fd%3Fe@localhost");

  EXPECT_EQ(url.password, "a@b:c/d?e");
  EXPECT_EQ(url.host, "localhost");
}

TEST(URLTest, PlusSignInAPasswordIsNoBlank) {
  const URL url("mysql://scott:a+b@localhost");

  EXPECT_EQ(url.password, "a+b");
}

TEST(URLTest, PasswordMayContainAColon) {
  const URL url("mysql://scott:a:b@localhost");

  EXPECT_EQ(url.username, "scott");
  EXPECT_EQ(url.password, "a:b");
}

TEST(URLTest, PasswordMayContainSlashesAndQuestionMarks) {
  const URL url("mysql://scott:a/b?c=d&e#f@localhost:3306/music?x=1");

  EXPECT_EQ(url.username, "scott");
  EXPECT_EQ(url.password, "a/b?c=d&e#f");
  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.port, 3306);
  EXPECT_EQ(url.database, "music");
  EXPECT_EQ(url.query_value("x"), "1");
}

/// `12/s3cret` is rather a password with a slash than a port and a database with an @.
TEST(URLTest, PasswordMayBeginLikeAPort) {
  const URL url("mysql://scott:12/s3cret@localhost");

  EXPECT_EQ(url.password, "12/s3cret");
  EXPECT_EQ(url.host, "localhost");
}

TEST(URLTest, UserMayContainAnAtSign) {
  const URL alone("mysql://scott@example.com@localhost");
  const URL with_password("mysql://scott@example.com:tiger@localhost/music");

  EXPECT_EQ(alone.username, "scott@example.com");
  EXPECT_EQ(alone.host, "localhost");
  EXPECT_EQ(with_password.username, "scott@example.com");
  EXPECT_EQ(with_password.password, "tiger");
}

TEST(URLTest, AtSignBehindTheHostEndsNoPassword) {
  const URL url("mysql://scott:a@b@localhost/with@sign?mail=c@d");

  EXPECT_EQ(url.password, "a@b");
  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.database, "with@sign");
  EXPECT_EQ(url.query_value("mail"), "c@d");
}

TEST(URLTest, LastAtSignEndsThePassword) {
  const URL url("mysql://scott:a@b@localhost");

  EXPECT_EQ(url.password, "a@b");
  EXPECT_EQ(url.host, "localhost");
}

TEST(URLTest, PercentSignWithoutDigitsIsItself) {
  EXPECT_EQ(URL("mysql://scott:100%@localhost").password, "100%");
  EXPECT_EQ(URL("mysql://scott:%4@localhost").password, "%4");
  EXPECT_EQ(URL("mysql://scott:%zz@localhost").password, "%zz");
}

TEST(URLTest, DecodesOnce) {
  EXPECT_EQ(URL("mysql://scott:%2540@localhost").password, "%40");
}

TEST(URLTest, DecodesBytesBeyondAscii) {
  EXPECT_EQ(URL("mysql://scott:%C3%BC@localhost").password, "\xC3\xBC");
}

// -- hosts and ports --------------------------------------------------------------------

TEST(URLTest, AddressInBracketsIsAHost) {
  const URL url("mysql://scott:tiger@[2001:da8::90]:3306/music");

  EXPECT_EQ(url.host, "2001:da8::90");
  EXPECT_EQ(url.port, 3306);
  EXPECT_EQ(url.database, "music");
}

TEST(URLTest, AddressInBracketsMayHaveNoPort) {
  const URL url("mysql://[::1]/music");

  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, std::nullopt);
}

TEST(URLTest, AddressInBracketsIsNoUser) {
  const URL url("mysql://[::1]:3306/with@sign");

  EXPECT_EQ(url.username, std::nullopt);
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.database, "with@sign");
}

TEST(URLTest, AddressInBracketsMayFollowAUser) {
  const URL url("mysql://scott@[fe80::1%eth0]/with@sign");

  EXPECT_EQ(url.username, "scott");
  EXPECT_EQ(url.password, std::nullopt);
  EXPECT_EQ(url.host, "fe80::1%eth0");
  EXPECT_EQ(url.database, "with@sign");
}

TEST(URLTest, HostIsDecoded) {
  EXPECT_EQ(URL("postgresql://%2Fvar%2Frun/music").host, "/var/run");
}

TEST(URLTest, LargestPortIsAccepted) {
  EXPECT_EQ(URL("mysql://localhost:65535").port, 65535);
}

TEST(URLTest, PortMayComeWithoutHost) {
  const URL url("mysql://:3306/music");

  EXPECT_EQ(url.host, std::nullopt);
  EXPECT_EQ(url.port, 3306);
}

TEST(URLTest, NothingBehindTheColonIsNoPort) {
  const URL url("mysql://localhost:/music");

  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.port, std::nullopt);
}

// -- the query --------------------------------------------------------------------------

TEST(URLTest, QueryKeepsItsOrderAndRepeatedKeys) {
  const URL url("mysql://localhost/music?b=1&a=2&b=3");

  EXPECT_EQ(url.query, (Query{{"b", "1"}, {"a", "2"}, {"b", "3"}}));
}

TEST(URLTest, FirstValueOfARepeatedKeyAnswers) {
  const URL url("mysql://localhost/music?b=1&a=2&b=3");

  EXPECT_EQ(url.query_value("b"), "1");
}

TEST(URLTest, KeyThatIsNotThereHasNoValue) {
  const URL url("mysql://localhost/music?b=1");

  EXPECT_EQ(url.query_value("a"), std::nullopt);
}

TEST(URLTest, KeyMayHaveAnEmptyValue) {
  const URL url("mysql://localhost/music?a=&b");

  EXPECT_EQ(url.query_value("a"), "");
  EXPECT_EQ(url.query_value("b"), "");
}

TEST(URLTest, ValueMayHaveAnEmptyKey) {
  EXPECT_EQ(URL("mysql://localhost/music?=a").query, (Query{{"", "a"}}));
}

TEST(URLTest, EmptyPairsAreLeftOut) {
  EXPECT_EQ(URL("mysql://localhost/?&a=1&&b=2&").query, (Query{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(URL("mysql://localhost/music?").query.empty());
}

TEST(URLTest, QueryIsDecoded) {
  const URL url("mysql://localhost/music?a%26b=c%3Dd+e%2Bf");

  EXPECT_EQ(url.query, (Query{{"a&b", "c=d e+f"}}));
}

TEST(URLTest, ValueMayContainAnEqualSign) {
  const URL url("mysql://localhost/music?options=-c x=y");

  EXPECT_EQ(url.query_value("options"), "-c x=y");
}

TEST(URLTest, QueryMayContainSlashesAndAtSigns) {
  const URL url("mysql://localhost?socket=/tmp/a@b:c");

  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.username, std::nullopt);
  EXPECT_EQ(url.query_value("socket"), "/tmp/a@b:c");
  EXPECT_EQ(URL("mysql://localhost?mail=a@b").query_value("mail"), "a@b");
}

// -- rendering --------------------------------------------------------------------------

TEST(URLTest, RenderHidesThePasswordsOfTheQuery) {
  const URL url("postgresql://host/db?password=one&sslpassword=two&sslmode=require");

  EXPECT_EQ(url.render(),
            "postgresql://host/db?password=***&sslpassword=***&sslmode=require");
  EXPECT_EQ(url.render(false),
            "postgresql://host/db?password=one&sslpassword=two&sslmode=require");
}

TEST(URLTest, RenderHidesThePassword) {
  const URL url("mysql://scott:tiger@localhost:3306/music?a=1");

  EXPECT_EQ(url.render(), "mysql://scott:***@localhost:3306/music?a=1");
}

TEST(URLTest, RenderHidesAnEmptyPassword) {
  EXPECT_EQ(URL("mysql://scott:@localhost").render(), "mysql://scott:***@localhost");
}

TEST(URLTest, RenderHidesAPasswordThatIsNotEncoded) {
  for (const char* const text : {"mysql://scott:s3cret@localhost",
                                 "mysql://scott:a/s3cret@localhost",
                                 "mysql://scott:a?s3cret@localhost",
                                 "mysql://scott:a@s3cret@localhost",
                                 "mysql://scott:1/s3cret@localhost/music",
                                 "mysql://scott:1?s3cret@localhost:3306?a=b",
                                 "mysql://sc?ott:s3cret@localhost",
                                 "mysql://sc[ott:s3cret@localhost",
                                 "mysql://:s3cret@localhost",
                                 "mysql://scott:[s3cret]@[::1]/music"}) {
    EXPECT_EQ(URL(text).render().find("s3cret"), std::string::npos) << text;
  }
}

TEST(URLTest, RenderHidesNoPasswordWhereThereIsNone) {
  EXPECT_EQ(URL("mysql://scott@localhost").render(), "mysql://scott@localhost");
}

TEST(URLTest, RenderShowsThePasswordWhenAsked) {
  const URL url("mysql://scott:ti%2Fger@localhost");

  EXPECT_EQ(url.render(false), "mysql://scott:ti%2Fger@localhost");
}

/// Those of SQLAlchemy's test/engine/test_parseconnect.py, ParseConnectTest.
constexpr const char* ordinary[] = {
    "dbtype://username:password@hostspec:110//usr/db_file.db",
    "dbtype://username:password@hostspec/database",
    "dbtype+apitype://username:password@hostspec/database",
    "dbtype://username:password@hostspec",
    "dbtype://username:password@/database",
    "dbtype://username@hostspec",
    "dbtype://username:password@127.0.0.1:1521",
    "dbtype://hostspec/database",
    "dbtype://hostspec",
    "dbtype://hostspec/?arg1=val1&arg2=val2",
    "dbtype+apitype:///database",
    "dbtype:///:memory:",
    "dbtype:///foo/bar/im/a/file",
    "dbtype:///C:/music.db",
    "dbtype:///C:/music.db?mode=ro&key=one&key=two",
    "dbtype://",
    "dbtype:////usr/local/_xtest@example.com/members.db",
    "dbtype://username:apples%2Foranges@hostspec/database",
    "dbtype://username:password@[2001:da8:2004:1000:202:116:160:90]/database?foo=bar",
    "dbtype://username:password@[2001:da8:2004:1000:202:116:160:90]:80/database?foo=bar",
    "dbtype://username:password@hostspec/test database with@atsign",
    "dbtype://username:password@hostspec?query=but_no_db",
    "dbtype://username:password@hostspec:450?query=but_no_db",
    "dbtype://username:password%20with%20spaces@hostspec:450?query=but_no_db",
    "sqlite:///",
};

TEST(URLTest, RenderWithPasswordGivesWhatWasParsed) {
  for (const char* const text : ordinary) EXPECT_EQ(URL(text).render(false), text);
}

constexpr const char* odd[] = {
    "db://host%40/a@b",
    "db://%3A%3A1/a@b",
    "db://user@%3A%3A1/a@b",
    "db://[::1]:1/a@b",
    "db://a%3A%5D:1",
    "db://a?=b&c",
    "db://@",
    "db://:@",
    "db://user:@/",
};

TEST(URLTest, RoundTripKeepsThePartsOfOddOnes) {
  for (const char* const text : odd) {
    const URL url(text);

    EXPECT_EQ(parts_of(again(url)), parts_of(url)) << text << ", " << url.render(false);
  }
}

TEST(URLTest, RoundTripKeepsAllParts) {
  for (const char* const text : ordinary) {
    const URL url(text);

    EXPECT_EQ(parts_of(again(url)), parts_of(url)) << text;
  }
}

TEST(URLTest, RoundTripKeepsAnyUserAndPassword) {
  URL url("mysql://localhost/music");
  url.username = "a@b:c/d?e#f&g[h]";
  url.password = "@:/?#%25&+ =[]'\"\\\xC3\xBC";

  EXPECT_EQ(parts_of(again(url)), parts_of(url));
}

TEST(URLTest, RoundTripKeepsEveryByteOfAPassword) {
  URL url("mysql://scott@localhost");
  url.password.emplace();
  for (int byte = 0; byte < 256; ++byte) *url.password += static_cast<char>(byte);

  EXPECT_EQ(again(url).password, url.password);
}

TEST(URLTest, RoundTripKeepsAnyQuery) {
  URL url("mysql://localhost/music");
  url.query = {{"a&b=", "c=d&e?f/g@h+ %"}, {"empty", ""}, {"a&b=", "\xC3\xBC"}};

  EXPECT_EQ(parts_of(again(url)), parts_of(url));
}

TEST(URLTest, RoundTripKeepsTheFolderOfASocketAsHost) {
  const URL url("postgresql://%2Fvar%2Frun/music");

  EXPECT_EQ(parts_of(again(url)), parts_of(url)) << url.render(false);
}

// -- malformed --------------------------------------------------------------------------

TEST(URLTest, TextWithoutColonAndSlashesIsRejected) {
  for (const char* const text : {"", "sqlite", "sqlite:", "sqlite:/music.db"}) {
    EXPECT_THROW(URL{text}, ArgumentError) << text;
  }
}

TEST(URLTest, NameOfTheDialectIsLettersDigitsAndUnderscores) {
  EXPECT_THROW(URL("://localhost"), ArgumentError);
  EXPECT_THROW(URL("my sql://localhost"), ArgumentError);
  EXPECT_THROW(URL("my/sql://localhost"), ArgumentError);
  EXPECT_NO_THROW(URL("my_sql2+a_b://localhost"));
}

TEST(URLTest, PortThatIsNoNumberIsRejected) {
  for (const char* const port :
       {"x", "33x", "-1", "+1", " 1", "1 ", "65536", "0x10", ":1"}) {
    EXPECT_THROW(URL("mysql://localhost:" + std::string(port)), ArgumentError) << port;
  }
}

TEST(URLTest, UnbalancedBracketIsRejected) {
  EXPECT_THROW(URL("mysql://[::1/music"), ArgumentError);
  EXPECT_THROW(URL("mysql://[::1]3306/music"), ArgumentError);
}

TEST(URLTest, BracketsAreForAddresses) {
  for (const char* const text :
       {"mysql://[]", "mysql://[localhost]", "mysql://[::1/]", "mysql://[[::1]]"}) {
    EXPECT_THROW(URL{text}, ArgumentError) << text;
  }
}

TEST(URLTest, AddressWithoutBracketsIsRejected) {
  EXPECT_THROW(URL("mysql://::1/music"), ArgumentError);
}

TEST(URLTest, ErrorDoesNotShowThePassword) {
  for (const char* const text : {
           "scott:s3cret@localhost",
           "mysql:/scott:s3cret@localhost",
           "://scott:s3cret@localhost",
           "scott:s3cret@mysql://localhost",
           "my sql://scott:s3cret@localhost",
           "mysql://scott:s3cret@localhost:port/music",
           "mysql://scott:s3cret@localhost:65536/music",
           "mysql://scott:s3cret@[::1/music",
           "mysql://scott:s3cret@[::1]music",
           "mysql://scott:s3cret/s3cret@localhost:port",
           "mysql://scott:s3cret?s3cret@localhost:port",
           "mysql://scott:s3cret",
           "mysql://[scott:s3cret]@localhost",
       }) {
    EXPECT_EQ(complaint_about(text).find("s3cret"), std::string::npos) << text;
  }
}

TEST(URLTest, ErrorSaysHowAURLIsWritten) {
  const std::string message = complaint_about("music.db");

  EXPECT_NE(message.find("dialect://user:password@host:port/database"), std::string::npos)
      << message;
}

}  // namespace
}  // namespace hark::test
