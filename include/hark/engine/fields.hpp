// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

/// The fields of tuples and of plain structs, in order.
namespace hark::detail {

template <class T>
concept TupleLike = requires {
  std::tuple_size<std::remove_cvref_t<T>>::value;
};

/// A struct that can be written `T{one, two, …}`: no bases, arrays or constructors.
template <class T>
concept PlainStruct = std::is_class_v<T> && std::is_aggregate_v<T> && !TupleLike<T> &&
                      std::is_default_constructible_v<T>;

struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor)
};

inline constexpr std::size_t most_fields = 24;

template <class T, class... Before>
constexpr std::size_t count_fields() {
  if constexpr (sizeof...(Before) <= most_fields) {
    if constexpr (requires { T{std::declval<Before>()..., Anything{}}; }) {
      return count_fields<T, Before..., Anything>();
    }
  }
  return sizeof...(Before);
}

/// References to the fields, as a tuple.
template <class T>
constexpr auto fields_of(T& object) {
  using Plain = std::remove_cv_t<T>;
  if constexpr (TupleLike<Plain>) {
    return std::apply([](auto&... each) { return std::tie(each...); }, object);
  } else {
    constexpr std::size_t count = count_fields<Plain>();
    static_assert(count <= most_fields, "hark: a struct of at most 24 fields is a row");
    if constexpr (count == 1) {
      auto& [a] = object;
      return std::tie(a);
    } else if constexpr (count == 2) {
      auto& [a, b] = object;
      return std::tie(a, b);
    } else if constexpr (count == 3) {
      auto& [a, b, c] = object;
      return std::tie(a, b, c);
    } else if constexpr (count == 4) {
      auto& [a, b, c, d] = object;
      return std::tie(a, b, c, d);
    } else if constexpr (count == 5) {
      auto& [a, b, c, d, e] = object;
      return std::tie(a, b, c, d, e);
    } else if constexpr (count == 6) {
      auto& [a, b, c, d, e, f] = object;
      return std::tie(a, b, c, d, e, f);
    } else if constexpr (count == 7) {
      auto& [a, b, c, d, e, f, g] = object;
      return std::tie(a, b, c, d, e, f, g);
    } else if constexpr (count == 8) {
      auto& [a, b, c, d, e, f, g, h] = object;
      return std::tie(a, b, c, d, e, f, g, h);
    } else if constexpr (count == 9) {
      auto& [a, b, c, d, e, f, g, h, i] = object;
      return std::tie(a, b, c, d, e, f, g, h, i);
    } else if constexpr (count == 10) {
      auto& [a, b, c, d, e, f, g, h, i, j] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j);
    } else if constexpr (count == 11) {
      auto& [a, b, c, d, e, f, g, h, i, j, k] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k);
    } else if constexpr (count == 12) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
    } else if constexpr (count == 13) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
    } else if constexpr (count == 14) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
    } else if constexpr (count == 15) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
    } else if constexpr (count == 16) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
    } else if constexpr (count == 17) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q);
    } else if constexpr (count == 18) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r);
    } else if constexpr (count == 19) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s);
    } else if constexpr (count == 20) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t);
    } else if constexpr (count == 21) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u);
    } else if constexpr (count == 22) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v] = object;
      return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v);
    } else if constexpr (count == 23) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w] =
          object;
      return std::tie(
          a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w);
    } else if constexpr (count == 24) {
      auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x] =
          object;
      return std::tie(
          a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x);
    }
  }
}

template <class T>
using fields_t = decltype(fields_of(std::declval<T&>()));

}  // namespace hark::detail
