// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/clause.hpp>
#include <hark/engine/dialect.hpp>

namespace hark {
namespace {

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

/// The end of the quoted text or comment that begins at `start`; `start` if none does.
std::size_t end_of_quoted(std::string_view sql, std::size_t start) noexcept {
  const std::string_view rest = sql.substr(start);
  const auto behind = [&](std::string_view mark, std::size_t from) {
    const std::size_t at = rest.find(mark, from);
    return at == std::string_view::npos ? sql.size() : start + at + mark.size();
  };
  if (rest.starts_with('\'') || rest.starts_with('"') || rest.starts_with('`')) {
    return behind(rest.substr(0, 1), 1);
  }
  if (rest.starts_with("--")) return behind("\n", 2);
  if (rest.starts_with("/*")) return behind("*/", 2);
  return start;
}

}  // namespace

Compiled TextClause::compile(const Dialect& dialect) const {
  Compiled compiled;
  compiled.sql.reserve(sql_.size());
  for (std::size_t i = 0; i < sql_.size();) {
    const std::size_t end = end_of_quoted(sql_, i);
    if (end != i) {
      compiled.sql.append(sql_, i, end - i);
      i = end;
    } else if (sql_.compare(i, 2, "\\:") == 0) {
      compiled.sql += ':';
      i += 2;
    } else if (sql_.compare(i, 2, "::") == 0) {
      compiled.sql += "::";
      i += 2;
    } else if (sql_[i] == ':' && i + 1 < sql_.size() && is_word(sql_[i + 1]) &&
               (i == 0 || !is_word(sql_[i - 1]))) {
      std::size_t stop = i + 1;
      while (stop < sql_.size() && is_word(sql_[stop])) ++stop;
      if (stop < sql_.size() && sql_[stop] == ':') {
        compiled.sql.append(sql_, i, stop - i);
      } else {
        compiled.names.push_back(sql_.substr(i + 1, stop - i - 1));
        compiled.sql += dialect.placeholder(compiled.names.size());
      }
      i = stop;
    } else {
      compiled.sql += sql_[i++];
    }
  }
  return compiled;
}

std::string_view SavepointClause::visit_name() const noexcept {
  switch (kind_) {
    case Kind::savepoint:
      return "savepoint_clause";
    case Kind::rollback_to:
      return "rollback_to_savepoint_clause";
    case Kind::release:
      break;
  }
  return "release_savepoint_clause";
}

Compiled SavepointClause::compile(const Dialect&) const {
  switch (kind_) {
    case Kind::savepoint:
      return {"SAVEPOINT " + name_, {}};
    case Kind::rollback_to:
      return {"ROLLBACK TO SAVEPOINT " + name_, {}};
    case Kind::release:
      break;
  }
  return {"RELEASE SAVEPOINT " + name_, {}};
}

}  // namespace hark
