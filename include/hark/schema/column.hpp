// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/defaults.hpp>
#include <hark/schema/schema_item.hpp>
#include <hark/schema/types.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark {

/// What a foreign key does, and what it is called. Empty: the database's choice.
struct ForeignKeyOptions {
  std::string name{};
  std::string onupdate{};  ///< "CASCADE", "SET NULL" …
  std::string ondelete{};
  std::optional<bool> deferrable{};
  std::string initially{};  ///< "DEFERRED" or "IMMEDIATE"
  std::string match{};      ///< "FULL" …
  bool use_alter = false;   ///< is it added by ALTER TABLE when the tables are there?

  bool operator==(const ForeignKeyOptions&) const = default;
};

/// A column's reference to another column.
///
///     Column("artist_id", Integer(), ForeignKey("artist.id", {.ondelete = "CASCADE"}))
///
/// What it refers to is looked up when it is asked for, so that tables may be declared in
/// any order.
///
/// Source: SQLAlchemy ForeignKey.
class ForeignKey final : public event::Subclass<ForeignKey, SchemaItem> {
 public:
  using parent_type = Column;

  /// `target`: "table.column" or "schema.table.column", columns by their key.
  explicit ForeignKey(std::string target, ForeignKeyOptions options = {});
  /// The same of a column of a table.
  ///
  /// Throws: ArgumentError when it is in no table yet.
  explicit ForeignKey(const Column& target, ForeignKeyOptions options = {});

  std::string_view visit_name() const noexcept override { return "foreign_key"; }
  std::string_view name() const noexcept override { return options_.name; }
  const ForeignKeyOptions& options() const noexcept { return options_; }

  /// "table.column", with the MetaData's schema where it has one.
  std::string target_fullname() const;
  /// The part of it that names the table: its key in the MetaData.
  std::string target_table_key() const;

  /// What it refers to.
  ///
  /// Throws: NoReferencedTableError, NoReferencedColumnError; InvalidRequestError when it
  /// is not attached to a column of a table.
  Column& column() const;
  /// The same; null: it is not declared.
  Column* column_if_any() const;

  /// The column that refers; null: it is not attached.
  Column* parent() const noexcept { return parent_; }
  /// Null: its column is not in a table.
  ForeignKeyConstraint* constraint() const noexcept { return constraint_; }

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class Column;
  friend class ForeignKeyConstraint;
  friend class Table;
  ForeignKey(ForeignKey&& other) noexcept = default;

  std::string table_;   // by its key, with or without schema
  std::string column_;  // by its key
  ForeignKeyOptions options_;
  Column* parent_ = nullptr;
  ForeignKeyConstraint* constraint_ = nullptr;
};

/// Does a key of integers count by itself (SERIAL, AUTO_INCREMENT)?
enum class Autoincrement {
  automatic,  ///< where it is the only column of the primary key, and no foreign key
  yes,
  no,
  ignore_foreign_key,
};

/// What can be said of a column. The key is the name by which the program knows it.
struct ColumnOptions {
  std::string key{};
  bool primary_key = false;
  std::optional<bool> nullable{};  ///< empty: unless it is in the primary key
  bool unique = false;
  bool index = false;
  std::optional<ServerDefault> server_default{};
  Autoincrement autoincrement = Autoincrement::automatic;
  std::string comment{};
  std::optional<bool> quote{};  ///< is its name quoted? Empty: where it has to be
};

namespace detail {

template <class T, class... Ts>
inline constexpr bool one_of_items = (std::is_same_v<T, Ts> || ...);

template <class Item>
concept column_item = one_of_items<std::remove_cvref_t<Item>,
                                   ForeignKey,
                                   Computed,
                                   Identity,
                                   Sequence,
                                   CheckConstraint,
                                   DefaultClause>;

}  // namespace detail

/// A column of a table.
///
///     Column("id", Integer(), {.primary_key = true})
///     Column("name", String(120), {.nullable = false, .index = true})
///     Column("artist_id", ForeignKey("artist.id"))
///     Column("born", DateTime(), {.server_default = text("CURRENT_TIMESTAMP")})
///
/// Source: SQLAlchemy Column.
class Column final : public event::Subclass<Column, SchemaItem> {
 public:
  using parent_type = Table;

  template <detail::column_item... Items>
  Column(std::string name, Type type, ColumnOptions options, Items&&... items)
      : Column(std::move(name), std::move(type), std::move(options)) {
    (add(std::forward<Items>(items)), ...);
  }
  Column(std::string name, Type type, ColumnOptions options);
  template <detail::column_item... Items>
  Column(std::string name, Type type, Items&&... items)
      : Column(std::move(name), std::move(type), ColumnOptions{}) {
    (add(std::forward<Items>(items)), ...);
  }
  /// Of the type of what it refers to.
  template <class... Items>
  Column(std::string name, ForeignKey&& foreign_key, Items&&... items)
      : Column(std::move(name), Type(), ColumnOptions{}) {
    add(std::move(foreign_key));
    (add(std::forward<Items>(items)), ...);
  }
  template <class... Items>
  Column(std::string name,
         ColumnOptions options,
         ForeignKey&& foreign_key,
         Items&&... items)
      : Column(std::move(name), Type(), std::move(options)) {
    add(std::move(foreign_key));
    (add(std::forward<Items>(items)), ...);
  }
  ~Column() override;

  std::string_view visit_name() const noexcept override { return "column"; }
  std::string_view name() const noexcept override { return name_; }
  const std::string& key() const noexcept { return options_.key; }
  /// Of a foreign key without a type of its own: that of what it refers to, where that is
  /// declared.
  const Type& type() const;
  bool primary_key() const noexcept { return options_.primary_key; }
  bool nullable() const noexcept { return nullable_; }
  bool unique() const noexcept { return options_.unique; }
  bool index() const noexcept { return options_.index; }
  const std::string& comment() const noexcept { return options_.comment; }
  std::optional<bool> quote() const noexcept { return options_.quote; }
  Autoincrement autoincrement() const noexcept { return options_.autoincrement; }

  /// DEFAULT, GENERATED AS or IDENTITY; null: none.
  const FetchedValue* server_default() const noexcept { return server_default_.get(); }
  const Computed* computed() const noexcept;
  const Identity* identity() const noexcept;
  const Sequence* sequence() const noexcept { return sequence_.get(); }
  const std::vector<std::unique_ptr<ForeignKey>>& foreign_keys() const noexcept {
    return foreign_keys_;
  }
  /// CHECKs that were declared with it.
  const std::vector<std::unique_ptr<CheckConstraint>>& constraints() const noexcept {
    return constraints_;
  }

  /// Null: it is in no table.
  Table* table() const noexcept { return table_; }

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class Table;
  friend class ForeignKey;
  friend class ForeignKeyConstraint;
  Column(Column&& other) noexcept;

  void add(ForeignKey&& foreign_key);
  void add(Computed&& computed);
  void add(Identity&& identity);
  void add(Sequence&& sequence);
  void add(CheckConstraint&& check);
  void add(DefaultClause&& value);
  void adopt(std::unique_ptr<ForeignKey> foreign_key);
  std::unique_ptr<ForeignKey> release(const ForeignKey& foreign_key);
  void set_server_default(std::unique_ptr<FetchedValue> value);
  std::unique_ptr<Column> copy() const;

  std::string name_;
  Type type_;
  ColumnOptions options_;
  bool nullable_ = true;
  std::unique_ptr<FetchedValue> server_default_;
  std::unique_ptr<Sequence> sequence_;
  std::vector<std::unique_ptr<ForeignKey>> foreign_keys_;
  std::vector<std::unique_ptr<CheckConstraint>> constraints_;
  Table* table_ = nullptr;
};

}  // namespace hark
