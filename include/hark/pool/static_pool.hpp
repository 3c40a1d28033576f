// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <chrono>
#include <memory>
#include <mutex>

namespace hark {

/// A pool of one connection, which all share.
///
/// dispose() closes it also while it is lent.
///
/// Thread safety: the connection is one thread's at a time, also where connect() pings or
/// replaces it, giving back resets it and dispose() closes it. All else is shared objects
/// safe.
/// Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, StaticPool.
class StaticPool final : public event::Subclass<StaticPool, Pool> {
 public:
  StaticPool(Key key, std::shared_ptr<Connector> connector, const PoolOptions& options);
  ~StaticPool() override;

  void dispose() override;
  std::string status() const override;
  std::size_t checked_in() const override;
  std::size_t checked_out() const override;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  RecordPtr do_get(std::chrono::nanoseconds& waited) override;
  void do_return(RecordPtr& /*record*/) override {}
  void let_go() noexcept override;

 private:
  RecordPtr present() const;

  mutable std::mutex mutex_;
  RecordPtr record_;  // guarded by mutex_
};

}  // namespace hark
