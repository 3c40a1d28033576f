// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

namespace hark::audit {

namespace detail {
class AwaitableHandler;
class Delivery;
class PlainHandler;
}  // namespace detail

/// What use_event_handler() takes: an EventHandler or a SyncEventHandler.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

 private:
  friend class detail::AwaitableHandler;
  friend class detail::Delivery;
  friend class detail::PlainHandler;
  // One of them is this handler, the other one null.
  virtual detail::PlainHandler* plain() noexcept = 0;
  virtual detail::AwaitableHandler* awaitable() noexcept = 0;
};

}  // namespace hark::audit
