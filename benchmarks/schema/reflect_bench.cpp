// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// A Table from the database. "raw" asks the same questions, recorded before, through the C
// interface, and does nothing with the answers.

#include <hark/schema.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>

#include "schema/benchmarks.hpp"
#include "schema/databases.hpp"
#include "schema/tables.hpp"

namespace bench {
namespace {

/// A database with what is reflected, and what is asked then.
class Reflected {
 public:
  using Declare = void (*)(hark::MetaData& metadata, std::size_t size);

  Reflected(Declare declare, std::size_t size)
      : path_(Place::file), engine_(engine_on(path_)) {
    hark::MetaData metadata;
    declare(metadata, size);
    metadata.create_all(engine_);
    questions_ = recorded(engine_, [this] { reflect(); });
    raw_ = std::make_unique<RawDatabase>(path_.string());
  }

  void reflect() {
    hark::MetaData metadata;
    metadata.reflect(engine_);
    benchmark::DoNotOptimize(metadata.tables().size());
  }
  void ask_raw() { raw_->run(questions_); }
  double questions() const noexcept { return static_cast<double>(questions_.size()); }

 private:
  DatabasePath path_;
  hark::Engine engine_;
  Script questions_;
  std::unique_ptr<RawDatabase> raw_;
};

void add(Row& row,
         const std::string& who,
         Reflected::Declare declare,
         std::size_t size,
         void (Reflected::*act)()) {
  row.by(who,
         [=, made = std::shared_ptr<Reflected>()](benchmark::State& state) mutable {
           try {
             if (made == nullptr) made = std::make_shared<Reflected>(declare, size);
             for (auto _ : state) (made.get()->*act)();
             state.counters["questions"] = made->questions();
           } catch (const std::exception& error) {
             state.SkipWithError(error.what());
           }
         })
      ->Unit(benchmark::kMillisecond);
}

void add_row(Row& row, Reflected::Declare declare, std::size_t size) {
  add(row, "raw", declare, size, &Reflected::ask_raw);
  add(row, "hark", declare, size, &Reflected::reflect);
}

void declare_tree(hark::MetaData& metadata, std::size_t size) {
  declare_tables(metadata, Shape::tree, size);
}

}  // namespace

void add_reflect_rows(Rows& rows) {
  for (const std::size_t columns : {5U, 50U, 500U}) {
    add_row(rows.add("reflect",
                     std::to_string(columns) + "_columns",
                     "a table of so many, and a second one"),
            declare_wide_table,
            columns);
  }
  for (const std::size_t tables : {10U, 100U}) {
    add_row(rows.add("reflect", std::to_string(tables) + "_tables", "of six columns"),
            declare_tree,
            tables);
  }
}

}  // namespace bench
