// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Tables, as README.md and include/hark/schema/README.md show them.

#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <cassert>
#include <iostream>
#include <map>
#include <stdexcept>

namespace event = hark::event;

namespace {

void declare_and_listen(hark::Engine& engine) {
  // [declare]
  using namespace hark;
  MetaData metadata;
  metadata.table("artist",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("name", String(120), {.nullable = false, .index = true}));
  Table& album = metadata.table("album",
                                Column("id", Integer(), {.primary_key = true}),
                                Column("title", String(160), {.nullable = false}),
                                Column("artist_id", ForeignKey("artist.id", {.ondelete = "CASCADE"})),
                                Column("price", Numeric(10, 2), {.server_default = text("0")}),
                                UniqueConstraint({"artist_id", "title"}),
                                CheckConstraint("price >= 0", {.name = "ck_price"}));

  event::listen(album, "after_create", DDL("CREATE VIEW cheap AS SELECT * FROM %(table)s WHERE price < 5"));
  event::listen(event::every<Table>, "before_create", [](Table& table, Connection&) {
    std::cout << "creating " << table.name() << '\n';
  });
  metadata.create_all(engine);  // artist, then album; a second time: nothing
  // [/declare]
  assert(album.columns().size() == 4);
}

void in_short(hark::Engine& engine) {
  // [short]
  hark::MetaData metadata;
  hark::Table& tag = metadata.table(
      "tag", hark::Column("id", hark::Integer(), {.primary_key = true}),
      hark::Column("album_id", hark::ForeignKey("album.id")),
      hark::Column("word", hark::String(40), {.nullable = false, .index = true}));
  event::listen(tag, "after_create", hark::DDL("INSERT INTO %(table)s (word) VALUES ('new')"));
  metadata.reflect(engine);     // the other tables, as they are in the database
  metadata.create_all(engine);  // what is not there yet
  // [/short]
}

void reflect(hark::Engine& engine) {
  // [reflect]
  hark::MetaData there;
  event::listen(there, "column_reflect",
                [](hark::Inspector&, hark::Table&, hark::ReflectedColumn& column) {
                  if (column.name == "title") column.key = "heading";
                });
  hark::Table& album = there.reflect_table("album", engine);  // and artist, to which it refers
  std::cout << album["heading"].name() << ' ' << to_string(album["heading"].type()) << '\n';
  std::cout << there["artist"].primary_key().columns().front()->name() << '\n';

  hark::Inspector inspector(engine);
  for (const std::string& view : inspector.get_view_names()) std::cout << view << '\n';
  // [/reflect]
  assert(album["heading"].name() == "title");
}

void from_data() {
  // [data]
  const std::map<std::string, hark::Type> fields{{"name", hark::Text()}, {"born", hark::Date()}};
  hark::MetaData metadata;
  std::vector<hark::TableItem> items;
  for (const auto& [name, type] : fields) items.emplace_back(hark::Column(name, type));
  hark::Table& person = metadata.table("person", {.comment = "who"}, std::move(items));
  // [/data]
  assert(person.columns().size() == 2);
}

void statements(hark::Engine& engine) {
  hark::MetaData metadata;
  hark::Table& note = metadata.table("note", hark::Column("text", hark::Text()));
  // [statements]
  std::cout << hark::ddl_compiler("postgresql").create_table(note, {}) << '\n';  // as text

  engine.begin([&](hark::Connection& connection) {
    connection.execute(hark::CreateTable(note));         // the statement alone, without events
    connection.execute(hark::DDL("CREATE INDEX ix_note ON note (text)"));
  });
  note.drop(engine, {.checkfirst = true});               // with events, in a transaction
  // [/statements]
}

void conventions(hark::Engine& engine) {
  // [conventions]
  hark::MetaData metadata({.naming_convention = {
                               {"ix", "ix_%(column_0_label)s"},
                               {"uq", "uq_%(table_name)s_%(column_0_name)s"},
                               {"fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"},
                               {"pk", "pk_%(table_name)s"}}});
  hark::Table& user =
      metadata.table("user", hark::Column("id", hark::Integer(), {.primary_key = true}),
                     hark::Column("mail", hark::Text(), {.unique = true}));
  std::cout << user.primary_key().name() << '\n';  // pk_user
  // [/conventions]
  metadata.create_all(engine);
}

}  // namespace

int main() {
  hark::Engine engine = hark::create_engine("sqlite://");
  declare_and_listen(engine);
  in_short(engine);
  reflect(engine);
  from_data();
  statements(engine);
  conventions(engine);
}
