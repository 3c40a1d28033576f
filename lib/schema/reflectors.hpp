// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/inspector.hpp>

#include <memory>

namespace hark::detail {

std::unique_ptr<const Reflector> make_mysql_reflector();
std::unique_ptr<const Reflector> make_postgresql_reflector();
std::unique_ptr<const Reflector> make_sqlite_reflector();

}  // namespace hark::detail
