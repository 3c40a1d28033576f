// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/detail/operation.hpp>
#include <hark/asio/detail/session.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "asio/context.hpp"

namespace hark::detail {

/// The statements that wait for a connection, and the connections that carry them: as many as
/// there are statements, up to the pool's limit. Where that is reached, each takes its share of
/// those that wait, and has them sent together where nobody could tell.
///
/// Thread safety: shared objects safe.
class AsyncStatements final : public AsyncOwner, ContextMember {
 public:
  explicit AsyncStatements(AsyncEngineState& state);
  ~AsyncStatements() override;

  void start(AsyncOperation& operation) override;
  void cancel(std::uint64_t operation) noexcept override;
  const boost::asio::any_io_executor& executor() const noexcept override;
  const OwnersContext& context() const noexcept override;

 private:
  class Carrier;

  void carry();
  void carry_or_fail() noexcept;
  bool needs_another() const noexcept;
  void take_share(AsyncQueue& to, std::size_t most) noexcept;
  void fail_share(const std::exception_ptr& failure) noexcept;
  void end(AsyncOperation& operation, bool is_abandoned) noexcept;
  void fail_cancelled(AsyncOperation& operation) noexcept;
  std::uint64_t dismiss() noexcept;
  void context_goes() noexcept override;
  std::shared_ptr<void> hold() noexcept override;

  AsyncEngineState& state_;
  const std::size_t most_carriers_;
  std::mutex mutex_;
  // Guarded by mutex_.
  AsyncQueue waiting_;
  std::size_t waiting_count_ = 0;
  std::unordered_map<std::uint64_t, AsyncOperation*> cancellable_;  // by its id
  std::vector<Carrier*> carriers_;
  std::size_t opening_count_ = 0;  // of those
};

}  // namespace hark::detail
