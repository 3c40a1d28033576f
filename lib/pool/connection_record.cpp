// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/connection_record.hpp>
#include <hark/pool/pool.hpp>

#include <atomic>
#include <utility>

namespace hark {
namespace {

std::uint64_t next_id() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

ConnectionRecord::ConnectionRecord(Pool& pool) : pool_(pool), id_(next_id()) {}

ConnectionRecord::~ConnectionRecord() = default;

void ConnectionRecord::connect() {
  if (!pool_.has_listeners<PoolEvents::connect_end>()) return do_connect();
  detail::run_to_end(
      [this] { do_connect(); },
      [] { return false; },
      [this](const Ending& ending) {
        pool_.emit<PoolEvents::connect_end>(
            ending.outcome == Outcome::ok ? connection_.get() : nullptr, *this, ending);
      });
}

void ConnectionRecord::do_connect() {
  connected_at_ = Pool::tick();
  opened_ = std::chrono::steady_clock::now();
  connection_ = pool_.connector()->connect(*this);
  is_fresh_ = true;
  if (pool_.has_listeners<PoolEvents::first_connect>()) {
    pool_.exec_once_unless_exception<PoolEvents::first_connect>(*connection_, *this);
  }
  if (pool_.has_listeners<PoolEvents::connect>()) {
    pool_.exec_sync_on_first_run<PoolEvents::connect>(*connection_, *this);
  }
}

void ConnectionRecord::close_connection(bool quietly) {
  pool_.emit<PoolEvents::close>(*connection_, *this);
  const std::shared_ptr<dbapi::Connection> closing = std::move(connection_);
  try {
    closing->close();
  } catch (...) {
    if (!quietly)
      report_pool_failure("closing a connection failed", std::current_exception());
  }
}

void ConnectionRecord::close() {
  if (connection_ != nullptr) close_connection(false);
}

void ConnectionRecord::invalidate(const std::exception_ptr& exception, bool soft) {
  if (connection_ == nullptr) return;
  if (soft) {
    pool_.emit<PoolEvents::soft_invalidate>(*connection_, *this, exception);
    soft_invalidated_at_ = Pool::tick();
    return;
  }
  pool_.emit<PoolEvents::invalidate>(*connection_, *this, exception);
  close_connection(true);
}

void ConnectionRecord::drop() noexcept { connection_ = nullptr; }

bool ConnectionRecord::is_invalidated() const noexcept {
  return connection_ == nullptr || pool_.invalidated_at_.load() > connected_at_ ||
         soft_invalidated_at_ > connected_at_;
}

void ConnectionRecord::usable_connection() {
  const auto recycle = pool_.options().recycle;
  if (connection_ == nullptr) {
    info_.clear();
    connect();
  } else if (is_invalidated() ||
             (recycle && std::chrono::steady_clock::now() - opened_ > *recycle)) {
    close_connection(true);
    info_.clear();
    connect();
  }
}

void ConnectionRecord::checkin_failed(const std::exception_ptr& error) {
  try {
    invalidate(error);
  } catch (...) {
    drop();
    checkin();
    throw;
  }
  checkin();
}

void ConnectionRecord::checkin() {
  in_use_ = false;
  std::exception_ptr failure;
  try {
    pool_.emit<PoolEvents::checkin>(connection_.get(), *this);
  } catch (...) {
    failure = std::current_exception();
  }
  // Differs: a listener that throws does not keep the place of the pool.
  const std::unique_ptr<ConnectionRecord> gone = pool_.return_record(*this);
  if (failure != nullptr) std::rethrow_exception(failure);
}

}  // namespace hark
