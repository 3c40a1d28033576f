// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/audit_file.hpp"

#include <hark/error.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <istream>
#include <limits>
#include <span>
#include <system_error>
#include <utility>

#include "audit/json_text.hpp"

namespace hark::audit {
namespace {

using Json = nlohmann::json;

// -- a line -----------------------------------------------------------------------------

[[noreturn]] void refuse(std::string_view key, const char* what) {
  throw AuditFormatError("\"" + std::string(key) + "\" " + what);
}

/// An object's members, each of the type that it has to have; one that is not there is as
/// if it said nothing.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  const Json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  std::string text(const char* key) const {
    const Json* const found = find(key);
    return found == nullptr ? std::string() : text_of(*found, key);
  }

  static std::string text_of(const Json& value, std::string_view key) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_object() && value.contains("$bytes")) {
      if (auto bytes = from_base64(value["$bytes"].get<std::string>())) return *bytes;
    }
    refuse(key, "is no text");
  }

  std::uint64_t number(const char* key) const {
    const Json* const found = find(key);
    if (found == nullptr) return 0;
    if (!found->is_number_unsigned()) refuse(key, "is no natural number");
    return found->get<std::uint64_t>();
  }

  std::optional<std::uint64_t> number_if_any(const char* key) const {
    return find(key) == nullptr ? std::nullopt : std::optional(number(key));
  }

  template <class Small>
  Small small_number(const char* key) const {
    const std::uint64_t large = number(key);
    if (!std::in_range<Small>(large)) refuse(key, "is too large");
    return static_cast<Small>(large);
  }

  std::chrono::nanoseconds nanoseconds(const char* key) const {
    const Json* const found = find(key);
    if (found == nullptr) return {};
    if (!found->is_number_integer()) refuse(key, "is no whole number");
    return std::chrono::nanoseconds(found->get<std::int64_t>());
  }

  bool boolean(const char* key) const {
    const Json* const found = find(key);
    if (found == nullptr) return false;
    if (!found->is_boolean()) refuse(key, "is neither true nor false");
    return found->get<bool>();
  }

  WallTime time(const char* key) const {
    const std::optional<WallTime> time = time_of(text(key));
    if (!time) refuse(key, "is no time");
    return *time;
  }

  Moment moment() const { return {time("time"), MonotonicTime(nanoseconds("mono_ns"))}; }

 private:
  const Json& object_;
};

Moment before(Moment moment, std::chrono::nanoseconds by) {
  return {moment.wall - by, moment.monotonic - by};
}

template <class T>
T named(std::string_view name, std::optional<T> found, const char* key) {
  if (!found) refuse(key, ("is unknown: " + std::string(name)).c_str());
  return *found;
}

std::optional<Outcome> outcome_named(std::string_view name) {
  for (const Outcome each :
       {Outcome::ok, Outcome::error, Outcome::cancelled, Outcome::unknown})
    if (name_of(each) == name) return each;
  return std::nullopt;
}

std::optional<Redaction> redaction_named(std::string_view name) {
  for (const Redaction each :
       {Redaction::none, Redaction::left_out, Redaction::hashed, Redaction::truncated})
    if (audit::name_of(each) == name) return each;
  return std::nullopt;
}

std::optional<dbapi::Type> type_named(std::string_view name) {
  for (int each = 0; each <= static_cast<int>(dbapi::Type::decimal); ++each)
    if (dbapi::name_of(static_cast<dbapi::Type>(each)) == name)
      return static_cast<dbapi::Type>(each);
  return std::nullopt;
}

double real_named(const std::string& name) {
  if (name == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (name == "Infinity") return std::numeric_limits<double>::infinity();
  if (name == "-Infinity") return -std::numeric_limits<double>::infinity();
  refuse("$real", "is no number");
}

dbapi::Value blob_of(const std::string& text) {
  const auto bytes = from_base64(text);
  if (!bytes) refuse("$blob", "is no base64");
  return std::as_bytes(std::span(*bytes));
}

/// A value of which JSON has no type: {"$date": "2026-11-22"}.
dbapi::Value typed_value_of(const Json& object) {
  if (object.size() != 1 || !object.begin()->is_string())
    refuse("value", "is of no known type");
  const std::string& type = object.begin().key();
  const std::string text = object.begin()->get<std::string>();
  if (type == "$bytes") return Members::text_of(object, type);
  if (type == "$blob") return blob_of(text);
  if (type == "$decimal") return dbapi::Decimal{text};
  if (type == "$real") return real_named(text);
  if (type == "$date") return named(text, dbapi::date_of(text), "$date");
  if (type == "$datetime") return named(text, dbapi::datetime_of(text), "$datetime");
  refuse("value", "is of no known type");
}

dbapi::Value value_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return {};
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_unsigned:
      return json.get<std::uint64_t>();
    case Json::value_t::number_integer:
      return json.get<std::int64_t>();
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get<std::string>();
    default:
      return typed_value_of(json);
  }
}

Attributes attributes_of(const Members& members) {
  Attributes made;
  const Json* const found = members.find("attributes");
  if (found == nullptr) return made;
  for (const auto& [name, value] : found->items())
    made.push_back({name, value_of(value)});
  return made;
}

std::shared_ptr<const Database> database_of(const Members& members) {
  const Json* const found = members.find("database");
  if (found == nullptr) return nullptr;
  const Members database(*found);
  auto made = std::make_shared<Database>();
  made->system = database.text("system");
  made->name = database.text("name");
  made->server_address = database.text("address");
  if (database.find("port") != nullptr)
    made->server_port = database.small_number<std::uint16_t>("port");
  made->url = database.text("url");
  return made;
}

std::shared_ptr<const Statement> statement_of(const Members& members) {
  const Json* const found = members.find("statement");
  if (found == nullptr) return nullptr;
  const Members statement(*found);
  auto made = std::make_shared<Statement>();
  made->text = statement.text("text");
  made->fingerprint = statement.find("fingerprint") == nullptr
                          ? made->text
                          : statement.text("fingerprint");
  made->summary = statement.text("summary");
  made->operation = statement.text("operation");
  return made;
}

Parameter parameter_of(const Members& members) {
  Parameter made;
  made.name = members.text("name");
  made.column = members.text("column");
  made.row = members.small_number<std::uint32_t>("row");
  if (const Json* const value = members.find("value")) made.value = value_of(*value);
  made.type = made.value.type();
  if (members.find("type") != nullptr) {
    const std::string type = members.text("type");
    made.type = named(type, type_named(type), "type");
  }
  if (members.find("redaction") != nullptr) {
    const std::string redaction = members.text("redaction");
    made.redaction = named(redaction, redaction_named(redaction), "redaction");
  }
  return made;
}

std::vector<Parameter> parameters_of(const Members& members) {
  std::vector<Parameter> made;
  if (const Json* const found = members.find("parameters"))
    for (const Json& each : *found) made.push_back(parameter_of(Members(each)));
  return made;
}

std::optional<Failure> failure_of(const Members& members) {
  const Json* const found = members.find("failure");
  if (found == nullptr) return std::nullopt;
  const Members failure(*found);
  return Failure{failure.text("type"),
                 failure.text("message"),
                 failure.text("sqlstate"),
                 failure.boolean("disconnect")};
}

FileStart file_start_of(const Members& members) {
  FileStart made;
  made.time = members.moment();
  made.format = members.small_number<int>("format");
  made.hark_version = members.text("hark");
  made.program = members.text("program");
  made.pid = members.number("pid");
  made.host = members.text("host");
  made.reason = members.text("reason");
  made.key_id = members.text("key_id");
  if (members.find("keep_files") != nullptr)
    made.keep_files = members.number("keep_files");
  if (const Json* const found = members.find("previous")) {
    const Members previous(*found);
    made.previous_file = previous.text("file");
    made.previous_seq = previous.number("seq");
    made.previous_hash = previous.text("hash");
  }
  made.unclosed = members.boolean("unclosed");
  made.torn = members.number("torn");
  return made;
}

RequestStart request_start_of(const Members& members) {
  RequestStart made;
  made.id = members.number("id");
  made.parent_id = members.number("parent");
  made.name = members.text("name");
  made.start = members.moment();
  made.database = database_of(members);
  made.connection_id = members.number("connection");
  made.thread_id = members.number("thread");
  made.traceparent = members.text("traceparent");
  made.attributes = attributes_of(members);
  return made;
}

EventKind kind_of(const Members& members) {
  const std::string kind = members.text("kind");
  return named(kind, kind_named(kind), "kind");
}

EventStart event_start_of(const Members& members) {
  EventStart made;
  made.id = members.number("id");
  made.request_id = members.number("request");
  made.parent_id = members.number("parent");
  made.kind = kind_of(members);
  made.name = members.text("name");
  made.start = members.moment();
  made.database = database_of(members);
  made.statement = statement_of(members);
  made.parameters = parameters_of(members);
  made.parameter_count = members.number("parameter_count");
  made.batch_size = members.number("batch_size");
  made.connection_id = members.number("connection");
  made.dbapi_connection_id = members.number("dbapi_connection");
  made.execution_id = members.number("execution");
  made.thread_id = members.number("thread");
  made.attributes = attributes_of(members);
  return made;
}

template <class End>
void read_end(End& to, const Members& members) {
  const std::string outcome = members.text("outcome");
  to.outcome = named(outcome, outcome_named(outcome), "outcome");
  to.elapsed = members.nanoseconds("elapsed_ns");
  to.start = before(members.moment(), to.elapsed);
  to.failure = failure_of(members);
  to.attributes = attributes_of(members);
}

EventEnd event_end_of(const Members& members) {
  EventEnd made;
  made.id = members.number("id");
  made.request_id = members.number("request");
  made.kind = kind_of(members);
  made.statement = statement_of(members);
  read_end(made, members);
  made.rows = members.number_if_any("rows");
  made.waited = members.nanoseconds("waited_ns");
  made.open = members.nanoseconds("open_ns");
  made.ended_by = members.text("ended_by");
  return made;
}

RequestEnd request_end_of(const Members& members) {
  RequestEnd made;
  made.id = members.number("id");
  made.name = members.text("name");
  read_end(made, members);
  made.events = members.number("events");
  made.lost = members.number("lost");
  return made;
}

WriteLoss write_loss_of(const Members& members) {
  WriteLoss made;
  made.time = members.moment();
  made.since = members.time("since");
  made.reason = members.text("reason");
  made.request_starts = members.number("request_starts");
  made.event_starts = members.number("event_starts");
  made.request_ends = members.number("request_ends");
  made.event_ends = members.number("event_ends");
  return made;
}

decltype(AuditRecord::what) what_of(const std::string& type, const Members& members) {
  if (type == "event_start") return event_start_of(members);
  if (type == "event_end") return event_end_of(members);
  if (type == "request_start") return request_start_of(members);
  if (type == "request_end") return request_end_of(members);
  if (type == "file_start") return file_start_of(members);
  if (type == "loss") return write_loss_of(members);
  if (type == "file_end") return FileEnd{members.moment(), members.text("reason")};
  refuse("type", ("is unknown: " + type).c_str());
}

// -- files ------------------------------------------------------------------------------

/// The number that a file was rotated away with, from the end of its name; 0: it is none.
std::uint64_t rotation_of(std::string_view digits) {
  if (digits.empty()) return 0;
  std::uint64_t number = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  return error == std::errc() && end == last && digits.front() != '0' ? number : 0;
}

bool is_same_file(const std::string& path, int descriptor) {
  struct stat there {};
  struct stat here {};
  return ::stat(path.c_str(), &there) == 0 && ::fstat(descriptor, &here) == 0 &&
         there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

struct LastLines {
  std::uint64_t offset = 0;  ///< where they begin
  std::uint64_t count = 0;
};

/// The last `wanted` lines of a file, or as many as it has; block by block from its end.
LastLines last_lines(int descriptor, std::uint64_t wanted) {
  std::string block(std::size_t{64} << 10U, '\0');
  struct stat state {};
  ::fstat(descriptor, &state);
  const auto size = static_cast<std::uint64_t>(state.st_size);
  LastLines last{size, 0};
  if (wanted == 0) return last;
  for (std::uint64_t end = size; end != 0;) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(end, block.size());
    const ssize_t count =
        ::pread(descriptor, block.data(), end - begin, static_cast<off_t>(begin));
    if (count != static_cast<ssize_t>(end - begin)) break;
    for (std::uint64_t at = end; at-- > begin;) {
      // The end of the last line begins no other one.
      if (block[at - begin] != '\n' || at + 1 == size) continue;
      last.offset = at + 1;
      if (++last.count == wanted) return last;
    }
    end = begin;
  }
  if (size != 0) last = {0, last.count + 1};
  return last;
}

}  // namespace

bool is_being_written(int descriptor) noexcept {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  return ::fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

AuditRecord parse_record(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    if (!json.is_object()) throw AuditFormatError("is no JSON object");
    const Members members(json);
    AuditRecord made;
    made.seq = members.number("seq");
    made.what = what_of(members.text("type"), members);
    made.hash = members.text("hash");
    return made;
  } catch (const Json::exception& error) {
    throw AuditFormatError(error.what());
  } catch (const Error& error) {
    throw AuditFormatError(error.what());
  }
}

struct AuditReader::Source {
  int descriptor = -1;
  std::string path{};
  std::istream* stream = nullptr;
  std::uint64_t offset = 0;
  std::string buffer{};
  std::size_t begin = 0;  // of what was not given out
  std::uint64_t lines = 0;
  bool is_inside_long_line = false;
  std::size_t torn =
      0;  // bytes of a last line that was given out though it was not whole

  std::string_view rest() const { return std::string_view(buffer).substr(begin); }

  /// Reads on; false: there is no more.
  bool fill() {
    constexpr std::size_t step = std::size_t{256} << 10U;
    buffer.erase(0, begin);
    begin = 0;
    const std::size_t size = buffer.size();
    buffer.resize(size + step);
    const std::size_t count = read(buffer.data() + size, step);
    buffer.resize(size + count);
    return count != 0;
  }

  std::size_t read(char* to, std::size_t size) {
    if (stream != nullptr) {
      stream->clear();
      stream->read(to, static_cast<std::streamsize>(size));
      return static_cast<std::size_t>(stream->gcount());
    }
    for (;;) {
      const ssize_t count = ::pread(descriptor, to, size, static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0)
        throw std::system_error(
            errno, std::generic_category(), path + ": cannot be read");
      offset += static_cast<std::uint64_t>(count);
      return static_cast<std::size_t>(count);
    }
  }
};

AuditReader::AuditReader(const std::string& path) : source_(std::make_unique<Source>()) {
  source_->path = path;
  source_->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (source_->descriptor < 0)
    throw std::system_error(errno, std::generic_category(), path + ": cannot be read");
}

AuditReader::AuditReader(std::istream& stream) : source_(std::make_unique<Source>()) {
  source_->stream = &stream;
}

AuditReader::~AuditReader() {
  if (source_->descriptor >= 0) ::close(source_->descriptor);
}

bool AuditReader::has_more() { return source_->fill(); }

int AuditReader::descriptor() const noexcept { return source_->descriptor; }

void AuditReader::seek(std::uint64_t offset) {
  source_->offset = offset;
  source_->buffer.clear();
  source_->begin = 0;
}

std::optional<AuditLine> AuditReader::next_line() {
  Source& source = *source_;
  std::size_t searched = 0;
  for (;;) {
    const std::string_view rest = source.rest();
    const std::size_t end = rest.find('\n', searched);
    if (end != std::string_view::npos) {
      source.begin += end + 1;
      source.torn = 0;
      if (std::exchange(source.is_inside_long_line, false)) {
        searched = 0;
        continue;
      }
      return AuditLine{std::string(rest.substr(0, end)), ++source.lines, true};
    }
    searched = rest.size();
    if (source.is_inside_long_line || searched > longest_line) {
      source.begin += searched;
      searched = 0;
      if (!std::exchange(source.is_inside_long_line, true))
        return AuditLine{
            std::string(rest.substr(0, longest_line)), ++source.lines, false};
    }
    if (!source.fill()) break;
  }
  const std::string_view torn = source.rest();
  if (torn.size() == std::exchange(source.torn, torn.size())) return std::nullopt;
  return AuditLine{std::string(torn), source.lines + 1, false};
}

std::optional<AuditRecord> AuditReader::next() {
  const std::optional<AuditLine> line = next_line();
  if (!line) return std::nullopt;
  try {
    if (!line->is_whole) throw AuditFormatError("is not whole");
    return parse_record(line->text);
  } catch (const AuditFormatError& error) {
    throw AuditFormatError("line " + std::to_string(line->number) + ": " + error.what());
  }
}

std::uint64_t AuditReader::line_number() const noexcept { return source_->lines; }

std::vector<std::string> audit_files(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path whole(path);
  const fs::path folder = whole.has_parent_path() ? whole.parent_path() : fs::path(".");
  const std::string prefix = whole.filename().string() + ".";
  std::vector<std::pair<std::uint64_t, std::string>> rotated;
  std::error_code error;
  for (const fs::directory_entry& each : fs::directory_iterator(folder, error)) {
    const std::string name = each.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    if (const std::uint64_t number = rotation_of(name.substr(prefix.size())))
      rotated.emplace_back(number, path + "." + std::to_string(number));
  }
  std::sort(rotated.begin(), rotated.end());
  std::vector<std::string> files;
  files.reserve(rotated.size() + 1);
  for (auto& [number, name] : rotated) files.push_back(std::move(name));
  if (fs::exists(whole, error)) files.push_back(path);
  return files;
}

// -- a trail ----------------------------------------------------------------------------

AuditTrail::AuditTrail(std::string path) : path_(std::move(path)) {
  const std::vector<std::string> files = audit_files(path_);
  open(files.empty() ? path_ : files.front());
}

void AuditTrail::open(const std::string& file) {
  reader_ = std::make_unique<AuditReader>(file);
  file_ = file;
}

std::optional<AuditLine> AuditTrail::next_line() {
  for (;;) {
    if (auto line = reader_->next_line()) return line;
    if (!open_next()) return std::nullopt;
  }
}

/// False: there is none. Where this one has got another name, it has a next one.
bool AuditTrail::open_next() {
  const std::vector<std::string> files = audit_files(path_);
  const auto here = std::find_if(files.begin(), files.end(), [&](const auto& each) {
    return is_same_file(each, reader_->descriptor());
  });
  std::string next;
  if (here != files.end()) {
    file_ = *here;
    if (here + 1 == files.end()) return false;
    next = *(here + 1);
  } else {
    // It was removed, as the oldest one of all.
    if (files.empty()) return false;
    next = files.front();
  }
  // Something may have been written to it between its last line and its next one.
  if (reader_->has_more()) return true;
  open(next);
  return true;
}

void AuditTrail::seek_last(std::uint64_t lines) {
  std::vector<std::string> files = audit_files(path_);
  for (; !files.empty(); files.pop_back()) {
    open(files.back());
    const LastLines last = last_lines(reader_->descriptor(), lines);
    reader_->seek(last.offset);
    if (last.count == lines) return;
    lines -= last.count;
  }
}

bool AuditTrail::is_being_written() const noexcept {
  return audit::is_being_written(reader_->descriptor());
}

}  // namespace hark::audit
