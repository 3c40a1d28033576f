// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/error.hpp>

#include <atomic>

namespace hark::dbapi {
namespace {

std::uint64_t next_id() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Connection::Connection() : id_(next_id()) {}

void Connection::set_autocommit(bool on) {
  if (on) throw NotSupportedError("the driver has no autocommit mode");
}

}  // namespace hark::dbapi
