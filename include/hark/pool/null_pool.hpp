// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <atomic>
#include <memory>

namespace hark {

/// A pool that keeps nothing: each checkout opens a connection, each return closes it.
///
/// Thread safety: shared objects safe.
/// Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, NullPool.
class NullPool final : public event::Subclass<NullPool, Pool> {
 public:
  explicit NullPool(std::shared_ptr<Connector> connector,
                    const PoolOptions& options = {});

  void dispose() override {}
  std::string status() const override;
  std::size_t checked_in() const override { return 0; }
  std::size_t checked_out() const override;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  ConnectionRecord& do_get() override;
  std::unique_ptr<ConnectionRecord> do_return(ConnectionRecord& record) override;

 private:
  std::atomic<std::size_t> checked_out_{0};
};

}  // namespace hark
