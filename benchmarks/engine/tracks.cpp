// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "engine/tracks.hpp"

#include <cstdio>

namespace bench {
namespace {

std::string numbered(const char* format, std::int64_t number) {
  char text[64];
  std::snprintf(text, sizeof text, format, static_cast<long long>(number));
  return text;
}

}  // namespace

Track track_of(std::int64_t id) {
  Track track{.id = id,
              .plays = id * 1'000'003,
              .seconds = static_cast<double>(id) * 0.25,
              .title = numbered("Track no. %06lld", id),
              .note = std::nullopt};
  if (id % 5 != 0) track.note = numbered("What somebody wrote about it: %06lld", id);
  return track;
}

std::vector<std::string> statements_that_fill(std::int64_t count) {
  return {
      "CREATE TABLE track (id INTEGER PRIMARY KEY, plays BIGINT, seconds DOUBLE, "
      "title TEXT, note TEXT)",
      "INSERT INTO track "
      "WITH RECURSIVE numbers (id) AS "
      "(SELECT 1 UNION ALL SELECT id + 1 FROM numbers WHERE id < " +
          std::to_string(count) +
          ") SELECT id, id * 1000003, id * 0.25, printf('Track no. %06d', id), "
          "CASE WHEN id % 5 <> 0 THEN printf('What somebody wrote about it: %06d', id) "
          "END FROM numbers"};
}

std::vector<std::string> statements_that_find(std::string_view placeholder) {
  std::vector<std::string> statements;
  for (std::size_t i = 0; i < statement_count; ++i) {
    statements.push_back("SELECT id, plays, seconds, title, note FROM track WHERE id = " +
                         std::string(placeholder) + " /* caller " + std::to_string(i) +
                         " */");
  }
  return statements;
}

std::uint64_t sum_of_all_tracks() {
  static const std::uint64_t sum = [] {
    std::uint64_t all = 0;
    for (std::int64_t id = 1; id <= track_count; ++id) all += sum_of(track_of(id));
    return all;
  }();
  return sum;
}

const std::vector<Track>& new_tracks() {
  static const std::vector<Track> tracks = [] {
    std::vector<Track> made;
    for (std::int64_t id = 1; id <= track_count; ++id) {
      made.push_back(track_of(track_count + id));
    }
    return made;
  }();
  return tracks;
}

}  // namespace bench
