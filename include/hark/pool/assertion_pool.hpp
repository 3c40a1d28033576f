// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <chrono>
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
  AssertionPool(Key key,
                std::shared_ptr<Connector> connector,
                const PoolOptions& options);
  ~AssertionPool() override;

  void dispose() override;
  std::string status() const override;
  std::size_t checked_in() const override;
  std::size_t checked_out() const override;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  RecordPtr do_get(std::chrono::nanoseconds& waited) override;
  void do_return(RecordPtr& record) override;
  void let_go() noexcept override;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  RecordPtr record_;
  bool is_checked_out_ = false;
};

}  // namespace hark
