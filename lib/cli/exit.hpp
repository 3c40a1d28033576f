// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <stdexcept>
#include <string>

namespace hark::cli {

/// How the program ends.
enum class ExitCode {
  ok = 0,
  failed = 1,  ///< a statement, a script, a comparison or an audit is not as it should
  usage = 2,   ///< the command line is wrong, a URL or a name in it included
  unavailable = 3,    ///< a database cannot be reached, or a file not be read or written
  interrupted = 130,  ///< by Ctrl-C or SIGTERM
};

/// Ends the program: one sentence for standard error, and the code.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message)
      : std::runtime_error(message), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

}  // namespace hark::cli
