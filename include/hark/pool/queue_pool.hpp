// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace hark {

/// How large a QueuePool may grow and how long its callers wait.
struct QueuePoolOptions : PoolOptions {
  std::size_t pool_size = 5;  ///< kept open when idle; 0: no limit
  int max_overflow = 10;      ///< opened beyond that under load; -1: no limit
  std::chrono::milliseconds timeout{30'000};  ///< longest wait in connect()
  bool use_lifo = false;                      ///< is the connection used last lent first?
};

/// A pool that keeps a bounded number of connections and lends each to one caller at a
/// time.
///
/// Thread safety: shared objects safe.
/// Order: the connection that has been idle longest is lent first, unless `use_lifo`.
/// Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, QueuePool.
class QueuePool final : public event::Subclass<QueuePool, Pool> {
 public:
  QueuePool(std::shared_ptr<Connector> connector, const QueuePoolOptions& options);
  ~QueuePool() override;

  void dispose() override;
  std::string status() const override;
  std::size_t checked_in() const override;
  std::size_t checked_out() const override;

  /// Connections beyond pool_size; negative: so many fewer are open.
  int overflow() const;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  ConnectionRecord& do_get() override;
  std::unique_ptr<ConnectionRecord> do_return(ConnectionRecord& record) override;

 private:
  struct State;

  const QueuePoolOptions queue_options_;
  const std::unique_ptr<State> state_;
};

}  // namespace hark
