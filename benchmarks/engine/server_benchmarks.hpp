// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "engine/servers.hpp"
#include "support/rows.hpp"

/// What is measured on database servers: everybody at the same work.
namespace bench {

/// The servers that there are, for as long as something is measured there.
class TrackServers {
 public:
  TrackServers();
  TrackServers(const TrackServers&) = delete;
  TrackServers& operator=(const TrackServers&) = delete;
  /// Forgets the benchmarks first, which hold connections.
  ~TrackServers();

  /// Adds the rows of each server that is there.
  void add_rows(Rows& rows);

 private:
  TrackServer postgresql_;
  TrackServer mysql_;
};

}  // namespace bench
