// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/constraints.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>

#include "schema/access.hpp"

namespace hark {
namespace {

using detail::SchemaAccess;

ConstraintOptions constraint_options(const ForeignKeyOptions& options) {
  return {.name = options.name,
          .deferrable = options.deferrable,
          .initially = options.initially};
}

/// Numbers with a point do, too, as with SQLAlchemy.
bool counts(Type::Kind kind) noexcept {
  switch (kind) {
    case Type::Kind::integer:
    case Type::Kind::big_integer:
    case Type::Kind::small_integer:
    case Type::Kind::numeric:
    case Type::Kind::float_:
      return true;
    default:
      return false;
  }
}

/// Can the database count in that column by itself?
///
/// Throws: ArgumentError when it cannot, and is told to.
bool can_count(const Column& column) {
  const bool is_told = column.autoincrement() == Autoincrement::yes;
  if (!counts(column.type().kind())) {
    if (!is_told) return false;
    throw ArgumentError("column '" + std::string(column.name()) + "' is of type " +
                        to_string(column.type()) + ", and Autoincrement::yes is for " +
                        "integers");
  }
  if (is_told) return true;
  if (column.server_default() != nullptr && column.identity() == nullptr) return false;
  return column.foreign_keys().empty() ||
         column.autoincrement() == Autoincrement::ignore_foreign_key;
}

}  // namespace

bool ColumnCollectionConstraint::contains(const Column& column) const noexcept {
  return std::find(columns_.begin(), columns_.end(), &column) != columns_.end();
}

Column* PrimaryKeyConstraint::autoincrement_column() const {
  if (columns_.size() == 1) {
    Column* const only = columns_.front();
    return only->autoincrement() != Autoincrement::no && can_count(*only) ? only
                                                                          : nullptr;
  }
  Column* found = nullptr;
  for (Column* column : columns_) {
    if (column->autoincrement() != Autoincrement::yes) continue;
    static_cast<void>(can_count(*column));
    if (found != nullptr) {
      throw ArgumentError("columns '" + std::string(found->name()) + "' and '" +
                          std::string(column->name()) +
                          "' are both Autoincrement::yes, and one of a table can be");
    }
    found = column;
  }
  return found;
}

// -- ForeignKeyConstraint ---------------------------------------------------------------

ForeignKeyConstraint::ForeignKeyConstraint(std::vector<std::string> columns,
                                           std::vector<std::string> refcolumns,
                                           ForeignKeyOptions options)
    : Subclass(std::move(columns), constraint_options(options)),
      foreign_key_options_(std::move(options)) {
  if (keys_.empty() || keys_.size() != refcolumns.size()) {
    throw ArgumentError("a foreign key of " + std::to_string(keys_.size()) +
                        " columns cannot refer to " + std::to_string(refcolumns.size()));
  }
  for (auto key = keys_.begin(); key != keys_.end(); ++key) {
    if (std::find(keys_.begin(), key, *key) != key)
      throw ArgumentError("a foreign key names its column '" + *key + "' twice");
  }
  for (std::string& target : refcolumns) {
    own_elements_.push_back(
        SchemaAccess::make<ForeignKey>(std::move(target), foreign_key_options_));
    elements_.push_back(own_elements_.back().get());
    elements_.back()->constraint_ = this;
    if (elements_.back()->target_table_key() != elements_.front()->target_table_key()) {
      throw ArgumentError("a foreign key refers to one table, and was given '" +
                          elements_.front()->target_fullname() + "' and '" +
                          elements_.back()->target_fullname() + "'");
    }
  }
}

ForeignKeyConstraint::ForeignKeyConstraint(ForeignKey& of_column)
    : Subclass(std::vector<std::string>{of_column.parent()->key()},
               constraint_options(of_column.options())),
      foreign_key_options_(of_column.options()),
      elements_{&of_column},
      is_of_column_(true) {
  of_column.constraint_ = this;
}

ForeignKeyConstraint::ForeignKeyConstraint(ForeignKeyConstraint&& other) noexcept
    : Subclass(std::move(other)),
      foreign_key_options_(std::move(other.foreign_key_options_)),
      own_elements_(std::move(other.own_elements_)),
      elements_(std::move(other.elements_)),
      is_of_column_(other.is_of_column_) {
  for (ForeignKey* element : elements_) element->constraint_ = this;
}

std::string ForeignKeyConstraint::referred_table_key() const {
  return elements_.front()->target_table_key();
}

Table* ForeignKeyConstraint::referred_table_if_any() const {
  const Column* column = elements_.front()->column_if_any();
  return column == nullptr ? nullptr : column->table();
}

Table& ForeignKeyConstraint::referred_table() const {
  return *elements_.front()->column().table();
}

}  // namespace hark
