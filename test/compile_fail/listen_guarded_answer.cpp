// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <utility>

#include "pools.hpp"

// The argument is moved into a listener that gives it back for sure, and into no other.
void listen(Pool& pool) {
  const auto comment = [](std::string&& sql) { return std::move(sql) + " -- hark"; };
#ifndef HARK_REJECT
  event::listen(pool, "before_execute", comment, event::retval);
#else
  event::listen(pool, "before_execute", comment, event::retval, event::once);
#endif
}
