// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace hark::cli {

/// Of many values those with the greatest ranks; of equal ones, the first.
template <class T>
class Foremost {
 public:
  explicit Foremost(std::size_t most) : most_(most) {}

  bool takes(std::int64_t rank) const noexcept {
    return kept_.size() < most_ || (most_ != 0 && rank > kept_.front().rank);
  }

  /// Returns: the one that had no room, of those before and this one.
  std::optional<T> add(std::int64_t rank, T value) {
    if (!takes(rank)) return value;
    std::optional<T> left;
    if (kept_.size() == most_) {
      std::pop_heap(kept_.begin(), kept_.end(), is_before);
      left = std::move(kept_.back().value);
      kept_.pop_back();
    }
    kept_.push_back({rank, count_++, std::move(value)});
    std::push_heap(kept_.begin(), kept_.end(), is_before);
    return left;
  }

  /// The greatest first. Nothing is left.
  std::vector<T> take() {
    std::sort(kept_.begin(), kept_.end(), is_before);
    std::vector<T> made;
    made.reserve(kept_.size());
    for (Kept& kept : kept_) made.push_back(std::move(kept.value));
    kept_.clear();
    return made;
  }

 private:
  struct Kept {
    std::int64_t rank;
    std::uint64_t number;
    T value;
  };
  static bool is_before(const Kept& one, const Kept& other) noexcept {
    return one.rank != other.rank ? one.rank > other.rank : one.number < other.number;
  }

  const std::size_t most_;
  std::uint64_t count_ = 0;
  std::vector<Kept> kept_;  // a heap: its front is the next to go
};

/// Of many values a bounded number: those that stand out, the longest ones, and a sample of
/// the others, the same ones each time.
template <class T>
class Sample {
 public:
  explicit Sample(std::size_t most)
      : most_(most), standing_out_(most / 4), longest_(most / 2), others_(most) {}

  void add(T value, std::int64_t length, bool stands_out) {
    ++count_;
    std::optional<T> left(std::move(value));
    if (stands_out) left = standing_out_.add(length, std::move(*left));
    if (left) left = longest_.add(length, std::move(*left));
    if (left) others_.add(scattered(count_), std::move(*left));
  }

  std::uint64_t count() const noexcept { return count_; }

  std::vector<T> take() {
    std::vector<T> made = standing_out_.take();
    const auto append = [&](std::vector<T> more) {
      for (T& value : more) {
        if (made.size() == most_) return;
        made.push_back(std::move(value));
      }
    };
    append(longest_.take());
    append(others_.take());
    return made;
  }

 private:
  /// A number that looks drawn by lot (the finalizer of splitmix64).
  static std::int64_t scattered(std::uint64_t number) noexcept {
    number *= 0x9E3779B97F4A7C15U;
    number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9U;
    number = (number ^ (number >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<std::int64_t>((number ^ (number >> 31U)) >> 1U);
  }

  const std::size_t most_;
  std::uint64_t count_ = 0;
  Foremost<T> standing_out_;
  Foremost<T> longest_;
  Foremost<T> others_;
};

}  // namespace hark::cli
