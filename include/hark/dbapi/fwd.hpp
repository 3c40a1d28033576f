// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

namespace hark::dbapi {

class Value;
class ValueView;
class Cursor;
class Connection;

}  // namespace hark::dbapi
