// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/ending.hpp>
#include <hark/detail/counter.hpp>
#include <hark/error.hpp>

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

bool is_cancellation(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const Error& failure) {
    return failure.is_cancelled();
  } catch (...) {
    return false;
  }
}

}  // namespace

Announcement::Announcement() noexcept
    : begin_(std::chrono::steady_clock::now()), id_(ids.next()) {}

Ending Announcement::end() const noexcept {
  return {Outcome::ok, std::chrono::steady_clock::now() - begin_, nullptr, id_, begin_};
}

Ending Announcement::fail(std::exception_ptr error, bool is_unknown) const noexcept {
  const auto elapsed = std::chrono::steady_clock::now() - begin_;
  Outcome outcome = is_cancellation(error) ? Outcome::cancelled : Outcome::error;
  if (is_unknown) outcome = Outcome::unknown;
  return {outcome, elapsed, std::move(error), id_, begin_};
}

}  // namespace detail

}  // namespace hark
