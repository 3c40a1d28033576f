// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine.hpp>

#include <functional>
#include <string>

#include "schema/raw.hpp"

namespace bench {

enum class Place { memory, file };

/// Where a new database is; a file is on a file system in memory if there is one, and goes
/// with the object.
class DatabasePath {
 public:
  explicit DatabasePath(Place place);
  DatabasePath(const DatabasePath&) = delete;
  DatabasePath& operator=(const DatabasePath&) = delete;
  ~DatabasePath();

  /// Empty: in memory.
  const std::string& string() const noexcept { return path_; }

 private:
  std::string path_;
};

/// An engine with one connection.
hark::Engine engine_on(const DatabasePath& path);

/// What `engine` executes while `act` is run.
Script recorded(hark::Engine& engine, const std::function<void()>& act);

}  // namespace bench
