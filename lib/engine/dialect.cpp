// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/dialect.hpp>
#include <hark/error.hpp>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "detail/nearest.hpp"

namespace hark {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, DialectFactory, std::less<>> factories;  // guarded by mutex
};

Registry& registry() {
  static auto* const made = new Registry;
  return *made;
}

/// Requires: all.mutex is held.
[[noreturn]] void throw_unknown(std::string_view name, const Registry& all) {
  std::vector<std::string_view> known;
  for (const auto& [each, factory] : all.factories) known.push_back(each);
  std::string advice = detail::did_you_mean(name, known);
  if (advice.empty())
    advice =
        "; a shipped one is known where its header is included, as <hark/sqlite.hpp>";
  throw NoSuchModuleError("no dialect '" + std::string(name) + "' is known" + advice);
}

}  // namespace

bool register_dialect(std::string_view name, DialectFactory factory) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  all.factories.insert_or_assign(std::string(name), factory);
  return true;
}

std::shared_ptr<Dialect> make_dialect(std::string_view name) {
  DialectFactory factory = nullptr;
  {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    const auto found = all.factories.find(name);
    if (found == all.factories.end()) throw_unknown(name, all);
    factory = found->second;
  }
  return factory();
}

}  // namespace hark
