// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/dialect.hpp>
#include <hark/engine/fwd.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hark {

/// SQL for a driver, and the names of the parameters in the order of its placeholders.
struct Compiled {
  std::uint64_t key = 0;  ///< of this text alone, in the process; 0: it has none
  std::vector<std::string> names{};
  std::string sql{};

  /// The kind of dialect that it was compiled for, which begins the key.
  std::uint16_t kind() const noexcept {
    return static_cast<std::uint16_t>(key >> kind_shift);
  }
  static constexpr int kind_shift = 48;
};

/// Something that can be executed. Immutable.
///
/// Source: SQLAlchemy lib/sqlalchemy/sql/elements.py, ClauseElement.
class alignas(64) ClauseElement {
 public:
  ClauseElement() = default;
  ClauseElement(const ClauseElement&) = delete;
  ClauseElement& operator=(const ClauseElement&) = delete;
  virtual ~ClauseElement();

  /// What it is: "text", "savepoint_clause".
  virtual std::string_view visit_name() const noexcept = 0;

  /// Its text where it has one: of a text clause, a savepoint's name; for people.
  virtual std::string_view text() const noexcept = 0;

  virtual Compiled compile(const Dialect& dialect) const = 0;

  /// What compile() gives, made once per kind of dialect.
  ///
  /// Lifetime: that of the clause.
  /// Thread safety: shared objects safe.
  const Compiled& compiled(const Dialect& dialect) const {
    const Kept* const newest = kept_.load(std::memory_order_acquire);
    if (newest == nullptr || newest->compiled.kind() != dialect.kind()) [[unlikely]]
      return find_or_compile(dialect);
    return newest->compiled;
  }

 private:
  struct Kept {
    Compiled compiled;
    Kept* next = nullptr;
  };

  [[gnu::cold]] const Compiled& find_or_compile(const Dialect& dialect) const;

  // What an execution reads of it is in one cache line: a clause of many is not in the cache.
  mutable std::atomic<Kept*> kept_{nullptr};  // a list; grows at its head
  mutable Kept first_;                        // of the list
  mutable std::atomic<bool> is_first_taken_{false};
};
using Clause = std::shared_ptr<const ClauseElement>;

/// SQL as text, with parameters written `:name`.
///
/// `\:` is a colon, and `::` is left alone. What stands in quotes is no exception:
/// `'\:x'`. Source: SQLAlchemy lib/sqlalchemy/sql/elements.py, TextClause.
class TextClause final : public ClauseElement {
 public:
  explicit TextClause(std::string sql) : sql_(std::move(sql)) {}
  std::string_view visit_name() const noexcept override { return "text"; }
  std::string_view text() const noexcept override { return sql_; }
  Compiled compile(const Dialect& dialect) const override;

 private:
  std::string sql_;
};

/// Makes a text clause: `connection.execute(text("SELECT … WHERE id = :id"), {{"id",
/// 7}})`.
inline Clause text(std::string sql) {
  return std::make_shared<const TextClause>(std::move(sql));
}

/// SAVEPOINT and its ends.
///
/// Source: SQLAlchemy lib/sqlalchemy/sql/elements.py, SavepointClause.
class SavepointClause final : public ClauseElement {
 public:
  enum class Kind { savepoint, rollback_to, release };
  SavepointClause(Kind kind, std::string name) : kind_(kind), name_(std::move(name)) {}
  std::string_view visit_name() const noexcept override;
  std::string_view text() const noexcept override { return name_; }
  Compiled compile(const Dialect& dialect) const override;

 private:
  Kind kind_;
  std::string name_;
};

}  // namespace hark
