// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/ending.hpp>
#include <hark/detail/counter.hpp>

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

constinit Counter ids;

}  // namespace

Announcement::Announcement() noexcept
    : begin_(std::chrono::steady_clock::now()), id_(ids.next()) {}

Ending Announcement::end(Outcome outcome, std::exception_ptr error) const noexcept {
  return {outcome, std::chrono::steady_clock::now() - begin_, std::move(error), id_};
}

}  // namespace detail

}  // namespace hark
