// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/failure.hpp"

#include <hark/dbapi/error.hpp>
#include <hark/error.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <typeinfo>
#include <utility>

namespace hark::audit::detail {
namespace {

constexpr std::size_t most_values = 4'000'000;  // bytes that are looked for in a message
constexpr std::size_t most_message = 4'000;     // bytes
constexpr std::string_view not_shown = "not shown: it may have values of parameters";

std::string name_of_type(const std::type_info* type) {
  if (type == nullptr) return "unknown";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
  std::string_view name = status == 0 ? readable.get() : type->name();
  for (const std::string_view space : {"hark::", "dbapi::"}) {
    if (name.starts_with(space)) name.remove_prefix(space.size());
  }
  return std::string(name);
}

bool is_part_of_word(char each) noexcept {
  return std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '_';
}

/// Does it stand there on its own, and not within a longer word?
bool is_alone(std::string_view message, std::size_t at, std::size_t size) noexcept {
  const bool begins = at == 0 || !is_part_of_word(message[at - 1]);
  const std::size_t end = at + size;
  return begins && (end == message.size() || !is_part_of_word(message[end]));
}

void remove_value(std::string& message, std::string_view value) {
  constexpr std::size_t least_within_words = 4;
  if (value.empty()) return;
  for (std::size_t at = message.find(value); at != std::string::npos;
       at = message.find(value, at)) {
    if (value.size() >= least_within_words || is_alone(message, at, value.size()))
      message.replace(at, value.size(), "?");
    ++at;
  }
}

bool is_in_value(std::string_view value, std::string_view word) noexcept {
  constexpr std::size_t least_within_words = 4;
  for (std::size_t at = value.find(word); at != std::string_view::npos;
       at = value.find(word, at + 1)) {
    if (word.size() >= least_within_words || is_alone(value, at, word.size()))
      return true;
  }
  return false;
}

/// Takes the value out, and each word that stands in it: databases may show a part of it.
void remove_text(std::string& message, std::string_view value) {
  remove_value(message, value);
  const auto is_of_word = [](char each) {
    return is_part_of_word(each) || (static_cast<unsigned char>(each) & 0x80U) != 0;
  };
  for (auto begin = message.begin(); begin != message.end();) {
    begin = std::find_if(begin, message.end(), is_of_word);
    auto end = std::find_if_not(begin, message.end(), is_of_word);
    if (begin != end &&
        is_in_value(value, {&*begin, static_cast<std::size_t>(end - begin)}))
      end = std::next(message.insert(message.erase(begin, end), '?'));
    begin = end;
  }
}

/// The same for parameters as an error shows them: (1, 'it''s').
std::string without_shown_values(std::string message, std::string_view parameters) {
  const bool are_all_there = !parameters.empty() && !parameters.ends_with("...") &&
                             !parameters.ends_with(" more]");
  if (!are_all_there) return std::string(not_shown);
  std::string value;
  bool is_quoted = false;
  for (std::size_t at = 0; at < parameters.size(); ++at) {
    const char each = parameters[at];
    const bool is_doubled = parameters.substr(at).starts_with("''");
    if (is_quoted ? each != '\'' || is_doubled
                  : std::string_view("'()[], ").find(each) == std::string_view::npos) {
      value += each;
      at += is_quoted && is_doubled ? 1 : 0;
      continue;
    }
    if (each == '\'') is_quoted = !is_quoted;
    remove_text(message, value);
    value.clear();
  }
  return message;
}

/// What was caught first, by the driver or by whoever threw.
const hark::Error* original_of(const hark::Error& error, std::exception_ptr& keeps) {
  const hark::Error* first = &error;
  while (first->original() != nullptr) {
    keeps = first->original();
    try {
      std::rethrow_exception(keeps);
    } catch (const hark::Error& inner) {
      first = &inner;  // `keeps` owns it
    } catch (...) {
      return first;
    }
  }
  return first;
}

/// Behind the first line stand the statement, its parameters and PostgreSQL's DETAIL, under
/// whatever name the server's language has for it.
std::string first_line_of(std::string_view message) {
  return std::string(message.substr(0, std::min(message.find('\n'), most_message)));
}

/// Does the database say what the value was that did not fit?
bool tells_values(const hark::Error& error) noexcept {
  const std::string_view state = error.sqlstate();
  const bool is_raised = state == "P0001" || state == "45000";  // in the user's words
  constexpr std::array duplicates{1062, 1557, 1569, 1586};      // of MySQL
  const bool is_duplicate =
      std::find(duplicates.begin(), duplicates.end(), error.driver_code()) !=
      duplicates.end();
  return is_raised || is_duplicate || state.starts_with("22") ||
         dynamic_cast<const hark::DataError*>(&error) != nullptr ||
         dynamic_cast<const dbapi::DataError*>(&error) != nullptr;
}

/// Were there parameters, as far as is known?
bool may_have_values(const hark::Error& error, const Disclosure& disclosure) noexcept {
  if (disclosure.parameters == nullptr)
    return !error.statement().empty() && error.parameters() != "()";
  const auto& rows = disclosure.parameters->rows();
  return std::any_of(
      rows.begin(), rows.end(), [](const dbapi::Row& row) { return !row.empty(); });
}

std::string message_of(const hark::Error& error, const Disclosure& disclosure) {
  std::exception_ptr keeps;
  const hark::Error& first = *original_of(error, keeps);
  const bool is_of_driver = dynamic_cast<const dbapi::Error*>(&first) != nullptr;
  if (disclosure.shows_values && is_of_driver) return first.what();
  std::string message = first_line_of(first.what());
  if (disclosure.shows_values) return message;
  if (tells_values(first) || may_have_values(error, disclosure))
    message = without_quoted(message);
  if (disclosure.parameters != nullptr)
    return without_values(std::move(message), *disclosure.parameters);
  if (error.statement().empty()) return message;
  return without_shown_values(std::move(message), error.parameters());
}

Failure described(const std::exception_ptr& error, const Disclosure& disclosure) {
  Failure failure;
  try {
    std::rethrow_exception(error);
  } catch (const hark::Error& caught) {
    failure.type = name_of_type(&typeid(caught));
    failure.message = message_of(caught, disclosure);
    failure.sqlstate = caught.sqlstate();
    failure.is_disconnect = caught.is_disconnect();
  } catch (const std::exception& caught) {
    failure.type = name_of_type(&typeid(caught));
    failure.message = caught.what();
  } catch (...) {
    failure.type = name_of_type(abi::__cxa_current_exception_type());
  }
  return failure;
}

bool names_what_follows(std::string_view before) noexcept {
  while (before.ends_with(' ')) before.remove_suffix(1);
  constexpr std::array<std::string_view, 5> words{
      "column", "constraint", "key", "relation", "table"};
  return std::any_of(words.begin(), words.end(), [before](std::string_view word) {
    return before.ends_with(word) &&
           (before.size() == word.size() ||
            !is_part_of_word(before[before.size() - word.size() - 1]));
  });
}

/// Where the quoted value ends that begins at `begin`. It may have quotes in it: its end is
/// known by what comes after, or is the last one.
std::size_t end_of_quoted(std::string_view message, std::size_t begin) noexcept {
  const char quote = message[begin];
  std::size_t last = begin;
  for (std::size_t at = begin + 1; at < message.size(); ++at) {
    if (message[at] != quote) continue;
    last = at;
    constexpr std::array<std::string_view, 5> after{
        " for key ", " for column ", " at row ", " is out of range", " for function "};
    const std::string_view rest = message.substr(at + 1);
    if (std::any_of(after.begin(), after.end(), [rest](std::string_view words) {
          return rest.starts_with(words);
        }))
      return at;
  }
  return last == begin ? message.size() : last;
}

}  // namespace

std::string without_quoted(std::string_view message) {
  std::string shown;
  std::size_t at = 0;
  while (at < message.size()) {
    const std::size_t quote = message.find_first_of("'\"", at);
    shown += message.substr(at, quote - at);
    if (quote == std::string_view::npos) break;
    const std::string_view before = message.substr(0, quote);
    if (names_what_follows(before)) {
      const std::size_t end =
          std::min(message.find(message[quote], quote + 1), message.size() - 1);
      shown += message.substr(quote, end + 1 - quote);
      at = end + 1;
    } else {
      shown += message[quote];
      shown += '?';
      at = end_of_quoted(message, quote);
      if (at < message.size()) shown += message[at++];
    }
  }
  return shown;
}

std::string without_values(std::string message, const dbapi::Parameters& parameters) {
  std::size_t looked = 0;
  for (const dbapi::Row& row : parameters.rows()) {
    for (const dbapi::Value& value : row) {
      if (value.type() == dbapi::Type::null || value.type() == dbapi::Type::boolean)
        continue;
      const bool is_text = value.type() == dbapi::Type::text;
      looked += is_text ? value.view().text().size() + 1 : sizeof(std::int64_t);
      if (looked > most_values) return std::string(not_shown);
      if (is_text) {
        remove_text(message, value.view().text());
      } else {
        remove_value(message, dbapi::to_string(value.view()));
      }
    }
  }
  return message;
}

std::shared_ptr<const Failure> describe_failure(const std::exception_ptr& error,
                                                const Disclosure& disclosure) noexcept {
  if (error == nullptr) return nullptr;
  try {
    return std::make_shared<const Failure>(described(error, disclosure));
  } catch (...) {
    return nullptr;
  }
}

}  // namespace hark::audit::detail
