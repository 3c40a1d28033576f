// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "schema/tables.hpp"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace bench {
namespace {

using namespace hark;

std::string table_name(std::size_t number, std::size_t count) {
  char text[32];
  std::snprintf(text, sizeof text, "table_%06zu", count - number);
  return text;
}

/// The numbers of the tables to which that one refers.
std::vector<std::size_t> referred(Shape shape, std::size_t number) {
  if (number == 0) {
    if (shape == Shape::cycle) return {1};
    return {};
  }
  switch (shape) {
    case Shape::row:
    case Shape::cycle:
      return {number - 1};
    case Shape::fan:
      return {0};
    case Shape::tree:
      return {number / 2, number * 7919 % number};
  }
  return {};
}

/// A column that is a foreign key; without a name to refer to, a plain one.
Column column_to(const std::string& name, const std::string& table) {
  if (table.empty()) return {name, Integer()};
  return {name, ForeignKey(table + ".id", {.name = "fk_" + name + "_" + table})};
}

}  // namespace

void declare_tables(MetaData& metadata, Shape shape, std::size_t count) {
  for (std::size_t number = 0; number < count; ++number) {
    std::vector<std::string> to;
    for (const std::size_t other : referred(shape, number))
      to.push_back(table_name(other, count));
    to.resize(2);
    metadata.table(
        table_name(number, count),
        Column("id", Integer(), {.primary_key = true}),
        Column("name", String(120), {.nullable = false}),
        column_to("parent_id", to[0]),
        column_to("other_id", to[1]),
        Column("price", Numeric(10, 2)),
        Column("created",
               DateTime(),
               {.nullable = false, .server_default = text("CURRENT_TIMESTAMP")}));
  }
}

void declare_wide_table(MetaData& metadata, std::size_t columns) {
  metadata.table("other", Column("id", Integer(), {.primary_key = true}));
  std::vector<TableItem> items;
  items.emplace_back(Column("id", Integer(), {.primary_key = true}));
  for (std::size_t number = 1; number < columns; ++number) {
    const std::string name = "column_" + std::to_string(number);
    switch (number % 5) {
      case 1:
        items.emplace_back(Column(name, ForeignKey("other.id")));
        break;
      case 2:
        items.emplace_back(Column(name, String(50), {.unique = true}));
        break;
      case 3:
        items.emplace_back(Column(name, Numeric(10, 2), {.index = true}));
        break;
      case 4:
        items.emplace_back(Column(name, Integer()));
        items.emplace_back(CheckConstraint(name + " > 0"));
        break;
      default:
        items.emplace_back(Column(name, Text()));
    }
  }
  metadata.table("wide", {}, std::move(items));
}

}  // namespace bench
