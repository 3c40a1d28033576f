// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/inspector.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hark::cli {

/// Was a column declared without a type, as SQLite allows?
inline bool is_typeless(const Type& type) {
  return type == Type() ||
         (type.kind() == Type::Kind::user_defined && type.spelling().empty());
}

inline bool is_mysql(std::string_view dialect) noexcept {
  return dialect == "mysql" || dialect == "mariadb";
}

/// Do two dialects say the same by the same words? MariaDB is another name for MySQL.
inline bool is_one_dialect(std::string_view one, std::string_view other) noexcept {
  return one == other || (is_mysql(one) && is_mysql(other));
}

/// What is said of a table behind its CREATE TABLE.
struct TableAddition {
  std::string text{};       ///< "PARTITION OF log FOR VALUES IN (1)"
  std::string statement{};  ///< "ALTER TABLE log ATTACH PARTITION …"
};

/// A table as the database describes it.
struct TableSnapshot {
  std::string name{};
  std::string comment{};
  std::vector<ReflectedColumn> columns{};
  ReflectedPrimaryKey primary_key{};
  std::vector<ReflectedForeignKey> foreign_keys{};
  std::vector<ReflectedUniqueConstraint> unique_constraints{};
  std::vector<ReflectedCheckConstraint> check_constraints{};
  std::vector<ReflectedIndex> indexes{};
  std::vector<std::string> options{};  ///< STRICT and the like, which DDL leaves out
  /// "ENGINE=InnoDB", "PARTITION BY RANGE (id)": what DDL of that dialect says.
  std::vector<std::string> mysql_options{};
  std::vector<TableAddition> additions{};  ///< of PostgreSQL
};

struct ViewSnapshot {
  std::string name{};
  std::string definition{};
};

/// What a module makes of its arguments: columns are its business.
struct VirtualTableSnapshot {
  std::string name{};
  std::string definition{};
};

struct TriggerSnapshot {
  std::string name{};
  std::string table{};
  std::string definition{};
};

/// What a database's catalog says, all of it, in the order of names.
struct SchemaSnapshot {
  std::string dialect{};
  std::vector<TableSnapshot> tables{};
  std::vector<ViewSnapshot> views{};
  std::vector<ReflectedSequence> sequences{};  ///< those that no column owns
  std::vector<Type> enums{};                   ///< PostgreSQL's types
  std::vector<VirtualTableSnapshot> virtual_tables{};
  std::vector<TriggerSnapshot> triggers{};
};

}  // namespace hark::cli
