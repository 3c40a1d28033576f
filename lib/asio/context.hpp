// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>

namespace hark::detail {

class ContextMembers;

/// Something that uses an execution context, and ceases to before the context goes.
class ContextMember {
 public:
  ContextMember() = default;
  ContextMember(const ContextMember&) = delete;
  ContextMember& operator=(const ContextMember&) = delete;

  /// Nothing of the context runs any more. Called once at most, on the thread that destroys it.
  virtual void context_goes() noexcept = 0;
  /// What keeps it alive meanwhile; null: it is being destroyed.
  virtual std::shared_ptr<void> hold() noexcept = 0;

 protected:
  virtual ~ContextMember() = default;

 private:
  friend class ContextMembers;
  ContextMember* previous_ = nullptr;
  ContextMember* next_ = nullptr;
  bool is_member_ = false;
};

/// Those who use one execution context; it may outlive the context.
///
/// Thread safety: shared objects safe.
class ContextMembers {
 public:
  /// Of the executor's context.
  static std::shared_ptr<ContextMembers> of(const boost::asio::any_io_executor& executor);

  /// False: the context is going already.
  bool add(ContextMember& member) noexcept;
  void remove(ContextMember& member) noexcept;

  void context_goes() noexcept;

 private:
  void unlink(ContextMember& member) noexcept;

  std::mutex mutex_;
  // Guarded by mutex_.
  ContextMember* first_ = nullptr;
  bool has_gone_ = false;
};

}  // namespace hark::detail
