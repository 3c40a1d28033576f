// SPDX-License-Identifier: MIT
//
// Includes every public header a second time in each test program, so that the linker
// finds the function that lacks `inline`. The list is generated: see test/CMakeLists.txt.
#include "all_headers.hpp"
