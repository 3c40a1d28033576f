// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Sorting tables by their foreign keys. "boost" is Boost.Graph's topological_sort, which is
// given numbers for tables: it need not look up what the keys refer to.

#include <benchmark/benchmark.h>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>

#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "schema/benchmarks.hpp"
#include "schema/tables.hpp"

namespace bench {
namespace {

using Edges = std::vector<std::pair<std::size_t, std::size_t>>;

struct Declared {
  Declared(Shape shape, std::size_t count) { declare_tables(metadata, shape, count); }

  hark::MetaData metadata;
};

/// From each table to those that it refers to, by number.
Edges edges_of(const hark::MetaData& metadata) {
  std::map<const hark::Table*, std::size_t> numbers;
  for (const auto& table : metadata.tables())
    numbers.emplace(table.get(), numbers.size());
  Edges edges;
  for (const auto& table : metadata.tables()) {
    for (const auto* key : table->foreign_key_constraints())
      edges.emplace_back(numbers.at(table.get()), numbers.at(&key->referred_table()));
  }
  return edges;
}

std::size_t sort_by_boost(const Edges& edges, std::size_t count) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  const Graph graph(edges.begin(), edges.end(), count);
  std::vector<std::size_t> order;
  boost::topological_sort(graph, std::back_inserter(order));
  return order.size();
}

void set_each_ns(benchmark::State& state, std::size_t count) {
  state.counters["each_ns"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(count) * 1e-9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void sort_ours(benchmark::State& state, const hark::MetaData& metadata) {
  for (auto _ : state) benchmark::DoNotOptimize(metadata.sorted_tables());
  set_each_ns(state, metadata.tables().size());
}

struct Named {
  Shape shape;
  const char* name;
  const char* what;
};
const Named shapes[] = {{Shape::row, "row", "tables in a row"},
                        {Shape::fan, "fan", "tables that refer to one"},
                        {Shape::cycle, "cycle", "tables in a row behind a cycle"}};

/// Calls `measure` with the tables, which are declared when they are wanted.
template <class Measure>
auto with_tables(Shape shape, std::size_t count, Measure measure) {
  return [=, declared = std::shared_ptr<Declared>()](benchmark::State& state) mutable {
    if (declared == nullptr) declared = std::make_shared<Declared>(shape, count);
    measure(state, declared->metadata);
  };
}

void add_row(Rows& rows, const Named& shape, std::size_t count) {
  Row& row = rows.add("sort",
                      shape.name + ("_" + std::to_string(count)),
                      std::string("sorted_tables of ") + shape.what);
  row.by("hark", with_tables(shape.shape, count, sort_ours))
      ->Unit(benchmark::kMicrosecond);
  if (shape.shape == Shape::cycle) return;  // the rival sorts none
  row.by("boost",
         with_tables(shape.shape,
                     count,
                     [](benchmark::State& state, const hark::MetaData& metadata) {
                       const std::size_t tables = metadata.tables().size();
                       const Edges edges = edges_of(metadata);
                       for (auto _ : state) {
                         if (sort_by_boost(edges, tables) != tables)
                           state.SkipWithError("not all were sorted");
                       }
                       set_each_ns(state, tables);
                     }))
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace

void add_sort_rows(Rows& rows) {
  for (const Named& shape : shapes) {
    for (const std::size_t count : {1000U, 2000U, 4000U, 8000U})
      add_row(rows, shape, count);
  }
}

}  // namespace bench
