// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/result.hpp>

#include <cstdint>

/// What AsyncEngine::async_execute() makes of a result: the functions of the same names of
/// Result; without types, of Rows.
///
///     Track track = co_await engine.async_execute(
///         by_id, hark::parameters("id", 7), hark::read::one<Track>, asio::use_awaitable);
///
/// Any other `R(Result&)` does as well, whose R can be made of nothing and does not refer to
/// the result. Throws: as Result.
namespace hark::read {

/// std::vector<T>.
template <class... Ts>
inline constexpr auto all = [](Result& result) {
  if constexpr (sizeof...(Ts) == 0) {
    return result.all();
  } else {
    return result.template all<Ts...>();
  }
};
/// std::optional<T>, the first one; empty: there is none.
template <class... Ts>
inline constexpr auto first = [](Result& result) {
  if constexpr (sizeof...(Ts) == 0) {
    return result.first();
  } else {
    return result.template first<Ts...>();
  }
};
/// T. Throws: NoResultFound, MultipleResultsFound.
template <class... Ts>
inline constexpr auto one = [](Result& result) {
  if constexpr (sizeof...(Ts) == 0) {
    return result.one();
  } else {
    return result.template one<Ts...>();
  }
};
/// std::optional<T>; empty: there is none. Throws: MultipleResultsFound.
template <class... Ts>
inline constexpr auto one_or_none = [](Result& result) {
  if constexpr (sizeof...(Ts) == 0) {
    return result.one_or_none();
  } else {
    return result.template one_or_none<Ts...>();
  }
};
/// std::optional<T>, the first column of the first row; empty: there is no row, or it is NULL.
template <class T>
inline constexpr auto scalar = [](Result& result) { return result.template scalar<T>(); };
/// T. Throws: as one.
template <class T>
inline constexpr auto scalar_one =
    [](Result& result) { return result.template scalar_one<T>(); };
/// std::vector<T>, the first column of all rows.
template <class T>
inline constexpr auto scalars =
    [](Result& result) { return result.template scalars<T>(); };
/// Rows changed; -1: it is not known.
inline constexpr auto rowcount = [](Result& result) -> std::int64_t {
  return result.rowcount();
};

}  // namespace hark::read
