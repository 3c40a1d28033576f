// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/infile.hpp"

#include <errmsg.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "dialects/mysql/parameters.hpp"

namespace hark::mysql {
namespace {

using dbapi::Type;
using dbapi::ValueView;

/// Copies a message, and returns the error's number.
int tell(std::string_view text, char* message, unsigned size) noexcept {
  if (size == 0) return CR_UNKNOWN_ERROR;
  const std::size_t length = std::min<std::size_t>(text.size(), size - 1);
  std::memcpy(message, text.data(), length);
  message[length] = '\0';
  return CR_UNKNOWN_ERROR;
}

int refuse(void** file, const char* /*name*/, void* /*nobody*/) {
  *file = nullptr;
  return 1;
}

int read_nothing(void* /*file*/, char* /*buffer*/, unsigned /*size*/) { return -1; }

void end_nothing(void* /*file*/) {}

int explain_refusal(void* /*file*/, char* message, unsigned size) {
  return tell(
      "the server asks for a file, and gets none without the option local_infile=true",
      message,
      size);
}

void add_escaped(std::string& lines, std::string_view bytes) {
  for (const char each : bytes) {
    switch (each) {
      case '\0':
        lines += "\\0";
        break;
      case '\n':
        lines += "\\n";
        break;
      case '\t':
        lines += "\\t";
        break;
      case '\\':
        lines += "\\\\";
        break;
      default:
        lines += each;
    }
  }
}

template <class Number>
void add_number(std::string& lines, Number number) {
  std::array<char, 32> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number);
  lines.append(digits.data(), end);
}

void add_value(std::string& lines, const ValueView& value) {
  switch (value.type()) {
    case Type::null:
      lines += "\\N";
      break;
    case Type::boolean:
    case Type::integer:
      add_number(lines, value.integer());
      break;
    case Type::real:
      require_number(value);
      add_number(lines, value.real());
      break;
    case Type::date:
      lines += dbapi::to_iso(value.date());
      break;
    case Type::datetime:
      lines += dbapi::to_iso(value.datetime());
      break;
    case Type::decimal:
      require_number(value);
      [[fallthrough]];
    case Type::text:
    case Type::blob:
      add_escaped(lines, value.text());
      break;
  }
}

}  // namespace

void add_line(std::string& lines, dbapi::ParameterRow row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) lines += '\t';
    add_value(lines, row[i]);
  }
  lines += '\n';
}

void take_files(MYSQL* handle, bool are_given) noexcept {
  if (are_given) {
    mysql_set_local_infile_default(handle);
  } else {
    mysql_set_local_infile_handler(
        handle, refuse, read_nothing, end_nothing, explain_refusal, nullptr);
  }
}

RowFile::RowFile(MYSQL* handle, dbapi::ParameterRows& rows, bool gives_files)
    : handle_(handle), rows_(rows), gives_files_(gives_files) {
  mysql_set_local_infile_handler(handle, begin, read, end, explain, this);
}

void RowFile::rethrow() const {
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

int RowFile::begin(void** file, const char* /*name*/, void* self) {
  *file = self;
  return 0;
}

int RowFile::read(void* self, char* buffer, unsigned size) {
  return static_cast<RowFile*>(self)->copy_to(buffer, size);
}

void RowFile::end(void* /*self*/) {}

int RowFile::explain(void* /*self*/, char* message, unsigned size) {
  return tell("the rows could not be read", message, size);
}

int RowFile::copy_to(char* buffer, std::size_t size) noexcept {
  try {
    if (at_ == lines_.size() && !fill()) return 0;
  } catch (...) {
    failure_ = std::current_exception();
    return -1;
  }
  const std::size_t copied = std::min(size, lines_.size() - at_);
  std::memcpy(buffer, lines_.data() + at_, copied);
  at_ += copied;
  return static_cast<int>(copied);
}

/// false: there are no more rows.
bool RowFile::fill() {
  constexpr std::size_t enough = std::size_t{64} * 1024;
  lines_.clear();
  at_ = 0;
  for (dbapi::ParameterRow row; lines_.size() < enough && rows_.next(row);)
    add_line(lines_, row);
  return !lines_.empty();
}

}  // namespace hark::mysql
