// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/target.hpp>
#include <hark/schema/events.hpp>

#include <string_view>

namespace hark {

/// What a database's schema is made of: the base of MetaData, Table, Column, Constraint …
///
/// An item is a target of DDLEvents. It is made where it is declared, and from then on it
/// belongs to what it is a part of: a Table to its MetaData, a Column to its Table. There
/// it stays at its address until the MetaData is destroyed or the Table removed.
///
/// Thread safety: shared objects safe to read; one thread declares.
/// Source: SQLAlchemy lib/sqlalchemy/sql/schema.py, SchemaItem.
class SchemaItem : public event::Target<SchemaItem, DDLEvents> {
 public:
  using parent_type = SchemaItem;

  SchemaItem(const SchemaItem&) = delete;
  SchemaItem& operator=(const SchemaItem&) = delete;
  SchemaItem& operator=(SchemaItem&&) = delete;
  virtual ~SchemaItem();

  /// What it is: "table", "column", "foreign_key_constraint".
  ///
  /// Source: SQLAlchemy, __visit_name__ and the names of classes.
  virtual std::string_view visit_name() const noexcept = 0;

  /// Empty: it has none (yet).
  virtual std::string_view name() const noexcept = 0;

 protected:
  friend struct detail::SchemaAccess;

  SchemaItem() = default;
  SchemaItem(SchemaItem&& other) noexcept = default;
};

}  // namespace hark
