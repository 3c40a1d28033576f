// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/connection_record.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace hark::detail {

/// Records in the order in which they will be lent, linked through themselves: keeping one
/// allocates nothing and cannot fail.
class IdleRecords {
 public:
  IdleRecords() noexcept = default;
  IdleRecords(IdleRecords&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)),
        last_(std::exchange(other.last_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  IdleRecords& operator=(IdleRecords&&) = delete;
  ~IdleRecords() {
    // One by one: a long chain would destroy itself recursively.
    while (take() != nullptr) {
    }
  }

  std::size_t size() const noexcept { return size_; }

  /// The next one; null: there is none.
  RecordPtr take() noexcept {
    ConnectionRecord* const taken = first_;
    if (taken == nullptr) return nullptr;
    first_ = taken->next_idle_;
    --size_;
    return RecordPtr(taken);
  }

  void add_first(RecordPtr&& record) noexcept {
    record->next_idle_ = first_;
    if (first_ == nullptr) last_ = record.get();
    first_ = record.release();
    ++size_;
  }

  void add_last(RecordPtr&& record) noexcept {
    record->next_idle_ = nullptr;
    ConnectionRecord*& before = first_ == nullptr ? first_ : last_->next_idle_;
    last_ = before = record.release();
    ++size_;
  }

 private:
  ConnectionRecord* first_ = nullptr;
  ConnectionRecord* last_ = nullptr;  // valid where first_ is not null
  std::size_t size_ = 0;
};

}  // namespace hark::detail
