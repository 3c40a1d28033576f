// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/database.hpp"

#include <libpq-fe.h>

#include <array>

namespace hark::test {

void Trace::start() {
  file_ = std::tmpfile();
  ASSERT_NE(file_, nullptr);
  PQtrace(handle_->handle(), file_);
  PQsetTraceFlags(handle_->handle(), PQTRACE_SUPPRESS_TIMESTAMPS);
}

void Trace::stop() noexcept {
  if (handle_->handle() != nullptr) PQuntrace(handle_->handle());
  std::fclose(file_);
}

std::vector<std::string> Trace::messages() {
  std::fflush(file_);
  std::rewind(file_);
  std::vector<std::string> lines;
  std::string line;
  for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
    if (c == '\n') {
      lines.push_back(std::exchange(line, {}));
    } else {
      line += static_cast<char>(c);
    }
  }
  std::fseek(file_, 0, SEEK_END);
  return lines;
}

}  // namespace hark::test
