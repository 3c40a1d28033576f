// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "schema/sort.hpp"

#include <hark/error.hpp>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>

namespace hark::detail {
namespace {

/// Tables by number, and who waits for whom.
class Graph {
 public:
  explicit Graph(const std::vector<Table*>& tables)
      : tables_(tables), dependents_(tables.size()), waits_for_(tables.size()) {
    for (std::size_t i = 0; i < tables.size(); ++i) numbers_.emplace(tables[i], i);
  }

  /// `table` comes behind what the key refers to.
  void add(std::size_t table, const ForeignKeyConstraint& key) {
    const auto found = numbers_.find(&key.referred_table());
    if (found == numbers_.end() || found->second == table) return;
    dependents_[found->second].push_back(table);
    ++waits_for_[table];
  }

  /// The numbers in order: round by round those that wait for nothing, each round in the
  /// order given. Short where there are cycles.
  ///
  /// Source: SQLAlchemy lib/sqlalchemy/util/topological.py, sort_as_subsets.
  std::vector<std::size_t> sorted() const {
    std::vector<std::size_t> waits_for = waits_for_;
    std::vector<std::size_t> rounds(tables_.size(), 0);
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < tables_.size(); ++i)
      if (waits_for[i] == 0) ready.push_back(i);
    std::vector<bool> is_sorted(tables_.size(), false);
    std::size_t last_round = 0;
    for (std::size_t next = 0; next < ready.size(); ++next) {
      const std::size_t table = ready[next];
      is_sorted[table] = true;
      last_round = std::max(last_round, rounds[table]);
      for (const std::size_t dependent : dependents_[table]) {
        rounds[dependent] = std::max(rounds[dependent], rounds[table] + 1);
        if (--waits_for[dependent] == 0) ready.push_back(dependent);
      }
    }
    std::vector<std::vector<std::size_t>> by_round(last_round + 1);
    for (std::size_t i = 0; i < tables_.size(); ++i)
      if (is_sorted[i]) by_round[rounds[i]].push_back(i);
    std::vector<std::size_t> all;
    for (const auto& round : by_round) all.insert(all.end(), round.begin(), round.end());
    return all;
  }

  /// Is each of the tables on a cycle?
  ///
  /// Tarjan's components, without recursion: thousands of tables may stand in a row.
  std::vector<bool> on_cycles() const {
    constexpr auto unseen = static_cast<std::size_t>(-1);
    std::vector<bool> result(tables_.size(), false);
    std::vector<std::size_t> index(tables_.size(), unseen);
    std::vector<std::size_t> low(tables_.size(), 0);
    std::vector<bool> is_open(tables_.size(), false);
    std::vector<std::size_t> open;
    struct Visit {
      std::size_t table;
      std::size_t next = 0;
    };
    std::size_t count = 0;
    std::vector<Visit> visits;
    const auto enter = [&](std::size_t table) {
      index[table] = low[table] = count++;
      is_open[table] = true;
      open.push_back(table);
      visits.push_back({table});
    };
    for (std::size_t root = 0; root < tables_.size(); ++root) {
      if (index[root] != unseen) continue;
      enter(root);
      while (!visits.empty()) {
        Visit& visit = visits.back();
        const std::size_t table = visit.table;
        if (visit.next < dependents_[table].size()) {
          const std::size_t next = dependents_[table][visit.next++];
          if (index[next] == unseen) {
            enter(next);
          } else if (is_open[next]) {
            low[table] = std::min(low[table], index[next]);
          }
          continue;
        }
        visits.pop_back();
        if (!visits.empty())
          low[visits.back().table] = std::min(low[visits.back().table], low[table]);
        if (low[table] != index[table]) continue;
        // From the end, for what is behind it goes now: each is looked at once.
        const auto first = std::find(open.rbegin(), open.rend(), table).base() - 1;
        const bool is_cycle = open.end() - first > 1;
        for (auto each = first; each != open.end(); ++each) {
          is_open[*each] = false;
          result[*each] = is_cycle;
        }
        open.erase(first, open.end());
      }
    }
    return result;
  }

 private:
  const std::vector<Table*>& tables_;
  std::unordered_map<const Table*, std::size_t> numbers_;
  std::vector<std::vector<std::size_t>> dependents_;
  std::vector<std::size_t> waits_for_;
};

/// The foreign keys of each table, and whether they count for the order.
struct Keys {
  const ForeignKeyConstraint* key;
  bool is_remaining;
};

using KeysByTable = std::vector<std::vector<Keys>>;

KeysByTable keys_of(const std::vector<Table*>& tables) {
  KeysByTable all;
  for (const Table* table : tables) {
    auto& keys = all.emplace_back();
    for (const auto* key : table->foreign_key_constraints())
      keys.push_back({key, key->use_alter()});
  }
  return all;
}

Graph graph_of(const std::vector<Table*>& tables, const KeysByTable& keys) {
  Graph graph(tables);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (const auto& [key, is_remaining] : keys[i])
      if (!is_remaining) graph.add(i, *key);
  }
  return graph;
}

[[noreturn]] void throw_cycle(const std::vector<Table*>& tables,
                              const std::vector<bool>& on_cycles) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < tables.size(); ++i)
    if (on_cycles[i]) names.insert(tables[i]->key());
  std::string message = "these tables refer to each other in a cycle:";
  for (const std::string& name : names)
    message += (name == *names.begin() ? " '" : ", '") + name + "'";
  throw CircularDependencyError(message +
                                "; give their foreign keys names, or use_alter");
}

}  // namespace

SortedTables sort_tables_and_constraints(const std::vector<Table*>& tables,
                                         CanAlter can_alter) {
  KeysByTable keys = keys_of(tables);
  std::vector<std::size_t> order = graph_of(tables, keys).sorted();
  if (order.size() < tables.size()) {
    const std::vector<bool> on_cycles = graph_of(tables, keys).on_cycles();
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (!on_cycles[i]) continue;
      for (auto& [key, is_remaining] : keys[i])
        is_remaining = is_remaining || can_alter == nullptr || can_alter(*key);
    }
    order = graph_of(tables, keys).sorted();
    if (order.size() < tables.size()) throw_cycle(tables, on_cycles);
  }
  SortedTables result;
  for (const std::size_t i : order) {
    auto& entry = result.tables.emplace_back(SortedTables::Entry{tables[i], {}});
    for (const auto& [key, is_remaining] : keys[i])
      (is_remaining ? result.remaining : entry.inline_keys).push_back(key);
  }
  return result;
}

}  // namespace hark::detail
