// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Takes libFuzzer's place where there is none: runs the inputs of a corpus, and what is
// left of each when it is cut.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "fuzz/fuzz.hpp"

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
      for (std::size_t size = 0; size <= bytes.size(); ++size, ++inputs) {
        // A copy of that size, so that a sanitizer sees who reads past it.
        const std::vector<std::uint8_t> input(bytes.begin(),
                                              bytes.begin() + static_cast<long>(size));
        LLVMFuzzerTestOneInput(input.data(), input.size());
      }
    }
  }
  std::cout << inputs << " inputs\n";
  return inputs == 0 ? 1 : 0;
}
