// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/event.hpp>

#include <gtest/gtest.h>

namespace hark::test {
namespace {

using audit::EventKind;

TEST(AuditEvent, KindsAreFoundByTheirNames) {
  for (int number = 0; number <= static_cast<int>(EventKind::custom); ++number) {
    const auto kind = static_cast<EventKind>(number);
    EXPECT_EQ(audit::kind_named(audit::name_of(kind)), kind) << audit::name_of(kind);
  }
  EXPECT_EQ(audit::kind_named("statements"), std::nullopt);
}

}  // namespace
}  // namespace hark::test
