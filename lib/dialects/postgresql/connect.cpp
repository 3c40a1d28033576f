// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/connect.hpp"

#include <hark/dbapi/error.hpp>

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialects/postgresql/failure.hpp"
#include "dialects/postgresql/wait.hpp"

namespace hark::postgresql {
namespace {

using Clock = std::chrono::steady_clock;
using Ready = hark::detail::Suspender::Ready;

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

/// Nobody can listen yet, and libpq would write to standard error.
void drop_notice(void* /*nothing*/, const PGresult* /*notice*/) {}

/// Step by step, because a failure's SQLSTATE is told in verbose messages alone. `do_step` does
/// what may block.
template <class DoStep>
void finish_connecting(PGconn* connection,
                       const ConnectOptions& options,
                       DoStep do_step) {
  PQsetNoticeReceiver(connection, &drop_notice, nullptr);
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  const int timeout = timeout_of(connection, options);
  std::optional<Clock::time_point> deadline;
  if (timeout != 0) deadline = Clock::now() + std::chrono::seconds(timeout);
  auto wanted = PGRES_POLLING_WRITING;
  while (wanted != PGRES_POLLING_OK) {
    if (wanted == PGRES_POLLING_FAILED || PQstatus(connection) == CONNECTION_BAD)
      throw_unreachable(message_of(connection), options);
    const Ready awaited = wanted == PGRES_POLLING_READING ? Ready::read : Ready::write;
    if (!wait_while_connecting(connection, awaited, deadline)) {
      throw_unreachable("no answer within " + std::to_string(timeout) + " s", options);
    }
    do_step([&] { wanted = PQconnectPoll(connection); });
  }
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
}

/// libpq itself limits the time that each of several hosts has.
bool has_many_hosts(PGconn* connection) {
  return setting_of(connection, "host").find(',') != std::string::npos ||
         setting_of(connection, "hostaddr").find(',') != std::string::npos;
}

bool is_address(const std::string& host) {
  if (host.empty() || host.front() == '/' || host.front() == '@') return true;
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

/// May libpq have to ask for where the server is, and wait for an answer?
bool asks_for_address(const ConnectOptions& options) {
  const auto setting = [&](std::string_view keyword, const char* variable) {
    const std::string_view given = value_of(options, keyword);
    const char* const otherwise = std::getenv(variable);
    return std::string(!given.empty() || otherwise == nullptr ? given : otherwise);
  };
  if (!setting("hostaddr", "PGHOSTADDR").empty()) return false;
  // Its file, or the server that keeps it, says where.
  if (!setting("service", "PGSERVICE").empty()) return true;
  const std::string hosts = setting("host", "PGHOST");
  for (std::size_t start = 0; start <= hosts.size();) {
    const std::size_t end = std::min(hosts.find(',', start), hosts.size());
    if (!is_address(hosts.substr(start, end - start))) return true;
    start = end + 1;
  }
  return false;
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
  const bool asks = asks_for_address(options);
  const auto do_step = [asks](auto step) {
    if (asks) {
      block(step);
    } else {
      step();
    }
  };
  ConnectionHandle made;
  do_step([&] { made = connect(&PQconnectStartParams); });
  // libpq alone limits the time of each of several hosts; and does not tell SQLSTATE.
  if (!has_many_hosts(made.get())) {
    // The name has been asked for.
    finish_connecting(made.get(), options, [](auto step) { step(); });
    return made;
  }
  if (timeout_of(made.get(), options) == 0) {
    finish_connecting(made.get(), options, do_step);
    return made;
  }
  block([&] { made = connect(&PQconnectdbParams); });
  if (PQstatus(made.get()) != CONNECTION_OK)
    throw_unreachable(message_of(made.get()), options);
  return made;
}

}  // namespace hark::postgresql
