// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "schema/stopwatch.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace bench {
namespace {

namespace dbapi = hark::dbapi;

class TimedCursor final : public dbapi::Cursor {
 public:
  TimedCursor(dbapi::CursorPtr cursor, Stopwatch& stopwatch)
      : cursor_(std::move(cursor)), stopwatch_(stopwatch) {}

  void execute(const dbapi::Operation& operation,
               dbapi::ParameterRow parameters) override {
    stopwatch_.during([&] { cursor_->execute(operation, parameters); });
  }
  void executemany(std::string_view operation, dbapi::ParameterRows& rows) override {
    stopwatch_.during([&] { cursor_->executemany(operation, rows); });
  }
  void setinputsizes(std::span<const std::int64_t> sizes) override {
    stopwatch_.during([&] { cursor_->setinputsizes(sizes); });
  }
  std::string_view statement() const noexcept override { return cursor_->statement(); }
  std::size_t column_count() const noexcept override { return cursor_->column_count(); }
  std::string_view column_name(std::size_t column) const override {
    return cursor_->column_name(column);
  }
  const std::shared_ptr<const dbapi::ColumnNames>& column_names() const override {
    return cursor_->column_names();
  }
  bool fetch() override {
    return stopwatch_.during([&] { return cursor_->fetch(); });
  }
  bool fetch(std::span<dbapi::ValueView> cells) override {
    return stopwatch_.during([&] { return cursor_->fetch(cells); });
  }
  dbapi::ValueView value(std::size_t column) const override {
    return cursor_->value(column);
  }
  std::int64_t rowcount() const noexcept override { return cursor_->rowcount(); }
  std::int64_t lastrowid() const noexcept override { return cursor_->lastrowid(); }
  void close() noexcept override {
    stopwatch_.during([&] { cursor_->close(); });
  }
  void release() noexcept override {
    stopwatch_.during([&] { cursor_.reset(); });
    delete this;
  }

 private:
  dbapi::CursorPtr cursor_;
  Stopwatch& stopwatch_;
};

class TimedConnection final : public dbapi::Connection {
 public:
  TimedConnection(std::unique_ptr<dbapi::Connection> connection, Stopwatch& stopwatch)
      : connection_(std::move(connection)), stopwatch_(stopwatch) {}

  dbapi::CursorPtr cursor() override {
    return dbapi::CursorPtr(new TimedCursor(
        stopwatch_.during([&] { return connection_->cursor(); }), stopwatch_));
  }
  void begin() override {
    stopwatch_.during([&] { connection_->begin(); });
  }
  void set_autocommit(bool on) override { connection_->set_autocommit(on); }
  void commit() override {
    stopwatch_.during([&] { connection_->commit(); });
  }
  void rollback() override {
    stopwatch_.during([&] { connection_->rollback(); });
  }
  bool ping() override {
    return stopwatch_.during([&] { return connection_->ping(); });
  }
  void close_cursors() noexcept override { connection_->close_cursors(); }
  void close() override {
    stopwatch_.during([&] { connection_->close(); });
  }
  void interrupt() noexcept override { connection_->interrupt(); }

 private:
  std::unique_ptr<dbapi::Connection> connection_;
  Stopwatch& stopwatch_;
};

}  // namespace

std::unique_ptr<dbapi::Connection> with_stopwatch(
    std::unique_ptr<dbapi::Connection> connection, Stopwatch& stopwatch) {
  return std::make_unique<TimedConnection>(std::move(connection), stopwatch);
}

}  // namespace bench
