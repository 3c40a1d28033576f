// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>
#include <array>
#include <iterator>

#include "schema/access.hpp"
#include "schema/sort.hpp"
#include "schema/table_builder.hpp"

namespace hark {
namespace {

using detail::SchemaAccess;

constexpr std::array<std::string_view, 5> kinds{"pk", "fk", "uq", "ck", "ix"};
constexpr const char* default_index_name = "ix_%(column_0_label)s";

}  // namespace

MetaData::MetaData(MetaDataOptions options) : options_(std::move(options)) {
  if (options_.naming_convention.empty())
    options_.naming_convention.emplace("ix", default_index_name);
  for (const auto& [kind, convention] : options_.naming_convention) {
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
      throw ArgumentError(
          "a naming convention is for pk, fk, uq, ck or ix, and was given "
          "for '" +
          kind + "'");
  }
}

MetaData::~MetaData() = default;

TableItem::TableItem(Column&& column) : item_(SchemaAccess::take(column)) {}
TableItem::TableItem(PrimaryKeyConstraint&& constraint)
    : item_(SchemaAccess::take(constraint)) {}
TableItem::TableItem(ForeignKeyConstraint&& constraint)
    : item_(SchemaAccess::take(constraint)) {}
TableItem::TableItem(UniqueConstraint&& constraint)
    : item_(SchemaAccess::take(constraint)) {}
TableItem::TableItem(CheckConstraint&& constraint)
    : item_(SchemaAccess::take(constraint)) {}
TableItem::TableItem(Index&& index) : item_(SchemaAccess::take(index)) {}

MetaData::Items MetaData::taken(std::vector<TableItem> items) {
  Items all;
  all.reserve(items.size());
  for (TableItem& each : items) {
    if (each.item_ == nullptr)
      throw ArgumentError("an item that a table is declared with was used already");
    all.push_back(std::move(each.item_));
  }
  return all;
}

Table& MetaData::table(std::string name,
                       TableOptions options,
                       std::vector<TableItem> given) {
  Items items = taken(std::move(given));
  const std::string& schema = options.schema.empty() ? options_.schema : options.schema;
  const std::string key = schema.empty() ? name : schema + "." + name;
  if (Table* there = find(key)) {
    if (items.empty()) return *there;
    throw InvalidRequestError("table '" + key + "' is declared already in this MetaData");
  }
  detail::TableBuilder builder(*this, std::move(name), std::move(options), items);
  for (auto& item : items) builder.attach(std::move(item));
  return builder.finish();
}

Sequence& MetaData::sequence(std::string name,
                             IdentityOptions options,
                             std::string schema) {
  if (schema.empty()) schema = options_.schema;
  sequences_.push_back(
      SchemaAccess::make<Sequence>(std::move(name), options, std::move(schema)));
  return *sequences_.back();
}

Table* MetaData::find(std::string_view key) const noexcept {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

Table& MetaData::operator[](std::string_view key) const {
  if (Table* found = find(key)) return *found;
  throw NoSuchTableError("no table '" + std::string(key) + "' is declared");
}

std::vector<Table*> MetaData::sorted_tables() const {
  std::vector<Table*> by_name;
  for (const auto& [key, table] : by_key_) by_name.push_back(table);
  std::vector<Table*> sorted;
  for (const auto& entry : detail::sort_tables_and_constraints(by_name).tables)
    sorted.push_back(entry.table);
  return sorted;
}

void MetaData::remove(Table& table) {
  if (&table.metadata() != this)
    throw InvalidRequestError("table '" + table.key() + "' is in another MetaData");
  const auto place = place_of(table);
  if (place == tables_.end()) return;
  removed_.push_back(std::move(*place));
  tables_.erase(place);
  by_key_.erase(table.key());
}

/// Forgets a table that nobody can know.
void MetaData::undeclare(Table& table) {
  const auto place = place_of(table);
  if (place == tables_.end()) return;
  by_key_.erase(table.key());
  tables_.erase(place);
}

std::vector<std::unique_ptr<Table>>::iterator MetaData::place_of(const Table& table) {
  return std::find_if(tables_.begin(), tables_.end(), [&](const auto& each) {
    return each.get() == &table;
  });
}

void MetaData::clear() {
  by_key_.clear();
  std::move(tables_.begin(), tables_.end(), std::back_inserter(removed_));
  tables_.clear();
  sequences_.clear();
}

}  // namespace hark
