// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/folder.hpp"

namespace hark::test {

/// What became of a program.
struct Finished {
  int code = -1;  ///< of its exit; -1: a signal killed it
  std::string out{};
  std::string err{};
};

struct ProgramOptions {
  std::string input{};                                             ///< its standard input
  std::vector<std::pair<std::string, std::string>> environment{};  ///< added
  bool has_terminal = false;      ///< standard output and error are one: Finished::out
  bool is_output_closed = false;  ///< whoever reads its output has gone away
};

/// The program `hark`, running.
class Program {
 public:
  Program(const std::vector<std::string>& arguments, const ProgramOptions& options);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  void send(int signal) const;
  /// What it has written until now. Requires: there is no terminal.
  std::string output() const { return folder_.read("out"); }
  Finished wait();

 private:
  Folder folder_;
  pid_t id_ = -1;
  int terminal_ = -1;
  int held_ =
      -1;  // the terminal's other end, so that nothing is lost when the program ends
};

/// Runs `hark` with these arguments.
Finished run(const std::vector<std::string>& arguments,
             const ProgramOptions& options = {});

}  // namespace hark::test
