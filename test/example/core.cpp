// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The database core, as README.md shows it.

#include <hark/sqlite.hpp>

#include <cassert>
#include <iostream>

namespace event = hark::event;
namespace dbapi = hark::dbapi;

namespace {

struct Track {
  std::int64_t id;
  std::string name;
  std::optional<double> price;
};

void fill(hark::Engine& engine) {
  engine.begin([](hark::Connection& connection) {
    connection.execute("CREATE TABLE track (id INTEGER PRIMARY KEY, name TEXT, price REAL)");
    connection.execute(hark::text("INSERT INTO track VALUES (:id, :name, :price)"),
                       std::vector<Track>{{1, "Overture", 0.99}, {2, "Aria", std::nullopt}});
  });
}

void execute_and_read(hark::Engine& engine) {
  // [read]
  static const auto by_id = hark::text("SELECT id, name, price FROM track WHERE id = :id");
  hark::Connection connection = engine.connect();

  Track track = connection.execute(by_id, {{"id", 1}}).one<Track>();       // a struct
  auto [id, name, price] =                                                 // a tuple
      connection.execute(by_id, {{"id", 2}}).one<int, std::string, std::optional<double>>();
  auto count = connection.execute("SELECT count(*) FROM track").scalar<int>();
  std::vector<Track> all = connection.execute("SELECT * FROM track").all<Track>();

  auto result = connection.execute("SELECT id, name FROM track");          // as it is fetched
  for (const auto& [key, title] : result.rows<int, std::string_view>()) {
    std::cout << key << ' ' << title << '\n';
  }
  for (hark::RowView row : connection.execute("SELECT * FROM track")) {    // by name
    std::cout << row.get<std::string>("name") << '\n';
  }
  // [/read]
  assert(track.name == "Overture" && id == 2 && name == "Aria" && !price);
  assert(count == 2 && all.size() == 2);
}

void transactions(hark::Engine& engine) {
  // [transaction]
  hark::Connection connection = engine.connect();
  connection.execute("UPDATE track SET price = 1");      // begins a transaction by itself
  {
    hark::Transaction savepoint = connection.begin_nested();
    connection.execute("DELETE FROM track");
  }                                                       // rolled back to, as not committed
  connection.commit();                                    // what is left open rolls back
  // [/transaction]
  assert(connection.execute("SELECT sum(price) FROM track").scalar<double>() == 2);
}

void listen(hark::Engine& engine) {
  // [events]
  // Rewrite: what a listener with event::retval answers takes the statement's place.
  event::listen(engine, "before_cursor_execute",
                [](hark::Connection&, dbapi::Cursor&, std::string statement,
                   dbapi::Parameters parameters) {
                  return std::tuple(statement + " /* app=music */", std::move(parameters));
                },
                event::retval);

  // Veto: what a listener throws reaches the caller, and nothing is done.
  event::listen(engine, "before_execute", [](hark::Connection&, const hark::Clause& clause) {
    if (clause->text().starts_with("DROP")) throw std::runtime_error("not here");
  });

  // Time: each announcement has exactly one end, however it ends.
  event::listen(engine, "cursor_execute_end",
                [](hark::Connection&, hark::ExecutionContext& context, const hark::Ending& ending) {
                  std::cout << context.statement() << ": " << ending.elapsed.count() << " ns, "
                            << name_of(ending.outcome) << '\n';
                });

  // Inject a fault: the driver is not called.
  auto fault = event::listen(engine, "do_execute",
                             [](dbapi::Cursor&, const std::string& statement) -> bool {
                               if (!statement.starts_with("DELETE")) return false;
                               throw dbapi::OperationalError("disk full", {});
                             });
  // [/events]
  // Translate errors; or tell that one means a lost connection.
  event::listen(engine, "handle_error",
                [](hark::ExceptionContext& context) -> std::exception_ptr {
                  if (context.is_disconnect) return nullptr;
                  return std::make_exception_ptr(std::runtime_error("the database refused"));
                },
                event::retval);

  hark::Connection connection = engine.connect();
  const auto refuses = [&](std::string_view sql) {
    try {
      connection.execute(sql);
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  };
  assert(refuses("DROP TABLE track"));
  assert(refuses("DELETE FROM track"));
  fault.disconnect();
  assert(!refuses("DELETE FROM track"));
}

void errors(hark::Engine& engine) {
  hark::Connection connection = engine.connect();
  try {
    connection.execute("INSERT INTO track (id) VALUES (:id)", {{"id", 1}});
  } catch (const hark::IntegrityError& error) {  // UNIQUE constraint failed: track.id …
    std::cout << error.what() << '\n' << error.statement() << ' ' << error.driver_code() << '\n';
  }
}

}  // namespace

int main() {
  hark::Engine engine = hark::create_engine("sqlite://");
  fill(engine);
  execute_and_read(engine);
  transactions(engine);
  errors(engine);
  listen(engine);
}
