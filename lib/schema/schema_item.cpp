// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema/schema_item.hpp>

namespace hark {

SchemaItem::~SchemaItem() = default;

}  // namespace hark
