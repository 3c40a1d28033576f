// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/handler.hpp>
#include <hark/audit/subscription.hpp>
#include <hark/engine/fwd.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hark::audit {
class JsonLinesEventHandler;
class OtelEventHandler;
}  // namespace hark::audit

namespace hark::cli {

/// Where an audit goes.
struct AuditTargets {
  std::string file{};                       ///< of JSON lines; empty: none
  std::string key_file{};                   ///< with the key of their chain; empty: none
  std::string otlp{};                       ///< a collector's URL; empty: none
  std::vector<std::string> otlp_headers{};  ///< "key=value"
};

/// Records what engines do, and loses nothing of it: the work waits.
///
/// Thread safety: shared objects safe; finish() is the last call.
class AuditSinks {
 public:
  /// Throws: Failure where the file cannot be written, or a URL or a header is none.
  explicit AuditSinks(const AuditTargets& targets);
  ~AuditSinks();

  void use(Engine& engine);

  /// Waits until all is written and sent, for half a minute at most.
  ///
  /// Returns: a sentence for all that was lost.
  std::vector<std::string> finish();

 private:
  struct Use {
    std::string name{};
    audit::Subscription subscription{};
  };
  struct Target {
    std::string name{};
    std::shared_ptr<audit::Handler> handler{};
  };

  std::vector<Target> targets_;
  std::shared_ptr<audit::JsonLinesEventHandler> file_;  // null: there is none
  std::shared_ptr<audit::OtelEventHandler> otel_;       // null: there is none
  std::mutex mutex_;
  std::vector<Use> uses_;  // guarded by mutex_
};

}  // namespace hark::cli
