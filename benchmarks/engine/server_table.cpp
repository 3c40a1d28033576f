// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Runs the benchmarks on servers, their repetitions mixed at random, and prints hark's
// figures beside the C interfaces' and the rivals', with the limits that hark sets itself.
// Options are Google Benchmark's.

#include <string>
#include <utility>

#include "engine/server_benchmarks.hpp"
#include "support/figures.hpp"
#include "support/table.hpp"
#include "support/table_program.hpp"

namespace bench {
namespace {

/// One server's figures.
class Part {
 public:
  Part(Table& table, const Figures& figures, std::string server, Strings who)
      : table_(table),
        figures_(figures),
        server_(std::move(server)),
        who_(std::move(who)) {}

  void begin(const std::string& title) { table_.part(title, who_); }
  void line(const std::string& label, const std::string& name) {
    table_.least_times(label, server_, name);
  }
  /// hark's time for `name`.
  double hark(const std::string& name) const { return time("hark", name); }
  /// The same by what the C interface takes for `of`.
  double ratio(const std::string& name, const std::string& of) const {
    return hark(name) / time(who_.front(), of);
  }
  void ratio(const std::string& name,
             const std::string& of,
             double limit,
             const std::string& words) {
    table_.result(ratio(name, of), "x " + words, at_most(limit));
  }
  void instructions(const std::string& name, double limit, const std::string& words) {
    const auto counted = [&](const std::string& by) {
      return figures_.counter(server_ + "_instructions/" + by + '/' + name,
                              "instructions");
    };
    table_.result(counted("hark") / counted(who_.front()),
                  "x " + who_.front() + "'s instructions" + words,
                  at_most(limit));
  }
  Table& table() noexcept { return table_; }

 private:
  double time(const std::string& by, const std::string& name) const {
    return figures_.least_time(server_ + '/' + by + '/' + name);
  }

  Table& table_;
  const Figures& figures_;
  std::string server_;
  Strings who_;
};

const std::string by_manual = "  as the manuals write it";

void print_postgresql(Table& table, const Figures& figures) {
  Part part(table, figures, "postgresql", {"libpq", "hark", "pqxx", "soci"});
  part.begin("PostgreSQL, us");
  part.line("find a row by its key, pooled", "find");
  part.ratio("find", "find", 1.08, "PQexecPrepared in binary; aim 1.03");
  part.instructions("find", 1.6, "; aim 1.25");
  part.line(by_manual, "find_natural");
  part.line("begin, find, commit", "transaction");
  part.ratio("transaction", "transaction", 1.05, "three round trips; aim 0.75");
  part.line("pre_ping: a round trip", "ping");
  part.ratio("ping", "ping", 1.05, "libpq's own; aim 1.05");
  part.line("pre_ping: passive", "passive_ping");
  table.result(part.hark("passive_ping"), "us; aim 0.5", at_most(1));
  part.begin("PostgreSQL, ms");
  part.line("insert 10,000 rows", "insert_many");
  part.ratio("insert_many", "insert_many", 0.20, "one by one; aim 0.14");
  part.line("  by COPY", "insert_bulk");
  part.ratio("insert_bulk", "insert_many", 0.10, "one by one; aim 0.08");
  part.line("fetch 100,000 rows x 5", "fetch");
  part.ratio("fetch", "fetch", 1.10, "libpq's rows in binary; aim 1.00");
  part.line("  on two cores", "fetch_2_cores");
  part.line("  streamed, on two cores", "stream_2_cores");
  part.ratio("stream_2_cores", "fetch_2_cores", 1.10, "libpq's rows in binary; aim 0.85");
  part.line("8 threads find 500 rows each", "threads");
  table.result(1 / part.ratio("threads", "threads"),
               "x the throughput of 8 connections; aim 0.97",
               at_least(0.90));
}

void print_mysql(Table& table, const Figures& figures) {
  Part part(table, figures, "mysql", {"libmariadb", "hark", "soci"});
  part.begin("MariaDB, us");
  part.line("find a row by its key, pooled", "find");
  part.ratio("find", "find", 1.10, "a statement that is kept; aim 1.04");
  part.instructions("find", 1.6, "");
  part.line(by_manual, "find_natural");
  part.line("begin, find, commit", "transaction");
  part.ratio("transaction", "transaction", 1.05, "three round trips");
  part.line("pre_ping: a round trip", "ping");
  part.ratio("ping", "ping", 1.05, "mysql_ping");
  part.line("pre_ping: passive", "passive_ping");
  table.result(part.hark("passive_ping"), "us", at_most(1));
  part.begin("MariaDB, ms");
  part.line("insert 10,000 rows", "insert_many");
  part.ratio("insert_many", "insert_many", 0.25, "one by one; aim 0.16");
  part.line("  as arrays", "insert_bulk");
  part.line("fetch 100,000 rows x 5", "fetch");
  part.ratio("fetch", "fetch", 1.15, "libmariadb's rows; aim 1.05");
  part.line("  on two cores", "fetch_2_cores");
  part.line("  streamed, on two cores", "stream_2_cores");
  part.line("8 threads find 500 rows each", "threads");
  table.result(1 / part.ratio("threads", "threads"),
               "x the throughput of 8 connections",
               at_least(0.90));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  TrackServers servers;
  return run({.seconds = "0.05",
              .notes = "The least time on the wall, client and server on one core, of ",
              .add_rows = [&servers](Rows& rows) { servers.add_rows(rows); },
              .print =
                  [](Table& table, const Figures& figures) {
                    print_postgresql(table, figures);
                    print_mysql(table, figures);
                  }},
             argc,
             argv);
}
