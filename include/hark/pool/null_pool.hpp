// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <atomic>
#include <chrono>
#include <memory>

namespace hark {

/// A pool that keeps nothing: each checkout opens a connection, each return closes it.
///
/// Thread safety: shared objects safe.
/// Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, NullPool.
class NullPool final : public event::Subclass<NullPool, Pool> {
 public:
  NullPool(Key key, std::shared_ptr<Connector> connector, const PoolOptions& options);

  void dispose() override {}
  std::string status() const override;
  std::size_t checked_in() const override { return 0; }
  std::size_t checked_out() const override;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  RecordPtr do_get(std::chrono::nanoseconds& waited) override;
  void do_return(RecordPtr& record) override;
  void let_go() noexcept override {}

 private:
  std::atomic<std::size_t> checked_out_{0};
};

}  // namespace hark
