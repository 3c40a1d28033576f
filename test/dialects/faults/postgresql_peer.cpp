// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/url.hpp>
#include <hark/postgresql.hpp>

#include "dialects/faults/peer.hpp"

namespace hark::test::peer {

bool is_installed() { return PostgresServer::is_installed(); }

Own start(const ServerOptions& options) {
  auto server = std::make_shared<PostgresServer>(options);
  Own own{.server = server,
          .url = server->create_database("faults"),
          .control_url = server->url(),
          .socket = {}};
  const URL url(own.url);
  own.socket = std::string(url.query_value("host").value()) + "/.s.PGSQL." +
               std::string(url.query_value("port").value());
  return own;
}

std::string url_by_port(std::uint16_t port, std::string_view options) {
  return "postgresql://postgres@127.0.0.1:" + std::to_string(port) +
         "/faults?sslmode=disable&gssencmode=disable" + (options.empty() ? "" : "&") +
         std::string(options);
}

std::string url_by_socket(const std::string& folder) {
  return "postgresql://postgres@/faults?host=" + folder;
}
std::string socket_in(const std::string& folder) { return folder + "/.s.PGSQL.5432"; }

/// All but the first begin with a letter; then comes a length, which counts itself.
Proxy::Message find_message(std::string_view bytes, bool is_first) {
  const std::size_t letter = is_first ? 0 : 1;
  if (bytes.size() < letter + 4) return {};
  std::size_t size = 0;
  for (std::size_t i = letter; i < letter + 4; ++i)
    size = size << 8U | static_cast<unsigned char>(bytes[i]);
  if (bytes.size() < letter + size) return {};
  // Others wait for the Sync behind them.
  constexpr std::string_view answered = "QSpc";
  return {.size = letter + size,
          .is_answered = is_first || answered.find(bytes[0]) != std::string_view::npos};
}

const std::string_view last_words("N\0\0\0\036SWARNING\0C57P01\0Mit ends\0\0", 31);

// The system notices silence where what was sent is not taken.
const std::string_view silence_timeout = "tcp_user_timeout=200";
const std::size_t silent_size = std::size_t{32} << 20U;

const std::string_view statement_timeout = "options=-c%20statement_timeout%3D200";

const std::string_view session_id = "SELECT pg_backend_pid()";
const std::string_view count_sessions =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = 'faults' AND "
    "backend_type = 'client backend'";
const std::string_view count_busy =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = 'faults' AND "
    "state = 'active' AND wait_event = 'PgSleep'";
const std::string_view takes_a_minute = "SELECT pg_sleep(60)";
const std::string_view many_rows =
    "SELECT i, repeat('x', 500) FROM generate_series(1, 100000) AS n (i)";

const std::string_view loads_rows = "COPY t (id, note) FROM STDIN";

std::string kill(std::int64_t session) {
  return "SELECT pg_terminate_backend(" + std::to_string(session) + ")";
}

bool means_lost(std::string_view sqlstate, int) {
  return sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "08006";
}
bool means_full(std::string_view sqlstate, int) { return sqlstate == "53300"; }
bool means_out_of_time(std::string_view sqlstate, int) { return sqlstate == "57014"; }
bool means_unreachable(std::string_view sqlstate, int) { return sqlstate == "08001"; }

}  // namespace hark::test::peer
