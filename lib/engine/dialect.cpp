// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/dialect.hpp>
#include <hark/error.hpp>

#include <limits>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "detail/nearest.hpp"

namespace hark {
namespace {

struct Registry {
  std::mutex mutex;
  // Guarded by mutex.
  std::map<std::string, DialectFactory, std::less<>> factories;
  std::map<std::string, std::uint16_t, std::less<>> kinds;
};

Registry& registry() {
  static auto* const made = new Registry;
  return *made;
}

/// Equal names have equal numbers, from 1.
std::uint16_t kind_of(std::string_view name) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (const auto found = all.kinds.find(name); found != all.kinds.end())
    return found->second;
  const std::size_t kind = all.kinds.size() + 1;
  if (kind > std::numeric_limits<std::uint16_t>::max())
    throw std::length_error("hark: there are too many kinds of dialects");
  return all.kinds.emplace(name, static_cast<std::uint16_t>(kind)).first->second;
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

Dialect::Dialect(std::string_view name, bool uses_input_sizes)
    : kind_(kind_of(name)), uses_input_sizes_(uses_input_sizes), name_(name) {}

void Dialect::reset_isolation_level(dbapi::Connection& connection) const {
  set_isolation_level(connection, default_isolation_level());
}

std::string Dialect::get_isolation_level(dbapi::Connection& /*connection*/) const {
  return std::string(default_isolation_level());
}

std::string Dialect::create_xid() const {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::size_t length = 32;
  std::random_device random;
  std::uniform_int_distribution<std::size_t> any(0, digits.size() - 1);
  std::string xid = "_sa_";
  for (std::size_t i = 0; i < length; ++i) xid += digits[any(random)];
  return xid;
}

void Dialect::do_begin_twophase(Connection& /*connection*/,
                                const std::string& /*xid*/) const {
  throw_no_twophase();
}

void Dialect::do_prepare_twophase(Connection& /*connection*/,
                                  const std::string& /*xid*/) const {
  throw_no_twophase();
}

void Dialect::do_rollback_twophase(Connection& /*connection*/,
                                   const std::string& /*xid*/,
                                   bool /*is_prepared*/,
                                   bool /*recover*/) const {
  throw_no_twophase();
}

void Dialect::do_commit_twophase(Connection& /*connection*/,
                                 const std::string& /*xid*/,
                                 bool /*is_prepared*/,
                                 bool /*recover*/) const {
  throw_no_twophase();
}

std::vector<std::string> Dialect::do_recover_twophase(Connection& /*connection*/) const {
  throw_no_twophase();
}

void Dialect::throw_no_twophase() const {
  throw NotSupportedError("the dialect '" + name_ +
                          "' has no transactions in two phases");
}

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
