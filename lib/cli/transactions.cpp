// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/transactions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "audit/lexer.hpp"

namespace hark::cli {
namespace {

using audit::equal_folded;
using audit::first_token;
using audit::Token;

using Verb = TransactionControl::Verb;
using Outcome = ScriptTransaction::Outcome;

/// The first words and names of a statement; empty where there are fewer.
class Words {
 public:
  explicit Words(std::string_view sql) noexcept {
    for (std::size_t count = 0; !sql.empty() && count < words_.size();) {
      const Token token = first_token(sql);
      sql.remove_prefix(token.text.size());
      if (token.kind == Token::Kind::blank || token.kind == Token::Kind::comment)
        continue;
      words_[count++] = token.text;
    }
  }

  std::string_view here() const noexcept { return words_[at_]; }
  bool skip(std::string_view keyword) noexcept {
    if (!equal_folded(here(), keyword)) return false;
    ++at_;
    return true;
  }

 private:
  std::array<std::string_view, 6> words_{};
  std::size_t at_ = 0;
};

}  // namespace

std::optional<TransactionControl> transaction_control(std::string_view sql) noexcept {
  Words words(sql);
  const auto skip_noise = [&] { return words.skip("transaction") || words.skip("work"); };
  if (words.skip("begin")) return TransactionControl{.verb = Verb::begin};
  if (words.skip("start")) {
    if (words.skip("transaction")) return TransactionControl{.verb = Verb::begin};
    return std::nullopt;
  }
  if (words.skip("commit") || words.skip("end"))
    return TransactionControl{.verb = Verb::commit};
  if (words.skip("savepoint"))
    return TransactionControl{.verb = Verb::savepoint, .savepoint = words.here()};
  if (words.skip("release")) {
    words.skip("savepoint");
    return TransactionControl{.verb = Verb::release, .savepoint = words.here()};
  }
  if (!words.skip("rollback")) return std::nullopt;
  skip_noise();
  if (!words.skip("to")) return TransactionControl{.verb = Verb::rollback};
  words.skip("savepoint");
  return TransactionControl{.verb = Verb::rollback_to, .savepoint = words.here()};
}

std::string_view name_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::committed:
      return "committed";
    case Outcome::rolled_back:
      return "rolled back";
    case Outcome::left_open:
      return "left open: rolled back";
    case Outcome::ended_by_database:
      return "ended by the database";
  }
  return {};
}

void TransactionLog::note(const Execution& execution, std::string_view sql) {
  const bool is_ok = execution.outcome == Execution::Outcome::ok;
  if (const auto control = transaction_control(sql)) {
    if (is_ok) obey(*control, execution);
    if (!is_ok && open_) ++open_->failures;
    return;
  }
  if (!open_) {
    ++autocommitted_;
    return;
  }
  ++open_->statements;
  if (!is_ok) ++open_->failures;
}

void TransactionLog::obey(const TransactionControl& control, const Execution& execution) {
  switch (control.verb) {
    case Verb::begin:
      // It could not begin if the last one were still open.
      end(Outcome::ended_by_database, execution.begin);
      return begin(execution);
    case Verb::commit:
      return end(Outcome::committed, execution.end);
    case Verb::rollback:
      return end(Outcome::rolled_back, execution.end);
    default:
      return obey_savepoint(control, execution);
  }
}

void TransactionLog::obey_savepoint(const TransactionControl& control,
                                    const Execution& execution) {
  if (control.verb == Verb::savepoint) {
    if (!open_) {
      begin(execution);
      began_with_savepoint_ = true;
    }
    ++open_->savepoints;
    savepoints_.emplace_back(control.savepoint);
    return;
  }
  const auto found =
      std::find_if(savepoints_.rbegin(), savepoints_.rend(), [&](const auto& name) {
        return equal_folded(name, control.savepoint);
      });
  if (found == savepoints_.rend()) return;
  const bool is_kept = control.verb == Verb::rollback_to;
  savepoints_.erase(is_kept ? found.base() : std::prev(found.base()), savepoints_.end());
  if (began_with_savepoint_ && savepoints_.empty())
    end(Outcome::committed, execution.end);
}

void TransactionLog::begin(const Execution& execution) {
  open_ = ScriptTransaction{.first = execution};
}

void TransactionLog::end(Outcome outcome, Moment when) {
  savepoints_.clear();
  began_with_savepoint_ = false;
  if (!open_) return;
  open_->outcome = outcome;
  open_->end = when;
  ended_.push_back(*open_);
  open_.reset();
}

void TransactionLog::finish(Moment end_of_connection) {
  end(Outcome::left_open, end_of_connection);
}

}  // namespace hark::cli
