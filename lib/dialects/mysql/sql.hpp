// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What the driver has to know of a statement's text.
namespace hark::mysql {

/// Is it of a kind that is executed often, or returns rows, so that the server prepares it?
bool is_worth_preparing(std::string_view sql) noexcept;

/// What a statement does to a transaction in two phases.
enum class TwoPhaseStep : std::uint8_t {
  none,
  leaves_open,  ///< XA START, XA END, XA PREPARE: the server does not say that it is open
  ends          ///< XA COMMIT, XA ROLLBACK
};
TwoPhaseStep two_phase_step(std::string_view sql) noexcept;

/// Is it LOAD DATA LOCAL INFILE?
bool loads_rows(std::string_view sql) noexcept;

/// Such a statement that says which character set the file has: its own, or else that one.
std::string with_charset(std::string_view sql, std::string_view charset);

/// A plain INSERT or REPLACE of one row that is `width` parameters, of as many rows as
/// `times`; empty for any other statement.
std::string insert_of_many_rows(std::string_view sql,
                                std::size_t width,
                                std::size_t times);

}  // namespace hark::mysql
