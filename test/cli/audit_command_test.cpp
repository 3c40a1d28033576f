// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <regex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/program.hpp"

namespace hark::cli {
namespace {

using test::Finished;
using test::Folder;
using test::Program;
using test::run;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& each : lines) text += each + "\n";
  return text;
}

/// Nothing but the ends of lines.
bool has_control(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte < ' ' && byte != '\n') || byte == 0x7F) return true;
    const bool may_be_c1 = byte == 0xC2 && at + 1 < text.size();
    if (may_be_c1 && static_cast<unsigned char>(text[at + 1]) < 0xA0) return true;
  }
  return false;
}

/// Lines whose every text would command a terminal: by ESC, by DEL, and by CSI in one byte.
std::vector<std::string> hostile_lines() {
  const std::string_view time =
      R"("time":"2026-02-03T00:00:00.000000000Z","since":"2026-02-03T00:00:00.000000000Z")";
  std::vector<std::string> lines;
  for (const std::string_view members :
       {R"("type":"file_start","format":1,"hark":"@","program":"@","pid":1,"host":"@",)"
        R"("reason":"@")",
        R"("type":"request_start","id":1,"name":"@","database":{"system":"@","name":"@",)"
        R"("address":"@","url":"@"})",
        R"("type":"event_start","id":2,"request":1,"kind":"statement","name":"@",)"
        R"("statement":{"text":"@","fingerprint":"@","summary":"@","operation":"@"})",
        R"("type":"event_end","id":2,"request":1,"kind":"statement","outcome":"error",)"
        R"("elapsed_ns":7,"ended_by":"@","failure":{"type":"@","message":"@",)"
        R"("sqlstate":"@"})",
        R"("type":"request_end","id":1,"name":"@","outcome":"error","elapsed_ns":9,)"
        R"("events":1,"failure":{"type":"@","message":"@"})",
        R"("type":"loss","reason":"@","event_starts":1)",
        R"("type":"file_end","reason":"@")"}) {
    std::string line = R"({"seq":)" + std::to_string(lines.size() + 1) + ",";
    for (const char c : members) {
      if (c == '@') {
        line += "evil\\u001b]0;pwned\\u0007\\u001b[2J\x7f\xc2\x9b";
        line += "31m";
      } else {
        line += c;
      }
    }
    lines.push_back(line + "," + std::string(time) + R"(,"hash":""})");
  }
  return lines;
}

/// An audit that hark trace has written.
class AuditCommandTest : public testing::Test {
 protected:
  AuditCommandTest() { traced("SELECT 1; SELECT 2; SELECT 3; SELECT nope"); }

  Finished traced(const std::string& sql, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"trace", "sqlite://", "-c", sql, "--audit", path_});
    return run(options);
  }

  Finished audit(const char* command, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"audit", command, path_});
    return run(options);
  }

  std::vector<std::string> lines() const { return lines_of(folder_.read("audit.jsonl")); }
  void write(const std::vector<std::string>& lines) {
    folder_.write("audit.jsonl", text_of(lines));
  }

  /// "SEQ:HASH" as verify shows it.
  std::string last_line() {
    std::smatch found;
    const std::string shown = audit("verify").out;
    EXPECT_TRUE(std::regex_search(shown, found, std::regex("last (\\d+:[0-9a-f]{64})")))
        << shown;
    return found[1];
  }

  void expect_fault(const std::string& said) {
    const Finished shown = audit("verify");
    EXPECT_EQ(shown.code, 1);
    EXPECT_EQ(shown.out.rfind(said, 0), 0U) << shown.out;
    EXPECT_TRUE(contains(shown.out, path_ + ": not intact, ")) << shown.out;
  }

  Folder folder_;
  std::string path_ = folder_.path("audit.jsonl");
};

// -- trace ------------------------------------------------------------------------------

TEST_F(AuditCommandTest, TraceRecordsEachStatement) {
  std::vector<std::string> statements;
  for (const std::string& line : lines()) {
    const auto json = nlohmann::json::parse(line);
    if (json["type"] == "event_start" && json["kind"] == "statement")
      statements.push_back(json["statement"]["text"]);
  }
  EXPECT_EQ(
      statements,
      (std::vector<std::string>{"SELECT 1", "SELECT 2", "SELECT 3", "SELECT nope"}));
}

TEST_F(AuditCommandTest, TraceRecordsWhatAllThreadsDo) {
  traced("SELECT 7", {"--threads", "4", "--repeat", "50"});
  const std::vector<std::string> all = lines();
  EXPECT_EQ(std::count_if(all.begin(),
                          all.end(),
                          [](const std::string& line) {
                            return contains(line, R"("text":"SELECT 7")");
                          }),
            200);
  EXPECT_EQ(audit("verify").code, 0);
}

TEST_F(AuditCommandTest, TraceRefusesAFileThatItCannotWrite) {
  path_ = "/nowhere/at/all";
  const Finished refused = traced("CREATE TABLE t(a)");
  EXPECT_EQ(refused.code, 3);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(refused.err,
            "hark: /nowhere/at/all: cannot be opened: No such file or directory\n");
}

TEST_F(AuditCommandTest, TraceTellsWhatAFullDiskDidNotTake) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{16'384, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  const Finished shown = traced("SELECT 1", {"--repeat", "200"});
  setrlimit(RLIMIT_FSIZE, &before);

  EXPECT_EQ(shown.code, 3);
  EXPECT_TRUE(std::regex_search(
      shown.err,
      std::regex("audit.jsonl: not all was recorded: lost were .*failed call")))
      << shown.err;
  EXPECT_TRUE(std::regex_search(
      shown.err, std::regex("audit.jsonl: the last \\d+ accepted lines? could not be")))
      << shown.err;
}

TEST_F(AuditCommandTest, TraceRefusesAFileThatIsNoAudit) {
  path_ = folder_.write("other", "dear diary\n");
  EXPECT_EQ(traced("SELECT 1").code, 3);
  EXPECT_EQ(folder_.read("other"), "dear diary\n");
}

TEST_F(AuditCommandTest, TraceRefusesACollectorThatIsNone) {
  EXPECT_EQ(run({"trace", "sqlite://", "-c", "SELECT 1", "--otlp", "nonsense"}).code, 2);
  EXPECT_EQ(run({"trace",
                 "sqlite://",
                 "-c",
                 "SELECT 1",
                 "--otlp",
                 "http://localhost:1",
                 "--otlp-header",
                 "no sign"})
                .code,
            2);
  EXPECT_EQ(run({"trace", "sqlite://", "-c", "SELECT 1", "--otlp-header", "a=b"}).code,
            2);
}

TEST_F(AuditCommandTest, TraceTellsWhatNoCollectorGot) {
  const std::vector<std::string> arguments{
      "trace", "sqlite://", "-c", "SELECT 1", "--otlp", "http://127.0.0.1:1/v1/traces"};
  const Finished shown =
      run(arguments, {.environment = {{"OTEL_BSP_EXPORT_TIMEOUT", "10"}}});
  EXPECT_EQ(shown.code, 3);
  EXPECT_TRUE(std::regex_search(
      shown.err, std::regex("hark: the collector: \\d+ of \\d+ spans were not accepted")))
      << shown.err;
}

// -- verify -----------------------------------------------------------------------------

TEST_F(AuditCommandTest, VerifySaysThatAllIsIntact) {
  const std::size_t count = lines().size();
  const Finished shown = audit("verify");
  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.err, "");
  const std::string number = std::to_string(count);
  EXPECT_TRUE(std::regex_match(
      shown.out,
      std::regex(".*audit.jsonl: intact: " + number + " lines in 1 file, seq 1 to " +
                 number + "; last " + number + ":[0-9a-f]{64}\n")))
      << shown.out;
}

TEST_F(AuditCommandTest, VerifyNamesAnEditedLine) {
  auto all = lines();
  const auto edited = std::find_if(all.begin(), all.end(), [](const std::string& line) {
    return line.find("SELECT") != std::string::npos;
  });
  ASSERT_NE(edited, all.end());
  edited->replace(edited->find("SELECT"), 6, "DELETE");
  write(all);
  const std::string number = std::to_string(edited - all.begin() + 1);
  expect_fault(path_ + ":" + number +
               ": edited: what it says does not fit its hash (seq " + number + ")\n");
}

TEST_F(AuditCommandTest, VerifyNamesAMissingLine) {
  auto all = lines();
  all.erase(all.begin() + 7);
  write(all);
  expect_fault(path_ + ":8: missing: the line of seq 8 should stand before it (seq 9)\n");
}

TEST_F(AuditCommandTest, VerifyNamesASwappedPair) {
  auto all = lines();
  std::swap(all[7], all[8]);
  write(all);
  expect_fault(path_ +
               ":8: reordered: the line of seq 8 should stand before it, and is " +
               "line 9 of " + path_ + " (seq 9)\n");
}

TEST_F(AuditCommandTest, VerifyNamesARepeatedLine) {
  auto all = lines();
  all.insert(all.begin() + 7, all[6]);
  write(all);
  expect_fault(path_ +
               ":8: repeated: a line of this seq has been there before (seq 7)\n");
}

TEST_F(AuditCommandTest, VerifyNamesATailThatWasCutOff) {
  auto all = lines();
  all.resize(9);
  write(all);
  expect_fault(path_ + ":9: truncated: the last line is no file_end: ");
}

TEST_F(AuditCommandTest, VerifyNamesATornLine) {
  auto all = lines();
  const std::string last = all.back();
  all.pop_back();
  folder_.write("audit.jsonl", text_of(all) + last.substr(0, 20));
  expect_fault(path_ + ":" + std::to_string(all.size() + 1) +
               ": torn: the last line is not whole: 20 bytes\n");
}

TEST_F(AuditCommandTest, VerifyExpectsALineThatWasTheLastOne) {
  const std::string kept = last_line();
  EXPECT_EQ(audit("verify", {"--expect-last", kept}).code, 0);
  traced("SELECT 4");
  EXPECT_EQ(audit("verify", {"--expect-last", kept}).code, 0);

  std::filesystem::remove(path_);
  traced("SELECT 1; SELECT 2; SELECT 3; SELECT nope");
  EXPECT_EQ(audit("verify").code, 0);
  const Finished other = audit("verify", {"--expect-last", kept});
  EXPECT_EQ(other.code, 1);
  EXPECT_TRUE(contains(other.out, "edited: its hash is not the one that was expected"));
}

TEST_F(AuditCommandTest, VerifyWantsAnExpectationThatIsOne) {
  const std::string hash(64, '0');
  for (const std::string& wrong : std::vector<std::string>{
           "7", "7:12", "x:" + hash, hash, ":" + hash, "7:" + hash + "0"})
    EXPECT_EQ(audit("verify", {"--expect-last", wrong}).code, 2) << wrong;
}

TEST_F(AuditCommandTest, VerifyNeedsTheKeyThatTraceHad) {
  const std::string key = folder_.write("key", "secret\n");
  const std::string other = folder_.write("other", "guess\n");
  std::filesystem::remove(path_);
  EXPECT_EQ(traced("SELECT 1", {"--audit-key", key}).code, 0);

  EXPECT_EQ(audit("verify", {"--key-file", key}).code, 0);
  for (const auto& options : {std::vector<std::string>{}, {"--key-file", other}}) {
    const Finished shown = audit("verify", options);
    EXPECT_EQ(shown.code, 1);
    EXPECT_TRUE(contains(shown.out, ":1: wrong key: ")) << shown.out;
  }
  EXPECT_EQ(audit("verify", {"--key-file", "/nowhere/at/all"}).code, 3);
  EXPECT_EQ(audit("verify", {"--key-file", folder_.write("empty", "\n")}).code, 2);
}

TEST_F(AuditCommandTest, VerifyAcceptsCrashesWhereItIsTold) {
  auto all = lines();
  all.pop_back();
  write(all);
  traced("SELECT 5");

  const Finished strict = audit("verify");
  EXPECT_EQ(strict.code, 1);
  EXPECT_TRUE(contains(strict.out, ": truncated: the run before has no file_end: "));
  const Finished lenient = audit("verify", {"--accept-crashes"});
  EXPECT_EQ(lenient.code, 0) << lenient.out;
  EXPECT_TRUE(contains(lenient.out, "1 run without an end\n"));
}

TEST_F(AuditCommandTest, VerifyReadsWhatWasRotatedAway) {
  // As the handler would: the second run goes on in a file of its own.
  std::filesystem::rename(path_, path_ + ".1");
  traced("SELECT 8");
  const Finished both = audit("verify");
  EXPECT_EQ(both.code, 0) << both.out;
  EXPECT_TRUE(contains(both.out, "lines in 2 files, seq 1 to "));

  EXPECT_EQ(run({"audit", "verify", path_, path_ + ".1"}).out, both.out);
  EXPECT_EQ(run({"audit", "verify", path_ + ".1"}).code, 0);
  std::filesystem::remove(path_ + ".1");
  expect_fault(path_ + ":1: truncated: the files before it are gone, of which all were " +
               "to be kept (seq ");
  EXPECT_TRUE(contains(audit("verify").out, "what was written before is not there"));
}

TEST_F(AuditCommandTest, VerifyFailsWhereNoFileIs) {
  const Finished shown = run({"audit", "verify", "/nowhere/at/all"});
  EXPECT_EQ(shown.code, 3);
  EXPECT_EQ(shown.err,
            "hark: /nowhere/at/all: cannot be read: No such file or directory\n");
  EXPECT_EQ(run({"audit", "verify"}).code, 2);
  EXPECT_EQ(run({"audit"}).code, 2);
  EXPECT_EQ(run({"audit", "verify", "/"}).code, 3);
}

// -- summary ----------------------------------------------------------------------------

TEST_F(AuditCommandTest, SummaryCountsByKindAndOutcome) {
  const Finished shown = audit("summary");
  EXPECT_EQ(shown.code, 0);
  EXPECT_TRUE(contains(shown.out, "1 request, ")) << shown.out;
  EXPECT_TRUE(contains(shown.out, "4 statements, 3 rows, "));
  EXPECT_TRUE(contains(shown.out, "0 requests and 1 statement failed"));
  EXPECT_TRUE(
      std::regex_search(shown.out, std::regex("\n  statement +3 +1 +0 +0  .*s\n")));
  EXPECT_TRUE(
      std::regex_search(shown.out, std::regex("\n +3 (.*s){5} +3 +0  SELECT \\?\n")))
      << shown.out;
  EXPECT_TRUE(
      contains(shown.out, "\n         1  OperationalError  no such column: nope\n"));
}

TEST_F(AuditCommandTest, SummaryLeavesOutRowsAndSaysSo) {
  EXPECT_TRUE(contains(audit("summary", {"--top", "1"}).out, "  … and 1 more\n"));
}

TEST_F(AuditCommandTest, SummaryTellsOfLossesAndOfLinesThatItCannotRead) {
  auto all = lines();
  all.insert(all.end() - 1,
             {"nonsense",
              R"({"seq":99,"type":"loss","time":"2026-02-03T00:00:00.000000000Z",)"
              R"("reason":"the disk is full","since":"2026-02-03T00:00:00.000000000Z",)"
              R"("event_starts":7,"event_ends":2,"hash":""})"});
  write(all);
  const Finished shown = audit("summary");
  EXPECT_EQ(shown.code, 0);
  EXPECT_TRUE(contains(shown.out, "1 line could not be read: hark audit verify"));
  EXPECT_TRUE(contains(
      shown.out,
      "\nLost\n  7 events, 0 requests, 2 ends: could not be written: the disk is full"))
      << shown.out;
}

TEST_F(AuditCommandTest, SummaryShowsNothingThatATerminalWouldObey) {
  write(hostile_lines());
  const Finished shown = audit("summary");
  EXPECT_EQ(shown.code, 0);
  EXPECT_FALSE(contains(shown.out, "could not be read")) << shown.out;
  EXPECT_TRUE(contains(shown.out, "\nFailures\n"));
  EXPECT_TRUE(contains(shown.out, "\nLost\n"));
  EXPECT_FALSE(has_control(shown.out)) << shown.out;
}

TEST_F(AuditCommandTest, SummaryFailsWhereNoFileIs) {
  EXPECT_EQ(run({"audit", "summary", "/nowhere/at/all"}).code, 3);
}

// -- report -----------------------------------------------------------------------------

TEST_F(AuditCommandTest, ReportChecksAChainWithItsKey) {
  const std::string key = folder_.write("key", "secret\n");
  const std::string other = folder_.write("other", "guess\n");
  std::filesystem::remove(path_);
  EXPECT_EQ(traced("SELECT 1", {"--audit-key", key}).code, 0);
  const auto report = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments{"report", path_, "-o", "-"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run(arguments).out;
  };

  EXPECT_TRUE(contains(report({"--key-file", key}), "The hash chain is intact: "));
  EXPECT_TRUE(contains(report({"--key-file", other}), "The hash chain is broken: "));
  EXPECT_TRUE(contains(report({}), "The hash chain was not checked: it has a key"));
  EXPECT_FALSE(contains(report({}), "The hash chain is broken: "));
  EXPECT_EQ(run({"report", path_, "-o", "-", "--key-file", "/nowhere/at/all"}).code, 3);

  auto all = lines();
  const std::size_t at = all[2].find("\"seq\":3,") + 10;
  all[2].insert(at, " ");
  write(all);
  EXPECT_TRUE(contains(report({"--key-file", key}), "The hash chain is broken: "));
  all.erase(all.begin() + 2);
  write(all);
  EXPECT_TRUE(contains(report({}), "The hash chain is broken: "));
}

TEST_F(AuditCommandTest, ReportMakesAFileForItsOwnerAlone) {
  namespace fs = std::filesystem;
  const std::string page = folder_.path("page.html");
  EXPECT_EQ(run({"report", path_, "-o", page}).code, 0);
  EXPECT_EQ(fs::status(page).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

// -- tail -------------------------------------------------------------------------------

TEST_F(AuditCommandTest, TailShowsTheLastLinesReadably) {
  const Finished shown = audit("tail", {"-n", "3"});
  EXPECT_EQ(shown.code, 0);
  const auto all = lines_of(shown.out);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(std::regex_match(
      all[1],
      std::regex("20..-..-.. ..:..:..\\.\\d{6}  request 1 +ok +.*s  \\d+ events")))
      << all[1];
  EXPECT_TRUE(std::regex_match(all[2], std::regex(".*  file +closed +"))) << all[2];
}

TEST_F(AuditCommandTest, TailShowsNothingThatATerminalWouldObey) {
  auto all = hostile_lines();
  all.emplace_back("no line at all: \x1b[2J");
  write(all);
  const Finished shown = audit("tail");
  EXPECT_EQ(shown.code, 0);
  const auto lines = lines_of(shown.out);
  ASSERT_EQ(lines.size(), all.size()) << shown.out;
  for (std::size_t each = 0; each + 1 < lines.size(); ++each)
    EXPECT_TRUE(
        contains(lines[each], "evil\uFFFD]0;pwned\uFFFD\uFFFD[2J\uFFFD\uFFFD\uFFFD31m"))
        << lines[each];
  EXPECT_EQ(lines.back(), "no line at all: \uFFFD[2J");
  EXPECT_FALSE(has_control(shown.out)) << shown.out;
}

TEST_F(AuditCommandTest, TailShowsTheLinesAsTheyAre) {
  const auto all = lines();
  EXPECT_EQ(audit("tail", {"--json", "-n", "100"}).out, text_of(all));
  EXPECT_EQ(audit("tail", {"--json", "-n", "1"}).out, all.back() + "\n");
  EXPECT_EQ(audit("tail", {"--json", "-n", "0"}).out, "");
}

TEST_F(AuditCommandTest, TailFollowsAcrossARotationUntilItIsInterrupted) {
  Program tail({"audit", "tail", path_, "-n", "1", "-f", "--json"}, {});
  const auto wait_for = [&](const std::string& line) {
    while (!contains(tail.output(), line)) std::this_thread::yield();
  };
  wait_for(lines().back());
  std::filesystem::rename(path_, path_ + ".1");
  traced("SELECT 11");
  std::filesystem::rename(path_, path_ + ".2");
  traced("SELECT 12");
  wait_for(lines().back());
  tail.send(SIGINT);
  const Finished ended = tail.wait();

  EXPECT_EQ(ended.code, 130);
  EXPECT_EQ(ended.out,
            lines_of(folder_.read("audit.jsonl.1")).back() + "\n" +
                folder_.read("audit.jsonl.2") + folder_.read("audit.jsonl"));
}

TEST_F(AuditCommandTest, TailEndsWhereNobodyReads) {
  const Finished ended = run({"audit", "tail", path_, "-f"}, {.is_output_closed = true});
  EXPECT_EQ(ended.code, 0);
}

TEST_F(AuditCommandTest, TailFailsWhereNoFileIs) {
  EXPECT_EQ(run({"audit", "tail", "/nowhere/at/all"}).code, 3);
}

}  // namespace
}  // namespace hark::cli
