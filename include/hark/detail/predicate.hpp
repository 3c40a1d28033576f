// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace hark::detail {

/// A callable that answers yes or no; empty: there is none. Copies share it.
///
/// What std::function is, of which the header would be an eighth of this one.
template <class... Args>
class Predicate {
 public:
  Predicate() = default;
  // NOLINTBEGIN(google-explicit-constructor): `.callable = [](…) { return true; }`
  template <class F>
  requires(!std::same_as<F, Predicate> && std::is_invocable_r_v<bool, F&, Args...>)
      Predicate(F callable)
      : asked_(std::make_shared<Of<F>>(std::move(callable))) {}
  // NOLINTEND(google-explicit-constructor)

  explicit operator bool() const noexcept { return asked_ != nullptr; }
  /// Requires: it is not empty.
  bool operator()(Args... arguments) const {
    return asked_->answer(std::forward<Args>(arguments)...);
  }

 private:
  struct Asked {
    Asked() = default;
    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;
    virtual ~Asked() = default;
    virtual bool answer(Args... arguments) = 0;
  };
  template <class F>
  struct Of final : Asked {
    explicit Of(F given) : callable(std::move(given)) {}
    bool answer(Args... arguments) override {
      return callable(std::forward<Args>(arguments)...);
    }
    F callable;
  };

  std::shared_ptr<Asked> asked_;
};

}  // namespace hark::detail
