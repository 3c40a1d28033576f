// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/handle.hpp"

#include <hark/dbapi/error.hpp>
#include <hark/detail/flow.hpp>

#include <arpa/inet.h>
#include <errmsg.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  // For the library's functions that suspend themselves: it takes memory, and no time, where
  // only threads use the connection. Plugins for authentication run on it.
  constexpr std::size_t stack_size = std::size_t{96} * 1024;
  mysql_options(handle, MYSQL_OPT_NONBLOCK, &stack_size);
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

bool wants_tls(const ConnectOptions& options) noexcept {
  return options.ssl || options.ssl_verify_cert || !options.ssl_ca.empty() ||
         !options.ssl_capath.empty() || !options.ssl_cert.empty();
}

/// The library does without TLS where the server has none, unless it has to verify it.
void require_tls(MYSQL* handle, const ConnectOptions& options) {
  if (!wants_tls(options) || mysql_get_ssl_cipher(handle) != nullptr) return;
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

/// `host`: the one of the options, or one of its addresses.
HandlePtr connect_to(const ConnectOptions& options,
                     const std::string& host,
                     Waiter& waiter) {
  HandlePtr handle(mysql_init(nullptr));
  if (handle == nullptr) throw std::bad_alloc();
  set_options(handle.get(), options);
  unsigned long flags = options.client_flag;
  if (options.found_rows) flags |= CLIENT_FOUND_ROWS;
  waiter.forget_socket();
  if (waiter.connect(handle.get(),
                     or_null(host),
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

/// What keeps the library from connecting in pieces.
bool may_block(const ConnectOptions& options) noexcept {
  constexpr std::string_view of_names =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:";
  return wants_tls(options) || (options.client_flag & CLIENT_SSL) != 0 ||
         !options.read_default_file.empty() || !options.read_default_group.empty() ||
         options.host.find_first_not_of(of_names) != std::string::npos;
}

/// The name that has to be looked up; empty: there is none.
std::string name_of(const ConnectOptions& options) {
  const std::string host = options.host.empty() ? "localhost" : options.host;
  const bool has_socket = !options.unix_socket.empty() || options.port == 0;
  in6_addr address{};
  const bool is_address = ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
                          ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
  return is_address || (host == "localhost" && has_socket) ? std::string() : host;
}

/// The addresses of a name, none where it is not known.
std::vector<std::string> addresses_of(const std::string& name) {
  struct Free {
    void operator()(addrinfo* first) const noexcept { ::freeaddrinfo(first); }
  };
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, Free> first(found);
  std::vector<std::string> addresses;
  for (const addrinfo* each = first.get(); each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(each->ai_addr,
                      each->ai_addrlen,
                      text.data(),
                      static_cast<socklen_t>(text.size()),
                      nullptr,
                      0,
                      NI_NUMERICHOST) == 0)
      addresses.emplace_back(text.data());
  }
  return addresses;
}

/// As the library does with the addresses of a name: the first that answers.
HandlePtr connect_to_any(const ConnectOptions& options,
                         const std::vector<std::string>& addresses,
                         Waiter& waiter) {
  for (std::size_t i = 0; i + 1 < addresses.size(); ++i) {
    try {
      return connect_to(options, addresses[i], waiter);
    } catch (const dbapi::Error& error) {
      if (error.driver_code() != CR_CONN_HOST_ERROR) throw;
    }
  }
  return connect_to(options, addresses.back(), waiter);
}

}  // namespace

HandlePtr open_handle(const ConnectOptions& options, Waiter& waiter) {
  initialize_library();
  hark::detail::Suspender* const flow = hark::detail::current_suspender();
  if (flow == nullptr) return connect_to(options, options.host, waiter);
  HandlePtr handle;
  std::vector<std::string> addresses;
  const std::string name = name_of(options);
  if (may_block(options)) {
    flow->run_elsewhere([&] { handle = connect_to(options, options.host, waiter); },
                        nullptr);
  } else if (name.empty()) {
    handle = connect_to(options, options.host, waiter);
  } else {
    flow->run_elsewhere(
        [&] {
          addresses = addresses_of(name);
          // The library has its own words for that.
          if (addresses.empty()) handle = connect_to(options, options.host, waiter);
        },
        nullptr);
    if (handle == nullptr) handle = connect_to_any(options, addresses, waiter);
  }
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
