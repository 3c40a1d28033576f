// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/subscription.hpp>

#include <gtest/gtest.h>

namespace hark::test {

/// What was recorded is somewhere, and once.
inline void expect_sums(const audit::Statistics& counts) {
  EXPECT_EQ(counts.delivered + counts.skipped + counts.queued + counts.open,
            2 * (counts.requests + counts.events));
}

}  // namespace hark::test
