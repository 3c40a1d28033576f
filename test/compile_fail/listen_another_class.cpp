// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema.hpp>

void listen(hark::Table& table) {
#ifndef HARK_REJECT
  hark::event::listen(table, "before_create", [](hark::Table&) {});
#else
  hark::event::listen(table, "before_create", [](hark::Column&) {});
#endif
}
