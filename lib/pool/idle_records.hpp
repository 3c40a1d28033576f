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
      : first_(std::move(other.first_)),
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
    if (first_ == nullptr) return nullptr;
    RecordPtr taken = std::move(first_);
    first_ = std::move(taken->next_idle_);
    --size_;
    return taken;
  }

  void add_first(RecordPtr record) noexcept {
    if (first_ == nullptr) last_ = record.get();
    record->next_idle_ = std::move(first_);
    first_ = std::move(record);
    ++size_;
  }

  void add_last(RecordPtr record) noexcept {
    if (first_ == nullptr) return add_first(std::move(record));
    ConnectionRecord* const before = std::exchange(last_, record.get());
    before->next_idle_ = std::move(record);
    ++size_;
  }

 private:
  RecordPtr first_;
  ConnectionRecord* last_ = nullptr;  // valid where first_ is not null
  std::size_t size_ = 0;
};

}  // namespace hark::detail
