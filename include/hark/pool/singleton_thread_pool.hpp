// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace hark {

/// A pool of one connection per thread; nested checkouts of a thread share it.
///
/// dispose() closes what the calling thread has lent and what nobody has; what another
/// thread has lent is closed when it comes back, and no longer the pool's.
///
/// Thread safety: shared objects safe.
/// Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, SingletonThreadPool.
class SingletonThreadPool final : public event::Subclass<SingletonThreadPool, Pool> {
 public:
  SingletonThreadPool(Key key,
                      std::shared_ptr<Connector> connector,
                      const PoolOptions& options);
  ~SingletonThreadPool() override;

  void dispose() override;
  std::string status() const override;
  std::size_t checked_in() const override;
  std::size_t checked_out() const override;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  PooledConnection connect_shared() override;
  RecordPtr do_get(std::chrono::nanoseconds& waited) override;
  void do_return(RecordPtr& record) override;
  void do_detach(RecordPtr& /*record*/) override {}
  void end_checkout(ConnectionFairy& fairy) noexcept override;
  void let_go() noexcept override;

 private:
  struct Threads;

  const std::unique_ptr<Threads> threads_;
};

}  // namespace hark
