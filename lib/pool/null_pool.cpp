// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/null_pool.hpp>

#include <utility>

namespace hark {

NullPool::NullPool(Key key,
                   std::shared_ptr<Connector> connector,
                   const PoolOptions& options)
    : Subclass(key, std::move(connector), options) {}

std::shared_ptr<Pool> NullPool::make_another() const {
  return make_pool<NullPool>(connector(), options());
}

RecordPtr NullPool::do_get(std::chrono::nanoseconds& /*waited*/) {
  RecordPtr record = make_record();
  ++checked_out_;
  return record;
}

void NullPool::do_return(RecordPtr& record) {
  --checked_out_;
  close_record(*record);
}

std::string NullPool::status() const {
  return "checked out: " + std::to_string(checked_out());
}

std::size_t NullPool::checked_out() const { return checked_out_.load(); }

}  // namespace hark
