// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark::audit::detail {

/// Where requests go.
struct HttpEndpoint {
  bool is_secure = false;
  std::string host{};       ///< without the brackets of an address
  std::uint16_t port = 0;   ///< the scheme's where there is none
  std::string target{};     ///< path and query
  std::string authority{};  ///< for the header Host
  std::string shown{};      ///< without what may be a secret
};

/// Throws: ArgumentError, which shows nothing that may be a secret.
HttpEndpoint read_http_endpoint(std::string_view url);

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  unsigned status = 0;
  std::string retry_after{};
  std::string body{};
  bool is_whole = false;  ///< else its body broke off, or was too long
};

/// Posts JSON to one endpoint, and keeps the connection.
///
/// Thread safety: all calls, and what they co_await, on one strand.
class HttpClient {
 public:
  /// Throws: ArgumentError: `ca_file` cannot be read, or `headers` are no names and values
  /// of headers, or not the user's to give.
  HttpClient(boost::asio::any_io_executor strand,
             HttpEndpoint endpoint,
             HttpHeaders headers,
             const std::string& ca_file);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// One call at a time. Throws: Error where there was no answer, also when it is
  /// `deadline`. Lifetime: `body` must live until it is done.
  boost::asio::awaitable<HttpAnswer> post(const std::string& body,
                                          std::chrono::steady_clock::time_point deadline);
  /// What is under way has until then, if it had longer.
  void hurry(std::chrono::steady_clock::time_point deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hark::audit::detail
