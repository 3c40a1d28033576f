// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

/// Where a database is and how it is spoken to:
/// `dialect+driver://user:password@host:port/database?key=value`.
///
///     const hark::URL url("sqlite:///music.db");
///
/// What is not ASCII letters and digits in user, password, host and query is
/// percent-encoded; the database is taken as it is. What stands between the first colon
/// and an @ is a password, whatever it is: `host:5432/a@b` has one, `5432/a`.
/// Source: SQLAlchemy lib/sqlalchemy/engine/url.py, URL.
/// Differs: hosts are decoded, the last @ ends the password, an address in brackets is
/// never a user, and a key of the query may have an empty value.
class URL {
 public:
  /// Throws: ArgumentError, which does not show the password.
  explicit URL(std::string_view text);

  std::string drivername;  ///< "sqlite", "postgresql+libpq"
  std::optional<std::string> username{};
  std::optional<std::string> password{};
  std::optional<std::string> host{};
  std::optional<std::uint16_t> port{};
  std::optional<std::string> database{};
  std::vector<std::pair<std::string, std::string>> query{};  ///< in the order given

  /// The part of drivername in front of the plus sign.
  std::string_view dialect_name() const noexcept;

  /// The first value of a key of the query; empty: it is not there.
  std::optional<std::string_view> query_value(std::string_view key) const noexcept;

  /// The URL as text; the password, and those that the query has, are shown as *** unless
  /// asked for.
  std::string render(bool hide_password = true) const;
};

}  // namespace hark
