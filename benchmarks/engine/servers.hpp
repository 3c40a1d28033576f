// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

/// The database servers that are measured.
namespace bench {

/// What a throw-away server is to its user.
class RunningServer {
 public:
  RunningServer() = default;
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  virtual ~RunningServer() = default;

  virtual std::string url() const = 0;  ///< of one of its databases
  virtual pid_t id() const = 0;
};

struct ServerKind {
  const char* name;      ///< "postgresql"
  const char* variable;  ///< of the environment: the URL of the user's own server
  bool (*is_installed)();
  std::unique_ptr<RunningServer> (*start)();
  const char* analyze;  ///< the SQL that has the server look at its tracks
};
extern const ServerKind postgresql;
extern const ServerKind mysql;

/// A server with a database of its own in which the tracks are, and an empty table
/// `new_track`. It is the user's, or a throw-away one, started when it is wanted first.
class TrackServer {
 public:
  explicit TrackServer(const ServerKind& kind);
  TrackServer(const TrackServer&) = delete;
  TrackServer& operator=(const TrackServer&) = delete;
  /// Drops the database. Nobody is connected to it any more.
  ~TrackServer();

  /// Is there one, or can one be started?
  bool is_there() const;
  const char* name() const noexcept { return kind_.name; }
  /// Of the database with the tracks.
  const std::string& url();
  /// Has this thread run on one core, and the server on the same, so that a round trip
  /// takes no other core's waking up; or both on all. The user's own server is left alone.
  void pin(bool to_one_core);

 private:
  void make_database(const std::string& server_url);

  const ServerKind& kind_;
  std::string server_url_;  // the user's; or else once it was started
  std::unique_ptr<RunningServer> own_;
  std::string url_;  // empty: the database was not made yet
};

}  // namespace bench
