// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hark::audit {

/// A piece of SQL. The pieces of a text, one after the other, are the text.
struct Token {
  enum class Kind : std::uint8_t {
    blank,
    comment,
    word,        ///< a keyword or a name
    identifier,  ///< a name in quotes: "a", `a`, [a]
    number,
    string,  ///< 'a', also with the x of a blob
    parameter,
    semicolon,
    symbol,
  };

  Kind kind;
  bool is_closed = true;  ///< false: the text ended inside a string, name or comment
  std::string_view text;
};

/// The piece with which a text begins, as SQLite's tokenizer cuts it.
///
/// Requires: the text is not empty.
/// Source: SQLite src/complete.c, sqlite3_complete; src/tokenize.c, sqlite3GetToken.
Token first_token(std::string_view text) noexcept;

/// The same as PostgreSQL cuts it: there are $$strings$$, comments in comments, and no names
/// in brackets or backticks.
///
/// `is_escaped`: do backslashes escape in the string that begins here?
/// Source: PostgreSQL src/fe_utils/psqlscan.l.
Token first_postgresql_token(std::string_view text, bool is_escaped) noexcept;

/// The same as MySQL cuts it: backslashes escape, "a" is a string, # begins a comment, and
/// what stands in /*! … */ is none.
///
/// Source: MariaDB client/mysql.cc, add_line.
Token first_mysql_token(std::string_view text) noexcept;

/// Whose rules a text is read by.
enum class Syntax : std::uint8_t {
  any,  ///< not known: what means something in one of the three is read that way
  sqlite,
  postgresql,
  mysql,
};

/// Of a database by OpenTelemetry's db.system.name.
Syntax syntax_of(std::string_view system) noexcept;

/// Cuts a statement into its pieces without blanks and comments. Strings are whole, with what
/// stands before their quotes (E'a', N'a', _utf8'a', $$a$$); `%s` and `%(name)s` are parameters
/// where the syntax is not known; what some versions of MySQL run, /*! … */, is read as they
/// do.
///
/// Lifetime: the text outlives it and its pieces.
/// Cost: linear in the length of the text, whatever it is.
class Scanner {
 public:
  explicit Scanner(std::string_view sql, Syntax syntax = Syntax::any) noexcept
      : rest_(sql), syntax_(syntax) {}

  /// Empty: there are no more.
  std::optional<Token> next() noexcept;

 private:
  Token cut() noexcept;
  Token cut_any() noexcept;
  Token cut_postgresql() const noexcept;
  Token cut_mysql() const noexcept;
  bool is_dollar_string() noexcept;
  bool begins_name_in_brackets() const noexcept;

  std::string_view rest_;
  Syntax syntax_;
  char before_ = ' ';        // the last character of what was cut
  bool is_operand_ = false;  // is the last piece a value or a name?
  int searches_ = 32;        // that may still be made for ends of strings, in vain
};

/// May it stand inside a name? All that is not ASCII may.
bool is_name_char(char c) noexcept;

/// How many characters of a name a text begins with.
std::size_t name_length(std::string_view text) noexcept;

/// Are the two the same but for the case of ASCII letters?
bool equal_folded(std::string_view one, std::string_view other) noexcept;

/// The text with its ASCII letters in small.
std::string to_folded(std::string_view text);

constexpr char folded(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace hark::audit
