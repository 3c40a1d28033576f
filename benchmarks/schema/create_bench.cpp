// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Creating and dropping all tables of a MetaData. "raw" sends the same statements, recorded
// before, through the C interface; "timed" is hark with a stopwatch on each call of the
// driver.

#include <hark/sqlite.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#include "schema/benchmarks.hpp"
#include "schema/databases.hpp"
#include "schema/stopwatch.hpp"
#include "schema/tables.hpp"
#include "support/clock.hpp"

namespace bench {
namespace {

/// Tables that are created and dropped in turn.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;
  virtual void create() = 0;
  virtual void drop() = 0;
};

class Ours : public Subject {
 public:
  Ours(Place place, std::size_t tables) : path_(place) {
    declare_tables(metadata_, Shape::tree, tables);
  }

  void create() override { metadata_.create_all(engine_); }
  void drop() override { metadata_.drop_all(engine_); }

  const Stopwatch& stopwatch() const noexcept { return stopwatch_; }

 protected:
  void start_stopwatch() {
    hark::event::listen(engine_,
                        "do_connect",
                        [this](hark::Dialect& dialect,
                               hark::ConnectionRecord&,
                               hark::ConnectArguments& arguments) {
                          return with_stopwatch(dialect.connect(arguments), stopwatch_);
                        });
  }

 private:
  Stopwatch stopwatch_;
  DatabasePath path_;
  hark::Engine engine_ = engine_on(path_);
  hark::MetaData metadata_;
};

class OursTimed final : public Ours {
 public:
  OursTimed(Place place, std::size_t tables) : Ours(place, tables) { start_stopwatch(); }
};

/// What hark sends, and by how many statements: the tables' checks and their DDL.
struct Scripts {
  explicit Scripts(std::size_t tables) {
    const DatabasePath path(Place::memory);
    hark::Engine engine = engine_on(path);
    hark::MetaData metadata;
    declare_tables(metadata, Shape::tree, tables);
    create = recorded(engine, [&] { metadata.create_all(engine); });
    drop = recorded(engine, [&] { metadata.drop_all(engine); });
    if (create.size() != 3 * tables || drop.size() != 2 * tables)
      throw std::runtime_error(
          "other statements than two checks and a CREATE, one check "
          "and a DROP per table");
  }

  Script create;
  Script drop;
};

class Raw final : public Subject {
 public:
  Raw(Place place, std::size_t tables)
      : path_(place), database_(path_.string()), scripts_(tables) {}

  void create() override { database_.run(scripts_.create); }
  void drop() override { database_.run(scripts_.drop); }

 private:
  DatabasePath path_;
  RawDatabase database_;
  Scripts scripts_;
};

using Step = void (Subject::*)();

/// One of the two steps; the other one is not measured.
struct Steps {
  const char* name;
  const char* function;
  Step measured;
  bool is_create;
};
const Steps create_step{"create", "create_all", &Subject::create, true};
const Steps drop_step{"drop", "drop_all", &Subject::drop, false};

/// Calls `measure` around the step, each time with the tables as the step wants them.
template <class Measure>
void in_turn(benchmark::State& state,
             Subject& subject,
             const Steps& steps,
             Measure measure) {
  for (auto _ : state) {
    if (!steps.is_create) {
      state.PauseTiming();
      subject.create();
      state.ResumeTiming();
    }
    measure([&] { (subject.*steps.measured)(); });
    if (steps.is_create) {
      state.PauseTiming();
      subject.drop();
      state.ResumeTiming();
    }
  }
}

void plain(benchmark::State& state, Subject& subject, const Steps& steps) {
  in_turn(state, subject, steps, [](const auto& step) { step(); });
}

/// The quietest turn's time in the driver and out of it.
void timed(benchmark::State& state, OursTimed& subject, const Steps& steps) {
  double least = 0;
  double inside = 0;
  in_turn(state, subject, steps, [&](const auto& step) {
    const double spent = subject.stopwatch().spent();
    const double begin = wall_now();
    step();
    const double all = wall_now() - begin;
    if (least != 0 && all >= least) return;
    least = all;
    inside = subject.stopwatch().spent() - spent;
  });
  state.counters["inside_ms"] = inside * 1e-6;
  state.counters["outside_ms"] = (least - inside) * 1e-6;
  state.counters["percent"] = 100 * (least - inside) / inside;
}

/// Makes the subject when it is wanted; what it throws is the row's error.
template <class Made, class Measure>
void add(Row& row,
         const std::string& who,
         const Steps& steps,
         Place place,
         std::size_t tables,
         Measure measure) {
  row.by(who,
         [=, subject = std::shared_ptr<Made>()](benchmark::State& state) mutable {
           try {
             if (subject == nullptr) subject = std::make_shared<Made>(place, tables);
             measure(state, *subject, steps);
           } catch (const std::exception& error) {
             state.SkipWithError(error.what());
           }
         })
      ->Unit(benchmark::kMillisecond);
}

void add_step(Rows& rows, const Steps& steps, Place place, std::size_t tables) {
  const std::string where = place == Place::memory ? "memory" : "file";
  Row& row = rows.add(steps.name,
                      where + "_" + std::to_string(tables),
                      steps.function + std::string(" of tables with foreign keys, in ") +
                          (place == Place::memory ? "memory" : "a file"));
  add<Raw>(row, "raw", steps, place, tables, plain);
  add<Ours>(row, "hark", steps, place, tables, plain);
  add<OursTimed>(row, "timed", steps, place, tables, timed);
}

}  // namespace

void add_create_rows(Rows& rows) {
  for (const Steps& steps : {create_step, drop_step}) {
    for (const Place place : {Place::memory, Place::file}) {
      for (const std::size_t tables : {100U, 1000U}) add_step(rows, steps, place, tables);
    }
  }
}

}  // namespace bench
