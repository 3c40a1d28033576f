// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/engine/fields.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/engine/value_traits.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark {

/// The names of a result's columns, in order.
using Columns = dbapi::ColumnNames;

namespace detail {

/// What rows are of, for messages.
struct Origin {
  const Columns& columns;
  std::string_view statement;  // empty: it is not known any more
};

/// Throws DataError: the value in that column does not convert to what `wanted` names.
[[noreturn]] void throw_unreadable(const dbapi::ValueView& value,
                                   std::string_view wanted,
                                   std::size_t column,
                                   const Origin& origin);
/// Throws InvalidRequestError.
[[noreturn]] void throw_wrong_width(std::size_t wanted, const Origin& origin);
/// Throws NoSuchColumnError.
[[noreturn]] void throw_no_column(std::size_t column, const Origin& origin);
/// Throws NoSuchColumnError.
std::size_t column_index(std::string_view name, const Origin& origin);

/// One column as a T; `origin` is called for an error.
template <ReadableColumn T, class OriginOf>
[[gnu::always_inline]] inline void read_column(const dbapi::ValueView& value,
                                               T& to,
                                               std::size_t column,
                                               const OriginOf& origin) {
  if (read_value(value, to)) [[likely]]
    return;
  if constexpr (!std::same_as<T, dbapi::ValueView> && !std::same_as<T, dbapi::Value>) {
    throw_unreadable(value, name_of_value<T>(), column, origin());
  }
}

/// Places for values that are written before they are read: to make them NULL first
/// would take as long as to fetch them.
template <std::size_t Count>
class Cells {
 public:
  dbapi::ValueView* data() noexcept {
    return std::launder(reinterpret_cast<dbapi::ValueView*>(bytes_));
  }
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator std::span<dbapi::ValueView>() noexcept { return {data(), Count}; }

 private:
  static_assert(std::is_trivially_copyable_v<dbapi::ValueView>);
  // Arrays of bytes begin the lifetime of what is written into them.
  alignas(dbapi::ValueView) std::byte bytes_[Count * sizeof(dbapi::ValueView)];
};

/// What a row becomes that is read as Ts: one tuple or struct is filled field by field,
/// one value is the only column, several values are a tuple.
template <class... Ts>
struct RowType {
  using type = std::tuple<Ts...>;
};
template <class T>
struct RowType<T> {
  using type = T;
};

template <class T>
inline constexpr bool is_record = TupleLike<T> || PlainStruct<T>;

template <class T>
consteval std::size_t width_of() {
  if constexpr (is_record<T>) {
    return std::tuple_size_v<fields_t<T>>;
  } else {
    return 1;
  }
}

template <class Tuple>
inline constexpr bool any_borrowed = false;
template <class... Ts>
inline constexpr bool any_borrowed<std::tuple<Ts...>> =
    (is_borrowed<std::remove_cvref_t<Ts>> || ...);

/// Does a row of that type look into the cursor's?
template <class T>
consteval bool row_is_borrowed() {
  if constexpr (is_record<T>) {
    return any_borrowed<fields_t<T>>;
  } else {
    return is_borrowed<T>;
  }
}

/// Fills `to` from as many cells as it has fields.
template <class T, class OriginOf>
void read_row(const dbapi::ValueView* cells, T& to, const OriginOf& origin) {
  if constexpr (is_record<T>) {
    std::size_t column = 0;
    std::apply(
        [&](auto&... fields) {
          ((read_column(cells[column], fields, column, origin), ++column), ...);
        },
        fields_of(to));
  } else {
    read_column(*cells, to, 0, origin);
  }
}

/// What can be asked of a row, for a class that has `value(column)` and `origin()`.
template <class Self>
class RowAccess {
 public:
  /// Throws: NoSuchColumnError.
  dbapi::ValueView operator[](std::size_t column) const {
    if (column >= self().size()) throw_no_column(column, self().origin());
    return self().value(column);
  }
  dbapi::ValueView operator[](std::string_view column) const {
    return self().value(column_index(column, self().origin()));
  }

  /// A column as a T; NULL is for std::optional.
  ///
  /// Throws: NoSuchColumnError; DataError for a value that is no T.
  template <class T>
  T get(std::size_t column) const {
    T to{};
    read_column((*this)[column], to, column, [this] { return self().origin(); });
    return to;
  }
  template <class T>
  T get(std::string_view column) const {
    return get<T>(column_index(column, self().origin()));
  }

  /// The whole row: `row.as<int, std::string>()` is a tuple, `row.as<Track>()` a struct.
  ///
  /// Throws: InvalidRequestError for another number of columns; DataError for a value
  /// that does not convert.
  template <class... Ts>
  typename RowType<Ts...>::type as() const {
    using Type = typename RowType<Ts...>::type;
    constexpr std::size_t width = width_of<Type>();
    if (self().size() != width) throw_wrong_width(width, self().origin());
    std::array<dbapi::ValueView, width> cells;
    for (std::size_t i = 0; i < width; ++i) cells[i] = self().value(i);
    Type to{};
    read_row(cells.data(), to, [this] { return self().origin(); });
    return to;
  }

 private:
  const Self& self() const noexcept { return static_cast<const Self&>(*this); }
};

}  // namespace detail

/// A row of its own: it stays when the result goes on.
///
/// Source: SQLAlchemy lib/sqlalchemy/engine/row.py, Row.
class Row : public detail::RowAccess<Row> {
 public:
  Row(dbapi::Row values, std::shared_ptr<const Columns> columns) noexcept
      : values_(std::move(values)), columns_(std::move(columns)) {}

  std::size_t size() const noexcept { return values_.size(); }
  /// Requires: column < size().
  dbapi::ValueView value(std::size_t column) const noexcept {
    return values_[column].view();
  }
  const Columns& columns() const noexcept { return *columns_; }
  detail::Origin origin() const noexcept { return {*columns_, {}}; }

  const dbapi::Row& values() const noexcept { return values_; }
  auto begin() const noexcept { return values_.begin(); }
  auto end() const noexcept { return values_.end(); }

  friend bool operator==(const Row& one, const Row& other) noexcept {
    return one.values_ == other.values_;
  }

 private:
  dbapi::Row values_;
  std::shared_ptr<const Columns> columns_;
};

/// The row on which a result stands.
///
/// Lifetime: it and what is read from it as a view are valid until the next row.
class RowView : public detail::RowAccess<RowView> {
 public:
  explicit RowView(const Result& result) noexcept : result_(&result) {}

  std::size_t size() const noexcept;
  /// Requires: column < size().
  dbapi::ValueView value(std::size_t column) const;
  const Columns& columns() const;
  detail::Origin origin() const;

  /// Copies it.
  Row row() const;

 private:
  const Result* result_;
};

}  // namespace hark
