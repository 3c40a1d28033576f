// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cli/script.hpp"

namespace hark::cli {

/// A statement to execute.
struct Step {
  std::string_view text;
  Place place;
  std::uint32_t script;
  std::uint32_t fingerprint;  ///< which kind of statement it is, from 0
};

/// The statements of some scripts in order, and what kinds of them there are.
///
/// Thread safety: shared objects safe once it is made.
class Workload {
 public:
  /// Throws: ScriptError, whose message then begins with the script's name and the place.
  void add(std::string name, std::string text);

  const std::vector<Step>& steps() const noexcept { return steps_; }
  /// How many kinds of statements there are.
  std::size_t kinds() const noexcept { return firsts_.size(); }
  /// What the statements of a kind have in common, for people.
  std::string kind(std::uint32_t fingerprint) const;
  /// "invoices.sql:12:3"
  std::string place_of(const Step& step) const;

 private:
  std::deque<Script> scripts_;
  std::vector<Step> steps_;
  std::vector<std::string_view> firsts_;  // of each kind
  std::unordered_map<std::string, std::uint32_t> by_fingerprint_;
};

}  // namespace hark::cli
