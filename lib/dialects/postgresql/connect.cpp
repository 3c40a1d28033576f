// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/connect.hpp"

#include <hark/dbapi/error.hpp>

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialects/postgresql/failure.hpp"

namespace hark::postgresql {
namespace {

using Clock = std::chrono::steady_clock;

std::string_view value_of(const ConnectOptions& options, std::string_view keyword) {
  std::string_view found;
  for (const auto& [name, value] : options.parameters) {
    if (name == keyword) found = value;
  }
  return found;
}

/// libpq's arrays of keywords and values, which end with null.
struct Parameters {
  explicit Parameters(const ConnectOptions& options) {
    for (const auto& [name, value] : options.parameters) add(name.c_str(), value.c_str());
    add("fallback_application_name", "hark");
    if (value_of(options, "client_encoding").empty()) add("client_encoding", "UTF8");
    keywords.push_back(nullptr);
    values.push_back(nullptr);
  }
  void add(const char* keyword, const char* value) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  std::vector<const char*> keywords;
  std::vector<const char*> values;
};

/// Where it was looked for: `"hark" on "localhost" as "ada"`.
std::string place_of(const ConnectOptions& options) {
  std::string place;
  const auto add = [&](std::string_view before, std::string_view keyword) {
    const std::string_view value = value_of(options, keyword);
    if (value.empty()) return;
    place += std::string(place.empty() ? "" : " ") + std::string(before) + "'" +
             std::string(value) + "'";
  };
  add("", "dbname");
  add("on ", "host");
  add("on ", "hostaddr");
  add("port ", "port");
  add("as ", "user");
  return place.empty() ? "the default database" : place;
}

/// The SQLSTATE that stands in a verbose message, "FATAL:  28P01: …", which loses it;
/// empty: the message is libpq's own.
std::string take_sqlstate(std::string& message) {
  constexpr std::size_t size = 5;
  for (std::size_t at = message.find(":  "); at != std::string::npos;
       at = message.find(":  ", at + 1)) {
    const std::string_view code = std::string_view(message).substr(at + 3, size);
    const bool is_code = code.size() == size &&
                         message.compare(at + 3 + size, 2, ": ") == 0 &&
                         std::all_of(code.begin(), code.end(), [](char c) {
                           const auto byte = static_cast<unsigned char>(c);
                           return std::isdigit(byte) != 0 || std::isupper(byte) != 0;
                         });
    if (!is_code) continue;
    std::string taken(code);
    message.erase(at + 2, size + 3);
    // The server's own file and line are nobody's business here.
    message.erase(std::min(message.find("\nLOCATION:"), message.size()));
    return taken;
  }
  return {};
}

[[noreturn]] void throw_unreachable(std::string message, const ConnectOptions& options) {
  std::string sqlstate = take_sqlstate(message);
  throw dbapi::OperationalError(
      "cannot connect to " + place_of(options) + ": " + message,
      {.sqlstate = sqlstate.empty() ? "08001" : std::move(sqlstate)});
}

/// A setting, wherever it comes from: the URL, the environment, a file.
std::string setting_of(PGconn* connection, std::string_view keyword) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> all(
      PQconninfo(connection), &PQconninfoFree);
  for (const auto* each = all.get(); each != nullptr && each->keyword != nullptr;
       ++each) {
    if (each->keyword == keyword) return each->val == nullptr ? "" : each->val;
  }
  return {};
}

/// In seconds; 0: as long as it takes.
int timeout_of(PGconn* connection, const ConnectOptions& options) {
  const std::string text = setting_of(connection, "connect_timeout");
  const char* const end = text.data() + text.size();
  int seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  if (!text.empty() && (error != std::errc() || stop != end)) {
    throw_unreachable(
        "connect_timeout is a number of seconds, and it was given \"" + text + "\"",
        options);
  }
  return std::max(seconds, 0);
}

/// false: the time is over.
bool wait_for(int socket,
              short events,
              const std::optional<Clock::time_point>& deadline) {
  for (;;) {
    int timeout = -1;
    if (deadline) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
      if (left.count() <= 0) return false;
      timeout = static_cast<int>(
          std::min<std::int64_t>(left.count(), std::numeric_limits<int>::max()));
    }
    pollfd waited{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, timeout);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
}

/// Nobody can listen yet, and libpq would write to standard error.
void drop_notice(void* /*nothing*/, const PGresult* /*notice*/) {}

/// Step by step, because a failure's SQLSTATE is told in verbose messages alone.
void finish_connecting(PGconn* connection, const ConnectOptions& options) {
  PQsetNoticeReceiver(connection, &drop_notice, nullptr);
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  const int timeout = timeout_of(connection, options);
  std::optional<Clock::time_point> deadline;
  if (timeout != 0) deadline = Clock::now() + std::chrono::seconds(timeout);
  auto wanted = PGRES_POLLING_WRITING;
  while (wanted != PGRES_POLLING_OK) {
    if (wanted == PGRES_POLLING_FAILED || PQstatus(connection) == CONNECTION_BAD)
      throw_unreachable(message_of(connection), options);
    const short events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait_for(PQsocket(connection), events, deadline)) {
      throw_unreachable("no answer within " + std::to_string(timeout) + " s", options);
    }
    wanted = PQconnectPoll(connection);
  }
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
}

/// libpq itself limits the time that each of several hosts has.
bool has_many_hosts(PGconn* connection) {
  return setting_of(connection, "host").find(',') != std::string::npos ||
         setting_of(connection, "hostaddr").find(',') != std::string::npos;
}

}  // namespace

ConnectionHandle open_connection(const ConnectOptions& options) {
  const Parameters parameters(options);
  const auto connect = [&](auto function) {
    ConnectionHandle made(
        function(parameters.keywords.data(), parameters.values.data(), 0));
    if (made == nullptr) throw std::bad_alloc();
    return made;
  };
  ConnectionHandle made = connect(&PQconnectStartParams);
  // libpq alone limits the time of each of several hosts; and does not tell SQLSTATE.
  if (!has_many_hosts(made.get()) || timeout_of(made.get(), options) == 0) {
    finish_connecting(made.get(), options);
    return made;
  }
  made = connect(&PQconnectdbParams);
  if (PQstatus(made.get()) != CONNECTION_OK)
    throw_unreachable(message_of(made.get()), options);
  return made;
}

}  // namespace hark::postgresql
