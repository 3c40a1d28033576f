// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

/// What the driver has to know of a statement's text.
namespace hark::mysql {

/// Without the white space and comments in front.
std::string_view skip_blank(std::string_view sql) noexcept;

/// Is its first word one of these, which are in capitals?
bool begins_with_any(std::string_view sql,
                     std::initializer_list<std::string_view> words) noexcept;

/// Is it of a kind that is executed often, or returns rows, so that the server prepares it?
bool is_worth_preparing(std::string_view sql) noexcept;

/// What a statement does to a transaction in two phases.
enum class TwoPhaseStep : std::uint8_t {
  none,
  leaves_open,  ///< XA START, XA END, XA PREPARE: the server does not say that it is open
  ends          ///< XA COMMIT, XA ROLLBACK
};
TwoPhaseStep two_phase_step(std::string_view sql) noexcept;

/// `INSERT INTO t (…) VALUES (?, …)` with the last parentheses `times` times; empty for
/// any other statement.
std::string insert_of_many_rows(std::string_view sql, std::size_t times);

}  // namespace hark::mysql
