// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/event.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace hark::audit {
namespace {

constexpr auto kinds = std::to_array<std::string_view>({"connect",
                                                        "checkout",
                                                        "statement",
                                                        "executemany",
                                                        "transaction",
                                                        "savepoint",
                                                        "twophase",
                                                        "ddl",
                                                        "reflection",
                                                        "error",
                                                        "lost",
                                                        "custom"});
static_assert(kinds.size() == static_cast<std::size_t>(EventKind::custom) + 1);

constexpr auto redactions =
    std::to_array<std::string_view>({"none", "left_out", "hashed", "truncated"});

}  // namespace

/// Reading a clock costs more than all else that a start does: the wall's is read now and
/// then.
Moment Moment::now() noexcept {
  using std::chrono::nanoseconds;
  constexpr nanoseconds most = std::chrono::milliseconds(1);
  thread_local constinit nanoseconds read_at = nanoseconds::min();
  thread_local constinit nanoseconds ahead{};  // is the wall's clock
  MonotonicTime now = std::chrono::steady_clock::now();
  if (read_at == nanoseconds::min() || now.time_since_epoch() - read_at > most) {
    const WallTime wall = std::chrono::system_clock::now();
    const auto between = now.time_since_epoch();
    now = std::chrono::steady_clock::now();
    read_at = now.time_since_epoch();
    ahead = wall.time_since_epoch() - (between + (read_at - between) / 2);
  }
  return {WallTime(now.time_since_epoch() + ahead), now};
}

std::string_view name_of(EventKind kind) noexcept {
  return kinds[static_cast<std::size_t>(kind)];
}

std::optional<EventKind> kind_named(std::string_view name) noexcept {
  const auto* const found = std::find(kinds.begin(), kinds.end(), name);
  if (found == kinds.end()) return std::nullopt;
  return static_cast<EventKind>(found - kinds.begin());
}

std::string_view name_of(Redaction redaction) noexcept {
  return redactions[static_cast<std::size_t>(redaction)];
}

}  // namespace hark::audit
