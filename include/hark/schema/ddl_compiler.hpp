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
  virtual std::size_t max_identifier_length() const noexcept;

  // -- names

  /// Quoted where it has to be, or as `quote` says.
  std::string quoted(std::string_view identifier, std::optional<bool> quote = {}) const;
  std::string format_table(const Table& table) const;
  std::string format_column(const Column& column) const;
  /// Empty: it has no name. Names that a convention made are cut to what the dialect
  /// takes, and end in a hash then; others that are longer are an IdentifierError.
  std::string format_constraint(const Constraint& constraint) const;
  std::string format_index(const Index& index, bool with_schema = false) const;
  std::string format_sequence(const Sequence& sequence) const;

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

  // Further virtual parts are the implementation's business: see lib/schema.
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
