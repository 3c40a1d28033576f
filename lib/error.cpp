// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>

#include <atomic>
#include <utility>

namespace hark {

struct Error::Detail {
  std::string message;
  ErrorFacts facts{};
  std::atomic<unsigned> owners{1};
};

Error::Error(std::string_view message) : Error(message, {}) {}

Error::Error(std::string_view message, ErrorFacts facts)
    : detail_(new Detail{std::string(message), std::move(facts)}) {}

Error::Error(const Error& other) noexcept
    : std::exception(other), detail_(other.detail_) {
  detail_->owners.fetch_add(1, std::memory_order_relaxed);
}

Error& Error::operator=(const Error& other) noexcept {
  Error copy(other);
  std::swap(detail_, copy.detail_);
  return *this;
}

Error::~Error() {
  if (detail_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete detail_;
}

const char* Error::what() const noexcept { return detail_->message.c_str(); }
bool Error::is_disconnect() const noexcept { return detail_->facts.is_disconnect; }
bool Error::is_cancelled() const noexcept { return detail_->facts.is_cancelled; }
bool Error::invalidates_pool() const noexcept { return detail_->facts.invalidates_pool; }
std::string_view Error::statement() const noexcept { return detail_->facts.statement; }
std::string_view Error::parameters() const noexcept { return detail_->facts.parameters; }
std::string_view Error::sqlstate() const noexcept { return detail_->facts.sqlstate; }
int Error::driver_code() const noexcept { return detail_->facts.driver_code; }
std::exception_ptr Error::original() const noexcept { return detail_->facts.original; }

bool DisconnectionError::is_disconnect() const noexcept { return true; }
bool InvalidatePoolError::invalidates_pool() const noexcept { return true; }

}  // namespace hark
