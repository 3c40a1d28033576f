// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The program of README.md.

// [program]
#include <hark/sqlite.hpp>

#include <iostream>

struct Track {
  int id;
  std::string name;
  std::optional<double> price;
};

int main() {
  hark::Engine engine = hark::create_engine("sqlite://");
  hark::event::listen(engine, "before_cursor_execute",
                      [](hark::Connection&, hark::dbapi::Cursor&, const std::string& statement) {
                        std::cout << "> " << statement << '\n';
                      });
  hark::event::listen(engine, "commit_end", [](hark::Connection&, const hark::Ending& ending) {
    std::cout << "commit: " << name_of(ending.outcome) << '\n';
  });

  engine.begin([](hark::Connection& connection) {
    connection.execute("CREATE TABLE track (id INTEGER PRIMARY KEY, name TEXT, price REAL)");
    connection.execute(hark::text("INSERT INTO track VALUES (:id, :name, :price)"),
                       std::vector<Track>{{1, "Overture", 0.99}, {2, "Aria", std::nullopt}});
  });

  hark::Connection connection = engine.connect();
  auto result = connection.execute("SELECT * FROM track WHERE id < :most", {{"most", 10}});
  for (const Track& track : result.rows<Track>()) std::cout << track.name << '\n';
}
// [/program]
