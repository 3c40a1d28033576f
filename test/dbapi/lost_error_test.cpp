// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/lost_error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>

namespace hark::test {
namespace {

/// Reports what is lost, and gives the handler back that was there before.
class LostErrorTest : public ::testing::Test {
 protected:
  ~LostErrorTest() override { set_lost_error_handler(nullptr); }

  static void lose() {
    detail::report_lost_error("closing failed",
                              std::make_exception_ptr(std::runtime_error("no disk")));
  }
  static std::string printed_by(int losses) {
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < losses; ++i) lose();
    return ::testing::internal::GetCapturedStderr();
  }

  static inline std::string heard;
};

TEST_F(LostErrorTest, HandlerHearsWhatFailedAndWhy) {
  set_lost_error_handler([](std::string_view what, const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& exception) {
      heard = std::string(what) + ": " + exception.what();
    }
  });

  lose();

  EXPECT_EQ(heard, "closing failed: no disk");
}

TEST_F(LostErrorTest, WhatAHandlerThrowsIsDropped) {
  set_lost_error_handler([](std::string_view, const std::exception_ptr&) {
    throw std::runtime_error("not now");
  });

  EXPECT_NO_THROW(lose());
}

/// Ten lines a second; should the second end meanwhile, ten more.
TEST_F(LostErrorTest, DefaultWritesFewLines) {
  const std::string printed = printed_by(1000);

  EXPECT_NE(printed.find("hark: closing failed: no disk\n"), std::string::npos);
  EXPECT_LE(std::count(printed.begin(), printed.end(), '\n'), 20);
}

}  // namespace
}  // namespace hark::test
