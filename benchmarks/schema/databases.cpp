// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "schema/databases.hpp"

#include <hark/sqlite.hpp>

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

namespace bench {
namespace {

/// The texts among the parameters of an execution of one row; there are no others.
std::vector<std::string> texts_of(const hark::dbapi::Parameters& parameters) {
  std::vector<std::string> texts;
  for (const hark::dbapi::Value& each : parameters.row()) texts.push_back(each.text());
  return texts;
}

}  // namespace

DatabasePath::DatabasePath(Place place) {
  if (place == Place::memory) return;
  const std::filesystem::path memory("/dev/shm");
  const std::filesystem::path folder = std::filesystem::is_directory(memory)
                                           ? memory
                                           : std::filesystem::temp_directory_path();
  static int made = 0;
  path_ = folder / ("hark_schema_bench_" + std::to_string(getpid()) + '_' +
                    std::to_string(++made) + ".db");
  std::filesystem::remove(path_);
}

DatabasePath::~DatabasePath() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

hark::Engine engine_on(const DatabasePath& path) {
  return hark::create_engine(
      "sqlite:///" + path.string(),
      {.poolclass = hark::PoolClass::queue, .pool = {.pool_size = 1, .max_overflow = 0}});
}

Script recorded(hark::Engine& engine, const std::function<void()>& act) {
  Script script;
  const hark::event::ScopedSubscription listening =
      hark::event::listen(engine,
                          "before_cursor_execute",
                          [&](hark::Connection&,
                              hark::dbapi::Cursor&,
                              const std::string& statement,
                              const hark::dbapi::Parameters& parameters) {
                            script.push_back({statement, texts_of(parameters)});
                          });
  act();
  return script;
}

}  // namespace bench
