// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/detail/predicate.hpp>
#include <hark/schema/schema_item.hpp>
#include <hark/schema/table.hpp>

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark {

/// How what has no name is named: by kind ("pk", "fk", "uq", "ck", "ix"), with tokens as
/// "ix_%(column_0_label)s".
///
/// Tokens: table_name, referred_table_name, constraint_name, and for the n-th column
/// column_n_name, column_n_key, column_n_label, referred_column_n_name; column_0N_name for
/// all of them, column_0_N_name for all with underscores.
/// Source: SQLAlchemy MetaData(naming_convention=…), lib/sqlalchemy/sql/naming.py.
using NamingConvention = std::map<std::string, std::string>;

struct MetaDataOptions {
  std::string schema{};  ///< of tables that are declared without one
  /// Empty: indexes of columns are called "ix_%(column_0_label)s".
  NamingConvention naming_convention{};
};

/// Which tables: all of a MetaData, or these, `{&artist, &album}`, which may be none.
class TableSelection {
 public:
  TableSelection() = default;
  // NOLINTBEGIN(google-explicit-constructor): `.tables = {&artist}`
  TableSelection(std::initializer_list<Table*> tables)
      : is_all_(false), tables_(tables) {}
  TableSelection(std::vector<Table*> tables)
      : is_all_(false), tables_(std::move(tables)) {}
  // NOLINTEND(google-explicit-constructor)

  bool is_all() const noexcept { return is_all_; }
  const std::vector<Table*>& tables() const noexcept { return tables_; }

 private:
  bool is_all_ = true;
  std::vector<Table*> tables_;
};

/// What create_all and drop_all are to do.
struct CreateAllOptions {
  TableSelection tables{};  ///< as they stand: all
  bool checkfirst = true;   ///< is what is there already left alone?
};

struct ReflectOptions {
  std::string schema{};
  std::vector<std::string> only{};               ///< the tables; empty: all
  detail::Predicate<std::string_view> filter{};  ///< empty: all
  bool views = false;                            ///< views as well?
  bool resolve_fks = true;                       ///< and the tables that are referred to?
};

struct ReflectTableOptions {
  std::string schema{};     ///< empty: the MetaData's
  bool resolve_fks = true;  ///< and the tables that it refers to?
};

/// The tables of a database, as a program knows them.
///
///     MetaData metadata;
///     Table& artist = metadata.table("artist", Column("id", Integer(), {.primary_key =
///     true})); metadata.create_all(engine);
///
/// Lifetime: it owns its tables and all that is in them, and does not move.
/// Thread safety: one thread declares; then shared objects safe.
/// Source: SQLAlchemy MetaData.
class MetaData final : public event::Subclass<MetaData, SchemaItem> {
 public:
  explicit MetaData(MetaDataOptions options = {});
  MetaData(const MetaData&) = delete;
  MetaData& operator=(const MetaData&) = delete;
  ~MetaData() override;

  std::string_view visit_name() const noexcept override { return "metadata"; }
  std::string_view name() const noexcept override { return {}; }
  const std::string& schema() const noexcept { return options_.schema; }
  const NamingConvention& naming_convention() const noexcept {
    return options_.naming_convention;
  }

  /// Declares a table of these items, which are attached in their order. Without items a
  /// table that is declared already is returned as it is.
  ///
  /// Throws: InvalidRequestError when there is one of that name; ArgumentError and
  /// DuplicateColumnError for items that do not fit; what a listener throws. The table is
  /// not declared then.
  Table& table(std::string name, TableOptions options, std::vector<TableItem> items);
  template <class... Items>
  Table& table(std::string name, TableOptions options, Items&&... items) {
    constexpr bool fits = (std::is_convertible_v<Items, TableItem> && ...);
    static_assert(
        fits,
        "a table is declared with Columns, constraints and Indexes, as temporaries");
    if constexpr (fits)
      return table(std::move(name), std::move(options), all_of(std::move(items)...));
  }
  template <class... Items>
  requires(!(std::is_same_v<std::remove_cvref_t<Items>, TableOptions> ||
             ...)) Table& table(std::string name, Items&&... items) {
    return table(std::move(name), TableOptions{}, std::forward<Items>(items)...);
  }

  /// A Sequence that belongs to no column; created and dropped with the tables.
  Sequence& sequence(std::string name,
                     IdentityOptions options = {},
                     std::string schema = {});

  /// In the order of their declaration.
  const std::vector<std::unique_ptr<Table>>& tables() const noexcept { return tables_; }
  /// By its key: "name" or "schema.name".
  ///
  /// Throws: NoSuchTableError.
  Table& operator[](std::string_view key) const;
  Table* find(std::string_view key) const noexcept;
  const std::vector<std::unique_ptr<Sequence>>& sequences() const noexcept {
    return sequences_;
  }
  /// Each behind those that it refers to; by name where that leaves a choice.
  ///
  /// Tables that refer to each other in a cycle come in the order of their names.
  /// Source: SQLAlchemy MetaData.sorted_tables.
  std::vector<Table*> sorted_tables() const;

  /// Forgets the table. What knows it may go on: it is destroyed with the MetaData.
  ///
  /// Throws: InvalidRequestError for a table of another MetaData.
  void remove(Table& table);
  void clear();

  /// Creates all tables, each behind those that it refers to; on an Engine in one
  /// transaction.
  ///
  /// Throws: the error of the driver, wrapped; CompileError for what the dialect has not;
  /// what a listener throws.
  /// Source: SQLAlchemy MetaData.create_all.
  void create_all(Engine& bind, const CreateAllOptions& options = {});
  void create_all(Connection& bind, const CreateAllOptions& options = {});
  void drop_all(Engine& bind, const CreateAllOptions& options = {});
  void drop_all(Connection& bind, const CreateAllOptions& options = {});

  /// Declares the table as it is in the database, and those that it refers to.
  ///
  /// `overrides` are columns that take the place of those in the database. A table that is
  /// declared already is returned as it is. The name becomes the one that the database has
  /// where it does not look at the case of letters. A foreign key that has one column twice
  /// is left out.
  /// Throws: NoSuchTableError, also for one that is referred to; the error of the driver,
  /// wrapped; what a listener throws. Nothing is declared then.
  /// Source: SQLAlchemy Table(…, autoload_with=…).
  template <class... Columns>
  Table& reflect_table(const std::string& name, Engine& bind, Columns&&... overrides) {
    return reflect_table(
        name, ReflectTableOptions{}, bind, std::forward<Columns>(overrides)...);
  }
  template <class... Columns>
  Table& reflect_table(const std::string& name,
                       Connection& bind,
                       Columns&&... overrides) {
    return reflect_table(
        name, ReflectTableOptions{}, bind, std::forward<Columns>(overrides)...);
  }
  /// `metadata.reflect_table("track", {.schema = "side"}, connection)`.
  template <class... Columns>
  Table& reflect_table(const std::string& name,
                       ReflectTableOptions options,
                       Engine& bind,
                       Columns&&... overrides) {
    return reflect_given(
        name, std::move(options), bind, taken(all_of(std::move(overrides)...)));
  }
  template <class... Columns>
  Table& reflect_table(const std::string& name,
                       ReflectTableOptions options,
                       Connection& bind,
                       Columns&&... overrides) {
    return reflect_given(
        name, std::move(options), bind, taken(all_of(std::move(overrides)...)));
  }

  /// Declares what is in the database, as reflect_table() does; a table that is referred to
  /// and is not there is left out.
  ///
  /// Throws: InvalidRequestError when a table of `only` is not there; the error of the
  /// driver, wrapped; what a listener throws. Nothing is declared then.
  /// Source: SQLAlchemy MetaData.reflect.
  void reflect(Engine& bind, const ReflectOptions& options = {});
  void reflect(Connection& bind, const ReflectOptions& options = {});

 private:
  friend struct detail::SchemaAccess;
  friend class detail::TableBuilder;
  friend class Table;
  using Items = std::vector<std::unique_ptr<SchemaItem>>;

  template <class... Each>
  static std::vector<TableItem> all_of(Each&&... items) {
    std::vector<TableItem> all;
    all.reserve(sizeof...(items));
    (all.emplace_back(std::move(items)), ...);
    return all;
  }
  static Items taken(std::vector<TableItem> items);

  Table& reflect_given(const std::string& name,
                       ReflectTableOptions options,
                       Engine& bind,
                       Items overrides);
  Table& reflect_given(const std::string& name,
                       ReflectTableOptions options,
                       Connection& bind,
                       Items overrides);

  void undeclare(Table& table);
  std::vector<std::unique_ptr<Table>>::iterator place_of(const Table& table);

  MetaDataOptions options_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::map<std::string, Table*, std::less<>> by_key_;
  std::vector<std::unique_ptr<Table>> removed_;
  std::vector<std::unique_ptr<Sequence>> sequences_;
};

}  // namespace hark
