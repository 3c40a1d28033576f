# SPDX-License-Identifier: MIT
#
# Applies HARK_SANITIZE to the whole build, not target by target: one object built without
# the sanitizer hides races and container overflows from all the others.

if(NOT HARK_SANITIZE)
  return()
endif()

if("thread" IN_LIST HARK_SANITIZE AND "address" IN_LIST HARK_SANITIZE)
  message(FATAL_ERROR "HARK_SANITIZE: a program has room for one of \"address\" and \"thread\"")
endif()

list(JOIN HARK_SANITIZE "," sanitizers)
add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
add_link_options(-fsanitize=${sanitizers})
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # What clang++ writes for sanitizers is large: lld takes a fourth of the time.
  find_program(HARK_LLD NAMES ld.lld)
  mark_as_advanced(HARK_LLD)
  if(HARK_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()
if("thread" IN_LIST HARK_SANITIZE)
  # It does not know fences; with these Boost.Asio has none.
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK BOOST_ASIO_DISABLE_STD_ATOMIC)
endif()
if("undefined" IN_LIST HARK_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # What clang++ 14 writes for it into a coroutine, its assembler refuses.
  add_compile_options(-fno-sanitize=function)
endif()
