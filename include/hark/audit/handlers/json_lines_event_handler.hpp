// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/audit/event_handler.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace hark::audit {

/// When what was written is brought to the disk, so that it outlives the machine's crash.
enum class SyncPolicy : std::uint8_t {
  never,              ///< when the operating system does; at a flush and at the end
  every_interval,     ///< after JsonLinesOptions::sync_interval
  every_request_end,  ///< before request_end() returns
  every_record,       ///< before any call returns
};

/// What a JsonLinesEventHandler can be told.
struct JsonLinesOptions {
  SyncPolicy sync = SyncPolicy::every_interval;
  std::chrono::milliseconds sync_interval{1'000};  ///< 1 at least
  /// The longest time that a line waits for others to be written with. 0: it does not.
  std::chrono::milliseconds write_delay{100};
  std::uint64_t rotate_bytes = 0;               ///< a file's largest size; 0: no limit
  std::chrono::milliseconds rotate_interval{};  ///< a file's longest time; 0: no limit
  std::size_t keep_files = 0;                   ///< rotated ones; 0: all
  /// Of the chain's HMAC-SHA-256; empty: the chain has no key.
  std::string key{};
  unsigned permissions = 0600;  ///< of new files
};

namespace detail {

class JsonLinesFile;

/// What a start has told, so that what follows need not repeat it.
struct JsonLinesRequest {
  std::shared_ptr<const Database> database;
  std::size_t attributes;
};
struct JsonLinesEvent {
  std::shared_ptr<const Statement> statement;
  std::size_t attributes;
};

}  // namespace detail

/// Appends what happens to a file, one JSON object a line.
///
///     audit::use_event_handler(engine,
///                              std::make_shared<audit::JsonLinesEventHandler>("audit.jsonl"),
///                              {.policy = audit::QueuePolicy::block});
///
/// Keys that say nothing are left out. All lines:
///
/// | key       | what it is                                                                |
/// | --------- | ------------------------------------------------------------------------- |
/// | `seq`     | 1, 2, …, on and on over rotations and restarts                            |
/// | `type`    | of the line, one of those below                                           |
/// | `time`    | UTC: "2026-11-22T09:12:23.123456789Z"                                     |
/// | `mono_ns` | the same moment on the monotonic clock; of use within one run             |
/// | `hash`    | the last key: the chain, below                                            |
///
/// | type            | further keys                                                        |
/// | --------------- | ------------------------------------------------------------------- |
/// | `file_start`    | `format` (1), `hark` (its version), `program`, `pid`, `host`,       |
/// |                 | `reason` (new, reopened, rotated), `key_id` (of the chain's key),   |
/// |                 | `keep_files` (JsonLinesOptions's; 0: nothing removes a file),       |
/// |                 | `previous` {`file`, `seq`, `hash`} (the line before this one),      |
/// |                 | `unclosed` (true: the run before has no file_end, or one that says  |
/// |                 | that another file follows, which is not there), `torn` (bytes of    |
/// |                 | a last line that was not whole, and were cut off), `torn_text`      |
/// | `request_start` | `id`, `parent`, `name`, `database` {`system`, `name`, `address`,    |
/// |                 | `port`, `url`}, `connection`, `thread`, `traceparent`, `attributes` |
/// | `event_start`   | `id`, `request`, `parent`, `kind`, `name`, `database` (another than |
/// |                 | its request's), `statement` {`text`, `fingerprint` (another than    |
/// |                 | the text), `summary`, `operation`}, `parameters` [{`name`,          |
/// |                 | `column`, `row`, `type`, `redaction`, `value`}], `parameter_count`, |
/// |                 | `batch_size`, `connection`, `dbapi_connection`, `execution`,        |
/// |                 | `thread`, `attributes`                                              |
/// | `event_end`     | `id`, `request`, `kind`, `outcome`, `elapsed_ns`, `rows`,           |
/// |                 | `waited_ns`, `open_ns`, `ended_by`, `failure` {`type`, `message`,   |
/// |                 | `sqlstate`, `disconnect`}, `statement` (another than at the start), |
/// |                 | `attributes` (new ones). Its time is its start's and `elapsed_ns`.  |
/// | `request_end`   | `id`, `name`, `outcome`, `elapsed_ns`, `events`, `lost`, `failure`, |
/// |                 | `attributes` (new ones)                                             |
/// | `loss`          | `reason`, `since`, `request_starts`, `event_starts`, `request_ends`,|
/// |                 | `event_ends`: what could not be written                             |
/// | `file_end`      | `reason` (closed, rotated)                                          |
///
/// Ids are unique in a run: from a file_start that is not `rotated` to the next. Integers
/// are exact, 64 bits. Values that JSON has not: {"$blob": base64}, {"$bytes": base64} for
/// text that is not UTF-8, {"$date": …}, {"$datetime": …}, {"$decimal": "12.50"}, {"$real":
/// "NaN"}. A real number has a point or an exponent.
///
/// The chain: `hash` is SHA-256 over the 32 bytes of the previous line's hash (0 for the
/// first) and this line up to `,"hash"`; with a key, HMAC-SHA-256. Without a key it shows
/// whatever was changed by accident, or by somebody who did not compute all later hashes
/// anew; who does that is found out only by a hash that is kept elsewhere. With a key nobody
/// who has not got it can add or change a line.
///
/// What is cut off the end is another matter, and a key is no help there. Within a run the
/// missing file_end shows it, and the rotated file_end before a file that is gone. A file that
/// ends with the file_end of an earlier run is whole as of that time, and the next run goes on
/// from there: only a later hash that is kept elsewhere (`hark audit verify --expect-last`)
/// shows that more has been there. Whole files that are gone from the beginning are found as
/// far as `keep_files` says that nothing has removed them. `hark audit verify` checks all this.
///
/// A file that is there is gone on with, after its end has been verified; a last line that is
/// not whole is cut off, and its bytes told in the new file_start. Rotation renames FILE to
/// FILE.1, the next time to FILE.2, and so on: the highest number is the newest; the chain
/// goes across. A file is one process's and one handler's at a time, by a lock.
///
/// Where a write fails (the disk is full), what was half written is cut off again, and lines
/// wait in a buffer of 64 KiB. Calls then throw: what they were to write is missing, and
/// told by a `loss` as soon as writing works again. What still waits at the handler's end, and
/// cannot be written, is counted by lines_waiting() and reported as a lost error.
///
/// Thread safety: as EventHandler; lines_written(), lines_waiting() and flush() also from other threads. Has a
/// thread of its own for what waits.
class JsonLinesEventHandler final
    : public SyncEventHandler<detail::JsonLinesRequest, detail::JsonLinesEvent> {
 public:
  /// Throws: ArgumentError for options that make no sense; Error, which names the file and
  /// the reason, where it cannot be opened or locked, or its end does not verify.
  explicit JsonLinesEventHandler(const std::string& path,
                                 const JsonLinesOptions& options = {});
  ~JsonLinesEventHandler() override;

  detail::JsonLinesRequest request_start(const RequestStart& request) override;
  detail::JsonLinesEvent event_start(const EventStart& event,
                                     detail::JsonLinesRequest& request) override;
  void event_end(const EventEnd& event,
                 detail::JsonLinesRequest& request,
                 detail::JsonLinesEvent start) override;
  void request_end(const RequestEnd& end, detail::JsonLinesRequest start) override;

  /// Writes what waits, and brings it to the disk.
  ///
  /// Throws: Error where that fails, or a rotation has failed since the last time. Where what
  /// is in the file could not be brought to the disk, it fails from then on: the system
  /// forgets what it could not write, so that nobody knows whether it is there.
  void flush() override;

  /// In this run, file_start and the like included; those that wait are counted, too.
  std::uint64_t lines_written() const noexcept;
  /// Of these, the ones that are in the buffer, and not in the file. What is there when the
  /// handler ends, and cannot be written then, is lost, though no call for it has thrown:
  /// after a disconnect(), whose flush may have failed, this is its number.
  std::uint64_t lines_waiting() const noexcept;

 private:
  std::unique_ptr<detail::JsonLinesFile> file_;
};

}  // namespace hark::audit
