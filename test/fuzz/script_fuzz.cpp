// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// The splitter of scripts: its statements end where sqlite3_complete says so, and with what
// is between them they are the script. As psql cuts it, they stand where they say.
#include <sqlite3.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/script.hpp"
#include "fuzz/fuzz.hpp"

namespace hark::test {
namespace {

bool is_complete(std::string_view sql) {
  return sqlite3_complete(std::string(sql).c_str()) == 1;
}

/// Is it nothing but white space, comments and semicolons?
bool is_between_statements(std::string_view text) {
  while (!text.empty()) {
    std::size_t length = 1;
    if (text.starts_with("--")) {
      length = text.find('\n');
    } else if (text.starts_with("/*")) {
      length = text.find("*/", 2);
      if (length != std::string_view::npos) length += 2;
    } else if (std::string_view(" \t\n\f\r;").find(text.front()) ==
               std::string_view::npos) {
      return false;
    }
    text.remove_prefix(length < text.size() ? length : text.size());
  }
  return true;
}

bool is_line_start(std::string_view script, std::size_t offset) {
  return offset == 0 || script[offset - 1] == '\n' ||
         script.substr(0, offset) == "\xEF\xBB\xBF";
}

/// Does no semicolon inside the statement end it?
void expect_no_earlier_end(std::string_view statement) {
  for (std::size_t i = 0; i < statement.size(); ++i) {
    if (statement[i] != ';') continue;
    require(!is_complete(statement.substr(0, i + 1)),
            "a statement ends with its first semicolon that can end it");
  }
}

void expect_pieces(std::string_view script) {
  std::size_t offset = script.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  std::string_view last;
  cli::Splitter splitter(script);
  const auto expect_gap = [&](std::size_t end) {
    require(end >= offset && end <= script.size(), "the statements are in their order");
    const std::string_view gap = script.substr(offset, end - offset);
    require(is_between_statements(gap), "nothing is lost between the statements");
    if (last.empty()) return;
    const bool is_ended = gap.find(';') != std::string_view::npos;
    require(is_ended, "a semicolon ends a statement");
    require(is_complete(std::string(last) + ";"), "a statement is complete");
  };
  try {
    while (const auto statement = splitter.next()) {
      require(!statement->text.empty(), "no statement is empty");
      const auto begin = static_cast<std::size_t>(statement->text.data() - script.data());
      require(begin == statement->place.offset, "a statement stands in its place");
      expect_gap(begin);
      offset = begin + statement->text.size();
      last = {};
      if (statement->text.front() == '.' && is_line_start(script, begin)) {
        require(statement->text.find('\n') == std::string_view::npos,
                "a line of the shell is a line");
        continue;
      }
      expect_no_earlier_end(statement->text);
      last = statement->text;
    }
    require(is_between_statements(script.substr(offset)), "nothing is lost at the end");
  } catch (const cli::ScriptError& error) {
    const std::size_t begin = error.place().offset;
    require(begin >= offset && begin < script.size(),
            "what is not closed is in the script");
    require(!is_complete(std::string(script.substr(begin)) + ";"),
            "what is not closed is not complete");
  }
}

/// As psql cuts it: pieces in their order, each where it says.
void expect_places(std::string_view script) {
  std::size_t offset = 0;
  cli::Splitter splitter(script, cli::Shell::psql);
  try {
    while (const auto statement = splitter.next()) {
      require(!statement->text.empty(), "no statement is empty");
      const auto begin = static_cast<std::size_t>(statement->text.data() - script.data());
      require(begin == statement->place.offset, "a statement stands in its place");
      require(begin >= offset, "the statements are in their order");
      offset = begin + statement->text.size();
      require(offset <= script.size(), "a statement is a part of the script");
    }
  } catch (const cli::ScriptError& error) {
    const std::size_t begin = error.place().offset;
    require(begin >= offset && begin < script.size(),
            "what is not closed is in the script");
  }
}

}  // namespace
}  // namespace hark::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hark::test;
  const std::string_view text = text_of(data, size);
  expect_pieces(text.substr(0, text.find('\0')));  // where sqlite3_complete ends, too
  expect_places(text);
  return 0;
}
