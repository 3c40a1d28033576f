// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/detail/counter.hpp>
#include <hark/pool/connection_record.hpp>
#include <hark/pool/pool.hpp>

#include <utility>

#include "pool/close.hpp"

namespace hark {
namespace {

constinit detail::Counter ids;

}  // namespace

ConnectionRecord::ConnectionRecord(std::shared_ptr<Pool> pool)
    : pool_(std::move(pool)), id_(ids.next()) {}

ConnectionRecord::~ConnectionRecord() {
  // Before the pool.
  spare_.reset();
  keep_shared_spare(nullptr);
  connection_.reset();
}

RecordPtr ConnectionRecord::make(std::shared_ptr<Pool> pool) {
  return RecordPtr(new ConnectionRecord(std::move(pool)));
}

RecordPtr ConnectionRecord::share() noexcept {
  owners_.fetch_add(1, std::memory_order_relaxed);
  return RecordPtr(this);
}

void ReleaseRecord::operator()(ConnectionRecord* record) const noexcept {
  if (record->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete record;
}

void ConnectionRecord::connect() {
  if (!pool_->has_listeners<PoolEvents::connect_end>()) return do_connect();
  detail::run_to_end(
      [this] { do_connect(); },
      [this](const Ending& ending) {
        pool_->emit<PoolEvents::connect_end>(
            ending.outcome == Outcome::ok ? connection_.get() : nullptr, *this, ending);
      });
}

void ConnectionRecord::do_connect() {
  connected_at_ = Pool::tick();
  if (pool_->options().recycle) opened_ = std::chrono::steady_clock::now();
  connection_ = pool_->connector()->connect(*this);
  is_fresh_ = true;
  if (pool_->has_listeners<PoolEvents::first_connect>()) {
    pool_->exec_once_unless_exception<PoolEvents::first_connect>(*connection_, *this);
  }
  if (pool_->has_listeners<PoolEvents::connect>()) {
    pool_->exec_sync_on_first_run<PoolEvents::connect>(*connection_, *this);
  }
}

void ConnectionRecord::replace_connection() {
  if (connection_ != nullptr) close_connection(Failure::expected);
  info_.clear();
  connect();
}

void ConnectionRecord::close_connection(Failure failure) {
  pool_->emit<PoolEvents::close>(*connection_, *this);
  const std::shared_ptr<dbapi::Connection> closing = release_connection();
  if (closing == nullptr) return;  // a listener was faster
  if (failure == Failure::reported) return detail::close(*closing);
  try {
    closing->close();
  } catch (...) {  // it was given up because it does not work
  }
}

void ConnectionRecord::close() {
  if (connection_ != nullptr) close_connection(Failure::reported);
}

void ConnectionRecord::invalidate(const std::exception_ptr& exception, bool soft) {
  if (connection_ == nullptr) return;
  if (soft) {
    pool_->emit<PoolEvents::soft_invalidate>(*connection_, *this, exception);
    soft_invalidated_at_ = Pool::tick();
    return;
  }
  pool_->emit<PoolEvents::invalidate>(*connection_, *this, exception);
  if (connection_ != nullptr) close_connection(Failure::expected);
}

/// What a checkout holds stays, but not what is kept for the next one.
std::shared_ptr<dbapi::Connection> ConnectionRecord::release_connection() noexcept {
  if (spare_ != nullptr) spare_->connection_ = nullptr;
  keep_shared_spare(nullptr);
  return std::exchange(connection_, nullptr);
}

/// Null: there is none.
std::unique_ptr<ConnectionFairy> ConnectionRecord::take_spare() noexcept {
  if (spare_ != nullptr) return std::move(spare_);
  return std::unique_ptr<ConnectionFairy>(shared_spare_.exchange(nullptr));
}

void ConnectionRecord::keep_shared_spare(
    std::unique_ptr<ConnectionFairy> fairy) noexcept {
  const std::unique_ptr<ConnectionFairy> old(shared_spare_.exchange(fairy.release()));
}

}  // namespace hark
