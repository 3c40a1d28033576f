// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "core_family.hpp"

namespace hark::conformance {

/// What a scenario's function throws, and no error of the library.
class UserError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A step names an object that was never made.
class MissingObject : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Runs one scenario of kind `core` and keeps its trace.
class CoreRunner {
 public:
  explicit CoreRunner(Json scenario);
  CoreRunner(const CoreRunner&) = delete;
  CoreRunner& operator=(const CoreRunner&) = delete;
  ~CoreRunner();

  std::vector<std::string> run();

  /// A function of the scenario was called: logs it, runs its actions and returns what it
  /// answers, null if nothing.
  Json call(const std::string& function,
            const char* event,
            const Json& details,
            const Json& first_argument);

 private:
  using Object = std::variant<std::shared_ptr<Widget>,
                              std::shared_ptr<Holder>,
                              std::shared_ptr<Unrelated>>;

  std::string step(const Json& step);
  void make(const Json& step);
  void listen(const Json& step);
  std::string dispatch(const Json& step);
  void exec(const Json& step);

  template <class Visit>
  void visit_target(const std::string& name, Visit&& visit);
  const Object& object(const std::string& name) const;
  Widget& widget(const std::string& name) const;

  const Json scenario_;
  std::vector<std::string> trace_;
  std::map<std::string, Object> objects_;
  std::map<std::string, int> raised_;  // by function
  std::vector<event::Subscription> subscriptions_;
};

}  // namespace hark::conformance
