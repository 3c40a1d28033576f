# SPDX-License-Identifier: MIT
#
# The top level of the repository is a table of contents: a new entry there is a decision.
# Names with a leading dot are free, and build/ holds no source.
cmake_minimum_required(VERSION 3.25)

set(allowed
    CMakeLists.txt
    CMakePresets.json
    LICENSE
    README.md
    benchmarks
    build
    cmake
    include
    lib
    test)

file(GLOB entries RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/*)
list(FILTER entries EXCLUDE REGEX "^\\.")
list(REMOVE_ITEM entries ${allowed})
if(entries)
  message(FATAL_ERROR "not allowed at the top level: ${entries}")
endif()
