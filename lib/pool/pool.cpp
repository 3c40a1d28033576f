// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/pool.hpp>

#include <iostream>
#include <utility>

namespace hark {

Pool::Pool(std::shared_ptr<Connector> connector, const PoolOptions& options)
    : connector_(std::move(connector)), options_(options) {}

Pool::~Pool() = default;

std::uint64_t Pool::tick() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::shared_ptr<Pool> Pool::recreate() const {
  std::shared_ptr<Pool> another = make_another();
  another->update_listeners(*this, false);
  return another;
}

ConnectionRecord& Pool::make_record() {
  auto record = std::make_unique<ConnectionRecord>(*this);
  record->connect();
  return *record.release();
}

PooledConnection Pool::connect() { return checkout(nullptr); }

PooledConnection Pool::checkout(ConnectionFairy* again) {
  if (again != nullptr || !has_listeners<PoolEvents::checkout_end>())
    return do_checkout(again);
  dbapi::Connection* opened = nullptr;
  return detail::run_to_end(
      [&] {
        PooledConnection made = do_checkout(nullptr);
        opened = made.fairy().dbapi_connection();
        return made;
      },
      [] { return false; },
      [&](const Ending& ending) { emit<PoolEvents::checkout_end>(opened, ending); });
}

/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, _ConnectionFairy._checkout.
PooledConnection Pool::do_checkout(ConnectionFairy* again) {
  if (again != nullptr) {
    if (!again->is_valid()) throw InvalidRequestError("this connection is closed");
    ++again->users_;
    return PooledConnection(again);
  }
  ConnectionRecord& record = do_get();
  try {
    record.usable_connection();
    if (record.spare_ == nullptr) record.spare_ = std::make_unique<ConnectionFairy>();
  } catch (...) {
    record.checkin_failed(std::current_exception());
    throw;
  }
  std::unique_ptr<ConnectionFairy> fairy = std::move(record.spare_);
  fairy->pool_ = shared_from_this();
  fairy->record_ = &record;
  fairy->connection_ = record.connection_;
  fairy->users_ = 1;
  record.in_use_ = true;
  if (!options_.pre_ping && !has_listeners<PoolEvents::checkout>()) {
    return PooledConnection(fairy.release());
  }
  for (int attempts = 2; attempts > 0; --attempts) {
    const bool was_fresh = std::exchange(record.is_fresh_, false);
    try {
      if (options_.pre_ping && !was_fresh) {
        bool is_alive = false;
        try {
          is_alive = fairy->connection_->ping();
        } catch (const Error& error) {
          if (!error.is_disconnect()) throw;
        }
        if (!is_alive) throw InvalidatePoolError("the connection did not answer a ping");
      }
      emit<PoolEvents::checkout>(*fairy->connection_, record, *fairy);
      return PooledConnection(fairy.release());
    } catch (const DisconnectionError& error) {
      try {
        record.invalidate(std::current_exception());
        if (error.invalidates_pool()) invalidate_all(*fairy);
        record.usable_connection();
        fairy->connection_ = record.connection_;
      } catch (...) {
        record.checkin_failed(std::current_exception());
        throw;
      }
    } catch (...) {
      record.checkin_failed(std::current_exception());
      throw;
    }
  }
  record.checkin_failed(nullptr);
  throw InvalidRequestError("this connection is closed");
}

void Pool::invalidate_all(const ConnectionFairy& fairy) {
  const ConnectionRecord* record = fairy.connection_record();
  if (record == nullptr || invalidated_at_.load() < record->connected_at_) {
    invalidated_at_.store(tick());
  }
}

void report_pool_failure(std::string_view what,
                         const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    std::cerr << "hark: " << what << ": " << exception.what() << '\n';
  } catch (...) {
    std::cerr << "hark: " << what << '\n';
  }
}

}  // namespace hark
