// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <memory>
#include <mutex>

namespace hark {

/// A pool that lends one connection to one caller, and throws when there is a second one.
///
/// Throws: connect() throws AssertionError.
/// Thread safety: shared objects safe.
/// Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, AssertionPool.
class AssertionPool final : public event::Subclass<AssertionPool, Pool> {
 public:
  explicit AssertionPool(std::shared_ptr<Connector> connector,
                         const PoolOptions& options = {});
  ~AssertionPool() override;

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
  bool is_checked_out_ = false;
};

}  // namespace hark
