// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/execution_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hark::mysql {

/// Where a server is, and how it is spoken to. Empty texts: the client library's choice.
struct ConnectOptions {
  std::string host{};
  std::uint16_t port = 0;  ///< 0: the usual one
  std::string user{};
  std::string password{};
  std::string database{};
  std::string unix_socket{};
  std::string charset = "utf8mb4";

  // 0: none.
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds read_timeout{0};
  std::chrono::seconds write_timeout{0};

  bool ssl = false;  ///< is a connection without TLS refused?
  std::string ssl_ca{};
  std::string ssl_capath{};
  std::string ssl_cert{};
  std::string ssl_key{};
  std::string ssl_cipher{};
  bool ssl_verify_cert = false;

  std::string read_default_file{};
  std::string read_default_group{};
  std::string init_command{};
  std::string sql_mode{};
  std::string time_zone = "+00:00";  ///< a dbapi::DateTime is in UTC
  bool compress = false;
  bool found_rows = true;     ///< does rowcount count what matched, changed or not?
  bool local_infile = false;  ///< may the server ask for files of this machine?
  bool bulk = true;           ///< do many rows go as arrays, where the server takes them?
  std::uint32_t client_flag = 0;
  std::size_t statement_cache_size = 100;  ///< prepared statements kept; 0: none
};

/// Sets the option of that name.
///
/// Throws: ArgumentError where there is none, or `value` does not fit.
void set_option(ConnectOptions& options, std::string_view name, const OptionValue& value);

/// Throws: ArgumentError.
ConnectOptions connect_options_of(const ExecutionOptions& given);

}  // namespace hark::mysql
