// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>
