// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>
#include <string_view>

namespace hark::detail {

/// Percent-encodes all bytes but ASCII letters and digits, `-._~`, and those of `kept`.
std::string percent_encoded(std::string_view plain, std::string_view kept = {});

}  // namespace hark::detail
