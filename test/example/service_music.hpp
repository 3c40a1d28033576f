// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio.hpp>
#include <hark/audit.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace music {

namespace asio = boost::asio;

struct Question {
  std::string method;
  std::string target;  ///< "/artists?limit=20"
  std::string body;
  std::string request_id;  ///< by request_id_of()
};

struct Answer {
  unsigned status = 200;  ///< of HTTP
  std::string body;       ///< JSON
};

struct Options {
  std::chrono::milliseconds deadline{
      5'000};  ///< of a request, its wait for the pool included
  std::size_t connections = 20;
  std::string audit_file;  ///< empty: nothing is recorded
};

struct Asked;

/// What the caller calls the request, where that can stand anywhere: in a comment of SQL, in a
/// log. Else a name of our own.
std::string request_id_of(std::string_view given);

/// A shop of music: what it has is in a database, and waits for it without a thread.
///
/// Thread safety: one thread at a time.
class Shop {
 public:
  /// Throws: hark::Error where the URL or the audit's file makes no sense.
  Shop(const asio::any_io_executor& executor,
       const std::string& url,
       const Options& options);

  /// Makes its tables and something to sell, where they are missing.
  asio::awaitable<void> set_up();
  /// Also where it went wrong.
  asio::awaitable<Answer> answer(Question question);
  /// Gives up its connections, and writes what is left to record.
  asio::awaitable<void> close();

 private:
  asio::awaitable<Answer> route(Question question, Asked asked);
  asio::awaitable<Answer> track(std::string_view id, const Asked& asked);
  asio::awaitable<Answer> artists(std::string_view query, const Asked& asked);
  asio::awaitable<Answer> order(const std::string& body, const Asked& asked);
  asio::awaitable<hark::AsyncConnection> connect(const Asked& asked);

  Options options_;
  hark::AsyncEngine engine_;
  hark::audit::ScopedSubscription recording_;
};

}  // namespace music
