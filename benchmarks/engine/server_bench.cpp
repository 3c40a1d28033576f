// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/act.hpp"
#include "engine/server_benchmarks.hpp"
#include "engine/server_contestants.hpp"
#include "engine/server_tracks.hpp"

namespace bench {
namespace {

/// One server's rows.
class ServerRows {
 public:
  ServerRows(Rows& rows, TrackServer& server, std::vector<ServerContestant> contestants)
      : rows_(rows), server_(server), contestants_(std::move(contestants)) {}

  void add_finds();
  void add_inserts();
  void add_fetches();
  void add_pings();
  void add_threads();
  void add_instructions();

 private:
  enum class Cores { one, all };
  /// How a row is measured. Iterations are fixed: where something else runs on the machine
  /// for a moment, a guess at their number would be wrong for all repetitions.
  struct Effort {
    benchmark::TimeUnit unit;
    benchmark::IterationCount iterations;
    int repetitions;  // 0: as the command line has it
  };
  static constexpr Effort round_trip{benchmark::kMicrosecond, 100, 50};
  static constexpr Effort many_rows{benchmark::kMillisecond, 1, 0};

  using Work = PrepareOnServer ServerContestant::*;

  void add_all(const std::string& name,
               const std::string& what,
               Work work,
               const Expected& expected,
               const Effort& effort,
               Cores cores = Cores::one);
  void count_all(const std::string& name, Work work, const Expected& expected);
  std::shared_ptr<Lazy> lazy(const PrepareOnServer& prepare, const Expected& expected) {
    return std::make_shared<Lazy>(
        [prepare, &server = server_] { return prepare(server.url()); }, expected);
  }

  Rows& rows_;
  TrackServer& server_;
  std::vector<ServerContestant> contestants_;
};

/// All who do `work`, by the clock on the wall.
void ServerRows::add_all(const std::string& name,
                         const std::string& what,
                         Work work,
                         const Expected& expected,
                         const Effort& effort,
                         Cores cores) {
  Row& row = rows_.add(server_.name(), name, what);
  const auto measure_there = [&server = server_, cores](benchmark::State& state,
                                                        Act& act) {
    server.pin(cores == Cores::one);
    measure(state, act);
    server.pin(false);
  };
  for (const ServerContestant& each : contestants_) {
    if (!(each.*work)) continue;
    auto* const added = add(row, each.name, lazy(each.*work, expected), measure_there);
    added->Unit(effort.unit)->Iterations(effort.iterations)->UseRealTime();
    if (effort.repetitions != 0) added->Repetitions(effort.repetitions);
  }
}

/// The C interface's and hark's own instructions.
void ServerRows::count_all(const std::string& name, Work work, const Expected& expected) {
  Row& row = rows_.add(
      server_.name() + std::string("_instructions"), name, "the client's, one by one");
  for (std::size_t i = 0; i < 2; ++i) {
    const ServerContestant& each = contestants_[i];
    add(row, each.name, lazy(each.*work, expected), count)->Iterations(1)->Repetitions(1);
  }
}

// Servers plan a statement anew the first times that it is executed.
constexpr Expected found{
    [](std::size_t turn) { return sum_of(track_of(id_in_turn(turn))); },
    8 * statement_count};
constexpr Expected inserted{[](std::size_t) -> std::uint64_t { return new_track_count; },
                            2};
constexpr Expected whole_table{[](std::size_t) { return sum_of_all_tracks(); }, 3};
constexpr Expected is_there{[](std::size_t) -> std::uint64_t { return 1; }, 2};
constexpr Expected found_in_threads{
    [](std::size_t) {
      return find_in_threads([](std::size_t, std::size_t turn) {
        return sum_of(track_of(id_in_turn(turn)));
      });
    },
    4};

void ServerRows::add_finds() {
  add_all("find",
          "a track by its id; hark pooled",
          &ServerContestant::find,
          found,
          round_trip);
  add_all("find_natural",
          "the same as the manuals write it",
          &ServerContestant::find_natural,
          found,
          round_trip);
  add_all("transaction",
          "begin, a track, commit; hark with listeners",
          &ServerContestant::transaction,
          found,
          round_trip);
}

void ServerRows::add_inserts() {
  add_all("insert_many",
          "10,000 tracks; the C interface one by one",
          &ServerContestant::insert_many,
          inserted,
          many_rows);
  add_all("insert_bulk",
          "the same by COPY, or as arrays",
          &ServerContestant::insert_bulk,
          inserted,
          many_rows);
}

void ServerRows::add_fetches() {
  add_all("fetch",
          "100,000 tracks into a vector",
          &ServerContestant::fetch_all,
          whole_table,
          many_rows);
  add_all("fetch_2_cores",
          "the same on all cores",
          &ServerContestant::fetch_all,
          whole_table,
          many_rows,
          Cores::all);
  add_all("stream_2_cores",
          "the same while they are on their way",
          &ServerContestant::stream,
          whole_table,
          many_rows,
          Cores::all);
}

void ServerRows::add_pings() {
  add_all("ping",
          "a round trip; hark: a checkout with pre_ping",
          &ServerContestant::ping,
          is_there,
          round_trip);
  add_all("passive_ping",
          "a look at the socket; hark: a checkout with it",
          &ServerContestant::passive_ping,
          is_there,
          round_trip);
}

void ServerRows::add_threads() {
  add_all("threads",
          "8 threads find 500 tracks each; hark: a pool of 8",
          &ServerContestant::threads,
          found_in_threads,
          many_rows,
          Cores::all);
}

void ServerRows::add_instructions() {
  count_all("find", &ServerContestant::find, found);
  count_all("transaction", &ServerContestant::transaction, found);
}

void add_server_rows(Rows& rows,
                     TrackServer& server,
                     std::vector<ServerContestant> contestants) {
  if (!server.is_there()) return;
  ServerRows all(rows, server, std::move(contestants));
  all.add_finds();
  all.add_inserts();
  all.add_fetches();
  all.add_pings();
  all.add_threads();
  all.add_instructions();
}

}  // namespace

TrackServers::TrackServers() : postgresql_(postgresql), mysql_(mysql) {}

TrackServers::~TrackServers() { benchmark::ClearRegisteredBenchmarks(); }

void TrackServers::add_rows(Rows& rows) {
#ifdef HARK_BENCH_POSTGRESQL
  add_server_rows(rows,
                  postgresql_,
                  {
                      libpq(),
                      hark_on_server(true),
#ifdef HARK_BENCH_PQXX
                      libpqxx(),
#endif
#ifdef HARK_BENCH_SOCI_POSTGRESQL
                      soci_on_postgresql(),
#endif
                  });
#endif
#ifdef HARK_BENCH_MYSQL
  add_server_rows(rows,
                  mysql_,
                  {
                      libmariadb(),
                      hark_on_server(false),
#ifdef HARK_BENCH_SOCI_MYSQL
                      soci_on_mysql(),
#endif
                  });
#endif
}

}  // namespace bench
