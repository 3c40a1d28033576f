// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "asio/context.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <utility>

namespace hark::detail {
namespace {

/// Learns first that the context goes.
class AsyncContext final : public boost::asio::execution_context::service {
 public:
  using key_type = AsyncContext;
  static boost::asio::execution_context::id id;

  explicit AsyncContext(boost::asio::execution_context& owner)
      : boost::asio::execution_context::service(owner) {}

  const std::shared_ptr<ContextMembers>& members() const noexcept { return members_; }

 private:
  void shutdown() noexcept override { members_->context_goes(); }

  const std::shared_ptr<ContextMembers> members_ = std::make_shared<ContextMembers>();
};

boost::asio::execution_context::id AsyncContext::id;

/// A context shuts its services down from the newest to the oldest.
void make_older_services(const boost::asio::any_io_executor& executor) {
  const auto strand = boost::asio::make_strand(executor);
  const boost::asio::steady_timer timer(executor);
  const boost::asio::posix::stream_descriptor descriptor(executor);
}

}  // namespace

std::shared_ptr<ContextMembers> ContextMembers::of(
    const boost::asio::any_io_executor& executor) {
  make_older_services(executor);
  boost::asio::execution_context& context = boost::asio::query(
      executor, boost::asio::execution::context_as<boost::asio::execution_context&>);
  return boost::asio::use_service<AsyncContext>(context).members();
}

bool ContextMembers::add(ContextMember& member) noexcept {
  const std::lock_guard lock(mutex_);
  if (has_gone_) return false;
  member.is_member_ = true;
  member.previous_ = nullptr;
  member.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &member;
  first_ = &member;
  return true;
}

void ContextMembers::remove(ContextMember& member) noexcept {
  const std::lock_guard lock(mutex_);
  unlink(member);
}

void ContextMembers::unlink(ContextMember& member) noexcept {
  if (!std::exchange(member.is_member_, false)) return;
  (member.previous_ == nullptr ? first_ : member.previous_->next_) = member.next_;
  if (member.next_ != nullptr) member.next_->previous_ = member.previous_;
}

void ContextMembers::context_goes() noexcept {
  for (;;) {
    std::shared_ptr<void> held;
    ContextMember* member = nullptr;
    {
      const std::lock_guard lock(mutex_);
      has_gone_ = true;
      member = first_;
      if (member == nullptr) return;
      unlink(*member);
      held = member->hold();
    }
    if (held != nullptr) member->context_goes();
  }
}

}  // namespace hark::detail
