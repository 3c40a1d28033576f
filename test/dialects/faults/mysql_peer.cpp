// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/mysql.hpp>

#include "dialects/faults/peer.hpp"

namespace hark::test::peer {

bool is_installed() { return MariaDbServer::is_installed(); }

Own start(const ServerOptions& options) {
  auto server = std::make_shared<MariaDbServer>(options);
  return {.server = server,
          .url = server->create_database("faults"),
          .control_url = server->url(),
          .socket = server->folder() + "/socket"};
}

std::string url_by_port(std::uint16_t port, std::string_view options) {
  return "mysql://root@127.0.0.1:" + std::to_string(port) + "/faults?local_infile=true" +
         (options.empty() ? "" : "&") + std::string(options);
}

std::string url_by_socket(const std::string& folder) {
  return "mysql://root@localhost/faults?unix_socket=" + socket_in(folder);
}
std::string socket_in(const std::string& folder) { return folder + "/socket"; }

/// Three bytes of length, and one that numbers them.
Proxy::Message find_message(std::string_view bytes, bool /*is_first*/) {
  constexpr std::size_t head = 4;
  if (bytes.size() < head) return {};
  std::size_t size = 0;
  for (std::size_t i = head - 1; i-- > 0;)
    size = size << 8U | static_cast<unsigned char>(bytes[i]);
  return {.size = bytes.size() < head + size ? 0 : head + size};
}

const std::string_view last_words("\020\0\0\0\377\035\004#08S01it ends", 20);

const std::string_view silence_timeout = "read_timeout=1";
const std::size_t silent_size = 1;

const std::string_view statement_timeout = "init_command=SET%20max_statement_time%3D0.2";

const std::string_view session_id = "SELECT connection_id()";
const std::string_view count_sessions =
    "SELECT count(*) FROM information_schema.processlist WHERE db = 'faults'";
const std::string_view count_busy =
    "SELECT count(*) FROM information_schema.processlist WHERE db = 'faults' AND "
    "state = 'User sleep'";
const std::string_view takes_a_minute = "SELECT sleep(60)";
const std::string_view many_rows = "SELECT seq, repeat('x', 500) FROM seq_1_to_100000";

const std::string_view loads_rows = "LOAD DATA LOCAL INFILE 'rows' INTO TABLE t";

std::string kill(std::int64_t session) { return "KILL " + std::to_string(session); }

bool means_lost(std::string_view, int driver_code) {
  constexpr int killed = 1927;
  constexpr int shuts_down = 1053;
  constexpr int gone = 2006;
  constexpr int lost = 2013;
  return driver_code == killed || driver_code == shuts_down || driver_code == gone ||
         driver_code == lost;
}
bool means_full(std::string_view, int driver_code) { return driver_code == 1040; }
bool means_out_of_time(std::string_view, int driver_code) { return driver_code == 1969; }
bool means_unreachable(std::string_view, int driver_code) {
  constexpr int no_socket = 2002;
  constexpr int no_port = 2003;
  constexpr int lost = 2013;
  return driver_code == no_socket || driver_code == no_port || driver_code == lost;
}

}  // namespace hark::test::peer
