// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/value.hpp>

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
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

  /// Makes room for so many.
  void reserve(std::size_t size) { items_.reserve(size); }
  /// Adds one behind those that are there.
  void add(std::string_view name, dbapi::Value value) {
    items_.emplace_back(name, std::move(value));
  }

  bool empty() const noexcept { return items_.empty(); }
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }

  friend bool operator==(const ParameterSet&, const ParameterSet&) = default;

 private:
  std::vector<Item> items_;
};

using ParameterSets = std::vector<ParameterSet>;

/// A set without braces: `hark::parameters("id", 7, "name", "Ada")`. Within co_await g++ 12
/// takes no braces.
template <class... NamesAndValues>
ParameterSet parameters(const NamesAndValues&... names_and_values) {
  static_assert(sizeof...(NamesAndValues) % 2 == 0,
                "hark::parameters: a name, its value, a name, its value …");
  ParameterSet made;
  made.reserve(sizeof...(NamesAndValues) / 2);
  const auto all = std::tie(names_and_values...);
  [&]<std::size_t... Is>(std::index_sequence<Is...>) {
    (made.add(std::get<2 * Is>(all), dbapi::Value(std::get<2 * Is + 1>(all))), ...);
  }
  (std::make_index_sequence<sizeof...(NamesAndValues) / 2>());
  return made;
}

}  // namespace hark
