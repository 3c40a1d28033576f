// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "audit/lexer.hpp"

namespace hark::audit {
namespace {

/// In order. A word that is missing here is shown as it was written, and no more.
constexpr auto keywords = std::to_array<std::string_view>({
    "abort",       "action",     "add",     "after",     "all",        "alter",
    "always",      "analyze",    "and",     "any",       "as",         "asc",
    "attach",      "before",     "begin",   "between",   "by",         "cascade",
    "case",        "cast",       "check",   "collate",   "column",     "commit",
    "conflict",    "constraint", "create",  "cross",     "database",   "default",
    "deferrable",  "deferred",   "delete",  "desc",      "detach",     "distinct",
    "do",          "drop",       "each",    "else",      "end",        "escape",
    "except",      "exclusive",  "exists",  "explain",   "fail",       "false",
    "filter",      "for",        "foreign", "from",      "full",       "glob",
    "group",       "having",     "if",      "ignore",    "immediate",  "in",
    "index",       "inner",      "insert",  "instead",   "intersect",  "into",
    "is",          "isnull",     "join",    "key",       "left",       "like",
    "limit",       "match",      "natural", "not",       "nothing",    "notnull",
    "null",        "nulls",      "of",      "offset",    "on",         "or",
    "order",       "outer",      "over",    "partition", "plan",       "pragma",
    "primary",     "query",      "raise",   "recursive", "references", "regexp",
    "reindex",     "release",    "rename",  "replace",   "restrict",   "returning",
    "right",       "rollback",   "row",     "rows",      "savepoint",  "select",
    "set",         "table",      "temp",    "temporary", "then",       "to",
    "transaction", "trigger",    "true",    "union",     "unique",     "update",
    "using",       "vacuum",     "values",  "view",      "virtual",    "when",
    "where",       "window",     "with",    "without",
});
static_assert(std::is_sorted(keywords.begin(), keywords.end()));

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> others) {
  return std::find(others.begin(), others.end(), text) != others.end();
}

class Writer {
 public:
  void write(const Token& token) {
    switch (token.kind) {
      case Token::Kind::blank:
      case Token::Kind::comment:
        return;
      case Token::Kind::word:
        return write_word(token.text);
      case Token::Kind::number:
        sign_.reset();
        return write_literal();
      case Token::Kind::string:
        flush_sign();
        return write_literal();
      case Token::Kind::parameter:
        flush_sign();
        return write_operand(is_position(token.text) ? "?" : token.text, true);
      case Token::Kind::identifier:
        flush_sign();
        return write_operand(token.text, false);
      case Token::Kind::semicolon:
      case Token::Kind::symbol:
        return write_symbol(token.text);
    }
  }

  std::string finish() {
    flush_sign();
    return std::move(out_);
  }

 private:
  enum class Previous { nothing, keyword, operand, opening, dot, symbol };

  struct Parenthesis {
    std::size_t at;             // where it stands in out_
    std::size_t others_before;  // of what is no literal, up to it
    bool is_in_list;
    bool is_row;
  };

  struct Row {  // where it stands in out_
    std::size_t at;
    std::size_t length;
  };

  /// `?`, `?1`, `$1`, `:1`, `%s`: parameters without names.
  static bool is_position(std::string_view parameter) noexcept {
    if (parameter == "%s") return true;
    return parameter.find_first_not_of("0123456789", 1) == std::string_view::npos;
  }

  void write_word(std::string_view text) {
    flush_sign();
    const std::string word = to_folded(text);
    const bool is_keyword =
        previous_ != Previous::dot &&
        std::binary_search(keywords.begin(), keywords.end(), std::string_view(word));
    if (is_keyword && is_one_of(word, {"null", "true", "false"}) &&
        !is_one_of(keyword_, {"is", "not", "default", "set"})) {
      return write_literal();
    }
    if (!is_keyword) return write_operand(text, false);
    if (parentheses_.size() == values_depth_) values_depth_.reset();
    if (word == "values") begin_values();
    space();
    out_ += to_upper(word);
    note_other();
    previous_ = Previous::keyword;
    keyword_ = word;
  }

  static std::string to_upper(std::string word) {
    for (char& letter : word) {
      if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    }
    return word;
  }

  void write_literal() { write_operand("?", true); }

  void write_operand(std::string_view text, bool is_literal) {
    space();
    out_ += text;
    if (!is_literal) note_other();
    previous_ = Previous::operand;
    keyword_.clear();
  }

  void write_symbol(std::string_view text) {
    flush_sign();
    const bool is_operand_before = previous_ == Previous::operand ||
                                   (previous_ == Previous::symbol && after_closing_);
    if ((text == "-" || text == "+") && !is_operand_before) {
      sign_ = text[0];
      return;
    }
    if (text == "(") return open();
    if (text == ")") return close();
    if (text == "::") return write_cast();
    if (text == ",") {
      if (values_depth_ == parentheses_.size()) comma_at_ = out_.size();
      out_ += ',';
    } else if (text == ".") {
      out_ += '.';
      note_other();
    } else {
      const bool continues = previous_ == Previous::symbol && !after_closing_ &&
                             out_.ends_with(operator_) && !operator_.empty() &&
                             is_one_of(text, {"=", "<", ">", "|", ":"});
      if (!continues) space();
      out_ += text;
      operator_ = text;
      note_other();
    }
    if (text == "," || text == ".") operator_ = {};
    previous_ = text == "." ? Previous::dot : Previous::symbol;
    after_closing_ = false;
    keyword_.clear();
  }

  /// `a::date`: what follows is a name.
  void write_cast() {
    out_ += "::";
    note_other();
    previous_ = Previous::dot;
    operator_ = {};
    keyword_.clear();
  }

  void open() {
    const bool is_row = values_depth_ == parentheses_.size();
    const bool is_call = previous_ == Previous::operand;
    if (!is_call) space();
    note_other();
    parentheses_.push_back({.at = out_.size(),
                            .others_before = others_,
                            .is_in_list = keyword_ == "in",
                            .is_row = is_row});
    out_ += '(';
    previous_ = Previous::opening;
    keyword_.clear();
  }

  void close() {
    out_ += ')';
    if (!parentheses_.empty()) {
      const Parenthesis closed = parentheses_.back();
      parentheses_.pop_back();
      if (closed.is_in_list && closed.others_before == others_) {
        out_.resize(closed.at);
        out_ += "(?, …)";
      }
      if (closed.is_row) end_row(closed.at);
      if (values_depth_ > parentheses_.size()) values_depth_.reset();
    }
    previous_ = Previous::symbol;
    operator_ = {};
    after_closing_ = true;
    keyword_.clear();
  }

  void begin_values() {
    values_depth_ = parentheses_.size();
    first_row_.reset();
    are_rows_marked_ = false;
  }

  void end_row(std::size_t at) {
    const std::string_view out = out_;
    if (!first_row_) {
      first_row_ = {.at = at, .length = out.size() - at};
    } else if (first_row_->at + first_row_->length <= at &&
               out.substr(at) == out.substr(first_row_->at, first_row_->length)) {
      out_.resize(comma_at_);
      if (!are_rows_marked_) out_ += ", …";
      are_rows_marked_ = true;
    }
  }

  /// The sign was an operator.
  void flush_sign() {
    if (!sign_) return;
    const char sign = *sign_;
    sign_.reset();
    space();
    out_ += sign;
    note_other();
    previous_ = Previous::symbol;
    operator_ = {};
    after_closing_ = false;
    keyword_.clear();
  }

  void space() {
    if (previous_ != Previous::nothing && previous_ != Previous::opening &&
        previous_ != Previous::dot) {
      out_ += ' ';
    }
  }

  /// The list in parentheses is one of nothing but literals no more.
  void note_other() noexcept { ++others_; }

  std::string out_;
  Previous previous_ = Previous::nothing;
  std::string keyword_;         // what stands right before, if it is one
  std::string_view operator_;   // the last character of the operator right before
  bool after_closing_ = false;  // of a parenthesis
  std::optional<char> sign_;    // of a number, or an operator: the next token tells
  std::vector<Parenthesis> parentheses_;
  std::size_t others_ = 0;                   // what was written that is no literal
  std::optional<std::size_t> values_depth_;  // where rows of VALUES stand
  std::optional<Row> first_row_;
  std::size_t comma_at_ = 0;  // the last one between rows
  bool are_rows_marked_ = false;
};

}  // namespace

std::string fingerprint(std::string_view sql, Syntax syntax) {
  Writer writer;
  Scanner scanner(sql, syntax);
  while (const std::optional<Token> token = scanner.next()) writer.write(*token);
  return writer.finish();
}

}  // namespace hark::audit
