// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/ending.hpp>

#include <atomic>
#include <iostream>
#include <utility>

namespace hark {

std::string_view name_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::error:
      return "error";
    case Outcome::cancelled:
      return "cancelled";
    case Outcome::unknown:
      break;
  }
  return "unknown";
}

namespace detail {
namespace {

std::uint64_t next_id() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Announcement::Announcement() noexcept
    : begin_(std::chrono::steady_clock::now()), id_(next_id()) {}

Ending Announcement::end(Outcome outcome, std::exception_ptr error) const noexcept {
  return {outcome, std::chrono::steady_clock::now() - begin_, std::move(error), id_};
}

void report_lost_failure() noexcept {
  std::cerr
      << "hark: a listener of an end threw while another exception was on its way\n";
}

}  // namespace detail

}  // namespace hark
