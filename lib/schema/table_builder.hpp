// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/metadata.hpp>

#include <memory>
#include <string>
#include <vector>

#include "schema/access.hpp"

namespace hark::detail {

/// Declares a table step by step; one that is not finished is not declared.
class TableBuilder {
 public:
  /// A table that is declared nowhere: its name and schema, and nothing else.
  static std::unique_ptr<Table> make_named(MetaData& metadata,
                                           std::string name,
                                           std::string schema);

  /// Tells that the table comes, and gives it its implicit primary key.
  ///
  /// `items` will be attached: constraints among them stand before those that columns
  /// bring.
  TableBuilder(MetaData& metadata,
               std::string name,
               TableOptions options,
               const std::vector<std::unique_ptr<SchemaItem>>& items = {});
  TableBuilder(const TableBuilder&) = delete;
  TableBuilder& operator=(const TableBuilder&) = delete;
  ~TableBuilder();

  Table& table() const noexcept { return *table_; }

  /// `replaces`: does a column take the place of one of the same key?
  void attach(std::unique_ptr<SchemaItem> item, bool replaces = false);
  void set_comment(std::string comment);

  /// The primary key as the database has it, of columns that are there: told as attached
  /// once more.
  void reload_primary_key(const std::vector<std::string>& keys,
                          ConstraintOptions options);

  /// Tells that the table is there.
  Table& finish();

 private:
  static void set_name(Table& table, std::string name, TableOptions options);

  MetaData& metadata_;
  Table* table_ = nullptr;
  bool is_finished_ = false;
};

}  // namespace hark::detail
