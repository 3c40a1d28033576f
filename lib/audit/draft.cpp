// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/draft.hpp"

#include <new>

namespace hark::audit::detail {
namespace {

thread_local constinit Buffers* thread_buffers = nullptr;
thread_local constinit bool is_thread_over = false;

struct BuffersOwner {
  BuffersOwner() noexcept = default;
  BuffersOwner(const BuffersOwner&) = delete;
  BuffersOwner& operator=(const BuffersOwner&) = delete;
  ~BuffersOwner() {
    delete std::exchange(thread_buffers, nullptr);
    is_thread_over = true;  // other thread_local objects may still do work
  }
};

}  // namespace

Draft::Draft() noexcept : buffers_(std::exchange(thread_buffers, nullptr)) {
  if (buffers_ == nullptr) buffers_ = new (std::nothrow) Buffers;
}

Draft::~Draft() {
  thread_local const BuffersOwner owner;
  if (thread_buffers == nullptr && !is_thread_over) {
    thread_buffers = buffers_;
  } else {
    delete buffers_;
  }
}

}  // namespace hark::audit::detail
