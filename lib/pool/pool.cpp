// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/detail/counter.hpp>
#include <hark/error.hpp>
#include <hark/pool/pool.hpp>

#include <utility>

#include "pool/first_failure.hpp"

namespace hark {
namespace {

constinit detail::Counter ticks;

}  // namespace

Pool::Pool(Key /*key*/,
           std::shared_ptr<Connector> connector,
           const PoolOptions& options,
           Sharing sharing)
    : sharing_(sharing),
      reset_on_return_(options.reset_on_return),
      pre_ping_(options.pre_ping.mode()),
      recycles_(options.recycle.has_value()),
      connector_(std::move(connector)),
      options_(options) {}

Pool::~Pool() = default;

bool PoolEvents::awaits_on(const Pool& pool) noexcept { return pool.serves_fibers(); }

/// Connections that there are now were not opened for them.
void Pool::serve_fibers() noexcept {
  if (!serves_fibers_.exchange(true)) replace_all();
}

std::uint64_t Pool::tick() noexcept { return ticks.next(); }

std::shared_ptr<Pool> Pool::recreate() const {
  std::shared_ptr<Pool> another = make_another();
  another->update_listeners(*this, false);
  if (serves_fibers()) another->serve_fibers();
  return another;
}

RecordPtr Pool::make_record() {
  RecordPtr record = ConnectionRecord::make(shared_from_this());
  record->connect();
  return record;
}

bool Pool::is_invalidated(const ConnectionRecord& record) const noexcept {
  return record.connection_ == nullptr ||
         invalidated_at_.load(std::memory_order_acquire) > record.connected_at_ ||
         record.soft_invalidated_at_ > record.connected_at_;
}

inline bool Pool::is_usable(const ConnectionRecord& record) const {
  if (is_invalidated(record)) return false;
  return !recycles_ ||
         std::chrono::steady_clock::now() - record.opened_ < *options_.recycle;
}

inline PooledConnection Pool::lend(RecordPtr record) {
  if (record->spare_ == nullptr || !is_usable(*record)) [[unlikely]]
    return lend_anew(std::move(record));
  ConnectionFairy* const fairy = record->spare_.release();
  return lend_with(fairy, std::move(record));
}

inline PooledConnection Pool::lend_with(ConnectionFairy* fairy, RecordPtr record) {
  if (fairy->connection_ != record->connection_) [[unlikely]]
    fairy->take_connection(*record);
  fairy->users_ = 1;
  record->in_use_.store(true, std::memory_order_relaxed);
  fairy->record_ = std::move(record);
  return PooledConnection(fairy);
}

/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, _ConnectionFairy._checkout.
inline PooledConnection Pool::do_checkout(std::chrono::nanoseconds& waited) {
  PooledConnection lent = lend(do_get(waited));
  if (pre_ping_ != PrePing::off || has_listeners<PoolEvents::checkout>()) [[unlikely]]
    offer(lent);
  return lent;
}

PooledConnection Pool::checkout() {
  if (has_listeners<PoolEvents::checkout_end>()) [[unlikely]]
    return announced_checkout();
  std::chrono::nanoseconds waited{};
  return do_checkout(waited);
}

PooledConnection Pool::announced_checkout() {
  std::chrono::nanoseconds waited{};
  dbapi::Connection* opened = nullptr;
  return detail::run_to_end(
      [&] {
        PooledConnection made = do_checkout(waited);
        opened = made.fairy().dbapi_connection();
        return made;
      },
      [&](const Ending& ending) {
        emit<PoolEvents::checkout_end>(opened, ending, waited);
      });
}

PooledConnection Pool::checkout_again(ConnectionFairy& fairy) {
  if (!fairy.is_valid()) throw InvalidRequestError("this connection is closed");
  ++fairy.users_;
  return PooledConnection(&fairy);
}

/// With a connection that is usable, and a new fairy where there is none to spare.
PooledConnection Pool::lend_anew(RecordPtr record) {
  std::unique_ptr<ConnectionFairy> fairy;
  try {
    if (!is_usable(*record)) record->replace_connection();
    fairy = record->take_spare();
    if (fairy == nullptr) fairy = std::make_unique<ConnectionFairy>(record->pool_);
  } catch (...) {
    give_up(std::move(record), std::current_exception());
    throw;
  }
  return lend_with(fairy.release(), std::move(record));
}

/// False: two connections were no good.
inline bool Pool::announce_checkout(ConnectionFairy& fairy) {
  for (int attempts = 2; attempts > 0; --attempts) {
    try {
      if (pre_ping_ != PrePing::off) ping_unless_fresh(fairy);
      emit<PoolEvents::checkout>(*fairy.connection_, *fairy.record_, fairy);
      return true;
    } catch (const DisconnectionError& error) {
      if (fairy.record_ == nullptr) throw;
      replace_connection(fairy, error);
    }
  }
  return false;
}

/// Asks whether it is alive, and the listeners of checkout.
void Pool::offer(PooledConnection& lent) {
  try {
    if (announce_checkout(lent.fairy())) return;
  } catch (...) {
    take_back(lent, std::current_exception());
    throw;
  }
  take_back(lent, nullptr);
  throw InvalidRequestError("this connection is closed");
}

/// What was lent is nobody's, although it may be detached.
void Pool::take_back(PooledConnection& lent, const std::exception_ptr& error) {
  const std::unique_ptr<ConnectionFairy> fairy(std::exchange(lent.fairy_, nullptr));
  if (RecordPtr record = std::move(fairy->record_)) give_up(std::move(record), error);
}

void Pool::ping_unless_fresh(ConnectionFairy& fairy) const {
  if (std::exchange(fairy.record_->is_fresh_, false)) return;
  dbapi::Connection& connection = *fairy.connection_;
  if (pre_ping_ == PrePing::passive) {
    if (!connection.is_connected()) throw DisconnectionError("the connection has gone");
  } else if (!answers(connection)) {
    throw InvalidatePoolError("the connection did not answer a ping");
  }
}

bool Pool::answers(dbapi::Connection& connection) {
  try {
    return connection.ping();
  } catch (const Error& error) {
    if (!error.is_disconnect()) throw;
    return false;
  }
}

/// Requires: the error is the current exception.
void Pool::replace_connection(ConnectionFairy& fairy, const DisconnectionError& error) {
  ConnectionRecord& record = *fairy.record_;
  record.invalidate(std::current_exception());
  if (error.invalidates_pool()) invalidate_all(fairy);
  if (!is_usable(record)) record.replace_connection();
  fairy.connection_ = record.connection_;
}

void Pool::give_back(RecordPtr&& record) {
  record->in_use_.store(false, std::memory_order_relaxed);
  give_back_unused(record);
}

void Pool::give_back_unused(RecordPtr& record) {
  if (has_listeners<PoolEvents::checkin>()) [[unlikely]]
    return give_back_heard(record);
  do_return(record);
}

void Pool::give_back_heard(RecordPtr& record) {
  try {
    emit<PoolEvents::checkin>(record->connection_.get(), *record);
  } catch (...) {
    // Differs: a listener that throws does not keep the place of the pool.
    detail::FirstFailure failure;
    failure.note();
    failure.attempt([&] { do_return(record); });
    failure.rethrow_if_any();
  }
  do_return(record);
}

void Pool::give_up(RecordPtr record, const std::exception_ptr& error) {
  detail::FirstFailure failure;
  failure.attempt([&] { record->invalidate(error); });
  record->release_connection();
  failure.attempt([&] { give_back(std::move(record)); });
  failure.rethrow_if_any();
}

void Pool::invalidate_all(const ConnectionFairy& fairy) {
  const ConnectionRecord* record = fairy.connection_record();
  if (record == nullptr || invalidated_at_.load() < record->connected_at_) {
    invalidated_at_.store(tick());
  }
}

}  // namespace hark
