// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/lost_error.hpp>

#include <atomic>
#include <string>

#include "error_lines.hpp"

namespace hark {
namespace {

void print(std::string_view what, const std::exception_ptr& error) {
  static detail::ErrorLines lines;
  lines.print(std::string(what), error);
}

constinit std::atomic<LostErrorHandler> present_handler{&print};

}  // namespace

LostErrorHandler set_lost_error_handler(LostErrorHandler handler) noexcept {
  return present_handler.exchange(handler == nullptr ? &print : handler);
}

void detail::report_lost_error(std::string_view what,
                               const std::exception_ptr& error) noexcept {
  try {
    present_handler.load()(what, error);
  } catch (...) {  // there is nobody left to tell
  }
}

}  // namespace hark
