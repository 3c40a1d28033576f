// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/lost_error.hpp>

namespace hark::detail {

/// Closes `connection`; a failure is reported.
inline void close(dbapi::Connection& connection) noexcept {
  try {
    connection.close();
  } catch (...) {
    report_lost_error("closing a connection failed");
  }
}

}  // namespace hark::detail
