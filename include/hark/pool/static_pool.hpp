// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace hark {

/// A pool of one connection, which all share.
///
/// Thread safety: the pool's shared objects are safe; the connection is one thread's at a
/// time. Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, StaticPool.
class StaticPool final : public event::Subclass<StaticPool, Pool> {
 public:
  explicit StaticPool(std::shared_ptr<Connector> connector,
                      const PoolOptions& options = {});
  ~StaticPool() override;

  void dispose() override;
  std::string status() const override;
  std::size_t checked_in() const override;
  std::size_t checked_out() const override;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  ConnectionRecord& do_get() override;
  std::unique_ptr<ConnectionRecord> do_return(ConnectionRecord& record) override;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::unique_ptr<ConnectionRecord> record_;
  std::vector<std::unique_ptr<ConnectionRecord>> replaced_;  // may still be lent
};

}  // namespace hark
