// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/clause.hpp>
#include <hark/schema/schema_item.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hark {

namespace detail {

/// What text() was given as it stands in DDL, which has no parameters: `\:` is a colon.
std::string ddl_text(const Clause& sql);

}  // namespace detail

/// A column's DEFAULT as it is declared: `"7"` is the text '7', `text("now()")` is SQL.
struct ServerDefault {
  // NOLINTBEGIN(google-explicit-constructor): `.server_default = "7"`
  ServerDefault(std::string literal) : text(std::move(literal)) {}
  ServerDefault(const char* literal) : text(literal) {}
  ServerDefault(std::nullptr_t) = delete;
  ServerDefault(const Clause& sql) : text(detail::ddl_text(sql)), is_sql(true) {}
  // NOLINTEND(google-explicit-constructor)

  std::string text;
  bool is_sql = false;  ///< does it stand in the DDL as it is?
};

/// What the database gives a column for which an INSERT has no value.
///
/// Source: SQLAlchemy FetchedValue.
class FetchedValue : public event::Subclass<FetchedValue, SchemaItem> {
 public:
  using parent_type = Column;

  std::string_view visit_name() const noexcept override { return "fetched_value"; }
  std::string_view name() const noexcept override { return {}; }
  /// Null: it is not attached.
  Column* column() const noexcept { return column_; }

 protected:
  FetchedValue() = default;
  FetchedValue(FetchedValue&& other) noexcept = default;

 private:
  friend struct detail::SchemaAccess;
  friend class Column;

  Column* column_ = nullptr;
};

/// DEFAULT in a column's DDL. Made by ColumnOptions::server_default.
///
/// Source: SQLAlchemy DefaultClause.
class DefaultClause final : public event::Subclass<DefaultClause, FetchedValue> {
 public:
  explicit DefaultClause(ServerDefault value) : value_(std::move(value)) {}

  std::string_view visit_name() const noexcept override { return "default_clause"; }
  const ServerDefault& value() const noexcept { return value_; }

 private:
  friend struct detail::SchemaAccess;
  DefaultClause(DefaultClause&& other) noexcept = default;

  ServerDefault value_;
};

/// GENERATED ALWAYS AS: `Column("area", Integer(), Computed("width * height"))`.
///
/// Source: SQLAlchemy Computed.
class Computed final : public event::Subclass<Computed, FetchedValue> {
 public:
  /// `persisted`: STORED or VIRTUAL; empty: the database's choice.
  explicit Computed(std::string sqltext, std::optional<bool> persisted = {})
      : sqltext_(std::move(sqltext)), persisted_(persisted) {}

  std::string_view visit_name() const noexcept override { return "computed"; }
  const std::string& sqltext() const noexcept { return sqltext_; }
  std::optional<bool> persisted() const noexcept { return persisted_; }

 private:
  friend struct detail::SchemaAccess;
  Computed(Computed&& other) noexcept = default;

  std::string sqltext_;
  std::optional<bool> persisted_;
};

/// How a sequence counts; empty: the database's choice.
///
/// Source: SQLAlchemy IdentityOptions.
struct IdentityOptions {
  std::optional<std::int64_t> start{};
  std::optional<std::int64_t> increment{};
  std::optional<std::int64_t> minvalue{};
  std::optional<std::int64_t> maxvalue{};
  bool nominvalue = false;
  bool nomaxvalue = false;
  std::optional<bool> cycle{};
  std::optional<std::int64_t> cache{};
  std::optional<bool> order{};
  bool always = false;            ///< Identity: ALWAYS instead of BY DEFAULT
  std::optional<bool> on_null{};  ///< Identity
  bool optional = false;          ///< Sequence: only where the database has no other way

  bool operator==(const IdentityOptions&) const = default;
};

/// GENERATED … AS IDENTITY: `Column("id", Integer(), Identity({.start = 100}))`.
///
/// Source: SQLAlchemy Identity.
class Identity final : public event::Subclass<Identity, FetchedValue> {
 public:
  explicit Identity(IdentityOptions options = {}) : options_(options) {}

  std::string_view visit_name() const noexcept override { return "identity"; }
  const IdentityOptions& options() const noexcept { return options_; }

 private:
  friend struct detail::SchemaAccess;
  Identity(Identity&& other) noexcept = default;

  IdentityOptions options_;
};

/// A named counter: of a column, `Column("id", Integer(), Sequence("id_seq"))`, or of a
/// MetaData, `metadata.sequence("ticket")`.
///
/// Source: SQLAlchemy Sequence.
class Sequence final : public event::Subclass<Sequence, SchemaItem> {
 public:
  explicit Sequence(std::string name,
                    IdentityOptions options = {},
                    std::string schema = {})
      : name_(std::move(name)), schema_(std::move(schema)), options_(options) {}

  std::string_view visit_name() const noexcept override { return "sequence"; }
  std::string_view name() const noexcept override { return name_; }
  const std::string& schema() const noexcept { return schema_; }
  const IdentityOptions& options() const noexcept { return options_; }
  /// Null: it belongs to no column.
  Column* column() const noexcept { return column_; }

 private:
  friend struct detail::SchemaAccess;
  friend class Column;
  friend class MetaData;
  Sequence(Sequence&& other) noexcept = default;

  std::string name_;
  std::string schema_;
  IdentityOptions options_;
  Column* column_ = nullptr;
};

}  // namespace hark
