// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <cstddef>
#include <memory>

namespace hark {

/// A pool of one connection per thread; nested checkouts of a thread share it.
///
/// Thread safety: shared objects safe.
/// Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, SingletonThreadPool.
class SingletonThreadPool final : public event::Subclass<SingletonThreadPool, Pool> {
 public:
  explicit SingletonThreadPool(std::shared_ptr<Connector> connector,
                               const PoolOptions& options = {});
  ~SingletonThreadPool() override;

  PooledConnection connect() override;
  void dispose() override;
  std::string status() const override;
  std::size_t checked_in() const override;
  std::size_t checked_out() const override;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  ConnectionRecord& do_get() override;
  std::unique_ptr<ConnectionRecord> do_return(ConnectionRecord& record) override;
  std::unique_ptr<ConnectionRecord> return_record(ConnectionRecord& record) override;
  void end_checkout(ConnectionFairy& fairy) noexcept override;

 private:
  struct Threads;

  const std::unique_ptr<Threads> threads_;
};

}  // namespace hark
