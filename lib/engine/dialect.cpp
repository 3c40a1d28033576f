// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/dialect.hpp>
#include <hark/error.hpp>

#include <map>
#include <mutex>
#include <utility>

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
    if (found != all.factories.end()) factory = found->second;
  }
  if (factory == nullptr) {
    throw NoSuchModuleError("no dialect '" + std::string(name) +
                            "' is known; for the shipped ones include <hark/" +
                            std::string(name) + ".hpp>");
  }
  return factory();
}

}  // namespace hark
