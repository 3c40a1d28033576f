// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/null_pool.hpp>

#include <utility>

namespace hark {

NullPool::NullPool(std::shared_ptr<Connector> connector, const PoolOptions& options)
    : Subclass(std::move(connector), options) {}

std::shared_ptr<Pool> NullPool::make_another() const {
  return std::make_shared<NullPool>(connector(), options());
}

ConnectionRecord& NullPool::do_get() {
  ConnectionRecord& record = make_record();
  ++checked_out_;
  return record;
}

std::unique_ptr<ConnectionRecord> NullPool::do_return(ConnectionRecord& record) {
  std::unique_ptr<ConnectionRecord> returned(&record);
  --checked_out_;
  close_record(*returned);
  return returned;
}

std::string NullPool::status() const {
  return "checked out: " + std::to_string(checked_out());
}

std::size_t NullPool::checked_out() const { return checked_out_.load(); }

}  // namespace hark
