// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/pool/fwd.hpp>

#include <any>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <string>

namespace hark {

/// Facts that users attach to a connection, by name.
using ConnectionInfo = std::map<std::string, std::any, std::less<>>;

struct ReleaseRecord {
  [[gnu::cold]] void operator()(ConnectionRecord* record) const noexcept;
};
/// An owner of a record; ConnectionRecord::share() makes another one. The last deletes it.
using RecordPtr = std::unique_ptr<ConnectionRecord, ReleaseRecord>;

/// A place of a Pool, with one DBAPI connection at a time, which it replaces when need
/// be.
///
/// Thread safety: that of the connection: one thread at a time, the one that checked it
/// out; in_use() is safe.
/// Lifetime: it keeps its pool alive.
/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, _ConnectionRecord.
class alignas(64) ConnectionRecord {
 public:
  static RecordPtr make(std::shared_ptr<Pool> pool);
  ConnectionRecord(const ConnectionRecord&) = delete;
  ConnectionRecord& operator=(const ConnectionRecord&) = delete;

  /// Thread safety: shared objects safe.
  RecordPtr share() noexcept;

  /// Null: there is none at present.
  dbapi::Connection* dbapi_connection() const noexcept { return connection_.get(); }

  /// Lives as long as the DBAPI connection.
  ConnectionInfo& info() noexcept { return info_; }
  /// Lives as long as the record.
  ConnectionInfo& record_info() noexcept { return record_info_; }

  bool in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }

  /// Drops the connection; `soft`: at the next checkout. Without one: no effect.
  ///
  /// Throws: what a listener of invalidate, soft_invalidate or close throws; nothing is
  /// done.
  void invalidate(const std::exception_ptr& exception = nullptr, bool soft = false);

  /// Unique in the process, growing.
  std::uint64_t id() const noexcept { return id_; }

 private:
  friend class ConnectionFairy;
  friend class Pool;
  friend class detail::IdleRecords;
  friend struct ReleaseRecord;

  explicit ConnectionRecord(std::shared_ptr<Pool> pool);
  ~ConnectionRecord();

  void connect();
  void do_connect();
  void replace_connection();

  enum class Failure { reported, expected };
  void close_connection(Failure failure);
  void close();
  std::shared_ptr<dbapi::Connection> release_connection() noexcept;
  std::unique_ptr<ConnectionFairy> take_spare() noexcept;
  void keep_shared_spare(std::unique_ptr<ConnectionFairy> fairy) noexcept;

  // What a checkout touches is in one cache line.
  std::shared_ptr<dbapi::Connection> connection_;
  std::unique_ptr<ConnectionFairy> spare_;  // of the last checkout, for the next one
  ConnectionRecord* next_idle_ = nullptr;   // of detail::IdleRecords
  std::uint64_t connected_at_ = 0;          // by Pool::tick()
  std::uint64_t soft_invalidated_at_ = 0;   // by Pool::tick(); 0: never
  std::atomic<bool> in_use_{false};
  bool is_fresh_ = false;

  const std::shared_ptr<Pool> pool_;
  const std::uint64_t id_;
  std::atomic<std::size_t> owners_{1};
  std::chrono::steady_clock::time_point opened_{};  // where the pool recycles
  // Where several threads share the record, instead of the other one.
  std::atomic<ConnectionFairy*> shared_spare_{nullptr};
  ConnectionInfo info_;
  ConnectionInfo record_info_;
};

}  // namespace hark
