// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/clause.hpp>
#include <hark/schema/defaults.hpp>
#include <hark/schema/schema_item.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

/// What an index is on: a column by its key, `"name"`, or SQL, `text("lower(name)")`.
struct IndexElement {
  // NOLINTBEGIN(google-explicit-constructor): `Index("ix", {"name", text("lower(name)")})`
  IndexElement(std::string key) : text(std::move(key)) {}
  IndexElement(const char* key) : text(key) {}
  IndexElement(const Clause& sql) : text(detail::ddl_text(sql)), is_sql(true) {}
  // NOLINTEND(google-explicit-constructor)

  std::string text;
  bool is_sql = false;

  bool operator==(const IndexElement&) const = default;
};

/// What can be said of an index.
struct IndexOptions {
  bool unique = false;
  /// The rows that are in it, as SQL; empty: all. SQLite and PostgreSQL.
  std::string where{};
  std::string postgresql_using{};  ///< the method: "gin"; empty: the database's choice
  /// What is in it and no part of its key, columns by their keys: INCLUDE (…).
  std::vector<std::string> postgresql_include{};
  std::string postgresql_with{};    ///< how it is stored: "fillfactor = 70"
  std::string mysql_using{};        ///< "HASH" or "BTREE"; empty: the database's choice
  std::string mysql_prefix{};       ///< "FULLTEXT" or "SPATIAL"
  std::string mysql_with_parser{};  ///< of a FULLTEXT index: "ngram"
};

/// An index of a table.
///
///     Index("ix_track_name", {"name"}, {.unique = true})
///
/// Source: SQLAlchemy Index.
class Index final : public event::Subclass<Index, SchemaItem> {
 public:
  using parent_type = Table;

  /// An empty name: by the MetaData's naming convention.
  Index(std::string name, std::vector<IndexElement> elements, IndexOptions options = {})
      : name_(std::move(name)),
        elements_(std::move(elements)),
        options_(std::move(options)) {}

  std::string_view visit_name() const noexcept override { return "index"; }
  std::string_view name() const noexcept override { return name_; }
  bool unique() const noexcept { return options_.unique; }
  const IndexOptions& options() const noexcept { return options_; }
  const std::vector<IndexElement>& elements() const noexcept { return elements_; }
  /// The columns among its elements, in their order; empty before it is attached.
  const std::vector<Column*>& columns() const noexcept { return columns_; }
  /// Null: it is in no table.
  Table* table() const noexcept { return table_; }
  /// Was it made by ColumnOptions::index?
  bool is_of_column() const noexcept { return is_of_column_; }
  bool is_named_by_convention() const noexcept { return is_named_by_convention_; }

  /// Creates it in the database; on an Engine in a transaction of its own.
  ///
  /// Throws: the error of the driver, wrapped; what a listener throws.
  void create(Engine& bind, const DDLOptions& options = {});
  void create(Connection& bind, const DDLOptions& options = {});
  void drop(Engine& bind, const DDLOptions& options = {});
  void drop(Connection& bind, const DDLOptions& options = {});

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class Table;
  Index(Index&& other) noexcept = default;

  std::string name_;
  std::vector<IndexElement> elements_;
  IndexOptions options_;
  std::vector<Column*> columns_;
  Table* table_ = nullptr;
  bool is_of_column_ = false;
  bool is_named_by_convention_ = false;
};

}  // namespace hark
