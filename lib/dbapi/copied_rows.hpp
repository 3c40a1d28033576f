// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/value.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace hark::dbapi {

/// Rows of a result, copied to be read once, in few pieces of memory: an integer takes nine
/// bytes, and a text nine more than it has.
///
/// Thread safety: one thread at a time.
class CopiedRows {
 public:
  CopiedRows() = default;
  CopiedRows(const CopiedRows&) = delete;
  CopiedRows& operator=(const CopiedRows&) = delete;

  /// Throws: std::bad_alloc; nothing was added.
  void add(std::span<const ValueView> row);

  /// The next row, which has as many columns as there are cells; false: there is none.
  ///
  /// Lifetime: of what was read: until the next call but bytes() and empty().
  bool next(std::span<ValueView> cells) noexcept;

  /// Is none left?
  bool empty() const noexcept { return read_ == added_; }
  /// Of the rows that were added since the last clear().
  std::size_t bytes() const noexcept { return bytes_; }

  /// Forgets them, and gives their memory back, but for a little.
  void clear() noexcept;

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t capacity;
    std::size_t used;
  };

  std::byte* place_for(std::size_t size);

  std::vector<Block> blocks_;
  std::size_t bytes_ = 0;
  std::size_t added_ = 0;  // rows
  std::size_t read_ = 0;   // of those
  std::size_t block_ = 0;  // that is read
  std::size_t offset_ = 0;
};

}  // namespace hark::dbapi
