// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/cursor.hpp>

namespace hark::dbapi {

bool Cursor::fetch(std::span<ValueView> cells) {
  if (!fetch()) return false;
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = value(i);
  return true;
}

}  // namespace hark::dbapi
