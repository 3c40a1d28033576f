// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/open.hpp"

#include <hark/error.hpp>
#include <hark/sqlite.hpp>
#ifdef HARK_HAS_MYSQL
#include <hark/mysql.hpp>
#endif
#ifdef HARK_HAS_POSTGRESQL
#include <hark/postgresql.hpp>
#endif

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace hark::cli {
namespace {

constexpr std::string_view known_dialects =
#ifdef HARK_HAS_MYSQL
    "mariadb, mysql, "
#endif
#ifdef HARK_HAS_POSTGRESQL
    "postgresql, "
#endif
    "sqlite";

std::string one_line(std::string_view text) {
  std::string made(text);
  std::replace(made.begin(), made.end(), '\n', ' ');
  return made;
}

}  // namespace

Engine open_engine(const std::string& url, const EngineOptions& options) {
  try {
    return create_engine(url, options);
  } catch (const NoSuchModuleError&) {
    throw Failure(ExitCode::usage,
                  fmt::format("no dialect '{}' is known; there is {}",
                              URL(url).dialect_name(),
                              known_dialects));
  } catch (const ArgumentError& error) {
    throw Failure(ExitCode::usage, error.what());
  }
}

Failure unreachable(const std::string& url, const std::exception_ptr& error) {
  return {ExitCode::unavailable,
          fmt::format("cannot connect to {}: {}", URL(url).render(), reason_of(error))};
}

std::string reason_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& failure) {
    return failure.original() == nullptr ? one_line(failure.what())
                                         : reason_of(failure.original());
  } catch (const std::exception& exception) {
    return one_line(exception.what());
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace hark::cli
