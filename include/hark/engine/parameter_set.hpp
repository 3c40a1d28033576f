// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/value.hpp>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

/// A named value that is still its owner's: `{"id", 7}`.
///
/// Lifetime: name and value are needed for the call that takes it.
struct Parameter {
  std::string_view name;
  dbapi::ValueView value;
};

/// The values of a statement's named parameters: `{{"id", 7}, {"name", "Ada"}}`.
class ParameterSet {
 public:
  using Item = std::pair<std::string, dbapi::Value>;

  ParameterSet() = default;
  ParameterSet(std::initializer_list<Item> items) : items_(items) {}
  explicit ParameterSet(std::vector<Item> items) : items_(std::move(items)) {}
  explicit ParameterSet(std::span<const Parameter> parameters) {
    items_.reserve(parameters.size());
    for (const Parameter& each : parameters) {
      items_.emplace_back(each.name, dbapi::Value(each.value));
    }
  }

  /// Null: there is none of that name.
  const dbapi::Value* find(std::string_view name) const noexcept {
    for (const Item& item : items_) {
      if (item.first == name) return &item.second;
    }
    return nullptr;
  }

  bool empty() const noexcept { return items_.empty(); }
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }

  friend bool operator==(const ParameterSet&, const ParameterSet&) = default;

 private:
  std::vector<Item> items_;
};

using ParameterSets = std::vector<ParameterSet>;

}  // namespace hark
