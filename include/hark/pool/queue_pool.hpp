// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/pool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>

namespace hark {

/// A pool that keeps a bounded number of connections and lends each to one caller at a
/// time.
///
/// Thread safety: shared objects safe.
/// Order: the connection that has been idle longest is lent first, unless `use_lifo`. Among
/// those that several threads give back each thread prefers its own. Who waits is served in
/// the order of coming.
/// Cost: no allocation, no system call, two atomic exchanges for a checkout and its return,
/// where a connection is idle and nobody waits.
/// Differs: what is lent while the pool is disposed still counts as lent; SQLAlchemy counts
/// anew. And who waits is served in turn; SQLAlchemy's waiters race.
/// Source: SQLAlchemy lib/sqlalchemy/pool/impl.py, QueuePool.
class QueuePool final : public event::Subclass<QueuePool, Pool> {
 public:
  QueuePool(Key key, std::shared_ptr<Connector> connector, const PoolOptions& options);
  ~QueuePool() override;

  void dispose() override;
  std::string status() const override;
  std::size_t checked_in() const override;
  std::size_t checked_out() const override;

  /// Connections beyond pool_size; negative: so many fewer are open.
  int overflow() const;

  /// Callers of connect() that wait for a connection now.
  std::size_t waiting() const;

  bool reserve(PoolReservation& reservation) override;
  bool give_up_waiting(PoolReservation& reservation,
                       const std::exception_ptr& failure) noexcept override;
  void release(PoolReservation& reservation) noexcept override;

 protected:
  std::shared_ptr<Pool> make_another() const override;
  [[gnu::hot]] RecordPtr do_get(std::chrono::nanoseconds& waited) override;
  [[gnu::hot]] void do_return(RecordPtr& record) override;
  void let_go() noexcept override;

 private:
  struct State;

  RecordPtr wait_or_make(std::chrono::nanoseconds& waited);
  [[gnu::cold]] RecordPtr get_for_flow(std::chrono::nanoseconds& waited);
  RecordPtr make_or_free_place();
  void keep_or_close(RecordPtr& record);

  const std::unique_ptr<State> state_;
  std::atomic<bool> serves_flows_{false};  // has anybody waited without a thread?
};

}  // namespace hark
