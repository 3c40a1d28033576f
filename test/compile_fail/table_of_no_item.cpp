// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema.hpp>

void declare(hark::MetaData& metadata) {
#ifndef HARK_REJECT
  metadata.table("t", hark::Column("id", hark::Integer()));
#else
  metadata.table("t", hark::Column("id", hark::Integer()), hark::ForeignKey("t.id"));
#endif
}
