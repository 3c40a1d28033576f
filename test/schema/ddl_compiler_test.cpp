// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/schema/ddl_compiler.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

const DDLCompiler& sqlite() { return ddl_compiler("sqlite"); }
const DDLCompiler& postgresql() { return ddl_compiler("postgresql"); }
const DDLCompiler& mysql() { return ddl_compiler("mysql"); }
const DDLCompiler& mariadb() { return ddl_compiler("mariadb"); }

/// White space is the same wherever there is some.
std::string folded(std::string_view sql) {
  std::string all;
  bool is_between = false;
  for (const char c : sql) {
    const bool is_blank = c == ' ' || c == '\n' || c == '\t';
    if (!is_blank) {
      if (is_between && !all.empty()) all += ' ';
      all += c;
    }
    is_between = is_blank;
  }
  return all;
}

/// The statements that create it all, without ALTER.
std::string ddl_of(const MetaData& metadata, const DDLCompiler& compiler) {
  std::string all;
  const auto add = [&](const std::string& statement) {
    if (!all.empty()) all += ";";
    all += "\n" + folded(statement);
  };
  for (const auto& table : metadata.tables()) {
    add(compiler.create_table(*table, {}));
    for (const auto& index : table->indexes()) add(compiler.create_index(*index, {}));
    if (!compiler.supports_comments() || compiler.inline_comments()) continue;
    if (!table->comment().empty()) add(compiler.set_table_comment(*table));
    for (const auto& column : table->columns())
      if (!column->comment().empty()) add(compiler.set_column_comment(*column));
  }
  return folded(all);
}

template <class Failure, class Act>
std::string complaint(const Act& act) {
  try {
    act();
  } catch (const Failure& error) {
    return error.what();
  }
  ADD_FAILURE() << "it is accepted";
  return {};
}

Table& track(MetaData& metadata) {
  metadata.table("album", Column("id", Integer(), {.primary_key = true}));
  return metadata.table("track",
                        Column("id", Integer(), {.primary_key = true}),
                        Column("name", String(), {.comment = "its name"}),
                        Column("album_id", Integer()));
}

// -- what SQLAlchemy writes -------------------------------------------------------------

void declare_album(MetaData& metadata) {
  metadata.table("artist",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("name", String(120), {.nullable = false, .index = true}));
  metadata.table("album",
                 Column("id", BigInteger(), {.primary_key = true}),
                 Column("title", String(160), {.nullable = false}),
                 Column("artist_id",
                        {.nullable = false},
                        ForeignKey("artist.id", {.ondelete = "CASCADE"})),
                 UniqueConstraint({"artist_id", "title"}, {.name = "uq_album"}));
}

void declare_every_type(MetaData& metadata) {
  metadata.table("everything",
                 Column("a", Integer()),
                 Column("b", BigInteger()),
                 Column("c", SmallInteger()),
                 Column("d", String(50)),
                 Column("e", Text()),
                 Column("f", Text(1000)),
                 Column("g", Float()),
                 Column("h", Float(53)),
                 Column("i", Numeric()),
                 Column("j", Numeric(10)),
                 Column("k", Numeric(10, 2)),
                 Column("l", Boolean()),
                 Column("m", Date()),
                 Column("n", DateTime()),
                 Column("o", DateTime(true)),
                 Column("p", Time()),
                 Column("q", Time(true)),
                 Column("r", LargeBinary()),
                 Column("s", LargeBinary(500)),
                 Column("t", JSON()),
                 Column("u", Uuid()),
                 Column("v", String(20).collated("de_DE")),
                 Column("w", UserDefinedType("CITEXT")),
                 Column("x", String(5).spelled("CHAR")),
                 Column("y", Numeric(8, 3).spelled("DECIMAL")));
}

void declare_counting(MetaData& metadata) {
  metadata.table("small", Column("id", SmallInteger(), {.primary_key = true}));
  metadata.table("big", Column("id", BigInteger(), {.primary_key = true}));
  metadata.table("text", Column("id", String(9), {.primary_key = true}));
  metadata.table(
      "told",
      Column("id", Integer(), {.primary_key = true, .autoincrement = Autoincrement::no}));
  metadata.table("with_default",
                 Column("id", Integer(), {.primary_key = true, .server_default = "7"}));
  metadata.table("both",
                 Column("a", Integer(), {.primary_key = true}),
                 Column("b", Integer(), {.primary_key = true}));
  metadata.table("referring", Column("id", {.primary_key = true}, ForeignKey("big.id")));
  metadata.table("identity",
                 Column("id",
                        Integer(),
                        {.primary_key = true},
                        Identity({.start = 10, .cycle = true, .always = true})));
  metadata.table("sequence",
                 Column("id", Integer(), {.primary_key = true}, Sequence("ids")));
  metadata.table(
      "optional",
      Column(
          "id", Integer(), {.primary_key = true}, Sequence("ids", {.optional = true})));
}

void declare_column_parts(MetaData& metadata) {
  metadata.table(
      "part",
      Column(
          "literal", String(20), {.nullable = false, .server_default = "it's \\ 100%"}),
      Column("sql", DateTime(), {.server_default = text("CURRENT_TIMESTAMP")}),
      Column("doubled", Integer(), {.nullable = false}, Computed("amount * 2")),
      Column("stored", Integer(), Computed("amount * 3", true)),
      Column("amount", Integer(), CheckConstraint("amount > 0", {.name = "ck_amount"})),
      Column("counted", Integer(), {.nullable = true}, Identity()));
}

void declare_constraints_of_every_kind(MetaData& metadata) {
  metadata.table("target",
                 Column("a", Integer(), {.primary_key = true}),
                 Column("b", Integer(), {.primary_key = true}));
  metadata.table(
      "item",
      Column("x", Integer(), {.unique = true}),
      Column("y", Integer(), {.primary_key = true}),
      Column("z",
             Integer(),
             ForeignKey("target.a", {.onupdate = "CASCADE", .ondelete = "SET NULL"})),
      CheckConstraint("x > y", {.deferrable = false}),
      ForeignKeyConstraint(
          {"x", "y"},
          {"target.a", "target.b"},
          {.name = "fk_item", .deferrable = true, .initially = "DEFERRED"}),
      UniqueConstraint({"y", "z"}, {.name = "Unique"}),
      PrimaryKeyConstraint({"y", "x"}, {.name = "pk_item"}));
}

void declare_foreign_key_added_later(MetaData& metadata) {
  metadata.table("target", Column("id", Integer(), {.primary_key = true}));
  metadata.table(
      "source",
      Column("id",
             Integer(),
             ForeignKey("target.id", {.name = "fk_later", .use_alter = true})));
}

void declare_indexes(MetaData& metadata) {
  metadata.table("indexed",
                 {.schema = "archive"},
                 Column("a", Integer(), {.unique = true, .index = true}),
                 Column("b", String(20)),
                 Index("ix_both", {"b", "a"}),
                 Index("ix_lower", {text("lower(b)")}, {.unique = true}),
                 Index("ix_method", {"b"}, {.postgresql_using = "HASH"}),
                 Index("ix_partial", {"a"}, {.where = "a > 5"}));
}

void declare_schemas_prefixes_and_comments(MetaData& metadata) {
  metadata.table("here",
                 {.comment = "it's \\ here", .prefixes = {"GLOBAL", "TEMPORARY"}},
                 Column("id", Integer(), {.primary_key = true, .comment = "the key"}));
  metadata.table(
      "there",
      {.schema = "Archive"},
      Column("id", {.primary_key = true}, ForeignKey("here.id")),
      Column("next", Integer(), {.comment = "50%"}, ForeignKey("Archive.there.id")));
}

void declare_names_that_need_quotes(MetaData& metadata) {
  metadata.table("Order",
                 Column("group", Integer(), {.primary_key = true}),
                 Column("two words", Integer()),
                 Column("1st", Integer()),
                 Column("$cash", Integer()),
                 Column("cash$", Integer()),
                 Column("Größe", Integer()),
                 Column("say \"hi\"", Integer()),
                 Column("tick`s", Integer()),
                 Column("100%", Integer()),
                 Column("row", Integer()),
                 Column("window", Integer()),
                 Column("analyse", Integer()),
                 Column("upper", Integer(), {.quote = true}),
                 Column("BARE", Integer(), {.quote = false}));
}

void declare_names_by_convention(MetaData& metadata) {
  metadata.table("a_table_with_quite_a_long_name",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("a_column_with_quite_a_long_name", Integer(), {.unique = true}),
                 Column("another_column", Integer(), {.index = true}));
}

/// Tables, and what SQLAlchemy 1.4.46 writes for them.
struct Recorded {
  const char* name;
  void (*declare)(MetaData& metadata);
  const char* sqlite;
  const char* postgresql;
  const char* mysql;

  friend std::ostream& operator<<(std::ostream& out, const Recorded& self) {
    return out << self.name;
  }
};

const Recorded recorded[] = {
    {"Album",
     declare_album,
     R"(CREATE TABLE artist (
	id INTEGER NOT NULL,
	name VARCHAR(120) NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_artist_name ON artist (name);
CREATE TABLE album (
	id BIGINT NOT NULL,
	title VARCHAR(160) NOT NULL,
	artist_id INTEGER NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_album UNIQUE (artist_id, title),
	FOREIGN KEY(artist_id) REFERENCES artist (id) ON DELETE CASCADE
))",
     R"(CREATE TABLE artist (
	id SERIAL NOT NULL,
	name VARCHAR(120) NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_artist_name ON artist (name);
CREATE TABLE album (
	id BIGSERIAL NOT NULL,
	title VARCHAR(160) NOT NULL,
	artist_id INTEGER NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_album UNIQUE (artist_id, title),
	FOREIGN KEY(artist_id) REFERENCES artist (id) ON DELETE CASCADE
))",
     R"(CREATE TABLE artist (
	id INTEGER NOT NULL AUTO_INCREMENT,
	name VARCHAR(120) NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_artist_name ON artist (name);
CREATE TABLE album (
	id BIGINT NOT NULL AUTO_INCREMENT,
	title VARCHAR(160) NOT NULL,
	artist_id INTEGER NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_album UNIQUE (artist_id, title),
	FOREIGN KEY(artist_id) REFERENCES artist (id) ON DELETE CASCADE
))"},
    {"EveryType",
     declare_every_type,
     R"(CREATE TABLE everything (
	a INTEGER,
	b BIGINT,
	c SMALLINT,
	d VARCHAR(50),
	e TEXT,
	f TEXT(1000),
	g FLOAT,
	h FLOAT,
	i NUMERIC,
	j NUMERIC(10),
	k NUMERIC(10, 2),
	l BOOLEAN,
	m DATE,
	n DATETIME,
	o DATETIME,
	p TIME,
	q TIME,
	r BLOB,
	s BLOB,
	t JSON,
	u CHAR(32),
	v VARCHAR(20) COLLATE "de_DE",
	w CITEXT,
	x CHAR(5),
	y DECIMAL(8, 3)
))",
     R"(CREATE TABLE everything (
	a INTEGER,
	b BIGINT,
	c SMALLINT,
	d VARCHAR(50),
	e TEXT,
	f TEXT(1000),
	g FLOAT,
	h FLOAT(53),
	i NUMERIC,
	j NUMERIC(10),
	k NUMERIC(10, 2),
	l BOOLEAN,
	m DATE,
	n TIMESTAMP WITHOUT TIME ZONE,
	o TIMESTAMP WITH TIME ZONE,
	p TIME WITHOUT TIME ZONE,
	q TIME WITH TIME ZONE,
	r BYTEA,
	s BYTEA,
	t JSON,
	u UUID,
	v VARCHAR(20) COLLATE "de_DE",
	w CITEXT,
	x CHAR(5),
	y DECIMAL(8, 3)
))",
     R"(CREATE TABLE everything (
	a INTEGER,
	b BIGINT,
	c SMALLINT,
	d VARCHAR(50),
	e TEXT,
	f TEXT(1000),
	g FLOAT,
	h FLOAT(53),
	i NUMERIC,
	j NUMERIC(10),
	k NUMERIC(10, 2),
	l BOOL,
	m DATE,
	n DATETIME,
	o DATETIME,
	p TIME,
	q TIME,
	r BLOB,
	s BLOB(500),
	t JSON,
	u CHAR(32),
	v VARCHAR(20) COLLATE de_DE,
	w CITEXT,
	x CHAR(5),
	y DECIMAL(8, 3)
))"},
    {"Counting",
     declare_counting,
     R"(CREATE TABLE small (
	id SMALLINT NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE big (
	id BIGINT NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE text (
	id VARCHAR(9) NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE told (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE with_default (
	id INTEGER DEFAULT '7' NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE both (
	a INTEGER NOT NULL,
	b INTEGER NOT NULL,
	PRIMARY KEY (a, b)
);
CREATE TABLE referring (
	id BIGINT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(id) REFERENCES big (id)
);
CREATE TABLE identity (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE sequence (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE optional (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
))",
     R"(CREATE TABLE small (
	id SMALLSERIAL NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE big (
	id BIGSERIAL NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE text (
	id VARCHAR(9) NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE told (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE with_default (
	id INTEGER DEFAULT '7' NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE "both" (
	a INTEGER NOT NULL,
	b INTEGER NOT NULL,
	PRIMARY KEY (a, b)
);
CREATE TABLE referring (
	id BIGINT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(id) REFERENCES big (id)
);
CREATE TABLE identity (
	id INTEGER GENERATED ALWAYS AS IDENTITY (START WITH 10 CYCLE),
	PRIMARY KEY (id)
);
CREATE TABLE sequence (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE optional (
	id SERIAL NOT NULL,
	PRIMARY KEY (id)
))",
     R"(CREATE TABLE small (
	id SMALLINT NOT NULL AUTO_INCREMENT,
	PRIMARY KEY (id)
);
CREATE TABLE big (
	id BIGINT NOT NULL AUTO_INCREMENT,
	PRIMARY KEY (id)
);
CREATE TABLE text (
	id VARCHAR(9) NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE told (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE with_default (
	id INTEGER NOT NULL DEFAULT '7',
	PRIMARY KEY (id)
);
CREATE TABLE `both` (
	a INTEGER NOT NULL,
	b INTEGER NOT NULL,
	PRIMARY KEY (a, b)
);
CREATE TABLE referring (
	id BIGINT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(id) REFERENCES big (id)
);
CREATE TABLE identity (
	id INTEGER NOT NULL AUTO_INCREMENT,
	PRIMARY KEY (id)
);
CREATE TABLE sequence (
	id INTEGER NOT NULL AUTO_INCREMENT,
	PRIMARY KEY (id)
);
CREATE TABLE optional (
	id INTEGER NOT NULL AUTO_INCREMENT,
	PRIMARY KEY (id)
))"},
    {"ColumnParts",
     declare_column_parts,
     R"(CREATE TABLE part (
	literal VARCHAR(20) DEFAULT 'it''s \ 100%' NOT NULL,
	sql DATETIME DEFAULT CURRENT_TIMESTAMP,
	doubled INTEGER NOT NULL GENERATED ALWAYS AS (amount * 2),
	stored INTEGER GENERATED ALWAYS AS (amount * 3) STORED,
	amount INTEGER CONSTRAINT ck_amount CHECK (amount > 0),
	counted INTEGER
))",
     R"(CREATE TABLE part (
	literal VARCHAR(20) DEFAULT 'it''s \ 100%' NOT NULL,
	sql TIMESTAMP WITHOUT TIME ZONE DEFAULT CURRENT_TIMESTAMP,
	doubled INTEGER GENERATED ALWAYS AS (amount * 2) STORED NOT NULL,
	stored INTEGER GENERATED ALWAYS AS (amount * 3) STORED,
	amount INTEGER CONSTRAINT ck_amount CHECK (amount > 0),
	counted INTEGER GENERATED BY DEFAULT AS IDENTITY NULL
))",
     R"(CREATE TABLE part (
	literal VARCHAR(20) NOT NULL DEFAULT 'it''s \\ 100%',
	`sql` DATETIME DEFAULT CURRENT_TIMESTAMP,
	doubled INTEGER GENERATED ALWAYS AS (amount * 2) NOT NULL,
	`stored` INTEGER GENERATED ALWAYS AS (amount * 3) STORED,
	amount INTEGER CONSTRAINT ck_amount CHECK (amount > 0),
	counted INTEGER
))"},
    {"ConstraintsOfEveryKind",
     declare_constraints_of_every_kind,
     R"(CREATE TABLE target (
	a INTEGER NOT NULL,
	b INTEGER NOT NULL,
	PRIMARY KEY (a, b)
);
CREATE TABLE item (
	x INTEGER NOT NULL,
	y INTEGER NOT NULL,
	z INTEGER,
	CONSTRAINT pk_item PRIMARY KEY (y, x),
	CHECK (x > y) NOT DEFERRABLE,
	CONSTRAINT fk_item FOREIGN KEY(x, y) REFERENCES target (a, b) DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT "Unique" UNIQUE (y, z),
	UNIQUE (x),
	FOREIGN KEY(z) REFERENCES target (a) ON DELETE SET NULL ON UPDATE CASCADE
))",
     R"(CREATE TABLE target (
	a INTEGER NOT NULL,
	b INTEGER NOT NULL,
	PRIMARY KEY (a, b)
);
CREATE TABLE item (
	x INTEGER NOT NULL,
	y INTEGER NOT NULL,
	z INTEGER,
	CONSTRAINT pk_item PRIMARY KEY (y, x),
	CHECK (x > y) NOT DEFERRABLE,
	CONSTRAINT fk_item FOREIGN KEY(x, y) REFERENCES target (a, b) DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT "Unique" UNIQUE (y, z),
	UNIQUE (x),
	FOREIGN KEY(z) REFERENCES target (a) ON DELETE SET NULL ON UPDATE CASCADE
))",
     R"(CREATE TABLE target (
	a INTEGER NOT NULL,
	b INTEGER NOT NULL,
	PRIMARY KEY (a, b)
);
CREATE TABLE item (
	x INTEGER NOT NULL,
	y INTEGER NOT NULL,
	z INTEGER,
	CONSTRAINT pk_item PRIMARY KEY (y, x),
	CHECK (x > y) NOT DEFERRABLE,
	CONSTRAINT fk_item FOREIGN KEY(x, y) REFERENCES target (a, b) DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT `Unique` UNIQUE (y, z),
	UNIQUE (x),
	FOREIGN KEY(z) REFERENCES target (a) ON DELETE SET NULL ON UPDATE CASCADE
))"},
    {"ForeignKeyAddedLater",
     declare_foreign_key_added_later,
     R"(CREATE TABLE target (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE source (
	id INTEGER,
	CONSTRAINT fk_later FOREIGN KEY(id) REFERENCES target (id)
))",
     R"(CREATE TABLE target (
	id SERIAL NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE source (
	id INTEGER
))",
     R"(CREATE TABLE target (
	id INTEGER NOT NULL AUTO_INCREMENT,
	PRIMARY KEY (id)
);
CREATE TABLE source (
	id INTEGER
))"},
    {"Indexes",
     declare_indexes,
     R"(CREATE TABLE archive."indexed" (
	a INTEGER,
	b VARCHAR(20)
);
CREATE UNIQUE INDEX archive.ix_archive_indexed_a ON "indexed" (a);
CREATE INDEX archive.ix_both ON "indexed" (b, a);
CREATE UNIQUE INDEX archive.ix_lower ON "indexed" (lower(b));
CREATE INDEX archive.ix_method ON "indexed" (b);
CREATE INDEX archive.ix_partial ON "indexed" (a) WHERE a > 5)",
     R"(CREATE TABLE archive.indexed (
	a INTEGER,
	b VARCHAR(20)
);
CREATE UNIQUE INDEX ix_archive_indexed_a ON archive.indexed (a);
CREATE INDEX ix_both ON archive.indexed (b, a);
CREATE UNIQUE INDEX ix_lower ON archive.indexed (lower(b));
CREATE INDEX ix_method ON archive.indexed USING hash (b);
CREATE INDEX ix_partial ON archive.indexed (a) WHERE a > 5)",
     R"(CREATE TABLE archive.indexed (
	a INTEGER,
	b VARCHAR(20)
);
CREATE UNIQUE INDEX ix_archive_indexed_a ON archive.indexed (a);
CREATE INDEX ix_both ON archive.indexed (b, a);
CREATE UNIQUE INDEX ix_lower ON archive.indexed (lower(b));
CREATE INDEX ix_method ON archive.indexed (b);
CREATE INDEX ix_partial ON archive.indexed (a))"},
    {"SchemasPrefixesAndComments",
     declare_schemas_prefixes_and_comments,
     R"(CREATE GLOBAL TEMPORARY TABLE here (
	id INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE "Archive".there (
	id INTEGER NOT NULL,
	next INTEGER,
	PRIMARY KEY (id),
	FOREIGN KEY(next) REFERENCES there (id)
))",
     R"(CREATE GLOBAL TEMPORARY TABLE here (
	id SERIAL NOT NULL,
	PRIMARY KEY (id)
);
COMMENT ON TABLE here IS 'it''s \ here';
COMMENT ON COLUMN here.id IS 'the key';
CREATE TABLE "Archive".there (
	id INTEGER NOT NULL,
	next INTEGER,
	PRIMARY KEY (id),
	FOREIGN KEY(id) REFERENCES here (id),
	FOREIGN KEY(next) REFERENCES "Archive".there (id)
);
COMMENT ON COLUMN "Archive".there.next IS '50%')",
     R"(CREATE GLOBAL TEMPORARY TABLE here (
	id INTEGER NOT NULL COMMENT 'the key' AUTO_INCREMENT,
	PRIMARY KEY (id)
)COMMENT='it''s \\ here';
CREATE TABLE `Archive`.there (
	id INTEGER NOT NULL,
	next INTEGER COMMENT '50%',
	PRIMARY KEY (id),
	FOREIGN KEY(id) REFERENCES here (id),
	FOREIGN KEY(next) REFERENCES `Archive`.there (id)
))"},
    {"NamesThatNeedQuotes",
     declare_names_that_need_quotes,
     R"(CREATE TABLE "Order" (
	"group" INTEGER NOT NULL,
	"two words" INTEGER,
	"1st" INTEGER,
	"$cash" INTEGER,
	cash$ INTEGER,
	"Größe" INTEGER,
	"say ""hi""" INTEGER,
	"tick`s" INTEGER,
	"100%" INTEGER,
	"row" INTEGER,
	window INTEGER,
	analyse INTEGER,
	"upper" INTEGER,
	BARE INTEGER,
	PRIMARY KEY ("group")
))",
     R"(CREATE TABLE "Order" (
	"group" SERIAL NOT NULL,
	"two words" INTEGER,
	"1st" INTEGER,
	"$cash" INTEGER,
	cash$ INTEGER,
	"Größe" INTEGER,
	"say ""hi""" INTEGER,
	"tick`s" INTEGER,
	"100%" INTEGER,
	row INTEGER,
	"window" INTEGER,
	"analyse" INTEGER,
	"upper" INTEGER,
	BARE INTEGER,
	PRIMARY KEY ("group")
))",
     R"(CREATE TABLE `Order` (
	`group` INTEGER NOT NULL AUTO_INCREMENT,
	`two words` INTEGER,
	`1st` INTEGER,
	`$cash` INTEGER,
	cash$ INTEGER,
	`Größe` INTEGER,
	`say "hi"` INTEGER,
	`tick``s` INTEGER,
	`100%` INTEGER,
	`row` INTEGER,
	`window` INTEGER,
	analyse INTEGER,
	`upper` INTEGER,
	BARE INTEGER,
	PRIMARY KEY (`group`)
))"},
    {"NamesByConvention",
     declare_names_by_convention,
     R"(CREATE TABLE a_table_with_quite_a_long_name (
	id INTEGER NOT NULL,
	a_column_with_quite_a_long_name INTEGER,
	another_column INTEGER,
	CONSTRAINT pk_a_table_with_quite_a_long_name PRIMARY KEY (id),
	CONSTRAINT unique_a_table_with_quite_a_long_name_a_column_with_quite_a_long_name UNIQUE (a_column_with_quite_a_long_name)
);
CREATE INDEX index_of_the_table_with_the_name_a_table_with_quite_a_long_name_another_column ON a_table_with_quite_a_long_name (another_column))",
     R"(CREATE TABLE a_table_with_quite_a_long_name (
	id SERIAL NOT NULL,
	a_column_with_quite_a_long_name INTEGER,
	another_column INTEGER,
	CONSTRAINT pk_a_table_with_quite_a_long_name PRIMARY KEY (id),
	CONSTRAINT unique_a_table_with_quite_a_long_name_a_column_with_qui_30bc UNIQUE (a_column_with_quite_a_long_name)
);
CREATE INDEX index_of_the_table_with_the_name_a_table_with_quite_a_l_8db9 ON a_table_with_quite_a_long_name (another_column))",
     R"(CREATE TABLE a_table_with_quite_a_long_name (
	id INTEGER NOT NULL AUTO_INCREMENT,
	a_column_with_quite_a_long_name INTEGER,
	another_column INTEGER,
	CONSTRAINT pk_a_table_with_quite_a_long_name PRIMARY KEY (id),
	CONSTRAINT unique_a_table_with_quite_a_long_name_a_column_with_quit_30bc UNIQUE (a_column_with_quite_a_long_name)
);
CREATE INDEX index_of_the_table_with_the_name_a_table_with_quite_a_lo_8db9 ON a_table_with_quite_a_long_name (another_column))"},
};

const NamingConvention convention{
    {"pk", "pk_%(table_name)s"},
    {"uq", "unique_%(table_name)s_%(column_0_name)s"},
    {"ix", "index_of_the_table_with_the_name_%(table_name)s_%(column_0_name)s"},
};

class RecordedDDLTest : public ::testing::TestWithParam<Recorded> {
 protected:
  RecordedDDLTest() { GetParam().declare(metadata); }

  MetaData metadata{
      {.naming_convention = std::string_view(GetParam().name) == "NamesByConvention"
                                ? convention
                                : NamingConvention()}};
};

TEST_P(RecordedDDLTest, IsTheSameForSQLite) {
  EXPECT_EQ(ddl_of(metadata, sqlite()), folded(GetParam().sqlite));
}

TEST_P(RecordedDDLTest, IsTheSameForPostgreSQL) {
  EXPECT_EQ(ddl_of(metadata, postgresql()), folded(GetParam().postgresql));
}

TEST_P(RecordedDDLTest, IsTheSameForMySQL) {
  EXPECT_EQ(ddl_of(metadata, mysql()), folded(GetParam().mysql));
}

INSTANTIATE_TEST_SUITE_P(Tables,
                         RecordedDDLTest,
                         ::testing::ValuesIn(recorded),
                         [](const auto& each) { return each.param.name; });

TEST(DDLCompilerTest, LayoutIsTheOneOfSQLAlchemy) {
  MetaData metadata;
  const Table& table = metadata.table(
      "t", Column("a", Integer(), {.primary_key = true}), Column("b", Text()));

  EXPECT_EQ(sqlite().create_table(table, {}),
            "\nCREATE TABLE t (\n\ta INTEGER NOT NULL, \n\tb TEXT, \n\tPRIMARY KEY "
            "(a)\n)\n\n");
  EXPECT_EQ(sqlite().drop_table(table, {}), "\nDROP TABLE t");
}

// -- names ------------------------------------------------------------------------------

TEST(DDLCompilerTest, QuotesNamesThatAreNoPlainWords) {
  for (const char* const name :
       {"Capital", "two words", "1st", "$x", "Größe", "a-b", ""}) {
    EXPECT_EQ(postgresql().quoted(name), "\"" + std::string(name) + "\"");
    EXPECT_EQ(mysql().quoted(name), "`" + std::string(name) + "`");
  }
  EXPECT_EQ(postgresql().quoted("plain_1$"), "plain_1$");
  EXPECT_EQ(postgresql().quoted("a\n"), "\"a\n\"");
}

TEST(DDLCompilerTest, QuotesInNamesAreDoubled) {
  EXPECT_EQ(sqlite().quoted("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(mysql().quoted("tick`s \""), "`tick``s \"`");
}

TEST(DDLCompilerTest, PercentSignsAreNotDoubled) {
  EXPECT_EQ(postgresql().quoted("100%"), "\"100%\"");
  EXPECT_EQ(mysql().literal("100%"), "'100%'");
}

TEST(DDLCompilerTest, EachDialectHasItsReservedWords) {
  EXPECT_EQ(sqlite().quoted("vacuum"), "\"vacuum\"");
  EXPECT_EQ(sqlite().quoted("analyse"), "analyse");
  EXPECT_EQ(postgresql().quoted("analyse"), "\"analyse\"");
  EXPECT_EQ(postgresql().quoted("vacuum"), "vacuum");
  EXPECT_EQ(mysql().quoted("rank"), "`rank`");
  EXPECT_EQ(mariadb().quoted("rank"), "rank");
  EXPECT_EQ(mariadb().quoted("returning"), "`returning`");
  EXPECT_EQ(mysql().quoted("accessible"), "`accessible`");
  EXPECT_EQ(mysql().quoted("zerofill"), "`zerofill`");
}

TEST(DDLCompilerTest, QuoteOptionDecides) {
  EXPECT_EQ(sqlite().quoted("plain", true), "\"plain\"");
  EXPECT_EQ(sqlite().quoted("Two Words", false), "Two Words");
}

TEST(DDLCompilerTest, LiteralDoublesItsQuotes) {
  EXPECT_EQ(postgresql().literal("it's \\"), "'it''s \\'");
}

TEST(DDLCompilerTest, LiteralOfMySQLDoublesBackslashes) {
  EXPECT_EQ(mysql().literal("it's \\"), "'it''s \\\\'");
}

TEST(DDLCompilerTest, NameThatIsTooLongIsAnError) {
  MetaData metadata;
  Table& table = track(metadata);
  const Constraint& longest =
      table.append(CheckConstraint("id > 0", {.name = std::string(63, 'x')}));
  const Constraint& constraint =
      table.append(CheckConstraint("id > 0", {.name = std::string(64, 'x')}));

  EXPECT_NE(complaint<IdentifierError>([&] {
              postgresql().format_constraint(constraint);
            }).find("longer than the 63 characters"),
            std::string::npos);
  EXPECT_EQ(postgresql().format_constraint(longest), std::string(63, 'x'));
  EXPECT_EQ(mysql().format_constraint(constraint), std::string(64, 'x'));
}

TEST(DDLCompilerTest, LengthOfNamesIsCountedInCharacters) {
  std::string name;
  for (int i = 0; i < 63; ++i) name += "ö";

  EXPECT_NO_THROW(postgresql().validate_identifier(name));
  EXPECT_THROW(postgresql().validate_identifier(name + "ö"), IdentifierError);
}

TEST(DDLCompilerTest, NameByConventionIsCutBetweenCharacters) {
  MetaData metadata({.naming_convention = {{"uq", "uq_%(column_0_name)s"}}});
  std::string name;
  for (int i = 0; i < 63; ++i) name += "ö";
  const Table& table = metadata.table("t", Column(name, Integer(), {.unique = true}));
  const Constraint& unique = *table.constraints().back();

  EXPECT_EQ(postgresql().format_constraint(unique),
            "\"uq_" + name.substr(0, std::size_t{2} * 52) + "_8f51\"");
}

// -- errors -----------------------------------------------------------------------------

TEST(DDLCompilerTest, StringWithoutLengthIsAnErrorOnMySQL) {
  MetaData metadata;
  const Table& table = track(metadata);

  const std::string why =
      complaint<CompileError>([&] { mysql().create_table(table, {}); });

  EXPECT_EQ(why,
            "(in table 'track', column 'name'): MySQL wants to know the length of a "
            "VARCHAR");
}

TEST(DDLCompilerTest, SpelledTypeWithoutLengthIsAnErrorOnMySQL) {
  EXPECT_THROW(mysql().type(String().spelled("nvarchar")), CompileError);
  EXPECT_EQ(mysql().type(String().spelled("TINYTEXT")), "TINYTEXT");
}

TEST(DDLCompilerTest, ColumnWithoutTypeIsAnError) {
  MetaData metadata;
  const Table& table = metadata.table("t", Column("c", Type()));

  const std::string why =
      complaint<CompileError>([&] { sqlite().create_table(table, {}); });

  EXPECT_EQ(why.find("(in table 't', column 'c'): "), 0U);
}

TEST(DDLCompilerTest, ForeignKeyToNothingIsAnError) {
  MetaData metadata;
  const Table& table =
      metadata.table("t", Column("c", Integer(), ForeignKey("nowhere.id")));

  EXPECT_THROW(sqlite().create_table(table, {}), NoReferencedTableError);
}

TEST(DDLCompilerTest, VirtualColumnIsAnErrorOnPostgreSQL) {
  MetaData metadata;
  const Table& table =
      metadata.table("t", Column("c", Integer(), Computed("1 + 1", false)));

  EXPECT_THROW(postgresql().create_table(table, {}), CompileError);
  EXPECT_NE(sqlite().create_table(table, {}).find("VIRTUAL"), std::string::npos);
}

TEST(DDLCompilerTest, MatchIsAnErrorOnMySQL) {
  MetaData metadata;
  Table& table = track(metadata);
  table.append(ForeignKeyConstraint({"album_id"}, {"album.id"}, {.match = "FULL"}));

  EXPECT_NE(postgresql().create_table(table, {}).find("(id) MATCH FULL"),
            std::string::npos);
  EXPECT_THROW(mysql().add_constraint(*table.constraints().back()), CompileError);
}

TEST(DDLCompilerTest, PhraseThatIsNotKnownIsAnError) {
  MetaData metadata;
  Table& table = track(metadata);
  const Constraint& key = table.append(
      ForeignKeyConstraint({"album_id"}, {"album.id"}, {.ondelete = "x; DROP TABLE y"}));
  const Constraint& check =
      table.append(CheckConstraint("id > 0", {.initially = "SOMETIMES"}));

  EXPECT_THROW(postgresql().add_constraint(key), CompileError);
  EXPECT_THROW(postgresql().add_constraint(check), CompileError);
}

TEST(DDLCompilerTest, MethodThatIsNoWordIsAnErrorOnPostgreSQL) {
  MetaData metadata;
  Table& table = track(metadata);
  const Index& index =
      table.append(Index("ix", {"name"}, {.postgresql_using = "gin (x)"}));

  EXPECT_THROW(postgresql().create_index(index, {}), CompileError);
  EXPECT_EQ(sqlite().create_index(index, {}), "CREATE INDEX ix ON track (name)");
}

TEST(DDLCompilerTest, CountingInAPartOfAKeyIsAnErrorOnSQLite) {
  MetaData metadata;
  const Table& table = metadata.table(
      "t",
      Column("a", Integer(), {.primary_key = true, .autoincrement = Autoincrement::yes}),
      Column("b", Integer(), {.primary_key = true}));

  EXPECT_THROW(sqlite().create_table(table, {}), CompileError);
  EXPECT_NE(postgresql().create_table(table, {}).find("a SERIAL"), std::string::npos);
}

TEST(DDLCompilerTest, DialectThatIsNotKnownIsAnError) {
  EXPECT_NE(complaint<CompileError>([] {
              ddl_compiler("sqlit");
            }).find("did you mean 'sqlite'"),
            std::string::npos);
}

TEST(DDLCompilerTest, CompilerOfAnotherDialectCanBeMadeKnown) {
  class Shouting final : public DDLCompiler {
    std::string text_type(const Type&) const override { return "MEMO"; }
  };
  MetaData metadata;
  const Table& table = metadata.table("t", Column("c", Text()));

  register_ddl_compiler("shouting", std::make_unique<Shouting>());

  EXPECT_EQ(folded(ddl_compiler("shouting").create_table(table, {})),
            "CREATE TABLE t ( c MEMO )");
}

// -- the other statements ---------------------------------------------------------------

TEST(DDLCompilerTest, SaysIfNotExistsAndIfExists) {
  MetaData metadata;
  Table& table = track(metadata);
  const Index& index = table.append(Index("ix", {"name"}));

  EXPECT_EQ(folded(sqlite().create_table(table, {.if_not_exists = true}))
                .find("CREATE TABLE IF NOT EXISTS track ("),
            0U);
  EXPECT_EQ(sqlite().drop_table(table, {.if_exists = true}),
            "\nDROP TABLE IF EXISTS track");
  EXPECT_EQ(postgresql().create_index(index, {.if_not_exists = true}),
            "CREATE INDEX IF NOT EXISTS ix ON track (name)");
  EXPECT_EQ(postgresql().drop_index(index, {.if_exists = true}),
            "\nDROP INDEX IF EXISTS ix");
}

TEST(DDLCompilerTest, LeavesOutForeignKeysThatAreNotGiven) {
  MetaData metadata;
  Table& table = track(metadata);
  const auto& first = table.append(ForeignKeyConstraint({"id"}, {"album.id"}));
  table.append(ForeignKeyConstraint({"album_id"}, {"album.id"}));
  const std::vector<const ForeignKeyConstraint*> include{&first};

  const std::string sql = folded(postgresql().create_table(table, {}, &include));

  EXPECT_NE(sql.find("FOREIGN KEY(id)"), std::string::npos);
  EXPECT_EQ(sql.find("FOREIGN KEY(album_id)"), std::string::npos);
}

TEST(DDLCompilerTest, DropsAnIndexAsTheDialectNamesIt) {
  MetaData metadata;
  Table& table = metadata.table("t", {.schema = "s"}, Column("a", Integer()));
  const Index& index = table.append(Index("ix", {"a"}));

  EXPECT_EQ(postgresql().drop_index(index, {}), "\nDROP INDEX s.ix");
  EXPECT_EQ(sqlite().drop_index(index, {}), "\nDROP INDEX s.ix");
  EXPECT_EQ(mysql().drop_index(index, {}), "\nDROP INDEX ix ON s.t");
}

TEST(DDLCompilerTest, AddsAConstraint) {
  MetaData metadata;
  Table& table = track(metadata);
  const Constraint& key =
      table.append(ForeignKeyConstraint({"album_id"}, {"album.id"}, {.name = "fk"}));

  EXPECT_EQ(postgresql().add_constraint(key),
            "ALTER TABLE track ADD CONSTRAINT fk FOREIGN KEY(album_id) REFERENCES album "
            "(id)");
}

TEST(DDLCompilerTest, DropsAConstraint) {
  MetaData metadata;
  Table& table = track(metadata);
  const Constraint& check = table.append(CheckConstraint("id > 0", {.name = "ck"}));

  EXPECT_EQ(postgresql().drop_constraint(check, {.if_exists = true, .cascade = true}),
            "ALTER TABLE track DROP CONSTRAINT IF EXISTS ck CASCADE");
}

TEST(DDLCompilerTest, ConstraintWithoutNameCannotBeDropped) {
  MetaData metadata;
  Table& table = track(metadata);
  const Constraint& unique = table.append(UniqueConstraint({"name"}));

  for (const DDLCompiler* compiler : {&postgresql(), &mysql()}) {
    EXPECT_NE(complaint<CompileError>([&] {
                compiler->drop_constraint(unique, {});
              }).find("track"),
              std::string::npos);
  }
}

TEST(DDLCompilerTest, MySQLNamesTheKindOfConstraintThatItDrops) {
  MetaData metadata;
  Table& table = track(metadata);
  const auto& key =
      table.append(ForeignKeyConstraint({"album_id"}, {"album.id"}, {.name = "fk"}));
  const auto& unique = table.append(UniqueConstraint({"name"}, {.name = "uq"}));
  const auto& check = table.append(CheckConstraint("id > 0", {.name = "ck"}));

  EXPECT_EQ(mysql().drop_constraint(key, {}), "ALTER TABLE track DROP FOREIGN KEY fk");
  EXPECT_EQ(mysql().drop_constraint(unique, {}), "ALTER TABLE track DROP INDEX uq");
  EXPECT_EQ(mysql().drop_constraint(check, {}), "ALTER TABLE track DROP CHECK ck");
  EXPECT_EQ(mariadb().drop_constraint(check, {}), "ALTER TABLE track DROP CONSTRAINT ck");
  EXPECT_EQ(mysql().drop_constraint(table.primary_key(), {}),
            "ALTER TABLE track DROP PRIMARY KEY ");
}

TEST(DDLCompilerTest, SetsComments) {
  MetaData metadata;
  const Table& table =
      metadata.table("t",
                     {.schema = "s", .comment = "it's"},
                     Column("c", Integer(), {.nullable = false, .comment = "a \\"}));
  const Column& column = table["c"];

  EXPECT_EQ(postgresql().set_table_comment(table), "COMMENT ON TABLE s.t IS 'it''s'");
  EXPECT_EQ(postgresql().set_column_comment(column), "COMMENT ON COLUMN s.t.c IS 'a \\'");
  EXPECT_EQ(mysql().set_table_comment(table), "ALTER TABLE s.t COMMENT 'it''s'");
  EXPECT_EQ(mysql().set_column_comment(column),
            "ALTER TABLE s.t CHANGE c c INTEGER NOT NULL COMMENT 'a \\\\'");
}

TEST(DDLCompilerTest, CommentThatIsEmptyIsTakenAway) {
  MetaData metadata;
  const Table& table = metadata.table("t", Column("c", Integer()));

  EXPECT_EQ(postgresql().set_table_comment(table), "COMMENT ON TABLE t IS NULL");
  EXPECT_EQ(postgresql().set_column_comment(table["c"]), "COMMENT ON COLUMN t.c IS NULL");
  EXPECT_EQ(mysql().set_table_comment(table), "ALTER TABLE t COMMENT ''");
}

TEST(DDLCompilerTest, CreatesAndDropsSequences) {
  MetaData metadata;
  const Sequence& plain = metadata.sequence("ticket");
  const Sequence& full = metadata.sequence("Ticket",
                                           {.start = 5,
                                            .increment = -2,
                                            .minvalue = 1,
                                            .nomaxvalue = true,
                                            .cycle = false,
                                            .cache = 3,
                                            .order = true},
                                           "s");

  EXPECT_EQ(postgresql().create_sequence(plain, {}),
            "CREATE SEQUENCE ticket START WITH 1");
  EXPECT_EQ(postgresql().create_sequence(full, {}),
            "CREATE SEQUENCE s.\"Ticket\" INCREMENT BY -2 START WITH 5 MINVALUE 1 NO "
            "MAXVALUE CACHE 3 ORDER NO CYCLE");
  EXPECT_EQ(postgresql().drop_sequence(full, {.if_exists = true}),
            "DROP SEQUENCE IF EXISTS s.\"Ticket\"");
}

TEST(DDLCompilerTest, CreatesAndDropsSchemas) {
  EXPECT_EQ(postgresql().create_schema("Archive", {}), "CREATE SCHEMA \"Archive\"");
  EXPECT_EQ(mysql().create_schema("a", {.if_not_exists = true}),
            "CREATE SCHEMA IF NOT EXISTS a");
  EXPECT_EQ(postgresql().drop_schema("a", {.cascade = true}), "DROP SCHEMA a CASCADE");
}

TEST(DDLCompilerTest, TimestampOfMySQLIsSaidToBeNullable) {
  MetaData metadata;
  const Table& table = metadata.table("t", Column("c", DateTime().spelled("timestamp")));

  EXPECT_EQ(mysql().column_specification(table["c"]), "c timestamp NULL");
  EXPECT_EQ(sqlite().column_specification(table["c"]), "c timestamp");
}

TEST(DDLCompilerTest, ColumnThatCountsIsTheFirstOfItsKey) {
  MetaData metadata;
  const Table& table = metadata.table(
      "t",
      Column("a", Integer(), {.primary_key = true}),
      Column("b", Integer(), {.primary_key = true, .autoincrement = Autoincrement::yes}));

  EXPECT_EQ(
      folded(postgresql().create_table(table, {})),
      "CREATE TABLE t ( a INTEGER NOT NULL, b SERIAL NOT NULL, PRIMARY KEY (b, a) )");
}

TEST(DDLCompilerTest, ColumnOfMySQLWithDefaultDoesNotCount) {
  MetaData metadata;
  const Table& table = metadata.table("t",
                                      Column("id",
                                             Integer(),
                                             {.primary_key = true,
                                              .server_default = "7",
                                              .autoincrement = Autoincrement::yes}));

  EXPECT_EQ(mysql().column_specification(table["id"]), "id INTEGER NOT NULL DEFAULT '7'");
  EXPECT_EQ(postgresql().column_specification(table["id"]), "id SERIAL NOT NULL");
}

TEST(DDLCompilerTest, ColonOfTextIsAColon) {
  MetaData metadata;
  Table& table = metadata.table(
      "t", Column("c", Text(), {.server_default = text("'12\\:30'::text")}));
  const Index& index = table.append(Index("ix", {text("c \\: 'b:c'")}));

  EXPECT_EQ(sqlite().column_specification(table["c"]), "c TEXT DEFAULT '12:30'::text");
  EXPECT_EQ(sqlite().create_index(index, {}), "CREATE INDEX ix ON t (c : 'b:c')");
}

TEST(DDLCompilerTest, SequenceOfMariaDBCountsInsteadOfTheColumn) {
  MetaData metadata;
  const Table& table = metadata.table(
      "t", Column("id", Integer(), {.primary_key = true}, Sequence("ids")));

  EXPECT_EQ(mariadb().column_specification(table["id"]), "id INTEGER NOT NULL");
  EXPECT_EQ(mysql().column_specification(table["id"]),
            "id INTEGER NOT NULL AUTO_INCREMENT");
}

// -- types ------------------------------------------------------------------------------

TEST(TypeTest, IsWrittenForPeople) {
  EXPECT_EQ(to_string(String(50)), "VARCHAR(50)");
  EXPECT_EQ(to_string(Numeric(10, 2)), "NUMERIC(10, 2)");
  EXPECT_EQ(to_string(Text().collated("de_DE")), "TEXT COLLATE \"de_DE\"");
  EXPECT_EQ(to_string(Uuid()), "UUID");
  EXPECT_EQ(to_string(String(160).spelled("NVARCHAR")), "NVARCHAR(160)");
  EXPECT_EQ(to_string(Type()), "NULL");
}

TEST(TypeTest, GenericTypeHasNoSpelling) {
  const Type reflected = String(160).spelled("NVARCHAR");

  EXPECT_EQ(reflected.as_generic(), String(160));
  EXPECT_NE(reflected, String(160));
  EXPECT_EQ(UserDefinedType("CITEXT").as_generic(), UserDefinedType("CITEXT"));
}

TEST(TypeTest, CollationIsQuotedButOnMySQL) {
  const Type type = String(5).collated("say \"a\"");

  EXPECT_EQ(postgresql().type(type), "VARCHAR(5) COLLATE \"say \"\"a\"\"\"");
  EXPECT_EQ(mysql().type(String(5).collated("utf8mb4_bin")),
            "VARCHAR(5) COLLATE utf8mb4_bin");
}

}  // namespace
}  // namespace hark::test
