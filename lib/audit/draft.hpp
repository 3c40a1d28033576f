// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/options.hpp>

#include <utility>

#include "audit/note_bytes.hpp"

namespace hark::audit::detail {

struct Buffers {
  Bytes start;
  Bytes end;
};

/// Where bytes are written without a lock: the thread's buffers, which get what the queue
/// has used before in exchange.
class Draft {
 public:
  Draft() noexcept;
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft();

  /// False: there is no memory.
  template <class Write>
  bool write(Write&& act) noexcept {
    if (buffers_ == nullptr) return false;
    try {
      act(*buffers_);
      return true;
    } catch (...) {
      return false;
    }
  }
  /// False also where there is nothing to write.
  bool write(const EndNote& note, const Options& options) noexcept {
    return has_bytes(note) &&
           write([&](Buffers& to) { write_end(to.end, note, options); });
  }

  // Requires: it was written.
  Bytes& start() noexcept { return buffers_->start; }
  Bytes& end() noexcept { return buffers_->end; }

 private:
  Buffers* buffers_;
};

}  // namespace hark::audit::detail
