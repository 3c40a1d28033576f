// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

namespace hark::event {

/// Where in the program a listener was registered; filled in by default arguments.
struct Place {
  const char* file = "";  ///< as the compiler spells it; static storage
  int line = 0;           ///< from 1; 0 means unknown

  /// The place of the call in whose default argument it stands.
  static constexpr Place here(const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

}  // namespace hark::event
