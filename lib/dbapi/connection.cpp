// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/error.hpp>
#include <hark/detail/counter.hpp>

namespace hark::dbapi {
namespace {

constinit detail::Counter ids;

}  // namespace

Connection::Connection() : id_(ids.next()) {}

void Connection::set_autocommit(bool on) {
  if (on) throw NotSupportedError("the driver has no autocommit mode");
}

}  // namespace hark::dbapi
