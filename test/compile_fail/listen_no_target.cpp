// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen([[maybe_unused]] Pool& pool, [[maybe_unused]] Unrelated& unrelated) {
#ifndef HARK_REJECT
  event::listen(pool, "connect", [] {});
#else
  event::listen(unrelated, "connect", [] {});
#endif
}
