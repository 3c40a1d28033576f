// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/error.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "audit_trail.hpp"
#include "support/folder.hpp"

namespace {

std::atomic<int> syncs{0};
std::atomic<int> sync_error{0};

}  // namespace

// What the handler calls, so that it can be counted, and fail.
extern "C" int fdatasync(int) {
  ++syncs;
  if (sync_error == 0) return 0;
  errno = sync_error;
  return -1;
}

namespace hark::test {
namespace {

using audit::CheckReport;
using audit::Fault;
using audit::JsonLinesEventHandler;
using audit::JsonLinesOptions;
using audit::SyncPolicy;

constexpr std::chrono::hours never{1};

/// What `act` throws; empty: nothing.
template <class Act>
std::string error_of(Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Files may not grow beyond this size, as on a disk that is full.
class DiskLimit {
 public:
  explicit DiskLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  DiskLimit(const DiskLimit&) = delete;
  DiskLimit& operator=(const DiskLimit&) = delete;
  ~DiskLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

class JsonLinesTest : public testing::Test {
 protected:
  JsonLinesTest() { syncs = 0; }

  void record(int requests, const JsonLinesOptions& options = {}) {
    JsonLinesEventHandler handler(path_, options);
    Narrator narrator(handler);
    for (int each = 0; each < requests; ++each) narrator.request();
  }

  std::vector<audit::AuditRecord> records() const {
    audit::AuditTrail trail(path_);
    std::vector<audit::AuditRecord> made;
    while (const auto line = trail.next_line())
      made.push_back(audit::parse_record(line->text));
    return made;
  }

  template <class T>
  std::vector<T> all() const {
    std::vector<T> made;
    for (const auto& each : records())
      if (const auto* const found = std::get_if<T>(&each.what)) made.push_back(*found);
    return made;
  }

  void expect_intact(const audit::CheckOptions& options = {}) const {
    const CheckReport report = check(path_, options);
    for (const auto& each : report.findings)
      ADD_FAILURE() << name_of(each.fault) << " at line " << each.line << " of "
                    << each.file << ": " << each.message;
  }

  void expect_fault(Fault fault,
                    const std::string& file,
                    std::uint64_t line,
                    const audit::CheckOptions& options = {}) const {
    const CheckReport report = check(path_, options);
    ASSERT_EQ(report.findings_count, 1U);
    EXPECT_EQ(report.findings[0].fault, fault) << report.findings[0].message;
    EXPECT_EQ(report.findings[0].file, file);
    EXPECT_EQ(report.findings[0].line, line);
  }

  std::string open_error(const JsonLinesOptions& options = {}) const {
    return error_of([&] { const JsonLinesEventHandler handler(path_, options); });
  }

  Folder folder_;
  std::string path_ = folder_.path("audit.jsonl");
};

// -- the file ---------------------------------------------------------------------------

TEST_F(JsonLinesTest, WritesAFileForItsOwnerAlone) {
  record(1);
  struct stat state {};
  ::stat(path_.c_str(), &state);
  EXPECT_EQ(state.st_mode & 0777U, 0600U);
}

TEST_F(JsonLinesTest, CountsItsLines) {
  JsonLinesEventHandler handler(path_);
  EXPECT_EQ(handler.lines_written(), 1U);
  Narrator(handler).request();
  EXPECT_EQ(handler.lines_written(), 5U);
}

TEST_F(JsonLinesTest, GoesOnWithItsChain) {
  record(2);
  record(3);

  const auto starts = all<audit::FileStart>();
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_EQ(starts[1].reason, "reopened");
  EXPECT_EQ(starts[1].previous_file, "audit.jsonl");
  EXPECT_EQ(starts[1].previous_seq, 10U);
  EXPECT_FALSE(starts[1].unclosed);
  EXPECT_EQ(records().back().seq, 24U);
  expect_intact();
}

TEST_F(JsonLinesTest, TellsOfALastLineThatIsTorn) {
  record(1);
  std::ofstream(path_, std::ios::app) << R"({"seq":7,"ty)";
  record(1);

  const auto starts = all<audit::FileStart>();
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_EQ(starts[1].torn, 12U);
  EXPECT_TRUE(contains(folder_.read("audit.jsonl"),
                       R"("torn":12,"torn_text":"{\"seq\":7,\"ty")"));
  expect_intact();
}

TEST_F(JsonLinesTest, GoesOnBehindAFirstLineThatIsTorn) {
  folder_.write("audit.jsonl", R"({"seq":1,"type":"fi)");
  record(1);
  EXPECT_EQ(all<audit::FileStart>().at(0).torn, 19U);
  expect_intact();
}

TEST_F(JsonLinesTest, OutlivesAKilledProgram) {
  const pid_t child = fork();
  if (child == 0) {
    JsonLinesEventHandler handler(path_, {.write_delay = {}});
    Narrator narrator(handler);
    for (;;) narrator.request();
  }
  std::error_code error;
  while (!(std::filesystem::file_size(path_, error) + 1 > 100'000))
    std::this_thread::yield();
  ::kill(child, SIGKILL);
  waitpid(child, nullptr, 0);

  const CheckReport before = check(path_);
  record(1);

  ASSERT_GE(before.findings.size(), 1U);
  EXPECT_EQ(before.findings.back().fault, Fault::truncated);
  EXPECT_TRUE(all<audit::FileStart>().at(1).unclosed);
  expect_intact({.accepts_crashes = true});
  const CheckReport after = check(path_);
  ASSERT_EQ(after.findings_count, 1U);
  EXPECT_EQ(after.findings[0].fault, Fault::truncated);
  EXPECT_EQ(after.crashes, 1U);
}

TEST_F(JsonLinesTest, RefusesAFileThatIsNoAudit) {
  for (const char* text : {"dear diary", "dear diary\n", "one\ntwo\nthree\n", "{}\n"}) {
    folder_.write("audit.jsonl", text);
    EXPECT_TRUE(contains(open_error(), path_ + ": cannot be gone on with: ")) << text;
    EXPECT_EQ(folder_.read("audit.jsonl"), text);
  }
}

TEST_F(JsonLinesTest, RefusesAFileWhoseEndWasChanged) {
  record(1);
  std::string text = folder_.read("audit.jsonl");
  text[text.rfind("closed")] = 'C';
  folder_.write("audit.jsonl", text);
  EXPECT_TRUE(contains(open_error(), "its last line does not fit its hash"));
}

TEST_F(JsonLinesTest, RefusesAFileWithAnotherKey) {
  record(1, {.key = "one"});
  EXPECT_TRUE(contains(open_error({.key = "two"}), "its chain has another key"));
  EXPECT_TRUE(contains(open_error(), "its chain has another key, or none"));
  record(1, {.key = "one"});
  expect_intact({.key = "one"});
}

TEST_F(JsonLinesTest, NamesAFileThatCannotBeOpened) {
  EXPECT_EQ(error_of([] { const JsonLinesEventHandler handler("/nowhere/at/all"); }),
            "/nowhere/at/all: cannot be opened: No such file or directory");
  EXPECT_EQ(error_of([] { const JsonLinesEventHandler handler("/dev/full"); }),
            "/dev/full: is no regular file");
}

TEST_F(JsonLinesTest, HasItsFileToItself) {
  const JsonLinesEventHandler handler(path_);

  EXPECT_TRUE(contains(open_error(), path_ + ": is being written already"));
  const pid_t child = fork();
  if (child == 0) _exit(contains(open_error(), "is being written already") ? 0 : 1);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(JsonLinesTest, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(JsonLinesEventHandler(path_, {.sync_interval = {}}), ArgumentError);
  EXPECT_THROW(JsonLinesEventHandler(path_, {.write_delay = std::chrono::seconds(-1)}),
               ArgumentError);
  EXPECT_THROW(
      JsonLinesEventHandler(path_, {.rotate_interval = std::chrono::seconds(-1)}),
      ArgumentError);
  EXPECT_THROW(JsonLinesEventHandler(path_, {.permissions = 010'000}), ArgumentError);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// -- when it is written, and brought to the disk ----------------------------------------

TEST_F(JsonLinesTest, WritesBySoonWhatWaits) {
  JsonLinesEventHandler handler(path_, {.write_delay = std::chrono::milliseconds(1)});
  Narrator(handler).request();
  while (split_lines(folder_.read("audit.jsonl")).size() < 5) std::this_thread::yield();
}

TEST_F(JsonLinesTest, WritesBySoonWhileASyncIsFarOff) {
  JsonLinesEventHandler handler(path_,
                                {.sync = SyncPolicy::every_interval,
                                 .sync_interval = std::chrono::hours(1),
                                 .write_delay = std::chrono::milliseconds(1)});
  for (const std::size_t lines : {5U, 9U, 13U}) {
    Narrator(handler).request();
    while (split_lines(folder_.read("audit.jsonl")).size() < lines)
      std::this_thread::yield();
  }
}

TEST_F(JsonLinesTest, WritesAtAFlushWhatWaits) {
  JsonLinesEventHandler handler(path_, {.sync = SyncPolicy::never, .write_delay = never});
  Narrator(handler).request();
  EXPECT_EQ(split_lines(folder_.read("audit.jsonl")).size(), 1U);

  handler.flush();

  EXPECT_EQ(split_lines(folder_.read("audit.jsonl")).size(), 5U);
  EXPECT_EQ(syncs, 1);
}

TEST_F(JsonLinesTest, SyncsEveryRecord) {
  JsonLinesEventHandler handler(path_,
                                {.sync = SyncPolicy::every_record, .write_delay = never});
  Narrator narrator(handler);
  narrator.request();
  EXPECT_EQ(syncs, 4);
  narrator.begin();
  EXPECT_EQ(split_lines(folder_.read("audit.jsonl")).size(), 6U);
}

TEST_F(JsonLinesTest, SyncsEveryRequestsEnd) {
  JsonLinesEventHandler handler(
      path_, {.sync = SyncPolicy::every_request_end, .write_delay = never});
  Narrator narrator(handler);
  auto request = narrator.begin();
  narrator.execute(request, "SELECT 1");
  EXPECT_EQ(syncs, 0);
  narrator.end(request);
  EXPECT_EQ(syncs, 1);
  EXPECT_EQ(split_lines(folder_.read("audit.jsonl")).size(), 5U);
}

TEST_F(JsonLinesTest, SyncsAtTimes) {
  JsonLinesEventHandler handler(path_,
                                {.sync = SyncPolicy::every_interval,
                                 .sync_interval = std::chrono::milliseconds(1),
                                 .write_delay = std::chrono::milliseconds(1)});
  Narrator(handler).request();
  while (syncs == 0) std::this_thread::yield();
}

TEST_F(JsonLinesTest, TakesBackWhatCouldNotBeSynced) {
  {
    JsonLinesEventHandler handler(path_, {.sync = SyncPolicy::every_record});
    Narrator narrator(handler);
    narrator.request();
    sync_error = EIO;
    const std::string error = error_of([&] { narrator.begin(); });
    sync_error = 0;
    EXPECT_EQ(error, path_ + ": cannot be brought to the disk: Input/output error");
    narrator.request();
  }
  const auto losses = all<audit::WriteLoss>();
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].request_starts, 1U);
  EXPECT_EQ(all<audit::RequestStart>().size(), 2U);
  expect_intact();
}

// The system takes pages for written that it has failed to write, and says so once.
TEST_F(JsonLinesTest, TrustsNoSyncAfterOneThatFailed) {
  JsonLinesEventHandler handler(path_, {.write_delay = never});
  Narrator(handler).request();
  sync_error = EIO;
  EXPECT_NE(error_of([&] { handler.flush(); }), "");
  sync_error = 0;

  EXPECT_EQ(error_of([&] { handler.flush(); }),
            path_ + ": cannot be brought to the disk: Input/output error");
  Narrator(handler).request();
  EXPECT_NE(error_of([&] { handler.flush(); }), "");
}

TEST_F(JsonLinesTest, TellsAtAFlushWhatItCouldNotSyncMeanwhile) {
  JsonLinesEventHandler handler(path_,
                                {.sync = SyncPolicy::every_interval,
                                 .sync_interval = std::chrono::milliseconds(1),
                                 .write_delay = std::chrono::milliseconds(1)});
  sync_error = EIO;
  Narrator(handler).request();
  while (syncs == 0) std::this_thread::yield();
  std::string error;
  while (error.empty()) error = error_of([&] { handler.flush(); });
  sync_error = 0;

  EXPECT_EQ(error, path_ + ": cannot be brought to the disk: Input/output error");
}

// -- a full disk ------------------------------------------------------------------------

class FullDiskTest : public JsonLinesTest {
 protected:
  std::uint64_t size() const { return std::filesystem::file_size(path_); }

  void expect_whole_lines() const {
    // The handler's thread may have written half a line, and not yet cut it off again.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::string text;
    do {
      text = folder_.read("audit.jsonl");
      ASSERT_FALSE(text.empty());
    } while (text.back() != '\n' && std::chrono::steady_clock::now() < deadline);
    EXPECT_EQ(text.back(), '\n');
  }
};

TEST_F(FullDiskTest, IsToldAndCountedLineByLine) {
  std::uint64_t thrown = 0;
  {
    JsonLinesEventHandler handler(path_, {.write_delay = {}});
    Narrator narrator(handler);
    narrator.request();
    {
      const DiskLimit limit(size() + 2000);
      for (int each = 0; each < 20; ++each) {
        for (const std::string& error : narrator.deliver()) {
          EXPECT_EQ(error, path_ + ": cannot be written: File too large");
          ++thrown;
        }
        expect_whole_lines();
      }
    }
    narrator.request();
  }
  std::uint64_t told = 0;
  for (const auto& loss : all<audit::WriteLoss>()) {
    EXPECT_EQ(loss.reason, path_ + ": cannot be written: File too large");
    EXPECT_LE(loss.since, loss.time.wall);
    told += loss.request_starts + loss.event_starts + loss.request_ends + loss.event_ends;
  }
  EXPECT_GE(thrown, 10U);
  EXPECT_EQ(told, thrown);
  expect_intact();
}

TEST_F(FullDiskTest, LosesNothingThatWasAcceptedBefore) {
  std::uint64_t thrown = 0;
  std::uint64_t accepted = 0;
  {
    JsonLinesEventHandler handler(path_,
                                  {.sync = SyncPolicy::never, .write_delay = never});
    Narrator narrator(handler);
    {
      const DiskLimit limit(10'000);
      for (int each = 0; each < 100; ++each) thrown += narrator.deliver().size();
      EXPECT_TRUE(contains(error_of([&] { handler.flush(); }), "File too large"));
      expect_whole_lines();
    }
    accepted = handler.lines_written();
  }
  EXPECT_GT(thrown, 0U);
  // One more that tells of the loss, and one at the end.
  EXPECT_EQ(records().size(), accepted + 2);
  ASSERT_EQ(all<audit::WriteLoss>().size(), 1U);
  expect_intact();
}

TEST_F(FullDiskTest, CountsWhatWaitsAndMayBeLost) {
  JsonLinesEventHandler handler(path_, {.write_delay = never});
  Narrator narrator(handler);
  const DiskLimit limit(size() + 700);
  for (int each = 0; each < 10; ++each) narrator.request();
  EXPECT_EQ(handler.lines_waiting(), 40U);

  const std::string error = error_of([&] { handler.flush(); });

  const std::size_t lost = 41 - split_lines(folder_.read("audit.jsonl")).size();
  EXPECT_GT(lost, 30U);
  EXPECT_EQ(handler.lines_waiting(), lost);
  EXPECT_EQ(error,
            path_ + ": cannot be written: File too large: " + std::to_string(lost) +
                " lines are not in it");
}

TEST_F(FullDiskTest, EndsWhereRoomIsMade) {
  JsonLinesEventHandler handler(path_, {.write_delay = std::chrono::milliseconds(1)});
  Narrator narrator(handler);
  {
    const DiskLimit limit(size());
    while (narrator.deliver().empty()) continue;
  }
  while (!narrator.deliver().empty()) continue;
  handler.flush();
  EXPECT_GE(all<audit::WriteLoss>().size(), 1U);
}

TEST_F(FullDiskTest, LeavesNoHalfLineAtTheEnd) {
  static std::string told;
  const auto before = set_lost_error_handler(
      [](std::string_view what, const std::exception_ptr&) { told = what; });
  auto handler = std::make_unique<JsonLinesEventHandler>(
      path_, JsonLinesOptions{.write_delay = never});
  Narrator(*handler).request();
  {
    const DiskLimit limit(std::filesystem::file_size(path_) + 500);
    handler.reset();
  }
  set_lost_error_handler(before);

  const std::size_t there = split_lines(folder_.read("audit.jsonl")).size();
  EXPECT_EQ(told,
            "the end of " + path_ + " was not written: " + std::to_string(6 - there) +
                " lines are not in it");
  expect_whole_lines();
}

TEST_F(JsonLinesTest, RefusesALineThatIsTooLong) {
  {
    JsonLinesEventHandler handler(path_);
    Narrator narrator(handler);
    auto request = narrator.begin();
    const std::string text(audit::longest_line, 'x');
    EXPECT_TRUE(contains(error_of([&] { narrator.execute(request, text); }),
                         "a line would be longer than 16 MiB"));
    narrator.execute(request, "SELECT 1");
    narrator.end(request);
  }
  EXPECT_EQ(all<audit::WriteLoss>().at(0).event_starts, 1U);
  expect_intact();
}

// -- rotation ---------------------------------------------------------------------------

TEST_F(JsonLinesTest, RotatesBySize) {
  record(100, {.rotate_bytes = 10'000});

  const auto files = audit::audit_files(path_);
  ASSERT_GE(files.size(), 5U);
  EXPECT_EQ(files[0], path_ + ".1");
  EXPECT_EQ(files.back(), path_);
  for (const std::string& each : files) {
    EXPECT_LE(std::filesystem::file_size(each), 10'000U);
    EXPECT_GE(std::filesystem::file_size(each), each == path_ ? 1U : 8'000U);
  }
  EXPECT_EQ(all<audit::RequestEnd>().size(), 100U);
  EXPECT_EQ(all<audit::FileStart>().at(1).previous_file, "audit.jsonl.1");
  expect_intact();
}

TEST_F(JsonLinesTest, RotatesByAge) {
  JsonLinesEventHandler handler(path_, {.rotate_interval = std::chrono::milliseconds(1)});
  Narrator narrator(handler);
  while (audit::audit_files(path_).size() < 3) narrator.request();
  EXPECT_EQ(all<audit::FileEnd>().at(0).reason, "rotated");
}

TEST_F(JsonLinesTest, RotatesOnAfterARestart) {
  for (int run = 0; run < 5; ++run) record(10, {.rotate_bytes = 4'000});
  EXPECT_EQ(all<audit::RequestEnd>().size(), 50U);
  expect_intact();
}

TEST_F(JsonLinesTest, HasARecordInEachFileHoweverSmall) {
  record(3, {.rotate_bytes = 1});
  EXPECT_EQ(audit::audit_files(path_).size(), 12U);
  expect_intact();
}

TEST_F(JsonLinesTest, KeepsTheLastFiles) {
  record(100, {.rotate_bytes = 10'000, .keep_files = 2});
  const auto files = audit::audit_files(path_);
  EXPECT_EQ(files.size(), 3U);
  EXPECT_EQ(records().back().seq, check(path_).last_seq);
  EXPECT_GT(check(path_).first_seq, 100U);
  expect_intact();
}

TEST_F(JsonLinesTest, GoesOnWhereACrashCameInTheMiddleOfARotation) {
  record(10, {.rotate_bytes = 4'000});
  const auto files = audit::audit_files(path_);
  std::filesystem::remove(path_);
  folder_.write("audit.jsonl.new", "");
  record(1);
  EXPECT_EQ(all<audit::FileStart>().back().previous_file,
            std::filesystem::path(files[files.size() - 2]).filename());
  EXPECT_TRUE(all<audit::FileStart>().back().unclosed);
  expect_intact({.accepts_crashes = true});
  expect_fault(Fault::truncated, path_, 1);
}

TEST_F(JsonLinesTest, ShowsThatAFileIsGoneThatTheNextRunDidNotFind) {
  record(100, {.rotate_bytes = 10'000, .key = "a key"});
  std::filesystem::remove(path_);
  record(1, {.key = "a key"});
  expect_fault(Fault::truncated, path_, 1, {.key = "a key"});
}

TEST_F(JsonLinesTest, WritesOnWhereItCannotRotate) {
  folder_.write("audit.jsonl.new", "somebody's");
  {
    JsonLinesEventHandler handler(path_, {.rotate_bytes = 4'000});
    Narrator narrator(handler);
    for (int each = 0; each < 20; ++each) narrator.request();
    EXPECT_TRUE(contains(error_of([&] { handler.flush(); }),
                         path_ + ": cannot be rotated: " + path_ + ".new is in the way"));
    EXPECT_EQ(error_of([&] { handler.flush(); }), "");
    EXPECT_EQ(audit::audit_files(path_).size(), 1U);
    std::filesystem::remove(path_ + ".new");
    for (int each = 0; each < 20; ++each) narrator.request();
    EXPECT_GE(audit::audit_files(path_).size(), 2U);
  }
  EXPECT_EQ(all<audit::RequestEnd>().size(), 40U);
  expect_intact();
}

TEST_F(JsonLinesTest, FindsAFileThatIsMissingAmongThoseRotatedAway) {
  record(100, {.rotate_bytes = 10'000});
  std::filesystem::remove(path_ + ".3");
  const CheckReport report = check(path_);
  ASSERT_EQ(report.findings_count, 1U);
  EXPECT_EQ(report.findings[0].fault, Fault::missing);
  EXPECT_EQ(report.findings[0].file, path_ + ".4");
  EXPECT_EQ(report.findings[0].line, 1U);
}

TEST_F(JsonLinesTest, FindsThatTheFirstFilesAreMissingWhereAllAreKept) {
  record(100, {.rotate_bytes = 10'000});
  std::filesystem::remove(path_ + ".1");
  std::filesystem::remove(path_ + ".2");
  expect_fault(Fault::truncated, path_ + ".3", 1);
}

TEST_F(JsonLinesTest, FindsThatOneIsMissingOfTheFilesThatAreKept) {
  record(100, {.rotate_bytes = 10'000, .keep_files = 2});
  const auto files = audit::audit_files(path_);
  std::filesystem::remove(files.at(0));
  expect_fault(Fault::truncated, files.at(1), 1);
}

TEST_F(JsonLinesTest, TakesFilesForRemovedByARunThatKeptFew) {
  record(100, {.rotate_bytes = 10'000, .keep_files = 2});
  record(100, {.rotate_bytes = 10'000});
  record(1, {.keep_files = 5});
  expect_intact();
}

// Whoever cuts off whole runs is found out by a hash that is kept elsewhere, and by nothing
// else.
TEST_F(JsonLinesTest, ShowsByAHashKeptElsewhereThatALaterRunWasCutOff) {
  record(1, {.key = "a key"});
  const std::string first_run = folder_.read("audit.jsonl");
  record(1, {.key = "a key"});
  const audit::Anchor kept{records().back().seq, records().back().hash};
  const audit::CheckOptions expecting{.key = "a key", .expected = kept};
  expect_intact(expecting);
  folder_.write("audit.jsonl", first_run);

  expect_intact({.key = "a key"});
  expect_fault(Fault::truncated, path_, 6, expecting);
  record(2, {.key = "a key"});
  expect_intact({.key = "a key"});
  expect_fault(Fault::edited, path_, 12, expecting);
}

TEST_F(JsonLinesTest, FindsThatTheLastFileIsMissing) {
  record(100, {.rotate_bytes = 10'000});
  std::filesystem::remove(path_);
  const CheckReport report = check(path_);
  ASSERT_EQ(report.findings_count, 1U);
  EXPECT_EQ(report.findings[0].fault, Fault::truncated);
}

// -- several threads --------------------------------------------------------------------

// One thread writes and rotates, one flushes, and this one reads all of it again and again:
// what is there is whole at any time.
TEST_F(JsonLinesTest, IsIntactWhileItIsWritten) {
  JsonLinesEventHandler handler(path_,
                                {.sync = SyncPolicy::never,
                                 .write_delay = std::chrono::milliseconds(1),
                                 .rotate_bytes = 50'000});
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    Narrator narrator(handler);
    for (int each = 0; each < 2'000; ++each) narrator.request();
    is_over = true;
  });
  std::thread flusher([&] {
    while (!is_over) handler.flush();
  });

  do {
    const CheckReport report = check(path_);
    EXPECT_TRUE(report.is_being_written);
    for (const auto& finding : report.findings)
      ADD_FAILURE() << name_of(finding.fault) << " at line " << finding.line << " of "
                    << finding.file << ": " << finding.message;
  } while (!is_over);
  writer.join();
  flusher.join();

  EXPECT_GT(check(path_).files, 20U);
}

}  // namespace
}  // namespace hark::test
