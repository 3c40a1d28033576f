// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/detail/predicate.hpp>
#include <hark/engine/clause.hpp>
#include <hark/schema/events.hpp>
#include <hark/schema/schema_item.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

namespace detail {
class DDLClause;
}  // namespace detail

/// When a DDL element is executed as a listener: all that is given must hold.
///
/// Source: SQLAlchemy ExecutableDDLElement.execute_if.
struct DDLCondition {
  std::vector<std::string> dialects{};  ///< names; empty: every dialect
  detail::Predicate<const DDLElement& /*ddl*/,
                    SchemaItem& /*target*/,
                    Connection& /*bind*/,
                    const DDLOptions& /*options*/>
      callable{};
};

/// A statement of the data definition language: executed as any clause is, or a listener as
/// it stands.
///
///     connection.execute(CreateTable(artist));
///     event::listen(artist, "after_create", DDL("ANALYZE %(table)s"));
///     event::listen(artist, "after_create",
///                   DDL("CREATE VIEW …").execute_if({.dialects = {"postgresql"}}));
///
/// Copies are the same element: one listener, however often they are listened with.
///
/// Lifetime: what it is made of (a Table …) outlives it, and is not changed once it has
/// been executed.
/// Thread safety: distinct objects safe, shared objects safe.
/// Source: SQLAlchemy DDLElement.
class DDLElement {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `connection.execute(CreateTable(t))`
  operator Clause() const noexcept { return clause_; }
  Clause clause() const noexcept { return clause_; }

  /// The SQL for a dialect.
  ///
  /// Throws: CompileError for what the dialect has not.
  std::string compile(const Dialect& dialect) const;

  /// The same, executed as a listener where the condition holds alone. It is another
  /// element.
  DDLElement execute_if(DDLCondition condition) const;

  /// As a listener of before_create, after_create, before_drop and after_drop: executes
  /// what it is for this target, where its condition holds.
  void operator()(SchemaItem& target,
                  Connection& connection,
                  const DDLOptions& options) const;

  friend bool operator==(const DDLElement& a, const DDLElement& b) noexcept {
    return a.clause_ == b.clause_ && a.condition_ == b.condition_;
  }

 protected:
  /// Requires: a clause that lib/schema/ddl.cpp has made.
  explicit DDLElement(Clause clause) noexcept : clause_(std::move(clause)) {}

 private:
  Clause clause_;
  std::shared_ptr<const DDLCondition> condition_;  // null: always
};

/// DDL as text, with %(table)s, %(schema)s and %(fullname)s for the Table that it is a
/// listener of, quoted where they have to be; %% is %.
///
/// What `context` names takes their place. Executed directly or as a listener of another
/// item, it knows what `context` names alone.
/// Throws: ArgumentError for a name that is not known, when it is executed.
/// Source: SQLAlchemy DDL.
class DDL : public DDLElement {
 public:
  explicit DDL(std::string statement, std::map<std::string, std::string> context = {});
};

/// What the creating elements can be told.
struct CreateOptions {
  bool if_not_exists = false;
};
struct DropOptions {
  bool if_exists = false;
  bool cascade = false;  ///< DropSchema, DropConstraint
};

class CreateTable : public DDLElement {
 public:
  explicit CreateTable(const Table& table, CreateOptions options = {});
};
class DropTable : public DDLElement {
 public:
  explicit DropTable(const Table& table, DropOptions options = {});
};
class CreateIndex : public DDLElement {
 public:
  explicit CreateIndex(const Index& index, CreateOptions options = {});
};
class DropIndex : public DDLElement {
 public:
  explicit DropIndex(const Index& index, DropOptions options = {});
};
class CreateSequence : public DDLElement {
 public:
  explicit CreateSequence(const Sequence& sequence, CreateOptions options = {});
};
class DropSequence : public DDLElement {
 public:
  explicit DropSequence(const Sequence& sequence, DropOptions options = {});
};
/// CREATE TYPE … AS ENUM, of PostgreSQL.
///
/// Source: SQLAlchemy dialects/postgresql/base.py, CreateEnumType.
class CreateEnumType : public DDLElement {
 public:
  explicit CreateEnumType(const Type& type);
};
class DropEnumType : public DDLElement {
 public:
  explicit DropEnumType(const Type& type, DropOptions options = {});
};
class CreateSchema : public DDLElement {
 public:
  explicit CreateSchema(std::string name, CreateOptions options = {});
};
class DropSchema : public DDLElement {
 public:
  explicit DropSchema(std::string name, DropOptions options = {});
};
/// ALTER TABLE … ADD CONSTRAINT.
///
///     event::listen(track, "after_create", AddConstraint(price_is_positive));
class AddConstraint : public DDLElement {
 public:
  /// From now on CREATE TABLE leaves the constraint out, on every dialect.
  explicit AddConstraint(Constraint& constraint);
  /// It stays in CREATE TABLE.
  explicit AddConstraint(const Constraint& constraint);
};
/// ALTER TABLE … DROP CONSTRAINT.
class DropConstraint : public DDLElement {
 public:
  explicit DropConstraint(const Constraint& constraint, DropOptions options = {});
};
class SetTableComment : public DDLElement {
 public:
  explicit SetTableComment(const Table& table);
};
class SetColumnComment : public DDLElement {
 public:
  explicit SetColumnComment(const Column& column);
};

}  // namespace hark
