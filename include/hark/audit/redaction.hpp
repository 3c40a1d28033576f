// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/dbapi/value.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace hark::audit {

/// What becomes of the parameters of statements before a handler sees them. Of the rules
/// that fit a parameter the first one counts; where none fits it is shown as it is.
///
///     options.redaction.leave_out_parameter("*token*")
///         .hash_column("users.email")
///         .truncate_type(dbapi::Type::text, 80);
///
/// Names are compared without regard to ASCII case; `*` stands for any characters. A
/// column is compared with and without its table where the statement tells it.
///
/// Thread safety: distinct objects safe; shared objects safe where none changes. Copies share
/// their rules, and the key of their hashes.
/// Throws: Error where OpenSSL fails; std::bad_alloc. Nothing has changed.
class RedactionRules {
 public:
  /// What looks like a secret is left out: *password*, *passwd*, *secret*, *token*,
  /// *api_key*, *apikey*, *authorization*, *credential*, *private_key*, *passphrase*, *pwd*,
  /// pass, *cookie*, *session_id*, *sessionid*, pin, otp, cvv, cvc, as a parameter or a
  /// column. These come after all other rules.
  RedactionRules();
  /// No rule.
  static RedactionRules none();
  /// No parameter is kept.
  static RedactionRules leave_out_all();

  RedactionRules(const RedactionRules&) = default;
  RedactionRules& operator=(const RedactionRules&) = default;
  ~RedactionRules() = default;

  RedactionRules& leave_out_parameter(std::string_view pattern);
  RedactionRules& leave_out_column(std::string_view pattern);
  RedactionRules& leave_out_type(dbapi::Type type);
  RedactionRules& hash_parameter(std::string_view pattern);
  RedactionRules& hash_column(std::string_view pattern);
  RedactionRules& hash_type(dbapi::Type type);
  /// Keeps the first `bytes` of texts and blobs; UTF-8 stays whole. Other values are shown.
  RedactionRules& truncate_parameter(std::string_view pattern, std::size_t bytes);
  RedactionRules& truncate_column(std::string_view pattern, std::size_t bytes);
  RedactionRules& truncate_type(dbapi::Type type, std::size_t bytes);
  RedactionRules& show_parameter(std::string_view pattern);
  RedactionRules& show_column(std::string_view pattern);
  /// A parameter whose column the text does not tell is left out where no rule for its name
  /// or type comes before the first one for a column. Else it is shown, if no rule fits.
  RedactionRules& leave_out_unknown_columns();

  /// The key of the hashes, HMAC-SHA-256: equal values of one type have equal hashes under
  /// one key. Without one, a random key is made with the first rule that hashes. Who has the
  /// key can try out values.
  RedactionRules& hash_key(std::string_view key);

  /// Applies the rules to a parameter with its value as it was bound. `size`: the bytes of
  /// the value, of which `parameter.value` may have the first ones only: its hash is then of
  /// these and the size.
  ///
  /// `may_be_of_any_column`: the text that would tell its column was cut off. It is left out
  /// where there are rules for columns, unless one for its name or its type comes before them.
  void apply(Parameter& parameter,
             std::size_t size,
             bool may_be_of_any_column = false) const;
  bool leaves_out_all() const noexcept { return leaves_out_all_; }
  /// Is there no rule that could keep anything of a parameter from a handler?
  bool shows_all() const noexcept;

 private:
  struct Rule;
  struct Rules;
  explicit RedactionRules(std::shared_ptr<const Rules> rules) noexcept;
  RedactionRules& add(Rule rule);

  std::shared_ptr<const Rules> rules_;  // never null
  bool leaves_out_all_ = false;
};

}  // namespace hark::audit
