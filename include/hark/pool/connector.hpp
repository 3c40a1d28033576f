// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/pool/fwd.hpp>

#include <memory>
#include <utility>

namespace hark {

/// Opens DBAPI connections for a pool.
///
/// Thread safety: shared objects safe.
class Connector {
 public:
  Connector() = default;
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  virtual ~Connector() = default;

  /// Opens one for `record`. Not null. Throws: dbapi::Error, or anything of its own.
  virtual std::shared_ptr<dbapi::Connection> connect(ConnectionRecord& record) = 0;
};

/// A Connector of a callable: `make_connector([](hark::ConnectionRecord&) { return …;
/// })`.
template <class Open>
std::shared_ptr<Connector> make_connector(Open open) {
  class Made final : public Connector {
   public:
    explicit Made(Open given) : open_(std::move(given)) {}
    std::shared_ptr<dbapi::Connection> connect(ConnectionRecord& record) override {
      return open_(record);
    }

   private:
    Open open_;
  };
  return std::make_shared<Made>(std::move(open));
}

}  // namespace hark
