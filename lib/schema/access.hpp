// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/metadata.hpp>

#include <memory>
#include <utility>

namespace hark::detail {

/// What the module alone may do with items.
struct SchemaAccess {
  /// On the heap, from a temporary as well.
  template <class Item, class... Args>
  static std::unique_ptr<Item> make(Args&&... arguments) {
    return std::unique_ptr<Item>(new Item(std::forward<Args>(arguments)...));
  }

  /// What a caller gives away, on the heap.
  ///
  /// Throws: ArgumentError when it is a part of something already, and stays that.
  template <class Item>
  static std::unique_ptr<Item> take(Item& given) {
    if (given.table_ != nullptr) throw_taken(given, *given.table_);
    return make<Item>(std::move(given));
  }
  /// Adds to a column that is on the heap already.
  static void add(Column& column, CheckConstraint check) { column.add(std::move(check)); }

  [[noreturn]] static void throw_taken(const SchemaItem& item, const Table& table);

  template <class E, class... Args>
  static void emit(const SchemaItem& item, Args&&... arguments) {
    item.emit<E>(std::forward<Args>(arguments)...);
  }

  /// Gives the copy the listeners that were registered with event::propagate.
  static void propagate(const SchemaItem& from, SchemaItem& copy) {
    copy.update_listeners(from, true);
  }

  /// Gives what has no name the one of the MetaData's convention.
  static void name(Constraint& constraint, const Table& table);
  static void name(Index& index, const Table& table);
};

/// Makes `item` a part of `parent` by `act`, and tells before and after it.
template <class Act>
void attach_to(SchemaItem& item, SchemaItem& parent, Act&& act) {
  SchemaAccess::emit<DDLEvents::before_parent_attach>(item, item, parent);
  std::forward<Act>(act)();
  SchemaAccess::emit<DDLEvents::after_parent_attach>(item, item, parent);
}

}  // namespace hark::detail
