// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema.hpp>

#include <cstddef>

/// The tables that everybody sorts, creates and reflects.
namespace bench {

/// To which other tables the tables refer.
enum class Shape {
  row,    ///< each to the one before
  fan,    ///< all to one
  tree,   ///< each to one in the middle between it and the first, and to one more
  cycle,  ///< as in a row, and the first to the second
};

/// Declares so many of six columns each. By their names, each comes in front of those
/// that it refers to.
void declare_tables(hark::MetaData& metadata, Shape shape, std::size_t count);

/// Declares a table "wide" of so many columns, and what it refers to. A fifth of the
/// columns are foreign keys, one fifth is unique, one is indexed and one is checked.
void declare_wide_table(hark::MetaData& metadata, std::size_t columns);

}  // namespace bench
