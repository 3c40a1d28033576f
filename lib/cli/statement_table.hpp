// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "cli/screen.hpp"

namespace hark::cli {

/// The rows of statements by kind: KindSummary, StatementGroup. `text_of`: a row's statement.
template <class Rows, class TextOf>
void append_statement_table(std::string& to, const Rows& rows, const TextOf& text_of) {
  constexpr fmt::string_view row =
      "  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>9}  {:>6}  {}\n";
  const auto add = [&to, row](const auto&... cells) {
    fmt::vformat_to(std::back_inserter(to), row, fmt::make_format_args(cells...));
  };
  add("count", "total", "mean", "p50", "p95", "max", "rows", "failed", "statement");
  for (const auto& each : rows)
    add(count_text(each.count),
        duration_text(each.total),
        duration_text(each.mean),
        duration_text(each.p50),
        duration_text(each.p95),
        duration_text(each.max),
        count_text(each.rows),
        count_text(each.failures),
        shortened(text_of(each), widest_statement));
}

}  // namespace hark::cli
