# SPDX-License-Identifier: MIT
#
# Applies HARK_SANITIZE to the whole build, not target by target: one object built without
# the sanitizer hides races and container overflows from all the others. The same goes for the
# coverage by which libFuzzer steers.

if(HARK_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(NOT HARK_SANITIZE)
  return()
endif()

if("thread" IN_LIST HARK_SANITIZE AND "address" IN_LIST HARK_SANITIZE)
  message(FATAL_ERROR "HARK_SANITIZE: a program has room for one of \"address\" and \"thread\"")
endif()

list(JOIN HARK_SANITIZE "," sanitizers)
add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
add_link_options(-fsanitize=${sanitizers})
