// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/column.hpp>
#include <hark/schema/schema_item.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

/// What every constraint can be told. Empty: the database's choice.
struct ConstraintOptions {
  std::string name{};  ///< empty: by the MetaData's naming convention, or none
  std::optional<bool> deferrable{};
  std::string initially{};  ///< "DEFERRED" or "IMMEDIATE"
};

/// A constraint of a table.
///
/// Source: SQLAlchemy Constraint.
class Constraint : public event::Subclass<Constraint, SchemaItem> {
 public:
  std::string_view name() const noexcept override { return options_.name; }
  std::optional<bool> deferrable() const noexcept { return options_.deferrable; }
  const std::string& initially() const noexcept { return options_.initially; }
  /// Null: it is not attached to one.
  Table* table() const noexcept { return table_; }
  /// Was its name made by the MetaData's naming convention?
  bool is_named_by_convention() const noexcept { return is_named_by_convention_; }
  /// Is it left out of CREATE TABLE, because an AddConstraint adds it?
  bool is_added_by_alter() const noexcept { return is_added_by_alter_; }

 protected:
  explicit Constraint(ConstraintOptions options) : options_(std::move(options)) {}
  Constraint(Constraint&& other) noexcept = default;

 private:
  friend struct detail::SchemaAccess;
  friend class AddConstraint;
  friend class detail::TableBuilder;
  friend class Column;
  friend class Table;

  ConstraintOptions options_;
  bool is_named_by_convention_ = false;
  bool is_added_by_alter_ = false;
  std::size_t order_ = 0;  // among its table's
  Table* table_ = nullptr;
};

/// CHECK, of a table or of a column: `CheckConstraint("price > 0", {.name = "ck_price"})`.
///
/// Source: SQLAlchemy CheckConstraint.
class CheckConstraint final : public event::Subclass<CheckConstraint, Constraint> {
 public:
  explicit CheckConstraint(std::string sqltext, ConstraintOptions options = {})
      : Subclass(std::move(options)), sqltext_(std::move(sqltext)) {}

  std::string_view visit_name() const noexcept override { return "check_constraint"; }
  const std::string& sqltext() const noexcept { return sqltext_; }
  /// The column with which it was declared; null: it is the table's.
  Column* column() const noexcept { return column_; }
  /// Was it made by the Enum of its column? It stands in CREATE TABLE where the database
  /// has no such types.
  bool is_of_type() const noexcept { return is_of_type_; }

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class Column;
  friend class Table;
  CheckConstraint(CheckConstraint&& other) noexcept = default;

  std::string sqltext_;
  Column* column_ = nullptr;
  bool is_of_type_ = false;
};

/// A constraint on some columns.
///
/// Source: SQLAlchemy ColumnCollectionConstraint.
class ColumnCollectionConstraint
    : public event::Subclass<ColumnCollectionConstraint, Constraint> {
 public:
  using parent_type = Table;

  /// In their order; empty before it is attached.
  const std::vector<Column*>& columns() const noexcept { return columns_; }
  /// By key, as they were given.
  const std::vector<std::string>& column_keys() const noexcept { return keys_; }
  bool contains(const Column& column) const noexcept;

 protected:
  ColumnCollectionConstraint(std::vector<std::string> keys, ConstraintOptions options)
      : Subclass(std::move(options)), keys_(std::move(keys)) {}
  ColumnCollectionConstraint(ColumnCollectionConstraint&& other) noexcept = default;

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class ForeignKeyConstraint;
  friend class PrimaryKeyConstraint;
  friend class Table;

  std::vector<std::string> keys_;
  std::vector<Column*> columns_;
};

/// PRIMARY KEY. Every table has one, which is implicit and may have no columns until one
/// is declared.
///
/// Source: SQLAlchemy PrimaryKeyConstraint.
class PrimaryKeyConstraint final
    : public event::Subclass<PrimaryKeyConstraint, ColumnCollectionConstraint> {
 public:
  explicit PrimaryKeyConstraint(std::vector<std::string> columns,
                                ConstraintOptions options = {})
      : Subclass(std::move(columns), std::move(options)) {}

  std::string_view visit_name() const noexcept override {
    return "primary_key_constraint";
  }
  /// Was it made by the columns that are marked primary_key?
  bool is_implicit() const noexcept { return is_implicit_; }

  /// The column that counts by itself; null: none does.
  ///
  /// Throws: ArgumentError for a column that cannot, and is told to.
  /// Source: SQLAlchemy PrimaryKeyConstraint._autoincrement_column.
  Column* autoincrement_column() const;

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class Table;
  PrimaryKeyConstraint(PrimaryKeyConstraint&& other) noexcept = default;

  bool is_implicit_ = false;
};

/// UNIQUE: `UniqueConstraint({"artist_id", "title"}, {.name = "uq_album"})`.
///
/// Source: SQLAlchemy UniqueConstraint.
class UniqueConstraint final
    : public event::Subclass<UniqueConstraint, ColumnCollectionConstraint> {
 public:
  explicit UniqueConstraint(std::vector<std::string> columns,
                            ConstraintOptions options = {})
      : Subclass(std::move(columns), std::move(options)) {}

  std::string_view visit_name() const noexcept override { return "unique_constraint"; }
  /// Was it made by ColumnOptions::unique?
  bool is_of_column() const noexcept { return is_of_column_; }

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class Table;
  UniqueConstraint(UniqueConstraint&& other) noexcept = default;

  bool is_of_column_ = false;
};

/// FOREIGN KEY, of one column or several:
/// `ForeignKeyConstraint({"order_id", "line"}, {"line.order_id", "line.number"})`.
///
/// Source: SQLAlchemy ForeignKeyConstraint.
class ForeignKeyConstraint final
    : public event::Subclass<ForeignKeyConstraint, ColumnCollectionConstraint> {
 public:
  /// `refcolumns`: "table.column" or "schema.table.column", one for each column.
  ///
  /// Throws: ArgumentError when they are not as many, not of one table, or none.
  ForeignKeyConstraint(std::vector<std::string> columns,
                       std::vector<std::string> refcolumns,
                       ForeignKeyOptions options = {});

  std::string_view visit_name() const noexcept override {
    return "foreign_key_constraint";
  }
  const ForeignKeyOptions& options() const noexcept { return foreign_key_options_; }
  /// One for each column, in their order.
  const std::vector<ForeignKey*>& elements() const noexcept { return elements_; }
  /// Throws: NoReferencedTableError.
  Table& referred_table() const;
  /// The same; null: it is not declared.
  Table* referred_table_if_any() const;
  std::string referred_table_key() const;
  /// Is it added by ALTER TABLE, because it says so?
  bool use_alter() const noexcept { return foreign_key_options_.use_alter; }
  /// Was it made by a ForeignKey of a column?
  bool is_of_column() const noexcept { return is_of_column_; }

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class Table;
  friend class Column;
  ForeignKeyConstraint(ForeignKeyConstraint&& other) noexcept;
  explicit ForeignKeyConstraint(ForeignKey& of_column);

  ForeignKeyOptions foreign_key_options_;
  std::vector<std::unique_ptr<ForeignKey>> own_elements_;  // until it is attached
  std::vector<ForeignKey*> elements_;
  bool is_of_column_ = false;
};

}  // namespace hark
