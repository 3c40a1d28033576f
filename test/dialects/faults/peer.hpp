// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dialects/faults/proxy.hpp"
#include "support/server.hpp"

/// What differs between the database servers that the tests of faults run on. The tests
/// are built into one program per server, with that server's peer.cpp.
namespace hark::test::peer {

/// A server of the test's own, with an empty database `faults`.
struct Own {
  std::shared_ptr<Server> server;
  std::string url;          ///< of that database
  std::string control_url;  ///< of another one
  std::string socket;       ///< the path of its Unix socket
};

bool is_installed();
Own start(const ServerOptions& options = {});

/// The URL by which that database is found behind a proxy on 127.0.0.1.
std::string url_by_port(std::uint16_t port, std::string_view options = {});

/// The same on a Unix socket in a folder, and that socket's path.
std::string url_by_socket(const std::string& folder);
std::string socket_in(const std::string& folder);

Proxy::Message find_message(std::string_view bytes, bool is_first);

/// What a server says, unasked, before it goes.
extern const std::string_view last_words;

/// "key=value", which is true of a connection that gives up after a second of silence.
extern const std::string_view silence_timeout;
/// How many bytes a statement must have for that timeout to count.
extern const std::size_t silent_size;

/// "key=value", with which statements may last a fifth of a second.
extern const std::string_view statement_timeout;

// -- SQL --------------------------------------------------------------------------------

/// A session's own number.
extern const std::string_view session_id;
/// How many sessions are connected to the database `faults`.
extern const std::string_view count_sessions;
/// The same, for who executes what takes a minute.
extern const std::string_view count_busy;
extern const std::string_view takes_a_minute;
/// More rows than all buffers on the way hold, of two columns.
extern const std::string_view many_rows;
/// Fills the table `t (id, note)` from rows; by port only.
extern const std::string_view loads_rows;
/// Ends a session; it may not have gone when this has returned.
std::string kill(std::int64_t session);

// -- errors -----------------------------------------------------------------------------

/// What is said where a connection is lost: may it be this?
bool means_lost(std::string_view sqlstate, int driver_code);
/// No connection is free.
bool means_full(std::string_view sqlstate, int driver_code);
/// A statement has taken too long.
bool means_out_of_time(std::string_view sqlstate, int driver_code);
/// Nobody listens there, or nobody has answered.
bool means_unreachable(std::string_view sqlstate, int driver_code);

}  // namespace hark::test::peer
