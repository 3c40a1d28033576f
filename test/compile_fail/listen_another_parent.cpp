// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema.hpp>

void listen() {
#ifndef HARK_REJECT
  hark::event::listen(hark::event::every<hark::Column>,
                      "after_parent_attach",
                      [](hark::Column&, hark::Table&) {});
#else
  hark::event::listen(hark::event::every<hark::Column>,
                      "after_parent_attach",
                      [](hark::Column&, hark::MetaData&) {});
#endif
}
