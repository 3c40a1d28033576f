// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

/// Has a family more than a Pool.
class Depot : public event::Target<Depot, PoolEvents, TableEvents> {};

class SparePool : public event::Target<SparePool, PoolEvents> {
 public:
  void take_over(const Depot& depot) { update_listeners(depot); }
};

void update(SparePool& pool, const Depot& depot) {
#ifndef HARK_REJECT
  pool.take_over(depot);
#else
  pool.update_listeners(depot);
#endif
}
