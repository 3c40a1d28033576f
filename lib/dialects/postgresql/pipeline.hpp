// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>
#include <vector>

#include "dialects/postgresql/driver.hpp"
#include "dialects/postgresql/result.hpp"

namespace hark::postgresql {

/// Commands that are sent together, and whose results are read when all have been sent:
/// one round trip. Where one fails, the server leaves out those behind it.
///
/// The connection is as it was when this is gone, whatever has failed.
/// Source: libpq's documentation, "Pipeline Mode".
class Pipeline {
 public:
  explicit Pipeline(Connection& connection);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  ~Pipeline();

  void send(const std::string& sql);
  void send(const CachedText& text,
            const Statement& statement,
            const EncodedParameters& parameters);
  /// Prepares it under its name. The types are its own, and not those of the parameters:
  /// NULL has none.
  void prepare(const Statement& statement, const std::string& sql);
  /// Its result has the columns of the statement's rows.
  void describe(const Statement& statement);

  /// One result per command, in their order; a failure is a result, too.
  ///
  /// Throws: OperationalError where the connection is lost and no result says so.
  std::vector<ResultHandle> finish();

 private:
  ResultHandle next();
  void sync();
  void leave() noexcept;
  void read_rest();

  Connection& connection_;
  std::size_t pending_ = 0;  // commands whose results were not read
  bool is_synced_ = false;
  bool is_open_ = true;
};

}  // namespace hark::postgresql
