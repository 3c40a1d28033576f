// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/audit_file_writer.hpp"

#include <hark/error.hpp>
#include <hark/version.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "audit/json_text.hpp"

namespace hark::audit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t buffer_bytes = std::size_t{64} << 10U;
/// What a line has beside its members, and a file_end in all.
constexpr std::size_t line_overhead = 256;
constexpr std::string_view line_begin = "{\"seq\":";

constexpr std::array<std::string_view, 4> type_names{
    "request_start", "event_start", "request_end", "event_end"};

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

/// False: somebody else has the lock.
bool lock(int descriptor) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  return ::fcntl(descriptor, F_OFD_SETLK, &whole) == 0;
}

struct stat state_of(int descriptor) {
  struct stat state {};
  if (::fstat(descriptor, &state) != 0) state.st_mode = 0;
  return state;
}

bool is_at(const std::string& path, const struct stat& state) {
  struct stat there {};
  return ::stat(path.c_str(), &there) == 0 && there.st_ino == state.st_ino &&
         there.st_dev == state.st_dev;
}

std::string read_from(int descriptor, std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  std::size_t count = 0;
  while (count < size) {
    const ssize_t more = ::pread(descriptor,
                                 text.data() + count,
                                 size - count,
                                 static_cast<off_t>(offset + count));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    count += static_cast<std::size_t>(more);
  }
  text.resize(count);
  return text;
}

/// The end of a file: its last two whole lines, and what is torn behind them.
struct Tail {
  std::string text{};
  std::string_view before_last{};  // empty: there is none
  std::string_view last{};
  std::string_view torn{};
};

std::string_view take_last_line(std::string_view& text) {
  text.remove_suffix(1);
  const std::size_t begin = text.rfind('\n') + 1;  // npos + 1 is 0
  const std::string_view line = text.substr(begin);
  text = text.substr(0, begin);
  return line;
}

Tail tail_of(int descriptor, std::uint64_t size) {
  Tail tail;
  std::uint64_t window = std::min<std::uint64_t>(size, buffer_bytes);
  for (;; window = std::min(size, window * 4)) {
    tail.text = read_from(descriptor, size - window, static_cast<std::size_t>(window));
    const auto ends = std::count(tail.text.begin(), tail.text.end(), '\n');
    // A third end shows that the line before the last one is whole.
    if (ends >= 3 || window == size || window > 4 * longest_line) break;
  }
  std::string_view text = tail.text;
  const std::size_t whole = text.rfind('\n') + 1;
  tail.torn = text.substr(whole);
  text = text.substr(0, whole);
  if (!text.empty()) tail.last = take_last_line(text);
  if (!text.empty()) tail.before_last = take_last_line(text);
  return tail;
}

/// What the hash of a file's last line was made with; empty: it is not told.
std::optional<LineHash> hash_before(const AuditRecord& last, std::string_view line) {
  const auto* const start = std::get_if<FileStart>(&last.what);
  if (start != nullptr && start->previous_seq == 0) return LineHash{};
  if (start != nullptr) return hash_of(start->previous_hash);
  const auto before = split_line(line);
  return before ? std::optional(before->hash) : std::nullopt;
}

std::string first_line_of(int descriptor, std::uint64_t size) {
  const auto window =
      static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer_bytes));
  const std::string text = read_from(descriptor, 0, window);
  return text.substr(0, text.find('\n'));
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

AuditFileWriter::AuditFileWriter(std::string path, const JsonLinesOptions& options)
    : path_(std::move(path)),
      options_(options),
      chain_(options.key),
      rotate_bytes_(options.rotate_bytes) {
  open();
  go_on();
  write();
}

void AuditFileWriter::fail(std::string_view attempt, int error) const {
  throw Error(path_ + ": cannot be " + std::string(attempt) + ": " +
              std::generic_category().message(error));
}

// -- the beginning ----------------------------------------------------------------------

void AuditFileWriter::open() {
  for (;;) {
    file_ = Descriptor(::open(
        path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, options_.permissions));
    if (file_.get() < 0) fail("opened", errno);
    const struct stat state = state_of(file_.get());
    if (!S_ISREG(state.st_mode)) throw Error(path_ + ": is no regular file");
    if (!lock(file_.get()))
      throw Error(path_ + ": is being written already, by another handler or process");
    size_ = static_cast<std::uint64_t>(state_of(file_.get()).st_size);
    // Else who had the lock has rotated it away.
    if (is_at(path_, state)) return;
  }
}

void AuditFileWriter::go_on() {
  rotate_at_ = Clock::now() + options_.rotate_interval;
  if (size_ != 0) go_on_behind(path_, file_.get());
  if (last_.seq == 0) {
    std::vector<std::string> files = audit_files(path_);
    files.erase(std::remove(files.begin(), files.end(), path_), files.end());
    if (!files.empty()) {
      const Descriptor newest(::open(files.back().c_str(), O_RDONLY | O_CLOEXEC));
      if (newest.get() < 0) fail("gone on with", errno);
      go_on_behind(files.back(), newest.get());
    }
  }
  add_file_start(last_.seq == 0 ? "new" : "reopened");
}

/// Finds the end of the chain in a file, and sees that it is one.
void AuditFileWriter::go_on_behind(const std::string& path, int descriptor) {
  const auto refuse = [&](const std::string& why) {
    throw Error(path + ": cannot be gone on with: " + why);
  };
  const bool is_own = descriptor == file_.get();
  const auto size = static_cast<std::uint64_t>(state_of(descriptor).st_size);
  const Tail tail = tail_of(descriptor, size);
  if (tail.torn.size() > longest_line) refuse("it is no audit file");
  if (is_own && !tail.torn.empty()) {
    const std::string_view begin = tail.torn.substr(0, line_begin.size());
    if (tail.last.empty() && !line_begin.starts_with(begin))
      refuse("it is no audit file");
    torn_ = tail.torn;
    size_ = size - tail.torn.size();
    cut(size_);
  }
  if (tail.last.empty()) return;

  try {
    const auto first = parse_record(first_line_of(descriptor, size));
    const auto* const start = std::get_if<FileStart>(&first.what);
    if (start == nullptr) throw AuditFormatError("its first line is no file_start");
    if (start->key_id != chain_.key_id()) refuse("its chain has another key, or none");
    if (is_own && options_.rotate_interval.count() != 0)
      rotate_at_ -= std::chrono::duration_cast<Clock::duration>(Moment::now().wall -
                                                                start->time.wall);

    const AuditRecord last = parse_record(tail.last);
    const auto line = split_line(tail.last);
    const auto previous = hash_before(last, tail.before_last);
    if (!line || !previous || chain_.next(*previous, line->body) != line->hash)
      refuse("its last line does not fit its hash: it was changed");
    last_ = {last.seq, line->hash};
    // Behind "rotated" comes another file, at once.
    const auto* const end = std::get_if<FileEnd>(&last.what);
    is_unclosed_ = end == nullptr || end->reason == "rotated";
    previous_file_ = name_of(path);
  } catch (const AuditFormatError& error) {
    refuse(std::string("it is no audit file, or damaged: ") + error.what());
  }
}

void AuditFileWriter::add_file_start(std::string_view reason) {
  constexpr std::size_t longest_torn_text = 4096;
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  std::string members;
  append_moment(members, Moment::now());
  append_member(members, "format", std::uint64_t{1});
  append_member(members, "hark", std::string_view(version));
  append_member(members, "program", std::string_view(program_invocation_short_name));
  append_member(members, "pid", static_cast<std::uint64_t>(::getpid()));
  append_member(members, "host", std::string_view(host.data()));
  append_member(members, "reason", reason);
  append_any(members, "key_id", chain_.key_id());
  append_member(members, "keep_files", std::uint64_t{options_.keep_files});
  if (last_.seq != 0) {
    members += R"(,"previous":{"file":)";
    append_json(members, previous_file_);
    append_member(members, "seq", last_.seq);
    append_member(members, "hash", hex_of(last_.hash));
    members += '}';
  }
  if (std::exchange(is_unclosed_, false)) members += ",\"unclosed\":true";
  append_any(members, "torn", torn_.size());
  append_any(members, "torn_text", std::string_view(torn_).substr(0, longest_torn_text));
  torn_.clear();
  add_line("file_start", members);
  has_records_ = size_ != 0;
}

// -- lines ------------------------------------------------------------------------------

std::size_t AuditFileWriter::add_line(std::string_view type, std::string_view members) {
  const std::size_t begin = waiting_.size();
  try {
    waiting_ += line_begin;
    append_json(waiting_, last_.seq + 1);
    waiting_ += R"(,"type":")";
    waiting_ += type;
    waiting_ += '"';
    waiting_ += members;
    const LineHash hash =
        chain_.next(last_.hash, std::string_view(waiting_).substr(begin));
    waiting_ += hash_key;
    append_hex(waiting_, hash);
    waiting_ += "\"}\n";
    last_ = {last_.seq + 1, hash};
  } catch (...) {
    waiting_.resize(begin);
    throw;
  }
  ++lines_;
  return waiting_.size() - begin;
}

/// Leaves out the line that was added last.
void AuditFileWriter::take_back(const Place& place, std::size_t size) {
  if (waiting_.size() >= size) {
    waiting_.resize(waiting_.size() - size);
  } else {
    size_ -= size;
    has_half_ = true;
    if (size_ <= synced_size_) sync_error_ = 0;
  }
  last_ = place;
  --lines_;
}

void AuditFileWriter::append(LineType type, std::string_view members) {
  try {
    append_line(type, members);
  } catch (const std::exception& error) {
    miss(type, error.what());
    throw;
  }
}

void AuditFileWriter::append_line(LineType type, std::string_view members) {
  if (members.size() + line_overhead > longest_line)
    throw Error(path_ + ": a line would be longer than 16 MiB");
  if (is_failing_ || waiting_.size() >= buffer_bytes) write();
  if (has_to_rotate(members.size())) try_to_rotate();
  if (missing_.any()) add_loss();

  const Place before = last_;
  const std::size_t size =
      add_line(type_names.at(static_cast<std::size_t>(type)), members);
  has_records_ = true;
  const bool has_to_sync =
      options_.sync == SyncPolicy::every_record ||
      (options_.sync == SyncPolicy::every_request_end && type == LineType::request_end);
  if (!has_to_sync && options_.write_delay.count() != 0) return;
  try {
    write();
    if (has_to_sync) sync();
  } catch (...) {
    take_back(before, size);
    throw;
  }
}

void AuditFileWriter::miss(LineType type, std::string_view reason) {
  if (!missing_.any()) {
    missing_.reason = reason;
    missing_.since = Moment::now().wall;
  }
  ++missing_.counts.at(static_cast<std::size_t>(type));
}

void AuditFileWriter::add_loss() {
  std::string members;
  append_moment(members, Moment::now());
  append_member(members, "reason", missing_.reason);
  members += R"(,"since":")";
  append_time(members, missing_.since);
  members += '"';
  constexpr std::array<std::string_view, 4> keys{
      "request_starts", "event_starts", "request_ends", "event_ends"};
  for (std::size_t each = 0; each < keys.size(); ++each)
    append_any(members, keys.at(each), missing_.counts.at(each));
  add_line("loss", members);
  missing_ = {};
}

void AuditFileWriter::close() {
  if (missing_.any()) add_loss();
  std::string members;
  append_moment(members, Moment::now());
  members += R"(,"reason":"closed")";
  add_line("file_end", members);
  write();
  sync();
}

// -- the disk ---------------------------------------------------------------------------

void AuditFileWriter::cut(std::uint64_t size) {
  while (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
    if (errno != EINTR) fail("cut back to its last whole line", errno);
  has_half_ = false;
}

void AuditFileWriter::write() {
  is_failing_ = true;
  if (has_half_) cut(size_);
  std::size_t written = 0;
  while (written < waiting_.size()) {
    const ssize_t count =
        ::write(file_.get(), waiting_.data() + written, waiting_.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) keep_whole_lines(written, count < 0 ? errno : ENOSPC);
    written += static_cast<std::size_t>(count);
  }
  if (written != 0) has_unsynced_ = true;
  size_ += written;
  waiting_.clear();
  is_failing_ = false;
}

/// Of what should have been written, so much was.
void AuditFileWriter::keep_whole_lines(std::size_t written, int error) {
  const std::size_t whole =
      written == 0 ? 0 : waiting_.rfind('\n', written - 1) + 1;  // npos + 1 is 0
  size_ += whole;
  waiting_.erase(0, whole);
  has_half_ = written != whole;
  if (whole != 0) has_unsynced_ = true;
  if (has_half_) cut(size_);
  fail("written", error);
}

void AuditFileWriter::sync() {
  while (sync_error_ == 0 && ::fdatasync(file_.get()) != 0)
    if (errno != EINTR) sync_error_ = errno;
  if (sync_error_ != 0) fail("brought to the disk", sync_error_);
  synced_size_ = size_;
  has_unsynced_ = false;
}

std::uint64_t AuditFileWriter::waiting_lines() const noexcept {
  return static_cast<std::uint64_t>(std::count(waiting_.begin(), waiting_.end(), '\n'));
}

Descriptor AuditFileWriter::duplicate() {
  has_unsynced_ = false;
  return Descriptor(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0));
}

void AuditFileWriter::note_failed_sync(int error) {
  has_unsynced_ = true;
  sync_error_ = error;
  try {
    fail("brought to the disk", error);
  } catch (...) {
    late_error_ = std::current_exception();
  }
}

// -- rotation ---------------------------------------------------------------------------

bool AuditFileWriter::has_to_rotate(std::size_t more) const {
  if (!has_records_) return false;
  const bool is_large =
      rotate_bytes_ != 0 &&
      size_ + waiting_.size() + more + 2 * line_overhead > rotate_bytes_;
  return is_large ||
         (options_.rotate_interval.count() != 0 && Clock::now() >= rotate_at_);
}

/// Where it cannot be done, the file grows on, and it is tried again a tenth later.
void AuditFileWriter::try_to_rotate() {
  try {
    rotate();
    rotate_bytes_ = options_.rotate_bytes;
    rotate_at_ = Clock::now() + options_.rotate_interval;
  } catch (...) {
    late_error_ = std::current_exception();
    rotate_bytes_ += options_.rotate_bytes / 10;
    rotate_at_ = Clock::now() + options_.rotate_interval / 10;
  }
}

void AuditFileWriter::throw_late_error() {
  if (auto error = std::exchange(late_error_, nullptr)) std::rethrow_exception(error);
}

void AuditFileWriter::rotate() {
  write();
  const std::string fresh_path = path_ + ".new";
  Descriptor fresh(::open(
      fresh_path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, options_.permissions));
  if (fresh.get() < 0) fail("rotated", errno);
  // An empty one was left behind by a crash.
  if (state_of(fresh.get()).st_size != 0 || !lock(fresh.get()))
    throw Error(path_ + ": cannot be rotated: " + fresh_path + " is in the way");

  std::string members;
  append_moment(members, Moment::now());
  members += R"(,"reason":"rotated")";
  const Place before = last_;
  const std::size_t size = add_line("file_end", members);
  const std::string rotated = next_rotated();
  try {
    write();
    if (options_.sync != SyncPolicy::never) sync();
    if (std::rename(path_.c_str(), rotated.c_str()) != 0) fail("rotated", errno);
    if (std::rename(fresh_path.c_str(), path_.c_str()) != 0) {
      const int error = errno;
      std::rename(rotated.c_str(), path_.c_str());
      fail("rotated", error);
    }
  } catch (...) {
    take_back(before, size);
    ::unlink(fresh_path.c_str());
    throw;
  }
  file_ = std::move(fresh);
  size_ = 0;
  synced_size_ = 0;
  previous_file_ = name_of(rotated);
  add_file_start("rotated");
  if (options_.sync != SyncPolicy::never) sync_folder();
  if (options_.keep_files != 0) remove_oldest();
}

std::string AuditFileWriter::next_rotated() const {
  const std::vector<std::string> files = audit_files(path_);
  std::uint64_t number = 0;
  for (const std::string& each : files)
    if (each != path_) number = std::stoull(each.substr(path_.size() + 1));
  return path_ + "." + std::to_string(number + 1);
}

void AuditFileWriter::remove_oldest() const {
  const std::vector<std::string> files = audit_files(path_);
  const std::size_t kept = options_.keep_files + 1;  // and this one
  for (std::size_t each = 0; each + kept < files.size(); ++each)
    ::unlink(files[each].c_str());
}

/// So that the names outlive a crash, too.
void AuditFileWriter::sync_folder() const {
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  const Descriptor opened(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0) ::fsync(opened.get());
}

}  // namespace hark::audit
