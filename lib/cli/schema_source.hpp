// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/connection.hpp>
#include <hark/engine/engine.hpp>
#include <hark/schema/inspector.hpp>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "cli/schema_snapshot.hpp"

namespace hark::cli {

/// A database that is opened to be read: none is created where there is none.
///
/// Throws, all of it: Failure when the database cannot be read.
class SchemaSource {
 public:
  /// Throws: Failure as well for a URL that makes no sense and for a schema that is not
  /// there.
  SchemaSource(std::string url, std::string schema);

  std::string dialect() const { return std::string(engine_.dialect().name()); }
  /// All that are plain tables, in order.
  const std::vector<std::string>& tables() const noexcept { return tables_; }
  /// Empty: the default one.
  const std::string& schema() const noexcept { return schema_; }

  /// What is there of the tables, and of no tables named: everything.
  SchemaSnapshot snapshot(const std::vector<std::string>& tables);

 private:
  template <class Act>
  auto reading(Act&& act);
  void read_sqlite();
  void read_sqlite_triggers();
  void read_mysql();
  void read_postgresql();
  std::vector<ReflectedSequence> sequences();
  ViewSnapshot view(const std::string& name);
  TableSnapshot table(const std::string& name);
  std::vector<ViewSnapshot> views();

  const std::string url_;
  const std::string schema_;
  Engine engine_;
  Connection connection_;
  Inspector inspector_;
  std::vector<std::string> tables_;
  std::map<std::string, std::vector<std::string>> options_;  // of tables
  std::vector<VirtualTableSnapshot> virtual_tables_;
  std::vector<TriggerSnapshot> triggers_;
  std::map<std::string, std::vector<TableAddition>> additions_;
  std::vector<std::string> materialized_views_;
  std::vector<std::string> owned_sequences_;
};

/// Throws: Failure when one of the names is not among those known.
void require_known(std::span<const std::string> names,
                   std::span<const std::string> known,
                   const std::string& what,
                   const std::string& where);

}  // namespace hark::cli
