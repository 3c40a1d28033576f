// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <string>

#include "cli/kinds.hpp"
#include "cli/screen.hpp"
#include "cli/summary.hpp"
#include "cli/trace.hpp"
#include "cli/workload.hpp"

namespace hark::cli {

/// A summary for people.
class Report {
 public:
  /// `most`: rows of each table; 0: all.
  Report(const Screen& screen,
         const Workload& workload,
         const Kinds& kinds,
         std::size_t most)
      : screen_(screen), workload_(workload), kinds_(kinds), most_(most) {}

  std::string write(const Trace& trace, const Summary& summary);

 private:
  void write_totals(const Trace& trace, const Summary& summary);
  void write_kinds(const Summary& summary);
  void write_slowest(const Summary& summary);
  void write_failures(const Summary& summary);
  void write_transactions(const Summary& summary);
  void write_repeated(const Summary& summary);
  void write_pool(const ThreadLog::PoolUse& pool);
  void write_events(const Trace& trace);

  void heading(std::string_view text);
  /// How many of `count` rows are shown; says below how many are not.
  std::size_t shown(std::size_t count) const noexcept;
  void mention_rest(std::size_t count);
  std::string place_of(const Execution& execution) const;
  std::string text_of(const Execution& execution) const;

  const Screen& screen_;
  const Workload& workload_;
  const Kinds& kinds_;
  const std::size_t most_;
  std::string out_;
};

/// "    1.23 ms       5 rows  invoices.sql:12:3  SELECT …", with a line's end.
std::string line_of(const Workload& workload, const Execution& execution);

}  // namespace hark::cli
