// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/column.hpp>
#include <hark/schema/constraints.hpp>
#include <hark/schema/index.hpp>
#include <hark/schema/schema_item.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark {

/// What can be said of a table.
struct TableOptions {
  std::string schema{};  ///< empty: the MetaData's
  std::string comment{};
  std::optional<bool> quote{};          ///< is its name quoted? Empty: where it has to be
  std::vector<std::string> prefixes{};  ///< "TEMPORARY": between CREATE and TABLE
  /// Behind the columns: "ENGINE=InnoDB", "DEFAULT CHARSET=utf8mb4". MySQL and MariaDB.
  std::vector<std::string> mysql_options{};
  std::string postgresql_partition_by{};  ///< "RANGE (born)"; empty: it has no partitions
};

/// What a table is declared with, whichever it is: for tables that are made from data.
///
///     std::vector<TableItem> items;
///     for (…) items.emplace_back(Column(name, type));
///     metadata.table("track", {}, std::move(items));
class TableItem {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a Column is an item
  TableItem(Column&& column);
  TableItem(PrimaryKeyConstraint&& constraint);
  TableItem(ForeignKeyConstraint&& constraint);
  TableItem(UniqueConstraint&& constraint);
  TableItem(CheckConstraint&& constraint);
  TableItem(Index&& index);
  // NOLINTEND(google-explicit-constructor)

 private:
  friend class MetaData;
  std::unique_ptr<SchemaItem> item_;
};

/// A table of a MetaData.
///
///     Table& artist = metadata.table("artist",
///                                    Column("id", Integer(), {.primary_key = true}),
///                                    Column("name", String(120), {.nullable = false}));
///     artist["name"].nullable();
///
/// Source: SQLAlchemy Table.
class Table final : public event::Subclass<Table, SchemaItem> {
 public:
  using parent_type = MetaData;

  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() override;

  std::string_view visit_name() const noexcept override { return "table"; }
  std::string_view name() const noexcept override { return name_; }
  /// Empty: the database's default one.
  const std::string& schema() const noexcept { return options_.schema; }
  /// "schema.name", or the name: what the MetaData knows it by.
  const std::string& key() const noexcept { return key_; }
  const std::string& comment() const noexcept { return options_.comment; }
  const TableOptions& options() const noexcept { return options_; }
  MetaData& metadata() const noexcept { return *metadata_; }

  /// In the order of their declaration.
  const std::vector<std::unique_ptr<Column>>& columns() const noexcept {
    return columns_;
  }
  /// By its key.
  ///
  /// Throws: NoSuchColumnError.
  Column& operator[](std::string_view key) const;
  Column* find(std::string_view key) const noexcept;

  /// In the order in which they stand in CREATE TABLE: what was declared with the table,
  /// then what its columns have brought. The primary key is one of them.
  const std::vector<std::unique_ptr<Constraint>>& constraints() const noexcept {
    return constraints_;
  }
  PrimaryKeyConstraint& primary_key() const noexcept { return *primary_key_; }
  /// In the order of their declaration.
  std::vector<ForeignKeyConstraint*> foreign_key_constraints() const;
  const std::vector<std::unique_ptr<Index>>& indexes() const noexcept { return indexes_; }

  /// Adds to a table that is declared.
  ///
  /// Throws: ArgumentError for an item of another table, or of columns that are not
  /// there; DuplicateColumnError.
  Column& append_column(Column&& column);
  Index& append(Index&& index);
  UniqueConstraint& append(UniqueConstraint&& constraint);
  CheckConstraint& append(CheckConstraint&& constraint);
  ForeignKeyConstraint& append(ForeignKeyConstraint&& constraint);
  PrimaryKeyConstraint& append(PrimaryKeyConstraint&& constraint);

  /// Declares the same in another MetaData. Listeners that were registered with
  /// event::propagate are on the copy and its columns and constraints.
  ///
  /// `name`, `schema`: of the copy; empty: as here. A table that is there already is
  /// returned as it is.
  /// Source: SQLAlchemy Table.to_metadata.
  Table& to_metadata(MetaData& metadata,
                     std::optional<std::string> schema = {},
                     std::string_view name = {}) const;

  /// Creates it in the database with its indexes and comments; on an Engine in a
  /// transaction of its own.
  ///
  /// Throws: the error of the driver, wrapped; CompileError for what the dialect has not;
  /// what a listener throws.
  /// Source: SQLAlchemy Table.create.
  void create(Engine& bind, const DDLOptions& options = {});
  void create(Connection& bind, const DDLOptions& options = {});
  void drop(Engine& bind, const DDLOptions& options = {});
  void drop(Connection& bind, const DDLOptions& options = {});

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class MetaData;
  friend class Column;

  explicit Table(MetaData& metadata);
  Column& attach(std::unique_ptr<Column> column, bool allow_replacements);
  void attach(std::unique_ptr<Constraint> constraint);
  void attach(std::unique_ptr<Index> index);
  void insert(std::unique_ptr<Constraint> constraint);
  void remove(const Constraint& constraint);
  void replace(const Column& old, Column& column);
  void add_to_primary_key(Column& column);
  void set_primary_key(PrimaryKeyConstraint& key);
  void adopt_elements(ForeignKeyConstraint& constraint);
  template <class Kind>
  Kind& append_constraint(Kind& constraint);
  void attach_parts(Column& column);
  void attach_check(Column& column);
  void forget(const Column& column);
  void release_elements(ForeignKeyConstraint& constraint);
  void copy_parts(Table& copy, std::string_view schema) const;
  std::unique_ptr<Constraint> copy_of(const Constraint& constraint,
                                      std::string_view schema,
                                      std::string_view name) const;
  std::size_t next_order() noexcept { return ++orders_; }
  std::vector<Column*> columns_of(const std::vector<std::string>& keys,
                                  std::string_view what) const;

  std::string name_;
  std::string key_;
  TableOptions options_;
  MetaData* metadata_;
  std::vector<std::unique_ptr<Column>> columns_;
  std::map<std::string, Column*, std::less<>> by_key_;
  std::vector<std::unique_ptr<Constraint>> constraints_;
  std::vector<std::unique_ptr<SchemaItem>> replaced_;  // listeners may know them
  PrimaryKeyConstraint* primary_key_ = nullptr;
  std::size_t orders_ = 0;  // that constraints have been given
  std::vector<std::unique_ptr<Index>> indexes_;
};

}  // namespace hark
