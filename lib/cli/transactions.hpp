// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/execution.hpp"

namespace hark::cli {

/// What a statement does to transactions.
struct TransactionControl {
  enum class Verb : std::uint8_t {
    begin,
    commit,
    rollback,
    savepoint,
    release,
    rollback_to,
  };
  Verb verb;
  std::string_view savepoint{};  ///< as it is written
};

/// Empty: nothing.
std::optional<TransactionControl> transaction_control(std::string_view sql) noexcept;

/// A transaction that a script began.
struct ScriptTransaction {
  enum class Outcome : std::uint8_t {
    committed,
    rolled_back,
    left_open,  ///< the script did not end it: it was rolled back with the connection
    ended_by_database,
  };
  Outcome outcome = Outcome::left_open;
  Execution first{};             ///< what began it
  Moment end = 0;                ///< of what ended it
  std::uint64_t statements = 0;  ///< between beginning and end
  std::uint64_t failures = 0;    ///< among them, and of commits
  std::uint64_t savepoints = 0;
};

std::string_view name_of(ScriptTransaction::Outcome outcome) noexcept;

/// Follows the transactions of one connection by its statements.
class TransactionLog {
 public:
  void note(const Execution& execution, std::string_view sql);
  /// The connection is given back.
  void finish(Moment end);

  const std::vector<ScriptTransaction>& transactions() const noexcept { return ended_; }
  /// Statements outside of transactions, which the database commits one by one.
  std::uint64_t autocommitted() const noexcept { return autocommitted_; }

 private:
  void begin(const Execution& execution);
  void end(ScriptTransaction::Outcome outcome, Moment when);
  void obey(const TransactionControl& control, const Execution& execution);
  void obey_savepoint(const TransactionControl& control, const Execution& execution);

  std::vector<ScriptTransaction> ended_;
  std::optional<ScriptTransaction> open_;
  std::vector<std::string> savepoints_;
  bool began_with_savepoint_ = false;
  std::uint64_t autocommitted_ = 0;
};

}  // namespace hark::cli
