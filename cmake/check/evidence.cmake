# SPDX-License-Identifier: MIT
#
# Each guarantee of a header, tagged <module.subject-n>, has a test that names it in a comment
# `// Evidence: module.subject-n`, and each such comment names a guarantee.
cmake_minimum_required(VERSION 3.25)

set(tag "[a-z_]+\\.[a-z_]+-[0-9]+")

file(GLOB_RECURSE headers ${SOURCE_DIR}/include/*.hpp)
set(promises)
foreach(header IN LISTS headers)
  file(READ ${header} text)
  string(REGEX MATCHALL "<${tag}>" found "${text}")
  list(APPEND promises ${found})
endforeach()
list(TRANSFORM promises REPLACE "[<>]" "")

file(GLOB_RECURSE tests ${SOURCE_DIR}/test/*.cpp)
set(evidence)
foreach(test IN LISTS tests)
  file(READ ${test} text)
  # One comment may name several guarantees, with commas between.
  string(REGEX MATCHALL "// Evidence: ${tag}(, *${tag})*" comments "${text}")
  string(REGEX MATCHALL "${tag}" found "${comments}")
  list(APPEND evidence ${found})
endforeach()

set(complaints)
foreach(promise IN LISTS promises)
  if(NOT promise IN_LIST evidence)
    string(APPEND complaints "\n  a promise without a test: ${promise}")
  endif()
endforeach()
foreach(item IN LISTS evidence)
  if(NOT item IN_LIST promises)
    string(APPEND complaints "\n  a test for no promise: ${item}")
  endif()
endforeach()

if(complaints)
  message(FATAL_ERROR "include/ and test/ disagree:${complaints}")
endif()
list(LENGTH promises count)
message("${count} promises, each with a test")
