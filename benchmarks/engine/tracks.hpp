// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The table that everybody reads and writes.
namespace bench {

/// A row. The title has 16 bytes, the note 36; every fifth row has none.
struct Track {
  std::int64_t id = 0;
  std::int64_t plays = 0;
  double seconds = 0;
  std::string title;
  std::optional<std::string> note;
};

inline constexpr std::int64_t track_count = 100'000;

/// The row of that id: 1 to track_count in a new table; also what is inserted.
Track track_of(std::int64_t id);

/// Make the table in an empty database, with the ids from 1 to `count`.
std::vector<std::string> statements_that_fill(std::int64_t count = track_count);

/// The ids that are looked up: the first of the table, here and there.
inline constexpr std::size_t wanted_count = 10'000;
constexpr std::int64_t id_in_turn(std::size_t turn) noexcept {
  return 1 + static_cast<std::int64_t>(turn * 7919 % wanted_count);
}

/// An application has many statements; these find a track by its id.
inline constexpr std::size_t statement_count = 100;

/// All of them, with `placeholder` for the id.
std::vector<std::string> statements_that_find(std::string_view placeholder);

inline const std::string insert_positional =
    "INSERT INTO track (id, plays, seconds, title, note) VALUES (?, ?, ?, ?, ?)";
inline const std::string insert_named =
    "INSERT INTO track (id, plays, seconds, title, note) "
    "VALUES (:id, :plays, :seconds, :title, :note)";
inline const std::string select_all = "SELECT id, plays, seconds, title, note FROM track";

/// A number in which each value of a row counts.
inline std::uint64_t sum_of(std::int64_t id,
                            std::int64_t plays,
                            double seconds,
                            std::string_view title,
                            std::optional<std::string_view> note) noexcept {
  const auto last = [](std::string_view text) {
    return text.size() * 256 + static_cast<unsigned char>(text.back());
  };
  return static_cast<std::uint64_t>(id + plays) + static_cast<std::uint64_t>(seconds) +
         last(title) + (note ? last(*note) : 1);
}
inline std::uint64_t sum_of(const Track& track) noexcept {
  return sum_of(track.id, track.plays, track.seconds, track.title, track.note);
}

inline std::uint64_t sum_of(const std::vector<Track>& tracks) noexcept {
  std::uint64_t sum = 0;
  for (const Track& track : tracks) sum += sum_of(track);
  return sum;
}

/// Of the whole table.
std::uint64_t sum_of_all_tracks();

/// What is inserted at once: as many tracks again, with the ids behind.
const std::vector<Track>& new_tracks();

}  // namespace bench
