// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "schema/raw.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace bench {
namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};

}  // namespace

void RawDatabase::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close(database);
}

RawDatabase::RawDatabase(const std::string& path) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code =
      sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &opened, flags, nullptr);
  database_.reset(opened);
  require(code == SQLITE_OK);
}

void RawDatabase::require(bool succeeded) const {
  if (!succeeded) throw std::runtime_error(sqlite3_errmsg(database_.get()));
}

void RawDatabase::run(const Script& script) {
  run(Sent{"BEGIN", {}});
  for (const Sent& each : script) run(each);
  run(Sent{"COMMIT", {}});
}

void RawDatabase::run(const Sent& sent) {
  sqlite3_stmt* made = nullptr;
  const int size = static_cast<int>(sent.sql.size());
  require(sqlite3_prepare_v3(database_.get(), sent.sql.data(), size, 0, &made, nullptr) ==
          SQLITE_OK);
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(made);
  int number = 0;
  for (const std::string& text : sent.parameters) {
    sqlite3_bind_text(
        made, ++number, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  int code = sqlite3_step(made);
  while (code == SQLITE_ROW) code = sqlite3_step(made);
  require(code == SQLITE_DONE);
}

std::string sqlite_version() { return sqlite3_libversion(); }

}  // namespace bench
