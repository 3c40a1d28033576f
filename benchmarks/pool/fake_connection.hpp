// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>

namespace bench {

/// A connection to nothing, so that the pools alone are measured.
class FakeConnection : public hark::dbapi::Connection {
 public:
  hark::dbapi::CursorPtr cursor() override { return nullptr; }
  void begin() override {}
  void commit() override {}
  void rollback() override {}
  bool ping() override { return true; }
  void close_cursors() noexcept override {}
  void close() override {}
  void interrupt() noexcept override {}
};

}  // namespace bench
