// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/dbapi/value.hpp>

#include <array>
#include <charconv>
#include <cstring>

namespace hark::dbapi {

std::string_view name_of(Type type) noexcept {
  static constexpr std::array<std::string_view, 9> names{"NULL",
                                                         "boolean",
                                                         "integer",
                                                         "real",
                                                         "text",
                                                         "blob",
                                                         "date",
                                                         "datetime",
                                                         "decimal"};
  return names[static_cast<std::size_t>(type)];
}

void throw_out_of_range(std::uint64_t number) {
  throw hark::DataError("the number " + std::to_string(number) +
                        " does not fit in a signed 64-bit integer");
}

void throw_no_day(const std::chrono::year_month_day& date) {
  throw hark::DataError("there is no day " +
                        std::to_string(static_cast<int>(date.year())) + "-" +
                        std::to_string(static_cast<unsigned>(date.month())) + "-" +
                        std::to_string(static_cast<unsigned>(date.day())));
}

bool operator==(const ValueView& one, const ValueView& other) noexcept {
  if (one.type() != other.type()) return false;
  switch (one.type()) {
    case Type::null:
      return true;
    case Type::boolean:
    case Type::integer:
    case Type::date:
    case Type::datetime:
      return one.integer() == other.integer();
    case Type::real:
      return one.real() == other.real();
    case Type::text:
    case Type::blob:
    case Type::decimal:
      return one.text() == other.text();
  }
  return false;
}

Value::Value(const ValueView& view) { assign(view); }

void Value::assign(const ValueView& view) {
  switch (view.type()) {
    case Type::null:
      value_ = std::monostate();
      break;
    case Type::boolean:
      value_ = view.boolean();
      break;
    case Type::integer:
      value_ = view.integer();
      break;
    case Type::real:
      value_ = view.real();
      break;
    case Type::text:
      if (auto* text = std::get_if<std::string>(&value_)) {
        *text = view.text();
      } else {
        value_ = std::string(view.text());
      }
      break;
    case Type::blob:
      if (auto* blob = std::get_if<Blob>(&value_)) {
        blob->assign(view.blob().begin(), view.blob().end());
      } else {
        value_ = Blob(view.blob().begin(), view.blob().end());
      }
      break;
    case Type::date:
      value_ = view.date();
      break;
    case Type::datetime:
      value_ = view.datetime();
      break;
    case Type::decimal:
      if (auto* number = std::get_if<Decimal>(&value_)) {
        number->digits = view.text();
      } else {
        value_ = Decimal{std::string(view.text())};
      }
      break;
  }
}

void Parameters::assign(std::span<const ValueView> row) {
  if (is_many_ || rows_.size() != 1 || rows_.front().size() != row.size()) [[unlikely]] {
    is_many_ = false;
    rows_.assign(1, Row(row.size()));
  }
  Value* to = rows_.front().data();
  for (const ValueView& value : row) (to++)->assign(value);
}

ValueView Value::view() const noexcept {
  switch (type()) {
    case Type::null:
      break;
    case Type::boolean:
      return {boolean()};
    case Type::integer:
      return {integer()};
    case Type::real:
      return {real()};
    case Type::text:
      return {text()};
    case Type::blob:
      return {blob()};
    case Type::date:
      return {date()};
    case Type::datetime:
      return {datetime()};
    case Type::decimal:
      return {decimal()};
  }
  return {};
}

namespace {

template <class Time>
std::string shown(Time time) {
  try {
    return "'" + to_iso(time) + "'";
  } catch (const DataError&) {
    return "<a time out of range>";
  }
}

}  // namespace

std::string to_string(const ValueView& value) {
  switch (value.type()) {
    case Type::null:
      break;
    case Type::boolean:
      return value.boolean() ? "true" : "false";
    case Type::integer:
      return std::to_string(value.integer());
    case Type::real: {
      std::array<char, 32> text{};
      const auto end =
          std::to_chars(text.data(), text.data() + text.size(), value.real()).ptr;
      return {text.data(), end};
    }
    case Type::text: {
      std::string quoted = "'";
      for (const char c : value.text()) {
        if (c == '\'') quoted += c;
        quoted += c;
      }
      quoted += '\'';
      return quoted;
    }
    case Type::blob:
      return "<" + std::to_string(value.blob().size()) + " bytes>";
    case Type::date:
      return shown(value.date());
    case Type::datetime:
      return shown(value.datetime());
    case Type::decimal:
      return std::string(value.text());
  }
  return "NULL";
}

std::string to_string(const Parameters& parameters) {
  constexpr std::size_t most_rows = 3;
  const auto text_of = [](const Row& row) {
    std::string text = "(";
    for (const Value& value : row) {
      if (text.size() > 1) text += ", ";
      text += to_string(value.view());
    }
    text += ')';
    return text;
  };
  if (!parameters.is_many()) return text_of(parameters.row());
  std::string text = "[";
  std::size_t shown = 0;
  for (const Row& row : parameters.rows()) {
    if (shown != 0) text += ", ";
    if (shown == most_rows) {
      text += std::to_string(parameters.rows().size() - shown) + " more";
      break;
    }
    text += text_of(row);
    ++shown;
  }
  text += ']';
  return text;
}

}  // namespace hark::dbapi
