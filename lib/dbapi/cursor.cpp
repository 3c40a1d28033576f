// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/cursor.hpp>

namespace hark::dbapi {

std::shared_ptr<const ColumnNames> Cursor::make_column_names() const {
  auto names = std::make_shared<ColumnNames>();
  names->reserve(column_count());
  for (std::size_t i = 0; i < column_count(); ++i) names->emplace_back(column_name(i));
  return names;
}

bool Cursor::fetch(std::span<ValueView> cells) {
  if (!fetch()) return false;
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = value(i);
  return true;
}

}  // namespace hark::dbapi
