// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/metadata.hpp>
#include <hark/schema/table.hpp>

#include <algorithm>

#include "schema/access.hpp"
#include "schema/table_builder.hpp"

namespace hark {
namespace {

using detail::SchemaAccess;

[[noreturn]] void throw_no_column(const Table& table,
                                  std::string_view what,
                                  std::string_view key) {
  throw ArgumentError("table '" + table.key() + "' has no column '" + std::string(key) +
                      "', which its " + std::string(what) + " is to be on");
}

/// What it is called in sentences: "foreign key constraint".
std::string words_of(const SchemaItem& item) {
  std::string words(item.visit_name());
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string in_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char each : text) {
    if (each == '\'') quoted += each;
    quoted += each;
  }
  return quoted + "'";
}

bool is_check_of_type(const Constraint& constraint) {
  const auto* const check = dynamic_cast<const CheckConstraint*>(&constraint);
  return check != nullptr && check->is_of_type();
}

bool is_check_of_type(const Constraint& constraint, const Column& column) {
  return is_check_of_type(constraint) &&
         static_cast<const CheckConstraint&>(constraint).column() == &column;
}

/// Has a column brought it into its table, as it will into each copy?
bool is_brought(const Constraint& constraint) {
  const auto* const unique = dynamic_cast<const UniqueConstraint*>(&constraint);
  return is_check_of_type(constraint) || (unique != nullptr && unique->is_of_column());
}

std::vector<Column*> distinct(const std::vector<Column*>& columns) {
  std::vector<Column*> found;
  for (Column* column : columns) {
    if (std::find(found.begin(), found.end(), column) == found.end())
      found.push_back(column);
  }
  return found;
}

template <class Item>
auto place_of(std::vector<std::unique_ptr<Item>>& all, const Item& item) {
  return std::find_if(
      all.begin(), all.end(), [&](const auto& each) { return each.get() == &item; });
}

}  // namespace

Table::Table(MetaData& metadata) : metadata_(&metadata) {}

Table::~Table() = default;

Column* Table::find(std::string_view key) const noexcept {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

Column& Table::operator[](std::string_view key) const {
  if (Column* found = find(key)) return *found;
  throw NoSuchColumnError("table '" + key_ + "' has no column '" + std::string(key) +
                          "'");
}

std::vector<ForeignKeyConstraint*> Table::foreign_key_constraints() const {
  std::vector<ForeignKeyConstraint*> found;
  for (const auto& constraint : constraints_)
    if (auto* key = dynamic_cast<ForeignKeyConstraint*>(constraint.get()))
      found.push_back(key);
  return found;
}

// -- what is attached -------------------------------------------------------------------

std::vector<Column*> Table::columns_of(const std::vector<std::string>& keys,
                                       std::string_view what) const {
  std::vector<Column*> found;
  for (const std::string& key : keys) {
    Column* column = find(key);
    if (column == nullptr) throw_no_column(*this, what, key);
    found.push_back(column);
  }
  return found;
}

void Table::insert(std::unique_ptr<Constraint> constraint) {
  constraint->table_ = this;
  const auto place = std::upper_bound(
      constraints_.begin(),
      constraints_.end(),
      constraint->order_,
      [](std::size_t order, const auto& each) { return order < each->order_; });
  constraints_.insert(place, std::move(constraint));
}

void Table::remove(const Constraint& constraint) {
  const auto place = place_of(constraints_, constraint);
  if (place == constraints_.end()) return;
  replaced_.push_back(std::move(*place));
  constraints_.erase(place);
}

/// Source: SQLAlchemy PrimaryKeyConstraint._replace.
void Table::add_to_primary_key(Column& column) {
  PrimaryKeyConstraint& key = *primary_key_;
  if (!key.contains(column)) key.columns_.push_back(&column);
  if (key.is_implicit_) {
    if (key.is_named_by_convention_) key.options_.name.clear();
    key.is_named_by_convention_ = false;
    SchemaAccess::name(key, *this);
  }
  SchemaAccess::emit<DDLEvents::column_added_to_pk_constraint>(key, key, column);
}

/// `column` takes the place of one of the same key, and its foreign keys' with it.
void Table::replace(const Column& old, Column& column) {
  for (const auto& key : old.foreign_keys())
    if (key->constraint() != nullptr) remove(*key->constraint());
  const auto exchange = [&](std::vector<Column*>& columns) {
    std::replace(columns.begin(), columns.end(), const_cast<Column*>(&old), &column);
  };
  for (const auto& constraint : constraints_)
    if (auto* on = dynamic_cast<ColumnCollectionConstraint*>(constraint.get()))
      exchange(on->columns_);
  for (const auto& index : indexes_) exchange(index->columns_);
}

/// Source: SQLAlchemy Column._set_parent.
Column& Table::attach(std::unique_ptr<Column> given, bool allow_replacements) {
  Column& column = *given;
  detail::attach_to(column, *this, [&] {
    if (column.name_.empty())
      throw ArgumentError("a column of table '" + key_ + "' has no name");
    Column* const old = find(column.key());
    if (old != nullptr && !allow_replacements) {
      throw DuplicateColumnError("table '" + key_ + "' has a column '" + column.key() +
                                 "' already");
    }
    if (old != nullptr && !column.primary_key() && primary_key_->contains(*old)) {
      throw ArgumentError("column '" + column.key() +
                          "' is in the primary key of table '" + key_ +
                          "', and its replacement is not");
    }
    column.table_ = this;
    by_key_[column.key()] = &column;
    if (old != nullptr) {
      replace(*old, column);
      auto place = place_of(columns_, *old);
      replaced_.push_back(std::move(*place));
      *place = std::move(given);
    } else {
      columns_.push_back(std::move(given));
    }
    try {
      attach_parts(column);
    } catch (...) {
      forget(column);
      throw;
    }
  });
  return column;
}

/// What a column brings when it comes into its table.
void Table::attach_parts(Column& column) {
  for (const auto& check : column.constraints()) SchemaAccess::name(*check, *this);
  if (column.primary_key()) add_to_primary_key(column);
  if (column.index()) {
    auto index = SchemaAccess::make<Index>(std::string(),
                                           std::vector<IndexElement>{column.key()},
                                           IndexOptions{.unique = column.unique()});
    index->is_of_column_ = true;
    attach(std::move(index));
  } else if (column.unique()) {
    auto unique =
        SchemaAccess::make<UniqueConstraint>(std::vector<std::string>{column.key()});
    unique->is_of_column_ = true;
    unique->order_ = next_order();
    attach(std::unique_ptr<Constraint>(std::move(unique)));
  }
  if (column.type_.enum_options().create_constraint) attach_check(column);
}

/// Source: SQLAlchemy Enum._set_table.
void Table::attach_check(Column& column) {
  const Type& type = column.type_;
  std::string values;
  for (const std::string& each : type.enums())
    values += (values.empty() ? "" : ", ") + in_quotes(each);
  auto check = SchemaAccess::make<CheckConstraint>(
      column.name_ + " IN (" + values + ")", ConstraintOptions{.name = type.name()});
  check->column_ = &column;
  check->is_of_type_ = true;
  check->order_ = next_order();
  attach(std::unique_ptr<Constraint>(std::move(check)));
}

/// Takes a column out that could not be attached.
void Table::forget(const Column& column) {
  std::erase(primary_key_->columns_, &column);
  std::erase_if(indexes_, [&](const auto& index) {
    return std::find(index->columns_.begin(), index->columns_.end(), &column) !=
           index->columns_.end();
  });
  std::erase_if(constraints_, [&](const auto& each) {
    const auto* on = dynamic_cast<const UniqueConstraint*>(each.get());
    return (on != nullptr && on->contains(column)) || is_check_of_type(*each, column);
  });
  by_key_.erase(column.key());
  columns_.erase(place_of(columns_, column));
}

void Table::attach(std::unique_ptr<Index> given) {
  Index& index = *given;
  detail::attach_to(index, *this, [&] {
    std::vector<std::string> keys;
    for (const IndexElement& element : index.elements())
      if (!element.is_sql) keys.push_back(element.text);
    if (index.elements().empty())
      throw ArgumentError("an index of table '" + key_ + "' is on nothing");
    index.columns_ = columns_of(keys, "index");
    index.table_ = this;
    SchemaAccess::name(index, *this);
    indexes_.push_back(std::move(given));
  });
}

void Table::attach(std::unique_ptr<Constraint> given) {
  Constraint& constraint = *given;
  detail::attach_to(constraint, *this, [&] {
    if (auto* key = dynamic_cast<PrimaryKeyConstraint*>(&constraint)) {
      set_primary_key(*key);
    } else if (auto* on = dynamic_cast<ColumnCollectionConstraint*>(&constraint)) {
      if (on->keys_.empty())
        throw ArgumentError("a " + words_of(constraint) + " of table '" + key_ +
                            "' is on no column");
      on->columns_ = distinct(columns_of(on->keys_, words_of(constraint)));
    } else if (static_cast<const CheckConstraint&>(constraint).sqltext().empty()) {
      throw ArgumentError("a check constraint of table '" + key_ + "' checks nothing");
    }
    insert(std::move(given));
    try {
      if (auto* key = dynamic_cast<ForeignKeyConstraint*>(&constraint))
        adopt_elements(*key);
      SchemaAccess::name(constraint, *this);
    } catch (...) {
      if (auto* key = dynamic_cast<ForeignKeyConstraint*>(&constraint))
        release_elements(*key);
      remove(constraint);
      throw;
    }
  });
}

/// Source: SQLAlchemy PrimaryKeyConstraint._set_parent.
void Table::set_primary_key(PrimaryKeyConstraint& key) {
  key.columns_ = distinct(columns_of(key.keys_, "primary key"));
  if (primary_key_ != nullptr && primary_key_ != &key) {
    if (key.columns_.empty()) key.columns_ = primary_key_->columns_;
    remove(*primary_key_);
  }
  primary_key_ = &key;
  for (Column* column : key.columns_) {
    column->options_.primary_key = true;
    if (!column->options_.nullable) column->nullable_ = false;
  }
}

/// The references of a constraint that was declared for several columns become theirs.
void Table::adopt_elements(ForeignKeyConstraint& constraint) {
  auto& elements = constraint.own_elements_;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    Column& column = *constraint.columns_[i];
    ForeignKey& element = *elements[i];
    detail::attach_to(element, column, [&] { column.adopt(std::move(elements[i])); });
  }
  elements.clear();
}

/// Takes back what adopt_elements() has done so far.
void Table::release_elements(ForeignKeyConstraint& constraint) {
  if (constraint.is_of_column()) {
    constraint.elements_.front()->constraint_ = nullptr;
    return;
  }
  auto& own = constraint.own_elements_;
  own.resize(constraint.elements_.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] == nullptr)
      own[i] = constraint.columns_[i]->release(*constraint.elements_[i]);
  }
}

// -- append -----------------------------------------------------------------------------

Column& Table::append_column(Column&& column) {
  return attach(SchemaAccess::take(column), false);
}

Index& Table::append(Index&& index) {
  auto made = SchemaAccess::take(index);
  Index& added = *made;
  attach(std::move(made));
  return added;
}

template <class Kind>
Kind& Table::append_constraint(Kind& constraint) {
  auto made = SchemaAccess::take(constraint);
  Kind& added = *made;
  added.order_ = next_order();
  attach(std::unique_ptr<Constraint>(std::move(made)));
  return added;
}

UniqueConstraint& Table::append(UniqueConstraint&& constraint) {
  return append_constraint(constraint);
}
CheckConstraint& Table::append(CheckConstraint&& constraint) {
  return append_constraint(constraint);
}
ForeignKeyConstraint& Table::append(ForeignKeyConstraint&& constraint) {
  return append_constraint(constraint);
}
PrimaryKeyConstraint& Table::append(PrimaryKeyConstraint&& constraint) {
  return append_constraint(constraint);
}

// -- copies -----------------------------------------------------------------------------

namespace {

/// "table.column" of the copy: another schema where it was the same, and itself by its
/// new name.
std::string copied_target(const ForeignKey& key,
                          const Table& from,
                          std::string_view schema,
                          std::string_view name) {
  const std::string full = key.target_fullname();
  const std::string column = full.substr(full.rfind('.') + 1);
  std::string table_key = key.target_table_key();
  const std::size_t point = table_key.rfind('.');
  const std::string old_schema =
      point == std::string::npos ? std::string() : table_key.substr(0, point);
  std::string table_name =
      point == std::string::npos ? table_key : table_key.substr(point + 1);
  if (table_key == from.key()) table_name = name;
  const std::string_view new_schema =
      old_schema == from.schema() ? schema : std::string_view(old_schema);
  const std::string prefix = new_schema.empty() ? "" : std::string(new_schema) + ".";
  return prefix + table_name + "." + column;
}

}  // namespace

/// Source: SQLAlchemy lib/sqlalchemy/sql/schema.py, Constraint._copy of each kind.
std::unique_ptr<Constraint> Table::copy_of(const Constraint& constraint,
                                           std::string_view schema,
                                           std::string_view name) const {
  ConstraintOptions options = constraint.options_;
  if (constraint.is_named_by_convention_) options.name.clear();
  std::vector<std::string> keys;
  const auto* on = dynamic_cast<const ColumnCollectionConstraint*>(&constraint);
  if (on != nullptr)
    for (const Column* column : on->columns()) keys.push_back(column->key());
  if (const auto* key = dynamic_cast<const ForeignKeyConstraint*>(&constraint)) {
    std::vector<std::string> targets;
    for (const ForeignKey* element : key->elements())
      targets.push_back(copied_target(*element, *this, schema, name));
    ForeignKeyOptions given = key->foreign_key_options_;
    given.name = options.name;
    auto copy = SchemaAccess::make<ForeignKeyConstraint>(
        std::move(keys), std::move(targets), std::move(given));
    for (std::size_t i = 0; i < key->elements().size(); ++i)
      SchemaAccess::propagate(*key->elements()[i], *copy->elements_[i]);
    return copy;
  }
  if (const auto* check = dynamic_cast<const CheckConstraint*>(&constraint))
    return SchemaAccess::make<CheckConstraint>(check->sqltext(), std::move(options));
  if (dynamic_cast<const PrimaryKeyConstraint*>(&constraint) != nullptr) {
    return SchemaAccess::make<PrimaryKeyConstraint>(std::move(keys), std::move(options));
  }
  return SchemaAccess::make<UniqueConstraint>(std::move(keys), std::move(options));
}

/// Source: SQLAlchemy Table.to_metadata.
Table& Table::to_metadata(MetaData& metadata,
                          std::optional<std::string> schema,
                          std::string_view name) const {
  const std::string new_name(name.empty() ? std::string_view(name_) : name);
  TableOptions options = options_;
  if (schema) options.schema = std::move(*schema);
  if (options.schema.empty()) options.schema = metadata.schema();
  const std::string key =
      options.schema.empty() ? new_name : options.schema + "." + new_name;
  if (Table* there = metadata.find(key)) return *there;

  const std::string new_schema = options.schema;
  detail::TableBuilder builder(metadata, new_name, std::move(options));
  for (const auto& column : columns_) builder.attach(column->copy());
  Table& copy = builder.finish();
  try {
    copy_parts(copy, new_schema);
  } catch (...) {
    metadata.undeclare(copy);
    throw;
  }
  return copy;
}

/// Constraints, indexes and listeners of a copy that has its columns.
void Table::copy_parts(Table& copy, std::string_view schema) const {
  for (const auto& constraint : constraints_) {
    if (is_brought(*constraint)) continue;
    std::unique_ptr<Constraint> made = copy_of(*constraint, schema, copy.name());
    SchemaAccess::propagate(*constraint, *made);
    made->order_ = copy.next_order();
    copy.attach(std::move(made));
  }
  for (const auto& index : indexes_) {
    if (index->is_of_column()) continue;
    const std::string index_name = index->is_named_by_convention_ ? "" : index->name_;
    copy.attach(SchemaAccess::make<Index>(index_name, index->elements_, index->options_));
  }
  SchemaAccess::propagate(*this, copy);
}

// -- declaring --------------------------------------------------------------------------

namespace detail {

void SchemaAccess::throw_taken(const SchemaItem& item, const Table& table) {
  throw ArgumentError("the " + words_of(item) + " '" + std::string(item.name()) +
                      "' is a part of table '" + table.key() + "' already");
}

std::unique_ptr<Table> TableBuilder::make_named(MetaData& metadata,
                                                std::string name,
                                                std::string schema) {
  auto made = SchemaAccess::make<Table>(metadata);
  set_name(*made, std::move(name), {.schema = std::move(schema)});
  return made;
}

void TableBuilder::set_name(Table& table, std::string name, TableOptions options) {
  table.name_ = std::move(name);
  table.options_ = std::move(options);
  if (table.options_.schema.empty()) table.options_.schema = table.metadata().schema();
  table.key_ = table.schema().empty() ? table.name_ : table.schema() + "." + table.name_;
}

TableBuilder::TableBuilder(MetaData& metadata,
                           std::string name,
                           TableOptions options,
                           const std::vector<std::unique_ptr<SchemaItem>>& items)
    : metadata_(metadata) {
  auto made = SchemaAccess::make<Table>(metadata);
  Table& table = *made;
  SchemaAccess::emit<DDLEvents::before_parent_attach>(table, table, metadata);
  if (name.empty()) throw ArgumentError("a table has no name");
  set_name(table, std::move(name), std::move(options));
  if (metadata.find(table.key_) != nullptr)
    throw InvalidRequestError("table '" + table.key_ +
                              "' is declared already in this MetaData");
  metadata.tables_.push_back(std::move(made));
  try {
    metadata.by_key_.emplace(table.key_, &table);
    for (const auto& item : items)
      if (auto* constraint = dynamic_cast<Constraint*>(item.get()))
        constraint->order_ = table.next_order();
    auto key = SchemaAccess::make<PrimaryKeyConstraint>(std::vector<std::string>{});
    key->is_implicit_ = true;
    key->order_ = table.next_order();
    table.attach(std::unique_ptr<Constraint>(std::move(key)));
  } catch (...) {
    metadata.undeclare(table);
    throw;
  }
  table_ = &table;
}

TableBuilder::~TableBuilder() {
  if (!is_finished_ && table_ != nullptr) metadata_.undeclare(*table_);
}

void TableBuilder::attach(std::unique_ptr<SchemaItem> item, bool replaces) {
  if (auto* column = dynamic_cast<Column*>(item.get())) {
    static_cast<void>(item.release());
    table_->attach(std::unique_ptr<Column>(column), replaces);
  } else if (auto* index = dynamic_cast<Index*>(item.get())) {
    static_cast<void>(item.release());
    table_->attach(std::unique_ptr<Index>(index));
  } else {
    auto& constraint = dynamic_cast<Constraint&>(*item);
    static_cast<void>(item.release());
    if (constraint.order_ == 0) constraint.order_ = table_->next_order();
    table_->attach(std::unique_ptr<Constraint>(&constraint));
  }
}

void TableBuilder::set_comment(std::string comment) {
  table_->options_.comment = std::move(comment);
}

/// Source: SQLAlchemy PrimaryKeyConstraint._reload.
void TableBuilder::reload_primary_key(const std::vector<std::string>& keys,
                                      ConstraintOptions options) {
  PrimaryKeyConstraint& key = *table_->primary_key_;
  const std::vector<Column*> columns = table_->columns_of(keys, "primary key");
  key.options_ = std::move(options);
  key.is_named_by_convention_ = false;
  for (Column* column : columns) {
    column->options_.primary_key = true;
    if (!key.contains(*column)) key.columns_.push_back(column);
  }
  attach_to(key, *table_, [&] { SchemaAccess::name(key, *table_); });
}

Table& TableBuilder::finish() {
  SchemaAccess::emit<DDLEvents::after_parent_attach>(*table_, *table_, metadata_);
  is_finished_ = true;
  return *table_;
}

}  // namespace detail

}  // namespace hark
