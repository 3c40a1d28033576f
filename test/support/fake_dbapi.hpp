// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/error.hpp>
#include <hark/engine/connection.hpp>
#include <hark/engine/dialect.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A driver that records its calls, and fails at the n-th.
namespace hark::test {

/// The database behind the fake connections. Not for several threads at once.
class FakeDatabase {
 public:
  /// Calls so far: "connect", "begin", "execute SELECT 1", "close".
  std::vector<std::string> calls;
  std::size_t open = 0;           ///< connections
  std::size_t fail_at = 0;        ///< the number of the call that fails, from 1; 0: none
  std::string fail_on;            ///< the call that fails, by its name; empty: none
  bool loses_connection = false;  ///< does a failure mean that the connection is lost?
  bool answers_pings = true;
  bool keeps_connections = true;  ///< false: passive checks see that they have gone
  bool has_two_phases = true;
  std::set<std::string> prepared;  ///< transactions that it keeps
  bool wants_input_sizes = false;
  std::string dialect = "fake";  ///< the name that its dialect has

  /// Records a call. Throws: OperationalError when it is the one that fails.
  void call(std::string name) {
    calls.push_back(std::move(name));
    if (calls.size() != fail_at && (fail_on.empty() || calls.back() != fail_on)) return;
    throw dbapi::OperationalError("fake failure of " + calls.back(),
                                  {.is_disconnect = loses_connection});
  }

  /// What was called since the last time, with blanks between: "connect begin".
  std::string take() {
    std::string text;
    for (const std::string& each : calls) text += (text.empty() ? "" : ", ") + each;
    calls.clear();
    return text;
  }
};

/// One row with one column for what begins with SELECT, none for the rest.
class FakeCursor final : public dbapi::Cursor {
 public:
  explicit FakeCursor(FakeDatabase& database) : database_(database) {}

  void execute(const dbapi::Operation& operation, dbapi::ParameterRow) override {
    const std::string text(operation.text);
    database_.call((operation.streams ? "stream " : "execute ") + text);
    statement_ = operation.text;
    columns_ = operation.text.starts_with("SELECT") ? 1 : 0;
    rows_ = columns_;
  }
  void executemany(std::string_view operation, dbapi::ParameterRows& rows) override {
    std::size_t count = 0;
    for (dbapi::ParameterRow row; rows.next(row);) ++count;
    database_.call("executemany " + std::string(operation) + " " + std::to_string(count));
    columns_ = 0;
  }
  void setinputsizes(std::span<const std::int64_t> sizes) override {
    std::string call = "setinputsizes";
    for (const std::int64_t size : sizes) call += " " + std::to_string(size);
    database_.call(call);
  }
  std::string_view statement() const noexcept override { return statement_; }
  std::size_t column_count() const noexcept override { return columns_; }
  std::string_view column_name(std::size_t) const override { return "one"; }
  const std::shared_ptr<const dbapi::ColumnNames>& column_names() const override {
    if (names_ == nullptr || names_->size() != columns_) names_ = make_column_names();
    return names_;
  }
  using dbapi::Cursor::fetch;
  bool fetch() override {
    database_.call("fetch");
    return rows_ > 0 && rows_-- > 0;
  }
  dbapi::ValueView value(std::size_t) const override { return {1}; }
  std::int64_t rowcount() const noexcept override { return -1; }
  std::int64_t lastrowid() const noexcept override { return 0; }
  void close() noexcept override { rows_ = 0; }
  void release() noexcept override { delete this; }

 private:
  FakeDatabase& database_;
  std::string statement_;
  std::size_t columns_ = 0;
  std::size_t rows_ = 0;
  mutable std::shared_ptr<const dbapi::ColumnNames> names_;
};

class FakeConnection final : public dbapi::Connection {
 public:
  explicit FakeConnection(FakeDatabase& database) : database_(database) {
    database_.call("connect");
    ++database_.open;
  }
  ~FakeConnection() override { end(); }

  dbapi::CursorPtr cursor() override {
    return dbapi::CursorPtr(new FakeCursor(database_));
  }
  void close_cursors() noexcept override {}
  void begin() override { database_.call("begin"); }
  void set_autocommit(bool on) override {
    database_.call(on ? "autocommit on" : "autocommit off");
  }
  void commit() override { database_.call("commit"); }
  void rollback() override { database_.call("rollback"); }
  bool ping() override {
    database_.call("ping");
    return database_.answers_pings;
  }
  bool is_connected() noexcept override {
    database_.calls.emplace_back("is_connected");
    return database_.keeps_connections;
  }
  void close() override {
    end();
    database_.call("close");
  }
  void interrupt() noexcept override {}

 private:
  void end() {
    if (std::exchange(is_open_, false)) --database_.open;
  }

  FakeDatabase& database_;
  bool is_open_ = true;
};

/// The dialect of `fake://`; all of its engines use the database that `use()` was given
/// last.
class FakeDialect final : public event::Subclass<FakeDialect, Dialect> {
 public:
  static void use(FakeDatabase& database) {
    current() = &database;
    register_dialect("fake", []() -> std::shared_ptr<Dialect> {
      return std::make_shared<FakeDialect>();
    });
  }

  FakeDialect() : Subclass(current()->dialect, current()->wants_input_sizes) {}

  std::string_view driver() const noexcept override { return "fake"; }
  ConnectArguments connect_arguments(const URL&) const override { return {}; }
  std::unique_ptr<dbapi::Connection> connect(const ConnectArguments&) override {
    return std::make_unique<FakeConnection>(*current());
  }
  std::string placeholder(std::size_t) const override { return "?"; }
  bool is_disconnect(const dbapi::Error& error) const noexcept override {
    return error.is_disconnect();
  }
  bool wants_one_connection(const URL&) const noexcept override { return false; }
  std::int64_t input_size(const dbapi::ValueView& value) const noexcept override {
    return static_cast<std::int64_t>(value.type());
  }
  void set_isolation_level(dbapi::Connection& connection,
                           std::string_view level) const override {
    connection.set_autocommit(level == "AUTOCOMMIT");
  }
  std::string get_isolation_level(dbapi::Connection& connection) const override {
    current()->call("get_isolation_level");
    return Dialect::get_isolation_level(connection);
  }
  std::string_view default_isolation_level() const noexcept override { return "DEFAULT"; }

  void do_begin_twophase(Connection& connection, const std::string& xid) const override {
    if (!current()->has_two_phases) return Dialect::do_begin_twophase(connection, xid);
    connection.connection()->begin();
  }
  void do_prepare_twophase(Connection& connection,
                           const std::string& xid) const override {
    connection.exec_driver_sql("PREPARE " + xid);
    current()->prepared.insert(xid);
  }
  void do_rollback_twophase(Connection& connection,
                            const std::string& xid,
                            bool is_prepared,
                            bool recover) const override {
    if (is_prepared) end_prepared(connection, "ROLLBACK PREPARED " + xid, xid, recover);
    connection.connection()->rollback();
  }
  void do_commit_twophase(Connection& connection,
                          const std::string& xid,
                          bool is_prepared,
                          bool recover) const override {
    if (!is_prepared) return connection.connection()->commit();
    end_prepared(connection, "COMMIT PREPARED " + xid, xid, recover);
    connection.connection()->rollback();
  }
  std::vector<std::string> do_recover_twophase(Connection& connection) const override {
    connection.exec_driver_sql("LIST PREPARED");
    return {current()->prepared.begin(), current()->prepared.end()};
  }

 private:
  /// One of another session is ended outside of any transaction.
  static void end_prepared(Connection& connection,
                           const std::string& statement,
                           const std::string& xid,
                           bool recover) {
    if (recover) connection.exec_driver_sql("ROLLBACK");
    connection.exec_driver_sql(statement);
    current()->prepared.erase(xid);
  }

  static FakeDatabase*& current() {
    static FakeDatabase* database = nullptr;
    return database;
  }
};

}  // namespace hark::test
