// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hark::detail {

/// What a message says behind a name that nobody knows: "; did you mean 'checkout'?".
/// Empty where none of those known is near.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

}  // namespace hark::detail
