// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace hark::test {
namespace {

void require(bool is_fine, const char* what) {
  if (!is_fine) throw std::runtime_error(what);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> made;
  for (std::string& text : texts) made.push_back(text.data());
  made.push_back(nullptr);
  return made;
}

/// What a spawned program finds as its first three files.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  void open(int descriptor, const std::string& path, int flags) {
    posix_spawn_file_actions_addopen(&actions_, descriptor, path.c_str(), flags, 0600);
  }
  void duplicate(int from, int to) {
    posix_spawn_file_actions_adddup2(&actions_, from, to);
  }
  void close(int descriptor) { posix_spawn_file_actions_addclose(&actions_, descriptor); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// What a program writes to a terminal whose other end is `descriptor`, until it has ended.
std::string read_terminal(int descriptor, pid_t program) {
  constexpr int patience = 100;  // milliseconds in which a terminal passes text on
  std::string text;
  std::array<char, 4096> chunk{};
  for (bool is_over = false;;) {
    pollfd readable{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, patience) > 0) {
      const ssize_t count = ::read(descriptor, chunk.data(), chunk.size());
      if (count <= 0) return text;
      text.append(chunk.data(), static_cast<std::size_t>(count));
    } else if (is_over) {
      return text;
    } else {
      siginfo_t ended{};
      waitid(P_PID, static_cast<id_t>(program), &ended, WEXITED | WNOHANG | WNOWAIT);
      is_over = ended.si_pid == program;
    }
  }
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments,
                 const ProgramOptions& options) {
  std::vector<std::string> line;
  line.emplace_back(HARK_PROGRAM);
  line.insert(line.end(), arguments.begin(), arguments.end());
  // Of two with one name the first counts.
  std::vector<std::string> environment;
  for (const auto& [name, value] : options.environment)
    environment.push_back(name + "=" + value);
  for (char** each = environ; *each != nullptr; ++each) environment.emplace_back(*each);

  FileActions files;
  files.open(0, folder_.write("in", options.input), O_RDONLY);
  int terminal = -1;
  std::array<int, 2> pipe{-1, -1};
  if (options.has_terminal) {
    require(openpty(&terminal_, &terminal, nullptr, nullptr, nullptr) == 0,
            "no terminal");
    files.duplicate(terminal, 1);
    files.duplicate(terminal, 2);
    files.close(terminal_);
  } else if (options.is_output_closed) {
    require(pipe2(pipe.data(), O_CLOEXEC) == 0, "no pipe");
    files.duplicate(pipe[1], 1);
    ::close(pipe[0]);
  } else {
    files.open(1, folder_.path("out"), O_WRONLY | O_CREAT);
  }
  if (!options.has_terminal) files.open(2, folder_.path("err"), O_WRONLY | O_CREAT);

  const int error = posix_spawn(&id_,
                                HARK_PROGRAM,
                                files.get(),
                                nullptr,
                                pointers_to(line).data(),
                                pointers_to(environment).data());
  held_ = terminal;
  if (pipe[1] >= 0) ::close(pipe[1]);
  require(error == 0, "the program cannot be started");
}

Program::~Program() {
  if (terminal_ >= 0) ::close(terminal_);
  if (held_ >= 0) ::close(held_);
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

void Program::send(int signal) const { ::kill(id_, signal); }

Finished Program::wait() {
  Finished made;
  if (terminal_ >= 0) made.out = read_terminal(terminal_, id_);
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) continue;
  id_ = -1;
  made.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (terminal_ < 0) {
    made.out = folder_.read("out");
    made.err = folder_.read("err");
  }
  return made;
}

Finished run(const std::vector<std::string>& arguments, const ProgramOptions& options) {
  return Program(arguments, options).wait();
}

}  // namespace hark::test
