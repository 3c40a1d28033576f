// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/redaction.hpp>
#include <hark/error.hpp>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/lexer.hpp"

namespace hark::audit {
namespace {

using dbapi::Type;

constexpr auto secrets = std::to_array<std::string_view>({"*password*",
                                                          "*passwd*",
                                                          "*secret*",
                                                          "*token*",
                                                          "*api_key*",
                                                          "*apikey*",
                                                          "*authorization*",
                                                          "*credential*",
                                                          "*private_key*",
                                                          "*passphrase*",
                                                          "*pwd*",
                                                          "pass",
                                                          "*cookie*",
                                                          "*session_id*",
                                                          "*sessionid*",
                                                          "pin",
                                                          "otp",
                                                          "cvv",
                                                          "cvc"});

/// Are they the same, where a `*` of the pattern stands for any characters? The pattern is in
/// small letters.
bool fits(std::string_view pattern, std::string_view text) noexcept {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = std::string_view::npos;
  std::size_t behind_star = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      behind_star = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == folded(text[at])) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++behind_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

[[noreturn]] void throw_openssl(std::string_view attempt) {
  throw Error("OpenSSL could not " + std::string(attempt));
}

/// HMAC-SHA-256 under one key.
class Hmac {
 public:
  explicit Hmac(std::string_view key) : start_(make(), &EVP_MAC_CTX_free) {
    std::string digest = "SHA256";
    const std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    const auto* const bytes = reinterpret_cast<const unsigned char*>(key.data());
    if (start_ == nullptr ||
        EVP_MAC_init(start_.get(), bytes, key.size(), parameters.data()) != 1)
      throw_openssl("make a hash");
  }

  std::string hexadecimal_of(std::string_view message) const {
    const Context context(EVP_MAC_CTX_dup(start_.get()), &EVP_MAC_CTX_free);
    std::array<unsigned char, 32> hash{};
    std::size_t length = 0;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(message.data());
    if (context == nullptr || EVP_MAC_update(context.get(), bytes, message.size()) != 1 ||
        EVP_MAC_final(context.get(), hash.data(), &length, hash.size()) != 1)
      throw_openssl("hash a value");
    std::string made;
    made.reserve(2 * length);
    for (std::size_t i = 0; i < length; ++i) {
      made += "0123456789abcdef"[hash[i] >> 4U];
      made += "0123456789abcdef"[hash[i] & 15U];
    }
    return made;
  }

 private:
  using Context = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

  static EVP_MAC_CTX* make() {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* const made = mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);  // the context keeps it
    return made;
  }

  Context start_;  // with the key, and nothing hashed
};

std::shared_ptr<const Hmac> random_hmac() {
  std::array<unsigned char, 32> key{};
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1)
    throw_openssl("make a random key");
  return std::make_shared<const Hmac>(
      std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
}

void append(std::string& to, std::uint64_t number) {
  for (int i = 0; i < 8; ++i) to += static_cast<char>(number >> (8 * i) & 0xFFU);
}

/// What is hashed: the same for the same values of one type, and for no others.
std::string message_of(const dbapi::Value& value, std::size_t size) {
  std::string message(1, static_cast<char>(value.type()));
  const auto append_bytes = [&](std::string_view bytes) {
    append(message, std::max(size, bytes.size()));
    message += bytes;
  };
  switch (value.type()) {
    case Type::null:
      break;
    case Type::boolean:
      append(message, value.boolean() ? 1 : 0);
      break;
    case Type::integer:
      append(message, static_cast<std::uint64_t>(value.integer()));
      break;
    case Type::real:  // 0.0 is equal to -0.0
      append(message, std::bit_cast<std::uint64_t>(value.real() + 0.0));
      break;
    case Type::text:
      append_bytes(value.text());
      break;
    case Type::blob: {
      const auto* const bytes = reinterpret_cast<const char*>(value.blob().data());
      append_bytes({bytes, value.blob().size()});
      break;
    }
    case Type::date:
      append(message,
             static_cast<std::uint64_t>(value.date().time_since_epoch().count()));
      break;
    case Type::datetime:
      append(message,
             static_cast<std::uint64_t>(value.datetime().time_since_epoch().count()));
      break;
    case Type::decimal:
      append_bytes(value.decimal().digits);
      break;
  }
  return message;
}

/// Not within a character of UTF-8, which has three bytes more at most.
std::size_t end_of_characters(std::string_view text, std::size_t bytes) noexcept {
  const auto is_inside = [&](std::size_t at) {
    return at > 0 && at < text.size() &&
           (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  std::size_t end = bytes;
  while (end + 3 > bytes && is_inside(end)) --end;
  return is_inside(end) ? bytes : end;
}

void leave_out(Parameter& parameter) noexcept {
  parameter.value = {};
  parameter.redaction = Redaction::left_out;
}

void truncate(Parameter& parameter, std::size_t size, std::size_t bytes) {
  if (parameter.value.type() == Type::text) {
    const std::string_view text = parameter.value.text();
    if (std::max(size, text.size()) <= bytes) return;
    const std::size_t end =
        text.size() > bytes ? end_of_characters(text, bytes) : text.size();
    parameter.value = std::string(text.substr(0, end));
  } else if (parameter.value.type() == Type::blob) {
    const dbapi::Blob& blob = parameter.value.blob();
    if (std::max(size, blob.size()) <= bytes) return;
    parameter.value = dbapi::Blob(
        blob.begin(),
        blob.begin() + static_cast<std::ptrdiff_t>(std::min(bytes, blob.size())));
  } else {
    return;
  }
  parameter.redaction = Redaction::truncated;
}

}  // namespace

struct RedactionRules::Rule {
  enum class Subject : std::uint8_t { parameter, column, type, secret };

  Redaction redaction = Redaction::none;
  Subject subject = Subject::parameter;
  std::string pattern{};  // in small letters
  Type type = Type::null;
  std::size_t bytes = 0;  // that a truncation keeps

  static Rule of_parameter(Redaction redaction,
                           std::string_view pattern,
                           std::size_t bytes = 0) {
    return {.redaction = redaction,
            .subject = Subject::parameter,
            .pattern = to_folded(pattern),
            .bytes = bytes};
  }
  static Rule of_column(Redaction redaction,
                        std::string_view pattern,
                        std::size_t bytes = 0) {
    return {.redaction = redaction,
            .subject = Subject::column,
            .pattern = to_folded(pattern),
            .bytes = bytes};
  }
  static Rule of_type(Redaction redaction, Type type, std::size_t bytes = 0) {
    return {
        .redaction = redaction, .subject = Subject::type, .type = type, .bytes = bytes};
  }

  bool fits_column(std::string_view column) const noexcept {
    if (column.empty()) return false;
    return fits(pattern, column) || fits(pattern, column.substr(column.rfind('.') + 1));
  }

  bool fits_parameter(const Parameter& parameter,
                      bool may_be_of_any_column) const noexcept {
    const bool fits_name = !parameter.name.empty() && fits(pattern, parameter.name);
    switch (subject) {
      case Subject::parameter:
        return fits_name;
      case Subject::column:
        return may_be_of_any_column || fits_column(parameter.column);
      case Subject::type:
        return parameter.type == type;
      case Subject::secret:
        break;
    }
    return may_be_of_any_column || fits_name || fits_column(parameter.column);
  }

  bool is_of_column() const noexcept {
    return subject == Subject::column || subject == Subject::secret;
  }
};

struct RedactionRules::Rules {
  std::vector<Rule> rules{};
  std::vector<Rule> last{};  // the built-in ones
  std::shared_ptr<const Hmac> hmac{};
  bool leaves_out_unknown_columns = false;

  const Rule* find(const Parameter& parameter, bool may_be_of_any_column) const noexcept {
    for (const std::vector<Rule>* part : {&rules, &last}) {
      for (const Rule& rule : *part) {
        if (rule.fits_parameter(parameter, may_be_of_any_column)) return &rule;
      }
    }
    return nullptr;
  }
};

RedactionRules::RedactionRules(std::shared_ptr<const Rules> rules) noexcept
    : rules_(std::move(rules)) {}

RedactionRules::RedactionRules() {
  static const std::shared_ptr<const Rules> built_in = [] {
    auto made = std::make_shared<Rules>();
    for (const std::string_view pattern : secrets) {
      made->last.push_back({.redaction = Redaction::left_out,
                            .subject = Rule::Subject::secret,
                            .pattern = std::string(pattern)});
    }
    return made;
  }();
  rules_ = built_in;
}

RedactionRules RedactionRules::none() {
  return RedactionRules(std::make_shared<const Rules>());
}

RedactionRules RedactionRules::leave_out_all() {
  RedactionRules made = none();
  made.leaves_out_all_ = true;
  return made;
}

RedactionRules& RedactionRules::add(Rule rule) {
  auto changed = std::make_shared<Rules>(*rules_);
  if (rule.redaction == Redaction::hashed && changed->hmac == nullptr)
    changed->hmac = random_hmac();
  changed->rules.push_back(std::move(rule));
  rules_ = std::move(changed);
  return *this;
}

RedactionRules& RedactionRules::leave_out_parameter(std::string_view pattern) {
  return add(Rule::of_parameter(Redaction::left_out, pattern));
}
RedactionRules& RedactionRules::leave_out_column(std::string_view pattern) {
  return add(Rule::of_column(Redaction::left_out, pattern));
}
RedactionRules& RedactionRules::leave_out_type(Type type) {
  return add(Rule::of_type(Redaction::left_out, type));
}
RedactionRules& RedactionRules::hash_parameter(std::string_view pattern) {
  return add(Rule::of_parameter(Redaction::hashed, pattern));
}
RedactionRules& RedactionRules::hash_column(std::string_view pattern) {
  return add(Rule::of_column(Redaction::hashed, pattern));
}
RedactionRules& RedactionRules::hash_type(Type type) {
  return add(Rule::of_type(Redaction::hashed, type));
}
RedactionRules& RedactionRules::truncate_parameter(std::string_view pattern,
                                                   std::size_t bytes) {
  return add(Rule::of_parameter(Redaction::truncated, pattern, bytes));
}
RedactionRules& RedactionRules::truncate_column(std::string_view pattern,
                                                std::size_t bytes) {
  return add(Rule::of_column(Redaction::truncated, pattern, bytes));
}
RedactionRules& RedactionRules::truncate_type(Type type, std::size_t bytes) {
  return add(Rule::of_type(Redaction::truncated, type, bytes));
}
RedactionRules& RedactionRules::show_parameter(std::string_view pattern) {
  return add(Rule::of_parameter(Redaction::none, pattern));
}
RedactionRules& RedactionRules::show_column(std::string_view pattern) {
  return add(Rule::of_column(Redaction::none, pattern));
}

RedactionRules& RedactionRules::leave_out_unknown_columns() {
  auto changed = std::make_shared<Rules>(*rules_);
  changed->leaves_out_unknown_columns = true;
  rules_ = std::move(changed);
  return *this;
}

RedactionRules& RedactionRules::hash_key(std::string_view key) {
  auto changed = std::make_shared<Rules>(*rules_);
  changed->hmac = std::make_shared<const Hmac>(key);
  rules_ = std::move(changed);
  return *this;
}

bool RedactionRules::shows_all() const noexcept {
  const auto shows = [](const Rule& rule) { return rule.redaction == Redaction::none; };
  return !leaves_out_all_ && rules_->last.empty() &&
         std::all_of(rules_->rules.begin(), rules_->rules.end(), shows);
}

void RedactionRules::apply(Parameter& parameter,
                           std::size_t size,
                           bool may_be_of_any_column) const {
  if (leaves_out_all_) return leave_out(parameter);
  if (parameter.column.empty() && rules_->leaves_out_unknown_columns)
    may_be_of_any_column = true;
  const Rule* const rule = rules_->find(parameter, may_be_of_any_column);
  if (rule == nullptr) return;
  if (may_be_of_any_column && rule->is_of_column()) return leave_out(parameter);
  switch (rule->redaction) {
    case Redaction::none:
      return;
    case Redaction::left_out:
      return leave_out(parameter);
    case Redaction::hashed:
      parameter.value = rules_->hmac->hexadecimal_of(message_of(parameter.value, size));
      parameter.redaction = Redaction::hashed;
      return;
    case Redaction::truncated:
      truncate(parameter, size, rule->bytes);
      return;
  }
}

}  // namespace hark::audit
