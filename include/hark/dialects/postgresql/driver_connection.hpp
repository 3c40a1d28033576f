// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/engine/fwd.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct pg_conn;  // libpq's PGconn

namespace hark::postgresql {

/// What the server has to say beside a statement's result.
struct Notice {
  std::string severity{};  ///< "NOTICE", "WARNING" …, in English
  std::string sqlstate{};
  std::string message{};
  std::string detail{};  ///< empty: none
  std::string hint{};    ///< empty: none
};

/// What another session has sent by NOTIFY.
struct Notification {
  std::string channel{};
  std::string payload{};
  int backend_pid = 0;  ///< of the sender

  bool operator==(const Notification&) const = default;
};

/// A connection as libpq has it, and what PostgreSQL alone can do.
///
///     auto& driver = postgresql::driver_connection(connection);
///     driver.set_notice_handler([](const postgresql::Notice& notice) { … });
///     connection.exec_driver_sql("LISTEN orders");
///     connection.commit();
///     while (auto order = driver.wait_for_notification(30s)) …
///
/// Thread safety: that of a dbapi::Connection.
/// Lifetime: the checkout's.
/// Source: psycopg2's connection: notices, notifies, cancel.
class DriverConnection : public dbapi::Connection {
 public:
  /// Hears of notices while statements run, until it is replaced; also when the connection
  /// goes back to the pool. What it throws is dropped.
  template <std::invocable<const Notice&> Handler>
  void set_notice_handler(Handler handler) {
    replace(std::make_unique<Kept<Handler>>(std::move(handler)));
  }
  /// Notices are dropped, as at first.
  void set_notice_handler(std::nullptr_t) { replace(nullptr); }

  /// The oldest notification that nobody has taken; waits for one. Empty: none came in
  /// time. A timeout of 0 does not wait.
  ///
  /// Notifications come between transactions only: commit after LISTEN, and before this.
  /// Throws: OperationalError where the connection is lost.
  virtual std::optional<Notification> wait_for_notification(
      std::chrono::milliseconds timeout) = 0;

  /// 150018 for 15.18.
  virtual int server_version() const noexcept = 0;
  /// The process on the server; what pg_terminate_backend() takes.
  virtual int backend_pid() const noexcept = 0;
  /// What the server reports of its settings: "TimeZone", "server_encoding"; empty: it
  /// does not report this one.
  virtual std::string parameter_status(const std::string& name) const = 0;

  /// libpq's own object. Lifetime: until close().
  ///
  /// What changes its state (a transaction, the pipeline mode) must be undone before the
  /// connection is used otherwise.
  virtual pg_conn* handle() const noexcept = 0;

 protected:
  /// A handler, whatever its type.
  struct NoticeHandler {
    NoticeHandler() = default;
    NoticeHandler(const NoticeHandler&) = delete;
    NoticeHandler& operator=(const NoticeHandler&) = delete;
    virtual ~NoticeHandler() = default;
    virtual void hear(const Notice& notice) = 0;
  };

 private:
  template <class Handler>
  struct Kept final : NoticeHandler {
    explicit Kept(Handler of) : handler(std::move(of)) {}
    void hear(const Notice& notice) override { handler(notice); }
    Handler handler;
  };

  /// Null: there is none any more.
  virtual void replace(std::unique_ptr<NoticeHandler> handler) = 0;
};

/// The driver's side of a Connection.
///
/// Throws: InvalidRequestError where it is not one of PostgreSQL; ResourceClosedError;
/// what connecting throws where it is invalidated.
DriverConnection& driver_connection(hark::Connection& connection);

}  // namespace hark::postgresql
