// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema.hpp>

#include <utility>

void declare(hark::MetaData& metadata) {
  hark::Column id("id", hark::Integer());
#ifndef HARK_REJECT
  metadata.table("t", std::move(id));
#else
  metadata.table("t", id);
#endif
}
