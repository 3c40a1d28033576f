// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/server_programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <vector>

namespace hark::test {
namespace {

bool is_program(const std::filesystem::path& path) {
  return ::access(path.c_str(), X_OK) == 0;
}

/// The folders of PATH, and the one that only root's PATH has.
std::vector<std::filesystem::path> folders_of_path() {
  std::vector<std::filesystem::path> made;
  const char* path = std::getenv("PATH");
  std::istringstream text(path == nullptr ? "" : path);
  for (std::string folder; std::getline(text, folder, ':');) made.emplace_back(folder);
  made.emplace_back("/usr/sbin");
  return made;
}

/// Debian keeps the versions of PostgreSQL beside each other; the newest comes first.
std::vector<std::filesystem::path> folders_of_versions() {
  std::vector<std::filesystem::path> versions;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    versions.push_back(entry.path());
  }
  std::sort(versions.begin(), versions.end(), [](const auto& one, const auto& other) {
    return std::atof(one.filename().c_str()) > std::atof(other.filename().c_str());
  });
  for (auto& version : versions) version /= "bin";
  return versions;
}

}  // namespace

std::string find_postgresql() {
  std::vector<std::filesystem::path> folders = folders_of_versions();
  for (auto& folder : folders_of_path()) folders.push_back(std::move(folder));
  for (const auto& folder : folders) {
    if (is_program(folder / "initdb") && is_program(folder / "postgres")) return folder;
  }
  return {};
}

std::string find_mariadb(const std::string& program) {
  for (const auto& folder : folders_of_path()) {
    if (is_program(folder / program)) return folder / program;
  }
  return {};
}

}  // namespace hark::test
