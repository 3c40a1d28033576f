// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>

namespace hark::test {

/// A connection to nothing: whatever is asked of it works.
class SilentConnection : public dbapi::Connection {
 public:
  dbapi::CursorPtr cursor() override { return nullptr; }
  void begin() override {}
  void commit() override {}
  void rollback() override {}
  bool ping() override { return true; }
  void close_cursors() noexcept override {}
  void close() override {}
  void interrupt() noexcept override {}
};

}  // namespace hark::test
