// SPDX-License-Identifier: MIT
#include "support/instructions.hpp"

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace bench {
namespace {

/// The child stops itself before and behind what is counted.
[[noreturn]] void run_traced(const std::function<void(std::size_t)>& run,
                             std::size_t times) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
  run(times);  // what is done once is done before
  std::raise(SIGSTOP);
  run(times);
  std::raise(SIGSTOP);
  _exit(0);
}

bool stopped_by(int status, int signal) {
  return WIFSTOPPED(status) && WSTOPSIG(status) == signal;
}

}  // namespace

std::size_t count_instructions(const std::function<void(std::size_t)>& run,
                               std::size_t times) {
  const pid_t child = fork();
  if (child < 0) return 0;
  if (child == 0) run_traced(run, times);
  int status = 0;
  waitpid(child, &status, 0);
  if (!stopped_by(status, SIGSTOP)) return 0;
  std::size_t steps = 0;
  do {
    if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) break;
    waitpid(child, &status, 0);
    ++steps;
  } while (stopped_by(status, SIGTRAP));
  const bool complete = stopped_by(status, SIGSTOP);
  ptrace(PTRACE_KILL, child, nullptr, nullptr);
  waitpid(child, &status, 0);
  return complete ? steps : 0;
}

}  // namespace bench
