// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "engine/servers.hpp"
#include "support/rows.hpp"

/// What is measured of the asynchronous engine.
namespace bench {

/// The engine alone: its fibers, its operations, who waits for a connection; and SQLite, which
/// is called by threads that may block.
void add_asio_rows(Rows& rows);

/// PostgreSQL, for as long as something is measured there.
class AsyncTracksServer {
 public:
  AsyncTracksServer() = default;
  AsyncTracksServer(const AsyncTracksServer&) = delete;
  AsyncTracksServer& operator=(const AsyncTracksServer&) = delete;
  /// Forgets the benchmarks first, which hold connections.
  ~AsyncTracksServer();

  void add_rows(Rows& rows);

 private:
  TrackServer server_{postgresql};
};

}  // namespace bench
