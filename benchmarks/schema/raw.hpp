// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

struct sqlite3;

namespace bench {

/// A statement as it was sent, with the text of its parameters.
struct Sent {
  std::string sql;
  std::vector<std::string> parameters;
};
using Script = std::vector<Sent>;

/// The C interface: what hark is compared with.
class RawDatabase {
 public:
  /// An empty path: in memory.
  explicit RawDatabase(const std::string& path);

  /// Executes all in one transaction, and walks the rows that there are.
  ///
  /// Throws: std::runtime_error.
  void run(const Script& script);

 private:
  void run(const Sent& sent);
  void require(bool succeeded) const;

  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

/// The version of SQLite that everybody uses.
std::string sqlite_version();

}  // namespace bench
