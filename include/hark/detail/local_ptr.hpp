// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <utility>

namespace hark::detail {

/// A pointer that counts its owners in the object's own `owners`, without atomics: for
/// objects that one thread at a time uses.
template <class T>
class LocalPtr {
 public:
  LocalPtr() noexcept = default;
  explicit LocalPtr(T* object) noexcept : object_(object) {
    if (object_ != nullptr) ++object_->owners;
  }
  LocalPtr(const LocalPtr& other) noexcept : LocalPtr(other.object_) {}
  LocalPtr(LocalPtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  LocalPtr& operator=(LocalPtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~LocalPtr() {
    if (object_ != nullptr && --object_->owners == 0) end(object_);
  }

  explicit operator bool() const noexcept { return object_ != nullptr; }
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  friend bool operator==(const LocalPtr& pointer, std::nullptr_t) noexcept {
    return pointer.object_ == nullptr;
  }

 private:
  [[gnu::cold]] static void end(T* object) noexcept { delete object; }

  T* object_ = nullptr;
};

}  // namespace hark::detail
