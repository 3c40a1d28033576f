// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/dbapi/parameters.hpp>

#include <any>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What the threads of the work tell a Delivery.
namespace hark::audit::detail {

/// What a request is started with. What a view shows is copied.
struct RequestNote {
  std::uint64_t parent_id = 0;
  std::string_view name{};
  Moment start{};
  std::shared_ptr<const Database> database{};
  std::uint64_t connection_id = 0;
  std::string_view traceparent{};
  const Attributes* attributes = nullptr;
};

/// What an event is started with. What a view or a pointer shows is copied, up to the limits
/// of Options.
struct EventNote {
  EventKind kind = EventKind::custom;
  std::uint64_t parent_id = 0;
  Moment start{};
  std::string_view name{};
  std::string_view statement{};
  const dbapi::Parameters* parameters = nullptr;
  std::span<const std::string> parameter_names{};
  bool hides_parameters = false;  ///< their count is told, and no more
  std::uint64_t connection_id = 0;
  std::uint64_t dbapi_connection_id = 0;
  std::uint64_t execution_id = 0;
  const Attributes* attributes = nullptr;
  const std::any* payload = nullptr;
};

/// What an event or a request ends with.
struct EndNote {
  Outcome outcome = Outcome::ok;
  std::chrono::nanoseconds elapsed{};
  /// Described on the thread of the work, which knows what its message must not show.
  std::shared_ptr<const Failure> failure{};
  std::optional<std::uint64_t> rows{};
  std::chrono::nanoseconds waited{};
  std::chrono::nanoseconds open{};
  std::string_view ended_by{};   ///< of static storage
  std::string_view statement{};  ///< another one than at the start; empty: the same
  const Attributes* attributes = nullptr;  ///< added to those of the start
};

struct OpenRequest;
struct OpenEvent;
/// A request that was started. Null: it was lost, and so are its events. Copies are the same.
using RequestPtr = std::shared_ptr<OpenRequest>;

/// An event that was started, by its id; lost: it is not recorded.
struct EventHandle {
  std::uint64_t id = 0;  ///< 0: lost
  OpenEvent* event = nullptr;
};

}  // namespace hark::audit::detail
