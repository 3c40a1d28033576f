// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cli/script.hpp"

namespace hark::cli {

/// A statement to execute.
struct Step {
  std::string_view text;
  Place place;
  std::uint32_t script;
};

/// The statements of some scripts in order.
///
/// Thread safety: shared objects safe once it is made.
class Workload {
 public:
  explicit Workload(Shell shell = Shell::sqlite3) noexcept : shell_(shell) {}

  /// Throws: ScriptError, whose message then begins with the script's name and the place.
  void add(const std::string& name, std::string text);

  const std::vector<Step>& steps() const noexcept { return steps_; }
  /// "invoices.sql:12:3"
  std::string place_of(const Step& step) const;

 private:
  Shell shell_;
  std::deque<Script> scripts_;
  std::vector<Step> steps_;
};

}  // namespace hark::cli
