// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Who listens to one event is not warned of what the others' arguments would be narrowed
// to.
#pragma GCC diagnostic error "-Wconversion"

#include "pools.hpp"

struct RowEvents : event::Events<RowEvents> {
  struct fetched : event::signal<"fetched", void(int rows)> {};
  struct skipped : event::signal<"skipped", void(long rows)> {};
  using all = event::list<fetched, skipped>;
};
class Rows : public event::Target<Rows, RowEvents> {};

void listen(Rows& rows) {
#ifndef HARK_REJECT
  event::listen(rows, "fetched", [](int) {});
#else
  event::listen(rows, "fetched", [](const char*) {});
#endif
}
