// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/connection.hpp>

namespace hark::dbapi {

std::shared_ptr<Connection> offload(std::shared_ptr<Connection> connection) {
  return connection;
}

}  // namespace hark::dbapi
