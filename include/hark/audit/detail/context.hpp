// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <memory>
#include <utility>

namespace hark::audit::detail {

/// A handler's context, of whatever type.
struct Context {
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  virtual ~Context() = default;
};
using ContextPtr = std::unique_ptr<Context>;

template <class T>
struct Held final : Context {
  explicit Held(T&& given) : value(std::move(given)) {}
  T value;
};

template <class T>
T& held(Context& context) noexcept {
  return static_cast<Held<T>&>(context).value;
}

}  // namespace hark::audit::detail
