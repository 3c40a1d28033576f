# SPDX-License-Identifier: MIT
#
# Every source is as clang-format leaves it. The programs of README.md are laid out by hand.
cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE sources ${SOURCE_DIR}/include/*.hpp ${SOURCE_DIR}/lib/*.[ch]pp
     ${SOURCE_DIR}/test/*.[ch]pp ${SOURCE_DIR}/benchmarks/*.[ch]pp)
list(FILTER sources EXCLUDE REGEX "/test/example/")
execute_process(
  COMMAND ${CLANG_FORMAT} --dry-run --Werror --ferror-limit=3 ${sources}
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "run clang-format -i on the files above")
endif()
