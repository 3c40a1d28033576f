// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

/// How texts that anybody may have written are shown on a terminal.
namespace hark::audit {

/// With one blank where there were several, or the end of a line, and none in front.
std::string on_one_line(std::string_view text);

/// The first characters, with a mark where there are more. What a terminal would obey, and
/// what is no UTF-8, is replaced.
std::string shown(std::string_view text,
                  std::size_t most = std::numeric_limits<std::size_t>::max());

/// "1.23 ms": three digits and a unit.
std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace hark::audit
