// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/column.hpp>
#include <hark/schema/fwd.hpp>
#include <hark/schema/types.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

/// A column as the database describes it.
struct ReflectedColumn {
  std::string name{};
  Type type{};
  bool nullable = true;
  std::optional<std::string> default_{};  ///< SQL; empty: none
  Autoincrement autoincrement = Autoincrement::automatic;
  int primary_key = 0;  ///< its place in the primary key, from 1; 0: none
  std::string comment{};
  std::string key{};  ///< column_reflect may give it one; empty: its name
  std::optional<bool> quote{};
  struct ComputedValue {
    std::string sqltext{};
    std::optional<bool> persisted{};
  };
  std::optional<ComputedValue> computed{};
  std::optional<IdentityOptions> identity{};
};

struct ReflectedPrimaryKey {
  std::string name{};  ///< empty: it has none
  std::vector<std::string> constrained_columns{};
};

struct ReflectedForeignKey {
  std::string name{};
  std::vector<std::string> constrained_columns{};
  std::string referred_schema{};
  std::string referred_table{};
  std::vector<std::string> referred_columns{};
  ForeignKeyOptions options{};  ///< without name and use_alter
};

struct ReflectedUniqueConstraint {
  std::string name{};
  std::vector<std::string> column_names{};
};

struct ReflectedCheckConstraint {
  std::string name{};
  std::string sqltext{};
};

struct ReflectedIndex {
  std::string name{};
  std::vector<std::string> column_names{};  ///< empty text: an expression
  std::vector<std::string> expressions{};   ///< as column_names; empty: all are columns
  bool unique = false;
  std::string where{};  ///< SQL; empty: all rows
};

struct ReflectedSequence {
  std::string name{};
  IdentityOptions options{};
};

/// What a database's catalog says.
///
///     Inspector inspector(engine);
///     for (const std::string& name : inspector.get_table_names()) …
///
/// Answers are kept: the database is asked once for each. Names come sorted.
///
/// Thread safety: distinct objects safe.
/// Lifetime: what it was made of outlives it. Of an Engine, it has a connection while it
/// is asked.
/// Throws, each question: NoSuchTableError for a table that is not there; NotSupportedError
/// where the dialect has no reflection; the error of the driver, wrapped.
/// Source: SQLAlchemy lib/sqlalchemy/engine/reflection.py, Inspector.
class Inspector {
 public:
  explicit Inspector(Engine& bind);
  explicit Inspector(Connection& bind);
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;
  ~Inspector();

  /// In every question an empty schema is the default one.
  std::string default_schema_name();
  std::vector<std::string> get_schema_names();
  std::vector<std::string> get_table_names(std::string_view schema = {});
  std::vector<std::string> get_view_names(std::string_view schema = {});
  std::vector<std::string> get_sequence_names(std::string_view schema = {});
  /// The view's SELECT, or the statement that created it.
  std::string get_view_definition(std::string_view view, std::string_view schema = {});
  bool has_table(std::string_view table, std::string_view schema = {});

  std::vector<ReflectedColumn> get_columns(std::string_view table,
                                           std::string_view schema = {});
  ReflectedPrimaryKey get_pk_constraint(std::string_view table,
                                        std::string_view schema = {});
  std::vector<ReflectedForeignKey> get_foreign_keys(std::string_view table,
                                                    std::string_view schema = {});
  std::vector<ReflectedUniqueConstraint> get_unique_constraints(
      std::string_view table, std::string_view schema = {});
  std::vector<ReflectedCheckConstraint> get_check_constraints(
      std::string_view table, std::string_view schema = {});
  std::vector<ReflectedIndex> get_indexes(std::string_view table,
                                          std::string_view schema = {});
  /// Empty: none.
  std::string get_table_comment(std::string_view table, std::string_view schema = {});
  std::vector<ReflectedSequence> get_sequences(std::string_view schema = {});

  /// Forgets all answers.
  void clear_cache();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// How a dialect answers an Inspector's questions; derive from it to add one.
///
/// Each is asked with a Connection on which no statement events are heard less than on any
/// other; an empty schema is the default one.
/// Throws: NoSuchTableError for a table that is not there.
/// Source: SQLAlchemy lib/sqlalchemy/engine/interfaces.py, Dialect.get_columns and its kin.
class Reflector {
 public:
  Reflector() = default;
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;
  virtual ~Reflector();

  virtual std::string default_schema_name(Connection& connection) const = 0;
  virtual std::vector<std::string> schema_names(Connection& connection) const = 0;
  virtual std::vector<std::string> table_names(Connection& connection,
                                               std::string_view schema) const = 0;
  virtual std::vector<std::string> view_names(Connection& connection,
                                              std::string_view schema) const = 0;
  virtual std::vector<ReflectedSequence> sequences(Connection& connection,
                                                   std::string_view schema) const = 0;
  virtual std::string view_definition(Connection& connection,
                                      std::string_view view,
                                      std::string_view schema) const = 0;
  virtual bool has_table(Connection& connection,
                         std::string_view table,
                         std::string_view schema) const = 0;
  virtual std::vector<ReflectedColumn> columns(Connection& connection,
                                               std::string_view table,
                                               std::string_view schema) const = 0;
  virtual ReflectedPrimaryKey primary_key(Connection& connection,
                                          std::string_view table,
                                          std::string_view schema) const = 0;
  virtual std::vector<ReflectedForeignKey> foreign_keys(
      Connection& connection, std::string_view table, std::string_view schema) const = 0;
  virtual std::vector<ReflectedUniqueConstraint> unique_constraints(
      Connection& connection, std::string_view table, std::string_view schema) const = 0;
  virtual std::vector<ReflectedCheckConstraint> check_constraints(
      Connection& connection, std::string_view table, std::string_view schema) const = 0;
  virtual std::vector<ReflectedIndex> indexes(Connection& connection,
                                              std::string_view table,
                                              std::string_view schema) const = 0;
  virtual std::string table_comment(Connection& connection,
                                    std::string_view table,
                                    std::string_view schema) const = 0;
};

/// Throws: NotSupportedError for a dialect that has none.
const Reflector& reflector(std::string_view dialect);

/// Makes a dialect's reflection known; what was known for it is replaced, and not
/// destroyed. Thread safety: safe at any time.
void register_reflector(std::string_view dialect,
                        std::unique_ptr<const Reflector> reflector);

}  // namespace hark
