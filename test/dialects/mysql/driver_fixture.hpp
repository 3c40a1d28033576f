// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/error.hpp>
#include <hark/dbapi/value.hpp>
#include <hark/dialects/mysql/dialect.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "dialects/mysql/connection.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {

using Values = std::vector<dbapi::Value>;

/// Rows of parameters of which each is made in the same memory, unless they are kept.
class RowsOf final : public dbapi::ParameterRows {
 public:
  explicit RowsOf(std::vector<Values> rows, bool keeps_bytes = false)
      : rows_(std::move(rows)), keeps_bytes_(keeps_bytes) {}
  bool next(dbapi::ParameterRow& row) override {
    if (at_ == rows_.size()) return false;
    if (!keeps_bytes_) {
      present_ = rows_[at_];
    }
    const Values& values = keeps_bytes_ ? rows_[at_] : present_;
    ++at_;
    views_.assign(values.begin(), values.end());
    row = views_;
    return true;
  }
  void rewind() override { at_ = 0; }
  bool keeps_bytes() const noexcept override { return keeps_bytes_; }

 private:
  const std::vector<Values> rows_;
  const bool keeps_bytes_;
  std::size_t at_ = 0;
  Values present_;
  std::vector<dbapi::ValueView> views_;
};

/// What an error says, beside its words.
struct Said {
  std::string type;  ///< "IntegrityError"
  int number = 0;
  std::string sqlstate;
  bool is_disconnect = false;
  std::string words;
};

template <class Act>
Said error_of(Act&& act) {
  const auto said = [](std::string type, const hark::Error& error) {
    return Said{.type = std::move(type),
                .number = error.driver_code(),
                .sqlstate = std::string(error.sqlstate()),
                .is_disconnect = error.is_disconnect(),
                .words = error.what()};
  };
  try {
    act();
  } catch (const dbapi::InterfaceError& error) {
    return said("InterfaceError", error);
  } catch (const dbapi::DataError& error) {
    return said("DataError", error);
  } catch (const dbapi::IntegrityError& error) {
    return said("IntegrityError", error);
  } catch (const dbapi::InternalError& error) {
    return said("InternalError", error);
  } catch (const dbapi::ProgrammingError& error) {
    return said("ProgrammingError", error);
  } catch (const dbapi::NotSupportedError& error) {
    return said("NotSupportedError", error);
  } catch (const dbapi::OperationalError& error) {
    return said("OperationalError", error);
  } catch (const hark::Error& error) {
    return said("Error", error);
  }
  ADD_FAILURE() << "nothing is thrown";
  return {};
}

/// Tests of the driver itself.
class MySqlDriverTest : public MySqlTest {
 protected:
  mysql::ConnectOptions options() {
    return mysql::connect_options_of(
        mysql::Dialect("mysql").connect_arguments(URL(url())).options);
  }

  std::unique_ptr<mysql::Connection> connect() { return connect(options()); }
  static std::unique_ptr<mysql::Connection> connect(
      const mysql::ConnectOptions& options) {
    return std::make_unique<mysql::Connection>(options);
  }

  /// Another session, in autocommit mode, made when it is needed.
  mysql::Connection& other() {
    if (other_ == nullptr) {
      other_ = connect();
      other_->set_autocommit(true);
    }
    return *other_;
  }

  static std::vector<Values> remaining(dbapi::Cursor& cursor) {
    std::vector<Values> rows;
    while (cursor.fetch()) {
      Values& row = rows.emplace_back();
      for (std::size_t i = 0; i < cursor.column_count(); ++i)
        row.emplace_back(cursor.value(i));
    }
    return rows;
  }

  static std::vector<Values> query(dbapi::Connection& connection,
                                   std::string_view sql,
                                   const Values& parameters = {}) {
    const dbapi::CursorPtr cursor = connection.cursor();
    const std::vector<dbapi::ValueView> views(parameters.begin(), parameters.end());
    cursor->execute(sql, views);
    return remaining(*cursor);
  }

  static std::int64_t run(dbapi::Connection& connection,
                          std::string_view sql,
                          const Values& parameters = {}) {
    const dbapi::CursorPtr cursor = connection.cursor();
    const std::vector<dbapi::ValueView> views(parameters.begin(), parameters.end());
    cursor->execute(sql, views);
    return cursor->rowcount();
  }

  static dbapi::Value scalar(dbapi::Connection& connection,
                             std::string_view sql,
                             const Values& parameters = {}) {
    return query(connection, sql, parameters).at(0).at(0);
  }

  /// How often this session has done what the server counts under that name.
  static std::int64_t count(mysql::Connection& connection, const std::string& name) {
    const auto rows = connection.run("SHOW SESSION STATUS LIKE '" + name + "'");
    return std::stoll(rows.at(0).at(1));
  }
  static std::int64_t prepared(mysql::Connection& connection) {
    return count(connection, "Com_stmt_prepare");
  }

  static unsigned long thread_id(mysql::Connection& connection) {
    return mysql_thread_id(connection.handle());
  }

  /// Ends a session, and returns when the server has done so.
  void kill(unsigned long thread) {
    const std::string number = std::to_string(thread);
    other().run("KILL " + number);
    const std::string sql =
        "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = " + number;
    while (!other().run(sql).empty()) {
    }
  }

 private:
  std::unique_ptr<mysql::Connection> other_;
};

}  // namespace hark::test
