// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "engine/act.hpp"

/// Those who are compared, under one interface.
namespace bench {

/// Makes an Act: in the database file of that path, which is filled already, or, where it
/// is empty, in a new database in memory. An empty function: does not compete.
using Prepare = std::function<Act(const std::string& path)>;

struct Contestant {
  std::string name;
  Prepare find{};          ///< a track by its id, with statements that are kept
  Prepare find_natural{};  ///< the same as the manual writes it
  Prepare insert{};        ///< a track, in a transaction that is open
  Prepare insert_natural{};
  Prepare insert_all{};  ///< new_tracks(), in a transaction that is open
  Prepare fetch_all{};   ///< all tracks into a std::vector<Track>
  Prepare stream{};      ///< all tracks, none of them kept
  Prepare empty_transaction{};
  Prepare empty_transaction_natural{};
};

/// The C interface: what everybody else is compared with.
Contestant raw();
Contestant hark_contestant();
/// The rivals that are installed.
std::vector<Contestant> rivals();

/// How hark finds a track; `listeners`: on each of checkout, checkin,
/// before_cursor_execute and after_cursor_execute.
struct HarkWay {
  std::size_t listeners = 0;
  bool is_typed = true;   ///< into a Track; else value by value, by name
  bool is_pooled = true;  ///< a checkout each time; else one for all
};
Prepare hark_find(const HarkWay& way);

/// The version of SQLite that all of them use.
std::string sqlite_version();

/// A database file with the tracks that are looked up, on a file system in memory if there
/// is one. It goes with the object.
class DatabaseFile {
 public:
  DatabaseFile();
  DatabaseFile(const DatabaseFile&) = delete;
  DatabaseFile& operator=(const DatabaseFile&) = delete;
  ~DatabaseFile();

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace bench
