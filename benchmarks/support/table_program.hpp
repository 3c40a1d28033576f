// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <functional>
#include <string>

#include "support/figures.hpp"
#include "support/rows.hpp"
#include "support/table.hpp"

namespace bench {

/// A program that measures rows and prints them as a table.
struct TableProgram {
  std::string seconds;  ///< that each repetition takes at least: "0.02"
  std::string notes;    ///< said of the figures before they are there
  std::function<void(Rows&)> add_rows;
  std::function<void(Table&, const Figures&)> print;
};

/// Repeats each row nine times, all of them mixed at random, with a second thread that has
/// dispatched asleep beside.
///
/// Returns: the program's exit code.
int run(const TableProgram& program, int argc, char** argv);

}  // namespace bench
