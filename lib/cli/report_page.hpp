// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "audit/audit_file_check.hpp"
#include "cli/report_model.hpp"

namespace hark::cli {

/// What a page says besides the report.
struct PageFacts {
  std::string title{};
  std::string file{};  ///< its name
  audit::CheckReport check{};
  std::uint64_t unreadable = 0;  ///< lines
  bool is_torn = false;          ///< the file ends within a line
};

/// How many bytes of statements, parameters and messages a page's timeline has at most.
inline constexpr std::size_t most_timeline_text = std::size_t{8} << 20U;

/// One page of HTML that needs no other file and no network.
std::string report_page(const AuditReport& report, const PageFacts& facts);

}  // namespace hark::cli
