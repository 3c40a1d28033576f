# SPDX-License-Identifier: MIT

include_guard()
include(HarkResponseFile)

# Tests that a misuse is rejected at compile time, with one promised sentence.
#
#   hark_add_compile_fail_test(listener_arity
#     SOURCE listener_arity.cpp
#     LINK   hark::event
#     EXPECT "listener cannot be called with this event's arguments")
#
# compile_fail.<name>.compiles: SOURCE compiles as it stands.
# compile_fail.<name>.rejected: with HARK_REJECT defined it does not; EXPECT is among the
#   messages, and is the only error, unless MANY_ERRORS is given.
function(hark_add_compile_fail_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "MANY_ERRORS" "SOURCE;EXPECT" "LINK")
  foreach(required IN ITEMS SOURCE LINK EXPECT)
    if(NOT arg_${required})
      message(FATAL_ERROR "hark_add_compile_fail_test(${name}): ${required} is missing")
    endif()
  endforeach()

  cmake_path(ABSOLUTE_PATH arg_SOURCE)
  set(response_file ${CMAKE_CURRENT_BINARY_DIR}/${name}.rsp)
  hark_write_response_file(${response_file} TARGETS ${arg_LINK})

  # clang words one mistake in more errors than g++ does, so only g++'s are counted.
  set(one_error ON)
  if(arg_MANY_ERRORS OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(one_error OFF)
  endif()

  foreach(claim IN ITEMS compiles rejected)
    set(test compile_fail.${name}.${claim})
    add_test(
      NAME ${test}
      COMMAND
        ${CMAKE_COMMAND} -D CLAIM=${claim} -D COMPILER=${CMAKE_CXX_COMPILER}
        -D RESPONSE_FILE=${response_file} -D SOURCE=${arg_SOURCE} -D EXPECT=${arg_EXPECT}
        -D ONE_ERROR=${one_error} -P ${PROJECT_SOURCE_DIR}/cmake/check/compile_fail.cmake)
    set_tests_properties(${test} PROPERTIES LABELS static)
  endforeach()
endfunction()
