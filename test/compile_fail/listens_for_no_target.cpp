// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen([[maybe_unused]] Pool& pool, [[maybe_unused]] Unrelated& unrelated) {
#ifndef HARK_REJECT
  event::listens_for(pool, "connect")([] {});
#else
  event::listens_for(unrelated, "connect")([] {});
#endif
}
