// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/ddl.hpp>
#include <hark/schema/fwd.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hark {

/// Writes a dialect's DDL: what SQLAlchemy emits for it, token for token.
///
/// The base class writes standard SQL; "sqlite", "postgresql" and "mysql" are known.
///
/// Thread safety: shared objects safe.
/// Throws: CompileError for what the dialect has not.
/// Source: SQLAlchemy lib/sqlalchemy/sql/compiler.py, DDLCompiler, GenericTypeCompiler,
/// IdentifierPreparer.
class DDLCompiler {
 public:
  DDLCompiler() = default;
  DDLCompiler(const DDLCompiler&) = delete;
  DDLCompiler& operator=(const DDLCompiler&) = delete;
  virtual ~DDLCompiler();

  // -- what the dialect can do

  /// Can constraints be added and dropped by ALTER TABLE?
  virtual bool supports_alter() const noexcept;
  virtual bool supports_sequences() const noexcept;
  /// COMMENT ON …, as a statement of its own.
  virtual bool supports_comments() const noexcept;
  /// Comments as a part of CREATE TABLE.
  virtual bool inline_comments() const noexcept;
  /// Is an Enum a type of the database?
  virtual bool supports_native_enum() const noexcept;
  /// Is it one that a statement of its own creates?
  virtual bool creates_enum_types() const noexcept;
  /// In characters.
  virtual std::size_t max_identifier_length() const noexcept;

  // -- names

  /// Throws: IdentifierError for a name that is longer than the dialect takes.
  void validate_identifier(std::string_view identifier) const;

  /// Quoted where it has to be, or as `quote` says.
  std::string quoted(std::string_view identifier, std::optional<bool> quote = {}) const;
  std::string format_table(const Table& table) const;
  std::string format_column(const Column& column) const;
  /// Empty: it has no name. Names that a convention made are cut to what the dialect
  /// takes, and end in a hash then; others that are longer are an IdentifierError.
  std::string format_constraint(const Constraint& constraint) const;
  std::string format_index(const Index& index, bool with_schema = false) const;
  std::string format_sequence(const Sequence& sequence) const;
  /// Throws: CompileError for an Enum that has no name.
  std::string format_enum_type(const Type& type) const;

  // -- statements

  /// `include`: the foreign keys that stand in it; empty optional: all that are not
  /// use_alter (where the dialect can alter).
  virtual std::string create_table(
      const Table& table,
      const CreateOptions& options,
      const std::vector<const ForeignKeyConstraint*>* include = nullptr) const;
  virtual std::string drop_table(const Table& table, const DropOptions& options) const;
  virtual std::string create_index(const Index& index,
                                   const CreateOptions& options) const;
  virtual std::string drop_index(const Index& index, const DropOptions& options) const;
  virtual std::string create_sequence(const Sequence& sequence,
                                      const CreateOptions& options) const;
  virtual std::string drop_sequence(const Sequence& sequence,
                                    const DropOptions& options) const;
  /// Throws: CompileError where the dialect creates no such types, and for one without a
  /// name.
  virtual std::string create_enum_type(const Type& type) const;
  virtual std::string drop_enum_type(const Type& type, const DropOptions& options) const;
  virtual std::string create_schema(std::string_view name,
                                    const CreateOptions& options) const;
  virtual std::string drop_schema(std::string_view name,
                                  const DropOptions& options) const;
  virtual std::string add_constraint(const Constraint& constraint) const;
  virtual std::string drop_constraint(const Constraint& constraint,
                                      const DropOptions& options) const;
  virtual std::string set_table_comment(const Table& table) const;
  virtual std::string set_column_comment(const Column& column) const;

  // -- parts

  virtual std::string type(const Type& type) const;
  /// A column's line in CREATE TABLE, without its CHECKs.
  virtual std::string column_specification(const Column& column) const;
  virtual std::string literal(std::string_view text) const;

 protected:
  // -- what dialects differ in

  /// Around names; doubled in them.
  virtual char quote() const noexcept;
  /// Does a word need quotes as a name? It is given in lower case.
  virtual bool is_reserved(std::string_view word) const noexcept;
  /// Of constraints and indexes whose names a convention made.
  virtual std::size_t max_made_name_length() const noexcept;
  virtual bool supports_identity_columns() const noexcept;
  virtual bool supports_partial_indexes() const noexcept;

  // A type without a spelling of its own.
  virtual std::string string_type(const Type& type) const;
  virtual std::string text_type(const Type& type) const;
  virtual std::string float_type(const Type& type) const;
  virtual std::string boolean_type() const;
  virtual std::string datetime_type(const Type& type) const;
  virtual std::string time_type(const Type& type) const;
  virtual std::string large_binary_type(const Type& type) const;
  virtual std::string uuid_type() const;
  /// Of an Enum that is a type of the database.
  virtual std::string enum_type(const Type& type) const;
  virtual std::string array_type(const Type& type) const;
  /// "'sad', 'ok'": those of an Enum.
  std::string values_of(const Type& type) const;
  virtual std::string spelled_type(const Type& type) const;
  /// What stands behind a type of text; empty: nothing.
  virtual std::string collation(const Type& type) const;

  // A column's parts, each with a blank before it; empty: nothing.
  std::string default_value(const Column& column) const;
  virtual std::string nullability(const Column& column) const;
  virtual std::string computed(const Column& column) const;
  std::string identity(const Column& column) const;

  // A constraint of a table; empty: it is left out.
  std::string table_constraint(const Constraint& constraint) const;
  std::string primary_key(const PrimaryKeyConstraint& constraint) const;
  std::string unique(const UniqueConstraint& constraint) const;
  std::string check(const CheckConstraint& constraint) const;
  virtual std::string foreign_key(const ForeignKeyConstraint& constraint) const;

  // A foreign key's parts.
  virtual std::string remote_table(const Table& table) const;
  virtual std::string match(const ForeignKeyConstraint& constraint) const;

  // An index's parts.
  virtual std::string name_of_created(const Index& index) const;
  virtual std::string table_of_created(const Index& index) const;
  virtual std::string method(const Index& index) const;
  /// Between what it is on and WHERE.
  virtual std::string storage(const Index& index) const;
  /// Throws: CompileError for one that has no name or is in no table.
  static void require_complete(const Index& index);

  /// What stands behind the columns of CREATE TABLE.
  virtual std::string table_suffix(const Table& table) const;

  /// Throws: CompileError for one that is in no table.
  static const Table& table_of(const Constraint& constraint);
  /// Throws: CompileError for one that has no name.
  std::string require_name(const Constraint& constraint) const;

 private:
  std::string named_type(const Type& type) const;
  bool is_native(const Type& type) const noexcept;
  std::string is_one_of_enums(const Column& column) const;
  bool requires_quotes(std::string_view identifier) const;
  std::string made_name(std::string_view name, bool is_made_by_convention) const;
  std::string with_schema(const std::string& schema, const std::string& name) const;
  std::string column_line(const Column& column) const;
  std::string constraint_prefix(const Constraint& constraint) const;
  std::string names_of(const std::vector<Column*>& columns) const;
  std::string elements_of(const Index& index) const;
};

/// Throws: CompileError for a dialect that has none.
const DDLCompiler& ddl_compiler(std::string_view dialect);

/// Makes the compiler of a dialect known; what was known for it is replaced, and not
/// destroyed.
///
/// Thread safety: safe at any time.
void register_ddl_compiler(std::string_view dialect,
                           std::unique_ptr<const DDLCompiler> compiler);

}  // namespace hark
