// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/event/detail/listening.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace hark::event::detail {
namespace {

/// How many letters must be inserted, deleted, replaced or swapped with the next.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const bool same = from[i - 1] == to[j - 1];
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[to.size()];
}

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
  std::string_view nearest;
  std::size_t least = name.size() / 3 + 2;  // farther away it is another word
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t distance = edit_distance(name, name_at(i));
    if (distance < least) {
      least = distance;
      nearest = name_at(i);
    }
  }
  std::string message =
      "no such event " + quoted(name) + " for target " + std::string(target);
  if (!nearest.empty()) message += "; did you mean " + quoted(nearest) + "?";
  throw InvalidRequestError(message);
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
    case Verdict::not_callable:
    case Verdict::ok:
      break;
  }
  throw ArgumentError("the listener cannot be called with the arguments of " + what);
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
