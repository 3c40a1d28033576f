// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <mutex>

#if defined(__clang__)
#define HARK_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define HARK_THREAD_ANNOTATION(x)
#endif

#define HARK_CAPABILITY(name) HARK_THREAD_ANNOTATION(capability(name))
#define HARK_SCOPED_CAPABILITY HARK_THREAD_ANNOTATION(scoped_lockable)
#define HARK_GUARDED_BY(mutex) HARK_THREAD_ANNOTATION(guarded_by(mutex))
#define HARK_REQUIRES(...) HARK_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define HARK_EXCLUDES(...) HARK_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define HARK_ACQUIRE(...) HARK_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define HARK_RELEASE(...) HARK_THREAD_ANNOTATION(release_capability(__VA_ARGS__))

namespace hark::detail {

/// A std::mutex that clang's thread-safety analysis knows.
class HARK_CAPABILITY("mutex") Mutex {
 public:
  void lock() HARK_ACQUIRE() { mutex_.lock(); }
  void unlock() HARK_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class HARK_SCOPED_CAPABILITY Lock {
 public:
  explicit Lock(Mutex& mutex) HARK_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() HARK_RELEASE() { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

}  // namespace hark::detail
