// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

/// Statements that somebody looks at, or nobody.
namespace bench {

/// Who hears of the statements.
enum class Audience {
  nobody,
  listeners,     ///< that do nothing, on the events that an audit listens to
  handler,       ///< one that counts, on its own thread
  two_handlers,  ///< each on its own thread
};

/// A track found by its id, in memory.
enum class Work {
  statement,  ///< on a connection that is held, in one transaction and one Request
  pooled,     ///< with a checkout, a transaction and a request each time
};

/// Does one of them, and again.
class Subject {
 public:
  Subject(Work work, Audience audience);
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  ~Subject();

  /// Returns: the sum of the track.
  std::uint64_t run(std::size_t turn);
  /// Waits until the handlers have been told everything.
  void settle();
  /// Throws: std::runtime_error where a handler has not been told of something.
  void check() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace bench
