// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/column.hpp>
#include <hark/schema/fwd.hpp>
#include <hark/schema/types.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

struct ReflectedSequence {
  std::string name{};
  std::string schema{};  ///< of a column's: empty where it is found without one
  IdentityOptions options{};

  bool operator==(const ReflectedSequence&) const = default;
};

/// A column as the database describes it.
struct ReflectedColumn {
  std::string name{};
  Type type{};
  bool nullable = true;
  // NOLINTNEXTLINE(readability-identifier-naming): `default` is a keyword
  std::optional<std::string> default_{};  ///< SQL as behind DEFAULT; empty: none
  Autoincrement autoincrement = Autoincrement::automatic;
  int primary_key = 0;  ///< its place in the primary key, from 1; 0: none
  std::string comment{};
  std::string key{};  ///< column_reflect may give it one; empty: its name
  std::optional<bool> quote{};
  struct ComputedValue {
    std::string sqltext{};
    std::optional<bool> persisted{};

    bool operator==(const ComputedValue&) const = default;
  };
  std::optional<ComputedValue> computed{};
  std::optional<IdentityOptions> identity{};
  /// What its default takes numbers from, where that is not what PostgreSQL makes of a
  /// primary key that counts by itself.
  std::optional<ReflectedSequence> sequence{};

  bool operator==(const ReflectedColumn&) const = default;
};

struct ReflectedPrimaryKey {
  std::string name{};  ///< empty: it has none
  std::vector<std::string> constrained_columns{};
  std::optional<bool> deferrable{};
  std::string initially{};  ///< "DEFERRED"; empty: at once

  bool operator==(const ReflectedPrimaryKey&) const = default;
};

struct ReflectedForeignKey {
  std::string name{};
  std::vector<std::string> constrained_columns{};
  std::string referred_schema{};
  std::string referred_table{};
  std::vector<std::string> referred_columns{};
  ForeignKeyOptions options{};  ///< without name and use_alter

  bool operator==(const ReflectedForeignKey&) const = default;
};

struct ReflectedUniqueConstraint {
  std::string name{};
  std::vector<std::string> column_names{};
  std::string duplicates_index{};  ///< it is that index, which is described as well
  std::optional<bool> deferrable{};
  std::string initially{};  ///< "DEFERRED"; empty: at once

  bool operator==(const ReflectedUniqueConstraint&) const = default;
};

struct ReflectedCheckConstraint {
  std::string name{};
  std::string sqltext{};
  std::string column{};  ///< with which it was declared; empty: it is the table's

  bool operator==(const ReflectedCheckConstraint&) const = default;
};

struct ReflectedIndex {
  std::string name{};
  std::vector<std::string> column_names{};  ///< empty text: an expression
  /// Of each element, its column or SQL that says more (an expression, DESC, COLLATE);
  /// empty: all are columns and nothing else.
  std::vector<std::string> expressions{};
  bool unique = false;
  std::string where{};  ///< SQL; empty: all rows
  // NOLINTNEXTLINE(readability-identifier-naming): `using` is a keyword
  std::string using_{};  ///< the method: "gin", "HASH"; empty: the usual one
  std::string prefix{};  ///< "FULLTEXT" or "SPATIAL", of MySQL
  std::string parser{};  ///< of a FULLTEXT index; empty: the usual one
  std::vector<std::string> include_columns{};  ///< in it, and no part of its key
  std::string with{};  ///< how it is stored: "fillfactor = 70", of PostgreSQL

  bool operator==(const ReflectedIndex&) const = default;
};

/// All that the questions about one table are answered.
struct ReflectedTable {
  /// As the database has it: SQLite finds "T" where "t" is asked for.
  std::string name{};
  std::vector<ReflectedColumn> columns{};
  ReflectedPrimaryKey primary_key{};
  std::vector<ReflectedForeignKey> foreign_keys{};
  std::vector<ReflectedIndex> indexes{};
  std::vector<ReflectedUniqueConstraint> unique_constraints{};
  std::vector<ReflectedCheckConstraint> check_constraints{};
  std::string comment{};
  /// What else its dialect says of it: "ENGINE=InnoDB".
  std::vector<std::string> options{};

  bool operator==(const ReflectedTable&) const = default;
};

/// What a database's catalog says.
///
///     Inspector inspector(engine);
///     for (const std::string& name : inspector.get_table_names()) …
///
/// Answers are kept: the database is asked once for each. Names come sorted.
///
/// Throws, each question: NoSuchTableError for a table that is not there; NotSupportedError
/// where the dialect has no reflection; the error of the driver, wrapped.
/// Thread safety: distinct objects safe.
/// Lifetime: what it was made of outlives it.
/// Cost: the number of statements for an answer does not depend on how much there is to
/// tell. Of an Engine, each takes a connection from its pool; who asks much makes an
/// Inspector of a Connection.
/// Source: SQLAlchemy lib/sqlalchemy/engine/reflection.py, Inspector.
class Inspector {
 public:
  /// Connects once, so that a database that is not there is known at once.
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
  /// PostgreSQL's, which are no tables of its own.
  std::vector<std::string> get_foreign_table_names(std::string_view schema = {});
  /// The types that are Enums, each with the schema that was asked for.
  std::vector<Type> get_enums(std::string_view schema = {});
  /// The view's SELECT, or the statement that created it.
  std::string get_view_definition(std::string_view view, std::string_view schema = {});
  bool has_table(std::string_view table, std::string_view schema = {});

  /// What the questions below are answered, in fewer statements.
  ReflectedTable get_table(std::string_view table, std::string_view schema = {});
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
  /// Those of MySQL: "ENGINE=InnoDB", "COLLATE=utf8mb4_bin".
  std::vector<std::string> get_table_options(std::string_view table,
                                             std::string_view schema = {});
  std::vector<ReflectedSequence> get_sequences(std::string_view schema = {});

  /// Forgets all answers.
  void clear_cache();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// How a dialect answers an Inspector's questions; derive from it to add one.
///
/// It asks by statements as any others, which listeners hear. An empty schema is the
/// default one.
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
  /// None, unless a dialect has such types.
  virtual std::vector<Type> enums(Connection& connection, std::string_view schema) const;
  /// Is there a type of that name? Not, unless a dialect has such types.
  virtual bool has_type(Connection& connection,
                        std::string_view name,
                        std::string_view schema) const;
  /// None, unless a dialect has such tables.
  virtual std::vector<std::string> foreign_table_names(Connection& connection,
                                                       std::string_view schema) const;
  virtual std::string view_definition(Connection& connection,
                                      std::string_view view,
                                      std::string_view schema) const = 0;
  virtual bool has_table(Connection& connection,
                         std::string_view table,
                         std::string_view schema) const = 0;
  /// Is table() as cheap as each of the questions behind it? Then an Inspector asks for
  /// the whole, once, whichever part it is asked for.
  virtual bool tells_all_at_once() const noexcept;
  /// Asks all of the questions below, unless a dialect knows better; the name stays as it
  /// is given.
  virtual ReflectedTable table(Connection& connection,
                               std::string_view table,
                               std::string_view schema) const;
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
  /// None, unless a dialect knows of some.
  virtual std::vector<std::string> table_options(Connection& connection,
                                                 std::string_view table,
                                                 std::string_view schema) const;
};

/// Throws: NotSupportedError for a dialect that has none.
const Reflector& reflector(std::string_view dialect);

/// Makes a dialect's reflection known; what was known for it is replaced, and not
/// destroyed. Thread safety: safe at any time.
void register_reflector(std::string_view dialect,
                        std::unique_ptr<const Reflector> reflector);

}  // namespace hark
