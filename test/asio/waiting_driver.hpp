// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/error.hpp>
#include <hark/detail/flow.hpp>
#include <hark/engine/dialect.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/fake_dbapi.hpp"

/// A driver that waits in every way that there is, and says when.
namespace hark::test {

/// What all of its connections share.
struct WaitingDatabase {
  enum Kind : std::size_t {
    socket,           ///< and the database is told to interrupt
    socket_alone,     ///< nobody can be told
    elsewhere,        ///< told to interrupt
    elsewhere_alone,  ///< takes its time
    parked,
    kinds
  };

  FakeDatabase fake;
  std::size_t waits = 0;                  // so far
  std::size_t stop_at = 0;                // the number of the wait that is long; 0: none
  std::function<void()> at_stop = [] {};  // called on the fiber, before it
  std::size_t first_kind = 0;
  bool interrupt_blocks = true;
  bool ignores_interrupts = false;
  std::size_t interrupts = 0;
  // Who parks is woken by it.
  std::function<void(detail::Suspender&)> wake_soon = [](detail::Suspender& flow) {
    flow.unpark();
  };
};

class WaitingConnection final : public dbapi::Connection {
 public:
  explicit WaitingConnection(WaitingDatabase& database)
      : database_(database), fake_(database.fake) {
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_.data()) != 0)
      throw dbapi::OperationalError("no sockets");
  }
  ~WaitingConnection() override {
    watch_.reset();
    ::close(sockets_[0]);
    ::close(sockets_[1]);
  }

  dbapi::CursorPtr cursor() override;
  void close_cursors() noexcept override {}
  void begin() override {
    do_waiting([&] { fake_.begin(); });
  }
  void set_autocommit(bool on) override { fake_.set_autocommit(on); }
  void commit() override {
    do_waiting([&] { fake_.commit(); });
  }
  void rollback() override {
    do_waiting([&] { fake_.rollback(); });
  }
  bool ping() override {
    wait();
    return fake_.ping();
  }
  bool is_connected() noexcept override { return true; }
  void close() override { fake_.close(); }
  void interrupt() noexcept override {
    if (database_.ignores_interrupts) return;
    const std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    interrupted_.notify_all();
    static_cast<void>(::send(sockets_[1], "i", 1, MSG_NOSIGNAL));
  }
  bool interrupt_blocks() const noexcept override { return database_.interrupt_blocks; }
  bool suspends() const noexcept override { return true; }

  template <class Act>
  void do_waiting(const Act& act) {
    wait();
    act();
  }
  void wait() {
    using Kinds = WaitingDatabase;
    detail::Suspender* const flow = detail::current_suspender();
    if (flow == nullptr) return;
    const std::size_t kind =
        (database_.first_kind + database_.waits++) % WaitingDatabase::kinds;
    const bool is_long = database_.waits == database_.stop_at;
    if (is_long) database_.at_stop();
    switch (kind) {
      case Kinds::socket:
        if (!is_long) static_cast<void>(::send(sockets_[1], "r", 1, MSG_NOSIGNAL));
        wait_for_byte(*flow, this);
        break;
      case Kinds::socket_alone:
        if (!is_long) static_cast<void>(::send(sockets_[1], "r", 1, MSG_NOSIGNAL));
        wait_for_byte(*flow, nullptr);
        break;
      case Kinds::elsewhere:
        flow->run_elsewhere([&] { work(is_long); }, this);
        break;
      case Kinds::elsewhere_alone:
        flow->run_elsewhere([] {}, nullptr);
        break;
      default:
        if (!is_long) database_.wake_soon(*flow);
        static_cast<void>(flow->park(std::nullopt));
    }
    throw_if_interrupted();
  }

 private:
  void wait_for_byte(detail::Suspender& flow, dbapi::Connection* interrupted) {
    static_cast<void>(flow.wait_for(
        sockets_[0], detail::Suspender::Ready::read, watch_, std::nullopt, interrupted));
    std::array<char, 8> bytes{};
    static_cast<void>(::recv(sockets_[0], bytes.data(), bytes.size(), MSG_DONTWAIT));
  }
  void work(bool is_long) {
    std::unique_lock lock(mutex_);
    if (is_long) interrupted_.wait(lock, [this] { return is_interrupted_; });
  }
  void throw_if_interrupted() {
    {
      const std::lock_guard lock(mutex_);
      if (!std::exchange(is_interrupted_, false)) return;
    }
    ++database_.interrupts;
    throw dbapi::OperationalError("interrupted", {.is_cancelled = true});
  }

  WaitingDatabase& database_;
  FakeConnection fake_;
  std::array<int, 2> sockets_{};
  detail::SocketWatchPtr watch_;
  std::mutex mutex_;
  std::condition_variable interrupted_;
  bool is_interrupted_ = false;  // guarded by mutex_
};

class WaitingCursor final : public dbapi::Cursor {
 public:
  WaitingCursor(WaitingConnection& connection, dbapi::CursorPtr fake)
      : connection_(connection), fake_(std::move(fake)) {}

  void execute(const dbapi::Operation& operation, dbapi::ParameterRow row) override {
    streams_ = operation.streams;
    connection_.do_waiting([&] { fake_->execute(operation, row); });
  }
  void executemany(std::string_view operation, dbapi::ParameterRows& rows) override {
    connection_.do_waiting([&] { fake_->executemany(operation, rows); });
  }
  std::string_view statement() const noexcept override { return fake_->statement(); }
  std::size_t column_count() const noexcept override { return fake_->column_count(); }
  std::string_view column_name(std::size_t column) const override {
    return fake_->column_name(column);
  }
  const std::shared_ptr<const dbapi::ColumnNames>& column_names() const override {
    return fake_->column_names();
  }
  using dbapi::Cursor::fetch;
  bool fetch() override {
    if (streams_) connection_.wait();
    return fake_->fetch();
  }
  dbapi::ValueView value(std::size_t column) const override {
    return fake_->value(column);
  }
  std::int64_t rowcount() const noexcept override { return fake_->rowcount(); }
  std::int64_t lastrowid() const noexcept override { return fake_->lastrowid(); }
  void close() noexcept override { fake_->close(); }
  void release() noexcept override { delete this; }

 private:
  WaitingConnection& connection_;
  dbapi::CursorPtr fake_;
  bool streams_ = false;
};

inline dbapi::CursorPtr WaitingConnection::cursor() {
  return dbapi::CursorPtr(new WaitingCursor(*this, fake_.cursor()));
}

/// The dialect of `waiting://`; all of its engines use the database that `use()` was given
/// last.
class WaitingDialect final : public event::Subclass<WaitingDialect, Dialect> {
 public:
  static void use(WaitingDatabase& database) {
    current() = &database;
    register_dialect("waiting", []() -> std::shared_ptr<Dialect> {
      return std::make_shared<WaitingDialect>();
    });
  }

  WaitingDialect() : Subclass("waiting", false) {}

  std::string_view driver() const noexcept override { return "waiting"; }
  ConnectArguments connect_arguments(const URL&) const override { return {}; }
  std::unique_ptr<dbapi::Connection> connect(const ConnectArguments&) override {
    auto made = std::make_unique<WaitingConnection>(*current());
    made->wait();
    return made;
  }
  bool suspends() const noexcept override { return true; }
  std::string placeholder(std::size_t) const override { return "?"; }
  bool is_disconnect(const dbapi::Error& error) const noexcept override {
    return error.is_disconnect();
  }
  bool wants_one_connection(const URL&) const noexcept override { return false; }
  void set_isolation_level(dbapi::Connection&, std::string_view) const override {}
  std::string_view default_isolation_level() const noexcept override { return "DEFAULT"; }

 private:
  static WaitingDatabase*& current() {
    static WaitingDatabase* database = nullptr;
    return database;
  }
};

}  // namespace hark::test
