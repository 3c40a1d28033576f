// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

/// Which sanitizer the program is built with: g++ and clang++ say it differently.
/// HARK_TEST_ASAN, HARK_TEST_TSAN: 1 or 0.
#if defined(__has_feature)
#define HARK_TEST_ASAN __has_feature(address_sanitizer)
#define HARK_TEST_TSAN __has_feature(thread_sanitizer)
#else
#if defined(__SANITIZE_ADDRESS__)
#define HARK_TEST_ASAN 1
#else
#define HARK_TEST_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__)
#define HARK_TEST_TSAN 1
#else
#define HARK_TEST_TSAN 0
#endif
#endif
