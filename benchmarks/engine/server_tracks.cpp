// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "engine/server_tracks.hpp"

namespace bench {
namespace {

std::string create(const std::string& table) {
  return "CREATE TABLE " + table +
         " (id BIGINT PRIMARY KEY, plays BIGINT, seconds DOUBLE PRECISION, title TEXT, "
         "note TEXT)";
}

std::string literals_of(const Track& track) {
  return '(' + std::to_string(track.id) + ',' + std::to_string(track.plays) + ',' +
         std::to_string(track.seconds) + ",'" + track.title + "'," +
         (track.note ? '\'' + *track.note + '\'' : "NULL") + ')';
}

std::string insert_tracks(std::int64_t first, std::int64_t last) {
  std::string sql = "INSERT INTO track VALUES ";
  for (std::int64_t id = first; id <= last; ++id) {
    if (id != first) sql += ',';
    sql += literals_of(track_of(id));
  }
  return sql;
}

}  // namespace

std::vector<std::string> statements_that_fill_server() {
  constexpr std::int64_t at_once = 1000;
  std::vector<std::string> statements{create("track"), create("new_track")};
  for (std::int64_t first = 1; first <= track_count; first += at_once) {
    statements.push_back(insert_tracks(first, first + at_once - 1));
  }
  return statements;
}

const std::vector<Track>& new_server_tracks() {
  static const std::vector<Track> tracks(new_tracks().begin(),
                                         new_tracks().begin() + new_track_count);
  return tracks;
}

std::string insert_new_track(const std::array<std::string, 5>& placeholders) {
  std::string sql = "INSERT INTO new_track (id, plays, seconds, title, note) VALUES (";
  for (const std::string& each : placeholders) {
    if (&each != &placeholders.front()) sql += ", ";
    sql += each;
  }
  return sql + ')';
}

}  // namespace bench
