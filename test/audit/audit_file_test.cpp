// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/audit_file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "audit/json_text.hpp"
#include "audit_trail.hpp"
#include "support/folder.hpp"

namespace hark::test {
namespace {

using audit::AuditFormatError;
using audit::AuditReader;
using audit::AuditRecord;
using audit::AuditTrail;
using audit::CheckReport;
using audit::Fault;
using audit::JsonLinesEventHandler;
using audit::JsonLinesOptions;
using dbapi::Value;

std::string json_of(const Value& value) {
  std::string text;
  audit::append_json_value(text, value);
  return text;
}

// -- texts ------------------------------------------------------------------------------

TEST(JsonText, EscapesWhatAStringMayNotHave) {
  EXPECT_EQ(json_of("a\"b\\c\n\r\t\x01\x1f\x7f"),
            "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_EQ(json_of(std::string("nul\0.", 5)), "\"nul\\u0000.\"");
  EXPECT_EQ(json_of("Antonín Dvořák, 交響曲 🎻"), "\"Antonín Dvořák, 交響曲 🎻\"");
}

TEST(JsonText, EscapesWhereverItStands) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string plain(size, 'x');
      plain[at] = '"';
      std::string expected = plain;
      expected.insert(at, 1, '\\');
      EXPECT_EQ(json_of(plain), '"' + expected + '"');
    }
  }
}

TEST(JsonText, KeepsTheBytesOfWhatIsNoUtf8) {
  for (const char* text : {"\xff",
                           "\xc0\xaf",
                           "caf\xe9",
                           "\xed\xa0\x80",
                           "\xf5\x80\x80\x80",
                           "\xe2\x82",
                           "a\x80"}) {
    EXPECT_FALSE(audit::is_utf8(text));
    std::string encoded;
    audit::append_base64(encoded, text);
    EXPECT_EQ(json_of(text), "{\"$bytes\":\"" + encoded + "\"}");
    EXPECT_EQ(audit::from_base64(encoded), text);
  }
}

TEST(JsonText, WritesBase64) {
  const std::vector<std::pair<std::string, std::string>> samples{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"},
                                                                 {"\xff\xfe", "//4="}};
  for (const auto& [plain, encoded] : samples) {
    std::string made;
    audit::append_base64(made, plain);
    EXPECT_EQ(made, encoded);
    EXPECT_EQ(audit::from_base64(encoded), plain);
  }
  EXPECT_EQ(audit::from_base64("Zg="), std::nullopt);
  EXPECT_EQ(audit::from_base64("Z==="), std::nullopt);
  EXPECT_EQ(audit::from_base64("Zm*v"), std::nullopt);
}

TEST(JsonText, WritesTimesWithNanoseconds) {
  const std::vector<std::pair<std::int64_t, std::string>> samples{
      {0, "1970-01-01T00:00:00.000000000Z"},
      {1'790'327'543'123'456'789, "2026-09-25T09:12:23.123456789Z"},
      {951'782'400'000'000'001, "2000-02-29T00:00:00.000000001Z"},
      {-1, "1969-12-31T23:59:59.999999999Z"}};
  for (const auto& [count, text] : samples) {
    std::string made;
    audit::append_time(made, moment_at(count).wall);
    EXPECT_EQ(made, text);
    EXPECT_EQ(audit::time_of(text), moment_at(count).wall);
  }
  EXPECT_EQ(audit::time_of("2026-02-30T00:00:00.000000000Z"), std::nullopt);
  EXPECT_EQ(audit::time_of("2026-02-03 00:00:00.000000000Z"), std::nullopt);
  EXPECT_EQ(audit::time_of("2026-02-03T24:00:00.000000000Z"), std::nullopt);
  EXPECT_EQ(audit::time_of("2026-02-03T00:00:00Z"), std::nullopt);
}

// -- records ----------------------------------------------------------------------------

std::vector<Value> values_of_all_types() {
  using std::numeric_limits;
  return {Value(),
          true,
          numeric_limits<std::int64_t>::max(),
          numeric_limits<std::int64_t>::min(),
          9'007'199'254'740'993,
          1.0,
          -0.1,
          1e300,
          5e-324,
          numeric_limits<double>::infinity(),
          -numeric_limits<double>::infinity(),
          "text",
          "caf\xe9",
          "{\"$blob\": \"no\"}",
          dbapi::Blob{std::byte{0}, std::byte{255}},
          dbapi::Blob{},
          dbapi::Date(std::chrono::days(20'000)),
          dbapi::DateTime(std::chrono::microseconds(1'790'327'543'123'456)),
          dbapi::Decimal{"-12.50"}};
}

audit::RequestStart full_request() {
  audit::RequestStart made;
  made.id = 18'446'744'073'709'551'615U;
  made.parent_id = 9'223'372'036'854'775'809U;
  made.name = "checkout \"order 17\"\n";
  made.start = moment_at(1'790'327'543'123'456'789);
  made.database = std::make_shared<audit::Database>(audit::Database{
      "postgresql", "music", "db.example", 5433, "postgresql://db/music"});
  made.connection_id = 7;
  made.thread_id = 4711;
  made.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  made.attributes = {{"user", "ada"}, {"tries", 3}};
  return made;
}

audit::EventStart full_event() {
  audit::EventStart made;
  made.id = 12;
  made.request_id = 18'446'744'073'709'551'615U;
  made.parent_id = 11;
  made.kind = audit::EventKind::executemany;
  made.name = "insert";
  made.start = moment_at(1'790'327'544'000'000'001);
  made.statement = std::make_shared<audit::Statement>(audit::Statement{
      "insert into t values (1)", "INSERT INTO t VALUES (?)", "INSERT t", "INSERT", {}});
  std::uint32_t row = 0;
  for (const Value& value : values_of_all_types())
    made.parameters.push_back(
        {"p", "t.c", row++, value.type(), audit::Redaction::none, value});
  made.parameters.push_back(
      {"password", "", 0, dbapi::Type::text, audit::Redaction::left_out, {}});
  made.parameters.push_back(
      {"", "t.card", 1, dbapi::Type::integer, audit::Redaction::hashed, "0af3"});
  made.parameter_count = 21;
  made.batch_size = 7;
  made.connection_id = 7;
  made.dbapi_connection_id = 8;
  made.execution_id = 9;
  made.thread_id = 4711;
  made.attributes = {{"shard", 2}};
  return made;
}

audit::EventEnd full_end() {
  audit::EventEnd made;
  static_cast<audit::EventStart&>(made) = full_event();
  made.outcome = Outcome::unknown;
  made.elapsed = std::chrono::nanoseconds(1'234'567'890'123);
  made.failure = audit::Failure{"IntegrityError", "UNIQUE \xff", "23505", true};
  made.rows = 18'446'744'073'709'551'615U;
  made.waited = std::chrono::nanoseconds(17);
  made.open = std::chrono::nanoseconds(99);
  made.ended_by = "rollback";
  made.attributes.push_back({"late", true});
  return made;
}

/// All that a handler is told of one request, as it was read from the file.
class RecordsTest : public testing::Test {
 protected:
  RecordsTest() {
    {
      JsonLinesEventHandler handler(path_);
      auto request = handler.request_start(full_request());
      auto event = handler.event_start(full_event(), request);
      handler.event_end(full_end(), request, event);
      audit::RequestEnd end;
      static_cast<audit::RequestStart&>(end) = full_request();
      end.outcome = Outcome::cancelled;
      end.elapsed = std::chrono::nanoseconds(5);
      end.failure = audit::Failure{"TimeoutError", "waited", "", false};
      end.events = 1;
      end.lost = 2;
      handler.request_end(end, request);
    }
    AuditReader reader(path_);
    while (auto record = reader.next()) records_.push_back(std::move(*record));
  }

  template <class T>
  const T& at(std::size_t line) const {
    return std::get<T>(records_.at(line).what);
  }

  Folder folder_;
  std::string path_ = folder_.path("audit.jsonl");
  std::vector<AuditRecord> records_;
};

TEST_F(RecordsTest, HaveNumbersFromOneOn) {
  ASSERT_EQ(records_.size(), 6U);
  for (std::size_t each = 0; each < records_.size(); ++each)
    EXPECT_EQ(records_[each].seq, each + 1);
}

TEST_F(RecordsTest, TellOfTheFile) {
  const auto& start = at<audit::FileStart>(0);
  EXPECT_EQ(start.format, 1);
  EXPECT_EQ(start.reason, "new");
  EXPECT_EQ(start.pid, static_cast<std::uint64_t>(::getpid()));
  EXPECT_FALSE(start.program.empty());
  EXPECT_FALSE(start.hark_version.empty());
  EXPECT_EQ(start.previous_seq, 0U);
  EXPECT_FALSE(start.unclosed);
  EXPECT_EQ(at<audit::FileEnd>(5).reason, "closed");
}

TEST_F(RecordsTest, TellAllOfARequestsStart) {
  const audit::RequestStart told = full_request();
  const auto& read = at<audit::RequestStart>(1);
  EXPECT_EQ(read.id, told.id);
  EXPECT_EQ(read.parent_id, told.parent_id);
  EXPECT_EQ(read.name, told.name);
  EXPECT_EQ(read.start, told.start);
  EXPECT_EQ(read.database->system, "postgresql");
  EXPECT_EQ(read.database->name, "music");
  EXPECT_EQ(read.database->server_address, "db.example");
  EXPECT_EQ(read.database->server_port, 5433);
  EXPECT_EQ(read.database->url, "postgresql://db/music");
  EXPECT_EQ(read.connection_id, 7U);
  EXPECT_EQ(read.thread_id, 4711U);
  EXPECT_EQ(read.traceparent, told.traceparent);
  ASSERT_EQ(read.attributes.size(), 2U);
  EXPECT_EQ(read.attributes[0].name, "tries");
  EXPECT_EQ(read.attributes[0].value, Value(3));
}

TEST_F(RecordsTest, TellAllOfAnEventsStart) {
  const audit::EventStart told = full_event();
  const auto& read = at<audit::EventStart>(2);
  EXPECT_EQ(read.id, told.id);
  EXPECT_EQ(read.request_id, told.request_id);
  EXPECT_EQ(read.parent_id, told.parent_id);
  EXPECT_EQ(read.kind, told.kind);
  EXPECT_EQ(read.name, told.name);
  EXPECT_EQ(read.start, told.start);
  EXPECT_EQ(read.database, nullptr);
  EXPECT_EQ(read.statement->text, told.statement->text);
  EXPECT_EQ(read.statement->fingerprint, told.statement->fingerprint);
  EXPECT_EQ(read.statement->summary, told.statement->summary);
  EXPECT_EQ(read.statement->operation, told.statement->operation);
  EXPECT_EQ(read.parameter_count, 21U);
  EXPECT_EQ(read.batch_size, 7U);
  EXPECT_EQ(read.connection_id, 7U);
  EXPECT_EQ(read.dbapi_connection_id, 8U);
  EXPECT_EQ(read.execution_id, 9U);
  EXPECT_EQ(read.thread_id, 4711U);
  ASSERT_EQ(read.attributes.size(), 1U);
}

TEST_F(RecordsTest, KeepParametersExactly) {
  const auto told = full_event().parameters;
  const auto& read = at<audit::EventStart>(2).parameters;
  ASSERT_EQ(read.size(), told.size());
  for (std::size_t each = 0; each < told.size(); ++each) {
    SCOPED_TRACE(each);
    EXPECT_EQ(read[each].name, told[each].name);
    EXPECT_EQ(read[each].column, told[each].column);
    EXPECT_EQ(read[each].row, told[each].row);
    EXPECT_EQ(read[each].type, told[each].type);
    EXPECT_EQ(read[each].redaction, told[each].redaction);
    EXPECT_EQ(read[each].value, told[each].value) << to_string(told[each].value);
  }
}

TEST_F(RecordsTest, TellOfAnEndWhatItsStartHasNot) {
  const audit::EventEnd told = full_end();
  const auto& read = at<audit::EventEnd>(3);
  EXPECT_EQ(read.id, told.id);
  EXPECT_EQ(read.request_id, told.request_id);
  EXPECT_EQ(read.outcome, told.outcome);
  EXPECT_EQ(read.start, told.start);
  EXPECT_EQ(read.elapsed, told.elapsed);
  EXPECT_EQ(read.failure->type, "IntegrityError");
  EXPECT_EQ(read.failure->message, "UNIQUE \xff");
  EXPECT_EQ(read.failure->sqlstate, "23505");
  EXPECT_TRUE(read.failure->is_disconnect);
  EXPECT_EQ(read.rows, told.rows);
  EXPECT_EQ(read.waited, told.waited);
  EXPECT_EQ(read.open, told.open);
  EXPECT_EQ(read.ended_by, "rollback");
  ASSERT_EQ(read.attributes.size(), 1U);
  EXPECT_EQ(read.attributes[0].name, "late");
  EXPECT_TRUE(read.parameters.empty());
}

TEST_F(RecordsTest, TellHowARequestEnded) {
  const auto& read = at<audit::RequestEnd>(4);
  EXPECT_EQ(read.id, full_request().id);
  EXPECT_EQ(read.outcome, Outcome::cancelled);
  EXPECT_EQ(read.start, full_request().start);
  EXPECT_EQ(read.elapsed, std::chrono::nanoseconds(5));
  EXPECT_EQ(read.failure->type, "TimeoutError");
  EXPECT_EQ(read.events, 1U);
  EXPECT_EQ(read.lost, 2U);
  EXPECT_TRUE(read.attributes.empty());
}

TEST(AuditRecordTest, TellsAStatementThatWasReplacedOnly) {
  const Folder folder;
  const std::string path = folder.path("audit.jsonl");
  {
    JsonLinesEventHandler handler(path);
    auto request = handler.request_start({});
    audit::EventEnd event;
    event.statement = statement_of("SELECT 1");
    auto same = handler.event_start(event, request);
    handler.event_end(event, request, same);
    auto other = handler.event_start(event, request);
    event.statement = statement_of("SELECT 2");
    handler.event_end(event, request, other);
  }

  AuditReader reader(path);
  std::vector<std::string> told;
  while (const auto record = reader.next())
    if (const auto* const end = std::get_if<audit::EventEnd>(&record->what))
      told.push_back(end->statement == nullptr ? "" : end->statement->text);

  EXPECT_EQ(told, (std::vector<std::string>{"", "SELECT 2"}));
}

TEST(AuditRecordTest, HasTheLastOneOfAttributesOfOneName) {
  const Folder folder;
  const std::string path = folder.path("audit.jsonl");
  {
    JsonLinesEventHandler handler(path);
    handler.request_start({.attributes = {{"a", 1}, {"b", 2}, {"a", 3}}});
  }

  const std::string line = split_lines(folder.read("audit.jsonl")).at(1);

  EXPECT_NE(line.find(R"("attributes":{"b":2,"a":3})"), std::string::npos) << line;
}

TEST(AuditReaderTest, NamesLinesThatAreNoneAndReadsOn) {
  std::istringstream stream(
      "nonsense\n[]\n{\"seq\":1,\"type\":\"odd\"}\n"
      "{\"seq\":2,\"type\":\"file_end\",\"time\":\"2026-02-03T00:00:00.000000000Z\"}\n"
      "{\"seq\":-3}\n{\"seq\":4");
  AuditReader reader(stream);
  std::vector<std::string> told;
  for (int each = 0; each < 7; ++each) {
    try {
      const auto record = reader.next();
      told.push_back(record ? "seq " + std::to_string(record->seq) : "end");
    } catch (const AuditFormatError& error) {
      told.push_back(std::string(error.what()).substr(0, 7));
    }
  }
  EXPECT_EQ(told,
            (std::vector<std::string>{
                "line 1:", "line 2:", "line 3:", "seq 2", "line 5:", "line 6:", "end"}));
}

TEST(AuditReaderTest, KeepsNoMoreOfALineThanALineMayHave) {
  std::istringstream stream(std::string(3 * audit::longest_line, 'x') + "\nnext\n");
  AuditReader reader(stream);

  const auto longest = reader.next_line();
  const auto next = reader.next_line();

  ASSERT_TRUE(longest && next);
  EXPECT_FALSE(longest->is_whole);
  EXPECT_EQ(longest->text.size(), audit::longest_line);
  EXPECT_EQ(next->text, "next");
  EXPECT_EQ(next->number, 2U);
}

TEST(AuditReaderTest, GoesOnWhereTheFileHasGrown) {
  const Folder folder;
  const std::string path = folder.write("a", "one\ntw");
  AuditReader reader(path);
  EXPECT_EQ(reader.next_line()->text, "one");
  EXPECT_FALSE(reader.next_line()->is_whole);
  EXPECT_FALSE(reader.next_line().has_value());

  std::ofstream(path, std::ios::app) << "o\nthree\n";

  EXPECT_EQ(reader.next_line()->text, "two");
  EXPECT_EQ(reader.next_line()->text, "three");
  EXPECT_EQ(reader.line_number(), 3U);
}

TEST(AuditTrailTest, GoesToTheLastLines) {
  const Folder folder;
  std::string text;
  for (int each = 5; each < 50'000; ++each) text += std::to_string(each) + "\n";
  folder.write("a.1", "1\n2\n");
  folder.write("a.2", "3\n4\n");
  folder.write("a", text);
  for (const std::uint64_t wanted :
       {1U, 2U, 49'995U, 49'996U, 49'998U, 49'999U, 90'000U}) {
    AuditTrail trail(folder.path("a"));
    trail.seek_last(wanted);
    std::uint64_t count = 0;
    std::string first;
    while (const auto line = trail.next_line())
      if (++count == 1) first = line->text;
    EXPECT_EQ(count, std::min<std::uint64_t>(wanted, 49'999U));
    EXPECT_EQ(first, std::to_string(50'000 - count));
  }
  AuditTrail trail(folder.path("a"));
  trail.seek_last(0);
  EXPECT_FALSE(trail.next_line().has_value());
}

TEST(AuditTrailTest, FindsWhatWasRotatedAwayByItsNumber) {
  const Folder folder;
  for (const char* name : {"a.10", "a.9", "a", "a.x", "a.1x", "a.new", "b.1", "a.01"})
    folder.write(name, "x");
  EXPECT_EQ(audit::audit_files(folder.path("a")),
            (std::vector<std::string>{
                folder.path("a.9"), folder.path("a.10"), folder.path("a")}));
  EXPECT_EQ(audit::audit_files(folder.path("a.9")),
            std::vector<std::string>{folder.path("a.9")});
}

// -- what a check finds -----------------------------------------------------------------

/// A file of three requests: file_start, 3 × 4 lines, file_end.
class CheckTest : public testing::Test {
 protected:
  explicit CheckTest(const std::string& key = {}) : key_(key) {
    {
      JsonLinesEventHandler handler(path_, {.key = key});
      Narrator narrator(handler);
      for (int each = 0; each < 3; ++each) narrator.request();
    }
    lines_ = split_lines(folder_.read("audit.jsonl"));
  }

  CheckReport check_lines(audit::CheckOptions options = {}) {
    folder_.write("audit.jsonl", join_lines(lines_));
    options.key = key_;
    return check(path_, options);
  }

  /// "edited at line 4", and so on.
  std::vector<std::string> faults(const audit::CheckOptions& options = {}) {
    return faults_of(check_lines(options));
  }
  static std::vector<std::string> faults_of(const CheckReport& report) {
    std::vector<std::string> told;
    for (const auto& each : report.findings)
      told.push_back(std::string(name_of(each.fault)) + " at line " +
                     std::to_string(each.line));
    return told;
  }

  using Faults = std::vector<std::string>;

  Folder folder_;
  std::string path_ = folder_.path("audit.jsonl");
  const std::string key_;
  std::vector<std::string> lines_;
};

TEST_F(CheckTest, FindsNothingInWhatWasWritten) {
  const CheckReport report = check_lines();
  EXPECT_EQ(faults_of(report), Faults{});
  EXPECT_TRUE(report.is_intact());
  EXPECT_EQ(report.lines, 14U);
  EXPECT_EQ(report.first_seq, 1U);
  EXPECT_EQ(report.last_seq, 14U);
  EXPECT_EQ(report.last_hash, audit::parse_record(lines_.back()).hash);
}

TEST_F(CheckTest, FindsEachLineWhoseTextWasEdited) {
  const auto whole = lines_;
  for (std::size_t line = 1; line < whole.size(); ++line) {
    lines_ = whole;
    const std::size_t at = lines_[line].find("\"time\":\"") + 10;
    lines_[line][at] = lines_[line][at] == '9' ? '8' : '9';
    EXPECT_EQ(faults(), Faults{"edited at line " + std::to_string(line + 1)});
  }
}

TEST_F(CheckTest, FindsAnEditedHash) {
  char& digit = lines_[4][lines_[4].size() - 3];
  digit = digit == '0' ? '1' : '0';
  EXPECT_EQ(faults(), Faults{"edited at line 5"});
}

TEST_F(CheckTest, FindsAnyByteThatWasChanged) {
  const auto whole = lines_;
  for (std::size_t at = 0; at < whole[3].size(); ++at) {
    lines_ = whole;
    lines_[3][at] = whole[3][at] == '0' ? '1' : '0';
    ASSERT_FALSE(check_lines().is_intact()) << lines_[3];
  }
}

TEST_F(CheckTest, FindsALineThatIsNone) {
  lines_[6] = "nonsense";
  EXPECT_EQ(faults(), Faults{"edited at line 7"});
}

TEST_F(CheckTest, FindsMissingLines) {
  lines_.erase(lines_.begin() + 4, lines_.begin() + 7);
  const CheckReport report = check_lines();
  EXPECT_EQ(faults_of(report), Faults{"missing at line 5"});
  EXPECT_EQ(report.findings[0].message,
            "the 3 lines of seq 5 to 7 should stand before it");
}

TEST_F(CheckTest, FindsASwappedPair) {
  std::swap(lines_[4], lines_[5]);
  const CheckReport report = check_lines();
  EXPECT_EQ(faults_of(report), Faults{"reordered at line 5"});
  EXPECT_EQ(report.findings[0].message,
            "the line of seq 5 should stand before it, and is line 6 of " + path_);
}

TEST_F(CheckTest, FindsALineThatWasMovedFar) {
  std::rotate(lines_.begin() + 3, lines_.begin() + 4, lines_.begin() + 10);
  EXPECT_EQ(faults(), Faults{"reordered at line 4"});
}

TEST_F(CheckTest, FindsARepeatedLine) {
  lines_.insert(lines_.begin() + 6, lines_[5]);
  EXPECT_EQ(faults(), Faults{"repeated at line 7"});
}

TEST_F(CheckTest, FindsThatTheEndIsGone) {
  lines_.pop_back();
  EXPECT_EQ(faults(), Faults{"truncated at line 13"});
}

TEST_F(CheckTest, FindsThatTheBeginningIsGone) {
  lines_.erase(lines_.begin());
  EXPECT_EQ(faults(), Faults{"truncated at line 1"});
}

TEST_F(CheckTest, FindsATornLine) {
  folder_.write("audit.jsonl",
                join_lines({lines_.begin(), lines_.end() - 1}) + "{\"seq\":14,\"ty");
  const CheckReport report = check(path_);
  EXPECT_EQ(faults_of(report), (Faults{"torn at line 14", "truncated at line 13"}));
}

TEST_F(CheckTest, FindsThatNothingIsThere) {
  lines_.clear();
  EXPECT_EQ(faults(), Faults{"truncated at line 0"});
}

TEST_F(CheckTest, FindsAStartWithoutAnEnd) {
  lines_.erase(lines_.begin() + 7);  // the end of the second request's statement
  lines_ = chained(lines_);
  EXPECT_EQ(faults(), Faults{"started without an end at line 7"});
}

TEST_F(CheckTest, FindsWhatEndedTwice) {
  lines_.insert(lines_.begin() + 9, lines_[7]);
  lines_ = chained(lines_);
  EXPECT_EQ(faults(), Faults{"ended twice at line 10"});
}

TEST_F(CheckTest, FindsAnEndThatNeverStarted) {
  lines_.erase(lines_.begin() + 10);
  lines_ = chained(lines_);
  EXPECT_EQ(faults(), Faults{"ended without a start at line 11"});
}

TEST_F(CheckTest, FindsNothingWhereAllHashesWereMadeAnew) {
  lines_.erase(lines_.begin() + 5, lines_.begin() + 9);
  lines_ = chained(lines_);
  EXPECT_EQ(faults(), Faults{});
}

TEST_F(CheckTest, FindsByAHashKeptElsewhereThatAllWereMadeAnew) {
  const audit::Anchor kept{12, audit::parse_record(lines_[11]).hash};
  EXPECT_EQ(faults({.expected = kept}), Faults{});
  lines_[2].replace(lines_[2].find("track"), 5, "truck");
  lines_ = chained(lines_);

  EXPECT_EQ(faults(), Faults{});
  EXPECT_EQ(faults({.expected = kept}), Faults{"edited at line 12"});
}

TEST_F(CheckTest, FindsByAHashKeptElsewhereThatTheTailWasCutOff) {
  const audit::Anchor kept{14, audit::parse_record(lines_[13]).hash};
  const std::string end = lines_.back();
  lines_.resize(9);
  lines_.push_back(end);
  lines_ = chained(lines_);

  EXPECT_EQ(faults(), Faults{});
  EXPECT_EQ(faults({.expected = kept}), Faults{"truncated at line 10"});
}

TEST_F(CheckTest, NamesAHundredFaultsAndCountsAll) {
  std::vector<std::string> many(150, "nonsense");
  lines_.insert(lines_.end() - 1, many.begin(), many.end());
  const CheckReport report = check_lines();
  EXPECT_EQ(report.findings.size(), 100U);
  EXPECT_GE(report.findings_count, 150U);
}

class KeyedCheckTest : public CheckTest {
 protected:
  KeyedCheckTest() : CheckTest("a key") {}
};

TEST_F(KeyedCheckTest, FindsNothingInWhatWasWritten) { EXPECT_EQ(faults(), Faults{}); }

TEST_F(KeyedCheckTest, FindsThatHashesWereMadeAnewWithoutTheKey) {
  lines_.erase(lines_.begin() + 5, lines_.begin() + 9);
  lines_ = chained(lines_);
  EXPECT_FALSE(check_lines().is_intact());
  lines_ = chained(lines_, "another key");
  EXPECT_FALSE(check_lines().is_intact());
  lines_ = chained(lines_, "a key");
  EXPECT_TRUE(check_lines().is_intact());
}

TEST_F(KeyedCheckTest, NamesAWrongKeyOnce) {
  EXPECT_EQ(faults_of(check(path_)), Faults{"wrong key at line 1"});
  EXPECT_EQ(faults_of(check(path_, {.key = "no key"})), Faults{"wrong key at line 1"});
}

TEST_F(CheckTest, NamesAKeyWhereThereIsNone) {
  EXPECT_EQ(faults_of(check(path_, {.key = "a key"})), Faults{"wrong key at line 1"});
}

}  // namespace
}  // namespace hark::test
