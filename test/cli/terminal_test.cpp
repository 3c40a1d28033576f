// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <string_view>

#include "support/program.hpp"

namespace hark::cli {
namespace {

using test::Finished;
using test::run;

constexpr std::string_view escape = "\x1b";

const std::vector<std::string> trace{"trace", "sqlite://", "-c", "SELECT 1; SELECT x"};

std::vector<std::string> trace_with(const char* option) {
  std::vector<std::string> made = trace;
  made.emplace_back(option);
  return made;
}

bool is_colored(const Finished& shown) {
  return shown.out.find(escape) != std::string::npos;
}

TEST(TerminalTest, HasColors) {
  EXPECT_TRUE(
      is_colored(run(trace, {.environment = {{"TERM", "xterm"}}, .has_terminal = true})));
}

TEST(TerminalTest, HasNoColorsWhereTheyAreUnwanted) {
  const std::pair<std::string, std::string> xterm{"TERM", "xterm"};
  EXPECT_FALSE(is_colored(
      run(trace_with("--no-color"), {.environment = {xterm}, .has_terminal = true})));
  EXPECT_FALSE(is_colored(
      run(trace, {.environment = {xterm, {"NO_COLOR", "1"}}, .has_terminal = true})));
  EXPECT_FALSE(
      is_colored(run(trace, {.environment = {{"TERM", "dumb"}}, .has_terminal = true})));
}

TEST(TerminalTest, GetsColorsAlone) {
  const Finished shown = run(trace);
  EXPECT_FALSE(is_colored(shown));
  EXPECT_EQ(shown.err.find(escape), std::string::npos);
}

/// Without progress, colours, times, what was found by them, and carriage returns.
std::string essence(std::string text) {
  text = std::regex_replace(
      text, std::regex("[0-9,]+ of [0-9,]+ statements, [^\r\n]*\r\x1b\\[K"), "");
  text = std::regex_replace(text, std::regex("\x1b\\[[0-9;]*[mK]|\r"), "");
  text =
      std::regex_replace(text, std::regex("[0-9,]+ waits?(, the longest [^\n]*)?"), "");
  return std::regex_replace(text, std::regex("[0-9.,]+ (ns|µs|ms|s)|[0-9,]+/s| +"), " ");
}

TEST(TerminalTest, ChangesNothingOfTheSummary) {
  const std::vector<std::string> arguments{"trace", "sqlite://", "-c", "SELECT 1"};
  const Finished piped = run(arguments);
  const Finished shown =
      run(arguments, {.environment = {{"TERM", "xterm"}}, .has_terminal = true});
  EXPECT_EQ(essence(shown.out), essence(piped.out));
}

TEST(TerminalTest, ShowsProgress) {
  const std::vector<std::string> arguments{
      "trace",
      "sqlite://",
      "-c",
      "SELECT 1;"
      "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c LIMIT 5000000) "
      "SELECT count(*) FROM c"};
  const std::regex progress("1 of 2 statements, [0-9,]+/s, [0-9]+ s left");

  EXPECT_TRUE(std::regex_search(run(arguments, {.has_terminal = true}).out, progress));
  const Finished piped = run(arguments);
  EXPECT_FALSE(std::regex_search(piped.out + piped.err, progress));
}

TEST(OutputTest, MayBeReadByNobody) {
  for (const auto& arguments :
       {std::vector<std::string>{"events"}, trace, trace_with("--echo")}) {
    const Finished shown = run(arguments, {.is_output_closed = true});
    EXPECT_EQ(shown.code, arguments.size() == 1 ? 0 : 1) << shown.err;
  }
}

TEST(OutputTest, IsChecked) {
  const Finished shown =
      run({"trace", "sqlite://", "-c", "SELECT 1", "--json", "/dev/full"});
  EXPECT_EQ(shown.code, 3);
  EXPECT_EQ(shown.err, "hark: /dev/full: cannot be written: No space left on device\n");
}

}  // namespace
}  // namespace hark::cli
