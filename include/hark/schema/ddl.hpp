// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/clause.hpp>
#include <hark/schema/events.hpp>
#include <hark/schema/schema_item.hpp>

#include <concepts>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark {

namespace detail {

/// A callable that answers yes or no; empty: there is none. Copies share it.
///
/// What std::function is, of which the header would be an eighth of this one.
template <class... Args>
class Predicate {
 public:
  Predicate() = default;
  // NOLINTBEGIN(google-explicit-constructor): `.callable = [](…) { return true; }`
  template <class F>
  requires(!std::same_as<F, Predicate> && std::is_invocable_r_v<bool, F&, Args...>)
      Predicate(F callable)
      : asked_(std::make_shared<Of<F>>(std::move(callable))) {}
  // NOLINTEND(google-explicit-constructor)

  explicit operator bool() const noexcept { return asked_ != nullptr; }
  /// Requires: it is not empty.
  bool operator()(Args... arguments) const {
    return asked_->answer(std::forward<Args>(arguments)...);
  }

 private:
  struct Asked {
    Asked() = default;
    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;
    virtual ~Asked() = default;
    virtual bool answer(Args... arguments) = 0;
  };
  template <class F>
  struct Of final : Asked {
    explicit Of(F given) : callable(std::move(given)) {}
    bool answer(Args... arguments) override {
      return callable(std::forward<Args>(arguments)...);
    }
    F callable;
  };

  std::shared_ptr<Asked> asked_;
};

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
