// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <algorithm>
#include <vector>

namespace hark::cli {

/// Puts the spans of one thread in the order of their ends, and each inside the one around
/// it: an end is noted a moment after it was measured, by which a beginning may come out
/// too early.
///
/// Of spans that end at one time the outer stands first.
template <class Span>
void nest(std::vector<Span>& spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const Span& one, const Span& other) {
    return one.end > other.end;
  });
  std::vector<const Span*> around;
  for (Span& span : spans) {
    while (!around.empty() && around.back()->begin >= span.end) around.pop_back();
    if (!around.empty()) span.begin = std::max(span.begin, around.back()->begin);
    around.push_back(&span);
  }
  std::reverse(spans.begin(), spans.end());
}

}  // namespace hark::cli
