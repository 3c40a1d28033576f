// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/detail/counter.hpp>
#include <hark/engine/clause.hpp>
#include <hark/engine/dialect.hpp>

#include <utility>

namespace hark {
namespace {

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

ClauseElement::~ClauseElement() {
  for (Kept* each = kept_.load(); each != nullptr;) {
    Kept* const kept = std::exchange(each, each->next);
    if (kept != &first_) delete kept;
  }
}

const Compiled& ClauseElement::find_or_compile(const Dialect& dialect) const {
  Kept* const head = kept_.load(std::memory_order_acquire);
  for (const Kept* each = head; each != nullptr; each = each->next) {
    if (each->compiled.kind() == dialect.kind()) return each->compiled;
  }
  static constinit detail::Counter keys;
  // Two threads may both add one; both stay.
  Compiled compiled = compile(dialect);
  compiled.key = std::uint64_t{dialect.kind()} << Compiled::kind_shift | keys.next();
  Kept* const made = is_first_taken_.exchange(true) ? new Kept : &first_;
  made->compiled = std::move(compiled);
  made->next = head;
  while (!kept_.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
  }
  return made->compiled;
}

/// Source: SQLAlchemy lib/sqlalchemy/sql/compiler.py, BIND_PARAMS and BIND_PARAMS_ESC.
Compiled TextClause::compile(const Dialect& dialect) const {
  Compiled compiled;
  compiled.sql.reserve(sql_.size());
  const auto at = [&](std::size_t i) { return i < sql_.size() ? sql_[i] : '\0'; };
  for (std::size_t i = 0; i < sql_.size();) {
    const char before = i == 0 ? '\0' : sql_[i - 1];
    const bool is_escaped = sql_[i] == '\\' && at(i + 1) == ':';
    const bool may_begin =
        sql_[i] == ':' && before != ':' && before != '\\' && !is_word(before);
    if (!is_escaped && !may_begin) {
      compiled.sql += sql_[i++];
      continue;
    }
    const std::size_t start = i + (is_escaped ? 2 : 1);
    std::size_t end = start;
    while (is_word(at(end))) ++end;
    const bool is_whole = at(end) != ':';
    if (is_escaped && is_whole) {
      compiled.sql.append(sql_, start - 1, end - start + 1);
    } else if (!is_escaped && is_whole && end != start) {
      compiled.names.push_back(sql_.substr(start, end - start));
      compiled.sql += dialect.placeholder(compiled.names.size());
    } else {
      compiled.sql.append(sql_, i, end - i);
    }
    i = end;
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
      return {.sql = "SAVEPOINT " + name_};
    case Kind::rollback_to:
      return {.sql = "ROLLBACK TO SAVEPOINT " + name_};
    case Kind::release:
      break;
  }
  return {.sql = "RELEASE SAVEPOINT " + name_};
}

}  // namespace hark
