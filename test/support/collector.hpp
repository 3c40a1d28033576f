// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hark::test {

/// A certificate of a server, and that of the authority that has signed it, as PEM files.
struct Certificates {
  std::string authority;
  std::string certificate;
  std::string key;
};

/// Makes them in `folder`, for a server of that name.
Certificates make_certificates(const std::string& folder, const std::string& dns_name);

/// A collector of OTLP over HTTP on this machine, which does what it is told to.
///
/// Thread safety: shared objects safe.
class Collector {
 public:
  struct Options {
    std::uint16_t port = 0;       ///< 0: one that is free
    Certificates certificates{};  ///< empty: it speaks http
  };

  /// What becomes of a request.
  struct Answer {
    enum class How : std::uint8_t {
      whole,
      none_and_close,   ///< the connection is closed before anything is said
      half_and_close,   ///< and after half of the body
      whole_and_close,  ///< without having said so
      endless_header,
      endless_body,
      silence,  ///< until the collector ends
    };
    unsigned status = 200;
    std::string body = "{}";
    std::string header{};  ///< a line of its own: "Retry-After: 1\r\n"
    How how = How::whole;
    std::string raw{};  ///< instead of all of that
  };

  struct Request {
    std::string target;
    std::map<std::string, std::string> headers;  ///< their names in lower case
    std::string body;
    std::size_t connection = 0;  ///< from 0
    bool is_accepted = false;    ///< the answer's status was 200
  };

  Collector();
  explicit Collector(const Options& options);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  /// Closes all connections.
  ~Collector();

  std::uint16_t port() const noexcept;
  /// http://127.0.0.1:port/v1/traces, or https://localhost…
  std::string url() const;

  /// Of the next request that has none yet; after these all are accepted.
  void answer(Answer answer);
  /// Of all requests that have none.
  void answer_all(Answer answer);

  /// Those that came whole, so far.
  std::vector<Request> requests() const;
  /// Waits for so many. Throws: std::runtime_error after ten seconds.
  std::vector<Request> wait_for_requests(std::size_t count) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hark::test
