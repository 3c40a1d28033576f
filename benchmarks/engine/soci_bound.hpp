// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <soci/soci.h>

#include <memory>
#include <string>

#include "engine/tracks.hpp"

namespace bench {

using SessionPtr = std::shared_ptr<soci::session>;

/// The variables that a statement of SOCI writes to or reads from.
struct Bound {
  long long id = 0;
  long long plays = 0;
  double seconds = 0;
  std::string title;
  std::string note;
  soci::indicator note_is = soci::i_null;

  Track track() const {
    Track read{.id = id,
               .plays = plays,
               .seconds = seconds,
               .title = title,
               .note = std::nullopt};
    if (note_is == soci::i_ok) read.note = note;
    return read;
  }
  void set(const Track& track) {
    id = track.id;
    plays = track.plays;
    seconds = track.seconds;
    title = track.title;
    note_is = track.note ? soci::i_ok : soci::i_null;
    if (track.note) note = *track.note;
  }
};

}  // namespace bench
