// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/value.hpp>
#include <hark/engine/fields.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hark::detail {

template <class Tuple>
inline constexpr bool all_bindable = false;
template <class... Ts>
inline constexpr bool all_bindable<std::tuple<Ts...>> =
    (std::convertible_to<const std::remove_reference_t<Ts>&, dbapi::ValueView> && ...);

template <class T>
concept Bindable = (TupleLike<T> ||
                    PlainStruct<T>)&&all_bindable<fields_t<std::remove_cvref_t<T>>>;

template <class Range>
using iterator_of = decltype(std::begin(std::declval<const Range&>()));

/// A range of tuples or plain structs whose fields can be parameters.
template <class Range>
concept RecordRange = requires(const Range& range) {
  requires std::forward_iterator<decltype(std::begin(range))>;
  std::end(range);
}
&&Bindable<std::iter_value_t<iterator_of<Range>>>;

/// Each of a map's elements would be a row, which nobody wants.
template <class Range>
inline constexpr bool is_map = requires {
  typename Range::mapped_type;
};

/// The rows of parameters that a range of tuples or structs is.
template <RecordRange Range>
class RecordRows final : public dbapi::ParameterRows {
  using Record = std::iter_value_t<iterator_of<Range>>;
  using Reference = std::iter_reference_t<iterator_of<Range>>;
  static constexpr bool is_made = !std::is_reference_v<Reference>;

 public:
  explicit RecordRows(const Range& range) : range_(range), at_(std::begin(range)) {}

  bool next(dbapi::ParameterRow& row) override {
    if (at_ == std::end(range_)) return false;
    if constexpr (is_made) {
      made_.emplace(*at_);
      bind(*made_);
    } else {
      bind(*at_);
    }
    ++at_;
    row = cells_;
    return true;
  }
  void rewind() override { at_ = std::begin(range_); }
  bool keeps_bytes() const noexcept override { return !is_made; }

 private:
  void bind(const Record& record) {
    std::apply([this](const auto&... fields) { cells_ = {dbapi::ValueView(fields)...}; },
               fields_of(record));
  }

  const Range& range_;
  iterator_of<Range> at_;
  std::optional<std::conditional_t<is_made, Record, bool>> made_;
  std::array<dbapi::ValueView, std::tuple_size_v<fields_t<Record>>> cells_;
};

}  // namespace hark::detail
