// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/handle.hpp"

#include <errmsg.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "dialects/mysql/error.hpp"
#include "dialects/mysql/infile.hpp"

namespace hark::mysql {
namespace {

const char* or_null(const std::string& text) noexcept {
  return text.empty() ? nullptr : text.c_str();
}

void set(MYSQL* handle, mysql_option option, const std::string& text) {
  if (!text.empty()) mysql_options(handle, option, text.c_str());
}

void set(MYSQL* handle, mysql_option option, bool flag) {
  const my_bool value = flag ? 1 : 0;
  mysql_options(handle, option, &value);
}

void set(MYSQL* handle, mysql_option option, std::chrono::seconds seconds) {
  const auto value = static_cast<unsigned>(seconds.count());
  if (value != 0) mysql_options(handle, option, &value);
}

/// One statement for all that the session is to have.
std::string session_command(const ConnectOptions& options) {
  std::string command;
  const auto add = [&command](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    command += command.empty() ? "SET " : ", ";
    command += name;
    command += " = '" + value + "'";
  };
  add("time_zone", options.time_zone);
  add("sql_mode", options.sql_mode);
  return command;
}

void set_options(MYSQL* handle, const ConnectOptions& options) {
  set(handle, MYSQL_OPT_CONNECT_TIMEOUT, options.connect_timeout);
  set(handle, MYSQL_OPT_READ_TIMEOUT, options.read_timeout);
  set(handle, MYSQL_OPT_WRITE_TIMEOUT, options.write_timeout);
  set(handle, MYSQL_READ_DEFAULT_FILE, options.read_default_file);
  set(handle, MYSQL_READ_DEFAULT_GROUP, options.read_default_group);
  set(handle, MYSQL_SET_CHARSET_NAME, options.charset);
  set(handle, MYSQL_OPT_SSL_CA, options.ssl_ca);
  set(handle, MYSQL_OPT_SSL_CAPATH, options.ssl_capath);
  set(handle, MYSQL_OPT_SSL_CERT, options.ssl_cert);
  set(handle, MYSQL_OPT_SSL_KEY, options.ssl_key);
  set(handle, MYSQL_OPT_SSL_CIPHER, options.ssl_cipher);
  if (options.ssl) set(handle, MYSQL_OPT_SSL_ENFORCE, true);
  if (options.ssl_verify_cert) set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, true);
  if (options.compress) mysql_options(handle, MYSQL_OPT_COMPRESS, nullptr);
  set(handle, MYSQL_INIT_COMMAND, session_command(options));
  set(handle, MYSQL_INIT_COMMAND, options.init_command);
  // Rows of the program can be loaded in any case; files need to be allowed.
  const unsigned is_known = 1;
  mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &is_known);
  take_files(handle, options.local_infile);
  // The library takes "localhost" for the usual socket, whatever the port.
  if (options.unix_socket.empty() && options.port != 0) {
    const unsigned protocol = MYSQL_PROTOCOL_TCP;
    mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
  }
}

std::string place_of(const ConnectOptions& options) {
  std::string place;
  if (!options.unix_socket.empty()) {
    place = "the socket '" + options.unix_socket + "'";
  } else {
    place = "host '" + (options.host.empty() ? "localhost" : options.host) + "'";
    if (options.port != 0) place += ", port " + std::to_string(options.port);
  }
  if (!options.user.empty()) place += " as user '" + options.user + "'";
  if (!options.database.empty()) place += ", database '" + options.database + "'";
  return place;
}

/// The library does without TLS where the server has none, unless it has to verify it.
void require_tls(MYSQL* handle, const ConnectOptions& options) {
  const bool is_wanted = options.ssl || options.ssl_verify_cert ||
                         !options.ssl_ca.empty() || !options.ssl_capath.empty() ||
                         !options.ssl_cert.empty();
  if (!is_wanted || mysql_get_ssl_cipher(handle) != nullptr) return;
  throw_error({.number = CR_SSL_CONNECTION_ERROR,
               .sqlstate = "08001",
               .message = "cannot connect to " + place_of(options) +
                          ": TLS is asked for, and the server has none"});
}

void initialize_library() {
  // The first mysql_init() would do it, but not for two threads at once.
  static const int result = mysql_server_init(0, nullptr, nullptr);
  if (result != 0) throw std::bad_alloc();
}

}  // namespace

HandlePtr open_handle(const ConnectOptions& options) {
  initialize_library();
  HandlePtr handle(mysql_init(nullptr));
  if (handle == nullptr) throw std::bad_alloc();
  set_options(handle.get(), options);
  unsigned long flags = options.client_flag;
  if (options.found_rows) flags |= CLIENT_FOUND_ROWS;
  if (mysql_real_connect(handle.get(),
                         or_null(options.host),
                         or_null(options.user),
                         options.password.c_str(),
                         or_null(options.database),
                         options.port,
                         or_null(options.unix_socket),
                         flags) == nullptr) {
    Failure failure = failure_of(handle.get());
    failure.message = "cannot connect to " + place_of(options) + ": " + failure.message;
    throw_error(failure);
  }
  require_tls(handle.get(), options);
  return handle;
}

bool is_socket_open(MYSQL* handle) noexcept {
  if (handle->net.pvio == nullptr) return false;
  char next = 0;
  ssize_t size = -1;
  do {
    size = ::recv(mysql_get_socket(handle), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
  // Nobody has asked for anything: what a server then says is its farewell. TLS has words
  // of its own.
  return size > 0 && mysql_get_ssl_cipher(handle) != nullptr;
}

}  // namespace hark::mysql
