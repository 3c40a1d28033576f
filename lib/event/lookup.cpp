// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/event/detail/listening.hpp>

#include <string>
#include <vector>

#include "detail/nearest.hpp"

namespace hark::event::detail {
namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// "event 'checkout' of target Engine"
std::string event_of(std::string_view event, std::string_view target) {
  return "event " + quoted(event) + " of target " + std::string(target);
}

}  // namespace

void throw_no_event(std::string_view name,
                    std::string_view target,
                    std::string_view (*name_at)(std::size_t),
                    std::size_t count) {
  if (count == 0) {
    throw InvalidRequestError("no such event " + quoted(name) + " for target " +
                              std::string(target) + ": this type is no event target");
  }
  std::vector<std::string_view> known(count);
  for (std::size_t i = 0; i < count; ++i) known[i] = name_at(i);
  throw InvalidRequestError("no such event " + quoted(name) + " for target " +
                            std::string(target) +
                            hark::detail::did_you_mean(name, known));
}

void throw_verdict(Verdict verdict, std::string_view event, std::string_view target) {
  const std::string what = event_of(event, target);
  switch (verdict) {
    case Verdict::takes_no_answer:
      throw ArgumentError("event::retval: " + what + " takes no answer");
    case Verdict::gives_no_answer:
      throw ArgumentError("event::retval: the listener of " + what + " returns nothing");
    case Verdict::wrong_answer:
      throw ArgumentError("the listener's answer is not of the type that " + what +
                          " takes");
    case Verdict::not_awaited:
      throw ArgumentError("nobody awaits the listener of " + what +
                          ": it is to return a boost::asio::awaitable");
    case Verdict::target_is_synchronous:
      throw_not_awaited_there(event, target);
    case Verdict::not_callable:
    case Verdict::ok:
      break;
  }
  throw ArgumentError("the listener cannot be called with the arguments of " + what);
}

void throw_not_awaited_there(std::string_view event, std::string_view target) {
  throw ArgumentError(
      "the listener of " + event_of(event, target) +
      " returns an awaitable, and nothing there waits for it: listen on an "
      "AsyncEngine or AsyncConnection, or with a synchronous listener");
}

void throw_empty_listener(std::string_view event, std::string_view target) {
  throw ArgumentError("the listener of " + event_of(event, target) + " is empty");
}

void throw_no_target(std::string_view event, std::string_view target) {
  throw InvalidRequestError("no such " + event_of(event, target) +
                            ": it stands for no object that dispatches the event");
}

void throw_not_registered(std::string_view event, std::string_view target) {
  throw InvalidRequestError("no such listener is registered for " +
                            event_of(event, target));
}

}  // namespace hark::event::detail
