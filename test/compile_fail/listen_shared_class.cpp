// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen() {
#ifndef HARK_REJECT
  event::listen(event::every<QueuePool>, "connect", [] {});
#else
  event::listen(event::every<PlainPool>, "connect", [] {});
#endif
}
