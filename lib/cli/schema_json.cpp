// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_json.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace hark::cli {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

/// The numbers of an identity or a sequence that are known.
Json json_of(const IdentityOptions& options) {
  Json made = Json::object();
  const auto add = [&](const char* name, const auto& value) {
    if (value) made[name] = *value;
  };
  add("start", options.start);
  add("increment", options.increment);
  add("min", options.minvalue);
  add("max", options.maxvalue);
  add("cache", options.cache);
  add("cycle", options.cycle);
  if (options.always) made["always"] = true;
  return made;
}

Json json_of(const ReflectedSequence& sequence) {
  Json made{{"name", sequence.name}};
  if (!sequence.schema.empty()) made["schema"] = sequence.schema;
  made.update(json_of(sequence.options));
  return made;
}

Json json_of(const Type& named) {
  return {{"name", named.name()}, {"values", named.enums()}};
}

Json json_of(const ReflectedColumn& column) {
  Json made{{"name", column.name},
            {"type", is_typeless(column.type) ? Json() : Json(to_string(column.type))},
            {"nullable", column.nullable},
            {"default", column.default_ ? Json(*column.default_) : Json()}};
  if (column.computed)
    made["computed"] = {{"sql", column.computed->sqltext},
                        {"stored", column.computed->persisted.value_or(false)}};
  if (column.identity) made["identity"] = json_of(*column.identity);
  if (column.sequence) made["sequence"] = json_of(*column.sequence);
  if (!column.comment.empty()) made["comment"] = column.comment;
  return made;
}

Json json_of(const ReflectedForeignKey& key) {
  return {{"name", or_null(key.name)},
          {"columns", key.constrained_columns},
          {"referred_schema", or_null(key.referred_schema)},
          {"referred_table", key.referred_table},
          {"referred_columns", key.referred_columns},
          {"on_update", or_null(key.options.onupdate)},
          {"on_delete", or_null(key.options.ondelete)},
          {"deferrable", key.options.deferrable ? Json(*key.options.deferrable) : Json()},
          {"initially", or_null(key.options.initially)},
          {"match", or_null(key.options.match)}};
}

Json json_of(const ReflectedUniqueConstraint& unique) {
  return {{"name", or_null(unique.name)}, {"columns", unique.column_names}};
}

Json json_of(const ReflectedCheckConstraint& check) {
  return {{"name", or_null(check.name)}, {"sql", check.sqltext}};
}

/// Of each element its column, or null; and the SQL of those that are more than a column.
Json json_of(const ReflectedIndex& index) {
  Json columns = Json::array();
  for (const std::string& column : index.column_names) columns.push_back(or_null(column));
  Json expressions = Json::array();
  for (std::size_t i = 0; i < index.expressions.size(); ++i) {
    const bool is_column = index.expressions[i] == index.column_names[i];
    expressions.push_back(is_column ? Json() : Json(index.expressions[i]));
  }
  Json made{{"name", index.name},
            {"columns", std::move(columns)},
            {"expressions", expressions.empty() ? Json() : std::move(expressions)},
            {"unique", index.unique},
            {"where", or_null(index.where)}};
  if (!index.prefix.empty()) made["prefix"] = index.prefix;
  if (!index.using_.empty()) made["using"] = index.using_;
  if (!index.parser.empty()) made["parser"] = index.parser;
  if (!index.include_columns.empty()) made["include"] = index.include_columns;
  if (!index.with.empty()) made["with"] = index.with;
  return made;
}

Json json_of(const ViewSnapshot& view) {
  return {{"name", view.name}, {"definition", view.definition}};
}

Json json_of(const VirtualTableSnapshot& table) {
  return {{"name", table.name}, {"definition", table.definition}};
}

Json json_of(const TriggerSnapshot& trigger) {
  return {{"name", trigger.name},
          {"table", trigger.table},
          {"definition", trigger.definition}};
}

template <class Item>
Json json_of(const std::vector<Item>& items) {
  Json made = Json::array();
  for (const Item& item : items) made.push_back(json_of(item));
  return made;
}

Json json_of(const TableSnapshot& table) {
  std::vector<std::string> options = table.options;
  options.insert(options.end(), table.mysql_options.begin(), table.mysql_options.end());
  for (const TableAddition& addition : table.additions) options.push_back(addition.text);
  return {{"name", table.name},
          {"comment", or_null(table.comment)},
          {"columns", json_of(table.columns)},
          {"primary_key",
           {{"name", or_null(table.primary_key.name)},
            {"columns", table.primary_key.constrained_columns}}},
          {"foreign_keys", json_of(table.foreign_keys)},
          {"unique_constraints", json_of(table.unique_constraints)},
          {"check_constraints", json_of(table.check_constraints)},
          {"indexes", json_of(table.indexes)},
          {"options", std::move(options)}};
}

}  // namespace

std::string schema_json(const SchemaSnapshot& schema) {
  Json made{{"dialect", schema.dialect},
            {"tables", Json::array()},
            {"views", json_of(schema.views)},
            {"virtual_tables", json_of(schema.virtual_tables)},
            {"triggers", json_of(schema.triggers)}};
  for (const TableSnapshot& table : schema.tables)
    made["tables"].push_back(json_of(table));
  if (!schema.sequences.empty()) made["sequences"] = json_of(schema.sequences);
  if (!schema.enums.empty()) made["enums"] = json_of(schema.enums);
  // What is no UTF-8 is marked, as a name may be any bytes.
  return made.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hark::cli
