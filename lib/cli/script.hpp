// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/lexer.hpp"

namespace hark::cli {

using audit::Token;

/// Where something stands in a text.
struct Place {
  std::size_t offset = 0;    ///< in bytes
  std::uint32_t line = 1;    ///< from 1
  std::uint32_t column = 1;  ///< from 1, in characters of UTF-8

  friend bool operator==(const Place&, const Place&) = default;
};

/// The database's shell for which a script was written.
enum class Shell : std::uint8_t { sqlite3, psql, mysql };

/// Of the database that has this URL.
Shell shell_of(std::string_view url) noexcept;

/// A statement of a script, without the white space and comments around it and without
/// its semicolon.
struct Statement {
  std::string_view text;
  Place place;
};

/// A script ends where it can't: inside a string, a quoted name or a comment.
class ScriptError : public Error {
 public:
  ScriptError(std::string_view message, Place place) : Error(message), place_(place) {}
  /// Where what is not closed begins.
  Place place() const noexcept { return place_; }

 private:
  Place place_;
};

/// Cuts SQL into its statements as the shell does: at each semicolon which is in no string,
/// quoted name or comment, and not inside the BEGIN … END of a trigger of SQLite.
/// Statements of nothing but comments are left out; the last needs no semicolon. A line for
/// the shell itself (`.mode csv`, `\c name`) is a statement, which no database will execute;
/// DELIMITER of MySQL's says what ends a statement from there on.
///
///     for (Splitter splitter(text); auto statement = splitter.next();) …
///
/// Lifetime: the text outlives it and its statements, which are parts of it.
/// Source: SQLite src/complete.c, sqlite3_complete; PostgreSQL src/fe_utils/psqlscan.l;
/// MariaDB client/mysql.cc.
class Splitter {
 public:
  explicit Splitter(std::string_view text, Shell shell = Shell::sqlite3) noexcept;

  /// The next statement; empty: there is none.
  ///
  /// Throws: ScriptError; the statement that does not end is not returned.
  std::optional<Statement> next();

 private:
  bool is_shell_command(std::size_t here) const noexcept;
  Token token_at(std::size_t here) const noexcept;
  bool take_delimiter_command(std::size_t here) noexcept;
  Statement take_line() noexcept;
  std::size_t skip_plain(std::size_t end) noexcept;
  Place place_of(std::size_t offset) noexcept;

  const std::string_view text_;
  const Shell shell_;
  const std::size_t first_;  // behind a byte order mark
  std::string_view delimiter_ = ";";
  std::size_t offset_ = first_;
  Place known_{.offset = first_};    // the last place that was asked for
  std::size_t line_start_ = first_;  // of known_.line
};

/// A file of statements, or what stands for one.
class Script {
 public:
  /// Throws: ScriptError.
  Script(std::string name, std::string text, Shell shell = Shell::sqlite3);
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  ~Script() = default;

  const std::string& name() const noexcept { return name_; }
  const std::vector<Statement>& statements() const noexcept { return statements_; }

 private:
  const std::string name_;
  const std::string text_;
  std::vector<Statement> statements_;
};

/// "invoices.sql:12:3"
std::string to_string(std::string_view script, const Place& place);

}  // namespace hark::cli
