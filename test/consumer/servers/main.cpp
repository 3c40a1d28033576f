// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/mysql.hpp>
#include <hark/postgresql.hpp>

#include <cstdio>

/// Connects to nothing: that both drivers are there, and say so, is enough.
int main() {
  for (const char* url : {"postgresql:///hark?host=/nonexistent",
                          "mysql:///hark?unix_socket=/nonexistent"}) {
    hark::Engine engine = hark::create_engine(url);
    try {
      engine.connect();
      return 1;
    } catch (const hark::OperationalError& error) {
      std::printf("%s: %s\n", engine.dialect().driver().data(), error.what());
    }
  }
}
