// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>

#include "schema/access.hpp"
#include "schema/sort.hpp"
#include "schema/table_builder.hpp"

namespace hark {
namespace {

using detail::SchemaAccess;

constexpr const char* default_index_name = "ix_%(column_0_label)s";

}  // namespace

MetaData::MetaData(MetaDataOptions options) : options_(std::move(options)) {
  if (options_.naming_convention.empty())
    options_.naming_convention.emplace("ix", default_index_name);
}

MetaData::~MetaData() = default;

TableItem::TableItem(Column&& column)
    : item_(SchemaAccess::make<Column>(std::move(column))) {}
TableItem::TableItem(PrimaryKeyConstraint&& constraint)
    : item_(SchemaAccess::make<PrimaryKeyConstraint>(std::move(constraint))) {}
TableItem::TableItem(ForeignKeyConstraint&& constraint)
    : item_(SchemaAccess::make<ForeignKeyConstraint>(std::move(constraint))) {}
TableItem::TableItem(UniqueConstraint&& constraint)
    : item_(SchemaAccess::make<UniqueConstraint>(std::move(constraint))) {}
TableItem::TableItem(CheckConstraint&& constraint)
    : item_(SchemaAccess::make<CheckConstraint>(std::move(constraint))) {}
TableItem::TableItem(Index&& index)
    : item_(SchemaAccess::make<Index>(std::move(index))) {}

MetaData::Items MetaData::taken(std::vector<TableItem> items) {
  Items all;
  all.reserve(items.size());
  for (TableItem& each : items) all.push_back(std::move(each.item_));
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
  sequences_.push_back(SchemaAccess::make<Sequence>(
      std::move(name), std::move(options), std::move(schema)));
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
  by_key_.erase(table.key());
  std::erase_if(tables_, [&](const auto& each) { return each.get() == &table; });
}

void MetaData::clear() {
  by_key_.clear();
  tables_.clear();
  sequences_.clear();
}

}  // namespace hark
