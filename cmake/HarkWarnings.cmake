# SPDX-License-Identifier: MIT
#
# hark_warnings: link it PRIVATE, so that nobody who uses hark inherits its warnings.

add_library(hark_warnings INTERFACE)
target_compile_options(
  hark_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wconversion
            -Wshadow
            -Wnon-virtual-dtor
            # Only clang checks the annotations of hark/detail/mutex.hpp.
            $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
            $<$<BOOL:${HARK_WARNINGS_AS_ERRORS}>:-Werror>)
