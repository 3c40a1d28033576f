// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/error.hpp>

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "audit/audit_file_writer.hpp"
#include "audit/handlers/json_lines_members.hpp"
#include "audit/quiet_thread.hpp"

namespace hark::audit {
namespace detail {

/// The file, and the thread that writes what waits.
class JsonLinesFile {
 public:
  JsonLinesFile(const std::string& path, const JsonLinesOptions& options)
      : options_(options),
        path_(path),
        writer_(path, options),
        thread_(quiet_thread([this] { run(); })) {}
  JsonLinesFile(const JsonLinesFile&) = delete;
  JsonLinesFile& operator=(const JsonLinesFile&) = delete;

  ~JsonLinesFile() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    try {
      writer_.close();
    } catch (...) {
      hark::detail::report_lost_error("the end of " + path_ + " was not written" +
                                      waiting_text());
    }
  }

  template <class... Args>
  void append(LineType type, const Args&... arguments) {
    const std::lock_guard lock(mutex_);
    members_.clear();
    append_members(members_, arguments...);
    writer_.append(type, members_);
    if (std::exchange(is_idle_, false)) wake_.notify_one();
  }

  void flush() {
    const std::lock_guard lock(mutex_);
    try {
      writer_.write();
    } catch (const Error& error) {
      throw Error(error.what() + waiting_text());
    }
    writer_.sync();
    writer_.throw_late_error();
  }

  std::uint64_t lines() const {
    const std::lock_guard lock(mutex_);
    return writer_.lines();
  }
  std::uint64_t waiting_lines() const {
    const std::lock_guard lock(mutex_);
    return writer_.waiting_lines();
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string waiting_text() const {
    const std::uint64_t count = writer_.waiting_lines();
    if (count == 0) return {};
    return ": " + std::to_string(count) + (count == 1 ? " line is" : " lines are") +
           " not in it";
  }

  bool syncs_at_times() const { return options_.sync == SyncPolicy::every_interval; }
  void run() {
    pthread_setname_np(pthread_self(), "hark-audit-file");
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
      await_lines(lock);
      if (writer_.has_waiting()) await_more(lock);
      if (!is_stopping_) work(lock);
    }
  }

  /// Until a line waits, or what was written is to be synced.
  void await_lines(std::unique_lock<std::mutex>& lock) {
    const auto is_called = [this] { return is_stopping_ || writer_.has_waiting(); };
    is_idle_ = true;
    if (syncs_at_times() && writer_.has_unsynced()) {
      wake_.wait_until(lock, next_sync_, is_called);
    } else {
      wake_.wait(lock, is_called);
    }
    is_idle_ = false;
  }

  /// What cannot be written is not tried all the time, either.
  void await_more(std::unique_lock<std::mutex>& lock) {
    wake_.wait_for(lock,
                   std::max(options_.write_delay, std::chrono::milliseconds(1)),
                   [this] { return is_stopping_; });
  }

  void work(std::unique_lock<std::mutex>& lock) {
    try {
      if (writer_.has_waiting()) writer_.write();
      if (syncs_at_times() && Clock::now() >= next_sync_) sync(lock);
    } catch (const std::exception&) {
      // The next call tries again, and tells.
    }
  }

  /// Without the lock, so that lines can be added meanwhile.
  void sync(std::unique_lock<std::mutex>& lock) {
    const Descriptor file = writer_.duplicate();
    lock.unlock();
    const int error = ::fdatasync(file.get()) == 0 ? 0 : errno;
    lock.lock();
    next_sync_ = Clock::now() + options_.sync_interval;
    if (error != 0) writer_.note_failed_sync(error);
  }

  const JsonLinesOptions options_;
  const std::string path_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  AuditFileWriter writer_;  // guarded by mutex_, as all below
  std::string members_;     // of the line that is being made
  Clock::time_point next_sync_ = Clock::now() + options_.sync_interval;
  bool is_idle_ = false;  // waits for something to do
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace detail

namespace {

const JsonLinesOptions& checked(const JsonLinesOptions& options) {
  const auto require = [](bool is_fine, const char* what) {
    if (!is_fine) throw ArgumentError(std::string("JsonLinesOptions: ") + what);
  };
  require(options.sync_interval.count() > 0, "sync_interval is to be 1 ms at least");
  require(options.write_delay.count() >= 0, "write_delay is negative");
  require(options.rotate_interval.count() >= 0, "rotate_interval is negative");
  require((options.permissions & ~0777U) == 0, "permissions are 0 to 0777");
  return options;
}

}  // namespace

JsonLinesEventHandler::JsonLinesEventHandler(const std::string& path,
                                             const JsonLinesOptions& options)
    : file_(std::make_unique<detail::JsonLinesFile>(path, checked(options))) {}

JsonLinesEventHandler::~JsonLinesEventHandler() = default;

detail::JsonLinesRequest JsonLinesEventHandler::request_start(
    const RequestStart& request) {
  file_->append(LineType::request_start, request);
  return {request.database, request.attributes.size()};
}

detail::JsonLinesEvent JsonLinesEventHandler::event_start(
    const EventStart& event, detail::JsonLinesRequest& request) {
  file_->append(LineType::event_start, event, request.database.get());
  return {event.statement, event.attributes.size()};
}

void JsonLinesEventHandler::event_end(const EventEnd& event,
                                      detail::JsonLinesRequest&,
                                      detail::JsonLinesEvent start) {
  file_->append(LineType::event_end, event, start.statement.get(), start.attributes);
}

void JsonLinesEventHandler::request_end(const RequestEnd& end,
                                        detail::JsonLinesRequest start) {
  file_->append(LineType::request_end, end, start.attributes);
}

void JsonLinesEventHandler::flush() { file_->flush(); }

std::uint64_t JsonLinesEventHandler::lines_written() const noexcept {
  return file_->lines();
}

std::uint64_t JsonLinesEventHandler::lines_waiting() const noexcept {
  return file_->waiting_lines();
}

}  // namespace hark::audit
