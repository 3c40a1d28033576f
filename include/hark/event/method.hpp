// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <type_traits>
#include <utility>

namespace hark::event {

/// A member function with its object: a listener that has identity.
///
///     event::listen(pool, "checkout", event::method(auditor, &Auditor::on_checkout));
///     event::remove(pool, "checkout", event::method(auditor, &Auditor::on_checkout));
///
/// Two are equal when object and function are, as Python's bound methods are.
/// Lifetime: the object must outlive the registration (see event::track).
template <class Object, class Function>
class Method {
 public:
  constexpr Method(Object& object, Function function) noexcept
      : object_(&object), function_(function) {}

  template <class... Args>
  requires std::is_invocable_v<Function, Object&, Args...>
  constexpr decltype(auto) operator()(Args&&... args) const {
    return (object_->*function_)(std::forward<Args>(args)...);
  }

  friend constexpr bool operator==(const Method&, const Method&) = default;

 private:
  Object* object_;
  Function function_;
};

/// Binds `function` to `object`.
template <class Object, class Function>
requires std::is_member_function_pointer_v<Function>
constexpr Method<Object, Function> method(Object& object, Function function) noexcept {
  return {object, function};
}

}  // namespace hark::event
