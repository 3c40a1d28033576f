// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/fwd.hpp>
#include <hark/detail/flow.hpp>

#include <mysql.h>

#include <string_view>
#include <type_traits>
#include <utility>

namespace hark::mysql {

/// Whatever waits for the server is called by it: a thread calls the client library's
/// function, and a fiber the one that does the same in pieces, between which it suspends
/// itself.
///
/// With TLS the library blocks between the pieces, too, so that a thread that may block calls
/// the function for the fiber.
///
/// Requires: the handle has the option MYSQL_OPT_NONBLOCK.
/// Throws: as detail::Suspender, on a fiber only. The session is lost then: every call on it
/// fails.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { forget_socket(); }

  /// Whom a cancellation interrupts from now on; null, as at first: the wait throws.
  void set_interrupted(dbapi::Connection* connection) noexcept {
    interrupted_ = connection;
  }
  /// The session has ended, or another one is begun.
  void forget_socket() noexcept;

  MYSQL* connect(MYSQL* handle,
                 const char* host,
                 const char* user,
                 const char* password,
                 const char* database,
                 unsigned port,
                 const char* unix_socket,
                 unsigned long flags) {
    return call(mysql_real_connect,
                mysql_real_connect_start,
                mysql_real_connect_cont,
                handle,
                host,
                user,
                password,
                database,
                port,
                unix_socket,
                flags);
  }
  int query(MYSQL* handle, std::string_view sql) {
    return call(mysql_real_query,
                mysql_real_query_start,
                mysql_real_query_cont,
                handle,
                sql.data(),
                static_cast<unsigned long>(sql.size()));
  }
  MYSQL_RES* store_result(MYSQL* handle) {
    return call(
        mysql_store_result, mysql_store_result_start, mysql_store_result_cont, handle);
  }
  int next_result(MYSQL* handle) {
    return call(
        mysql_next_result, mysql_next_result_start, mysql_next_result_cont, handle);
  }
  my_bool autocommit(MYSQL* handle, bool on) {
    return call(mysql_autocommit,
                mysql_autocommit_start,
                mysql_autocommit_cont,
                handle,
                static_cast<my_bool>(on ? 1 : 0));
  }
  my_bool commit(MYSQL* handle) {
    return call(mysql_commit, mysql_commit_start, mysql_commit_cont, handle);
  }
  my_bool rollback(MYSQL* handle) {
    return call(mysql_rollback, mysql_rollback_start, mysql_rollback_cont, handle);
  }
  int ping(MYSQL* handle) {
    return call(mysql_ping, mysql_ping_start, mysql_ping_cont, handle);
  }

  int prepare(MYSQL_STMT* statement, std::string_view sql) {
    return call(mysql_stmt_prepare,
                mysql_stmt_prepare_start,
                mysql_stmt_prepare_cont,
                statement,
                sql.data(),
                static_cast<unsigned long>(sql.size()));
  }
  int execute(MYSQL_STMT* statement) {
    return call(
        mysql_stmt_execute, mysql_stmt_execute_start, mysql_stmt_execute_cont, statement);
  }
  int store_result(MYSQL_STMT* statement) {
    return call(mysql_stmt_store_result,
                mysql_stmt_store_result_start,
                mysql_stmt_store_result_cont,
                statement);
  }
  int fetch(MYSQL_STMT* statement) {
    return call(
        mysql_stmt_fetch, mysql_stmt_fetch_start, mysql_stmt_fetch_cont, statement);
  }
  int next_result(MYSQL_STMT* statement) {
    return call(mysql_stmt_next_result,
                mysql_stmt_next_result_start,
                mysql_stmt_next_result_cont,
                statement);
  }
  my_bool free_result(MYSQL_STMT* statement) {
    return call(mysql_stmt_free_result,
                mysql_stmt_free_result_start,
                mysql_stmt_free_result_cont,
                statement);
  }

 private:
  static MYSQL* session_of(MYSQL* handle) noexcept { return handle; }
  /// Null: the statement has lost its session, and waits for nothing.
  static MYSQL* session_of(MYSQL_STMT* statement) noexcept { return statement->mysql; }

  template <class Result, class Object, class... Arguments>
  Result call(Result (*function)(Object*, Arguments...),
              int (*start)(Result*, Object*, Arguments...),
              int (*go_on)(Result*, Object*, int),
              Object* object,
              std::type_identity_t<Arguments>... arguments) {
    hark::detail::Suspender* const flow = hark::detail::current_suspender();
    MYSQL* const session = session_of(object);
    if (flow == nullptr || session == nullptr) [[likely]]
      return function(object, arguments...);
    Result result{};
    if (mysql_get_ssl_cipher(session) != nullptr) {
      flow->run_elsewhere([&] { result = function(object, arguments...); }, interrupted_);
      return result;
    }
    int awaited = start(&result, object, arguments...);
    try {
      while (awaited != 0)
        awaited = go_on(&result, object, wait(*flow, session, awaited));
    } catch (...) {
      // Before it has ended, nothing can be done with the handle: it cannot even be closed.
      hang_up(session);
      while (awaited != 0) awaited = go_on(&result, object, MYSQL_WAIT_TIMEOUT);
      throw;
    }
    return result;
  }

  /// Until what the library awaits has come; returns what has.
  int wait(hark::detail::Suspender& flow, MYSQL* session, int awaited);
  static void hang_up(MYSQL* session) noexcept;

  dbapi::Connection* interrupted_ = nullptr;
  // The library closes its socket where a call fails; the watch has to be the first to go.
  int duplicate_ = -1;  // none
  hark::detail::SocketWatchPtr watch_;
};

}  // namespace hark::mysql
