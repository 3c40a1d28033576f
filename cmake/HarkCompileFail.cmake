# SPDX-License-Identifier: MIT

include_guard()
include(HarkResponseFile)

# Sets `response_file` to what LINK wants of a compiler, and `precompiled` to a header that
# includes HEADER. A test precompiles it; the header's name is that of its fixture.
function(hark_precompile_for_tests response_file precompiled)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "HEADER" "LINK")
  string(MAKE_C_IDENTIFIER "${arg_LINK};${arg_HEADER}" id)
  set(file ${CMAKE_CURRENT_BINARY_DIR}/${id}.hpp)
  set(options ${CMAKE_CURRENT_BINARY_DIR}/${id}.rsp)
  set(${response_file} ${options} PARENT_SCOPE)
  set(${precompiled} ${file} PARENT_SCOPE)
  if(TEST precompile.${id})
    return()
  endif()

  hark_write_response_file(${options} TARGETS ${arg_LINK})
  file(CONFIGURE OUTPUT ${file} CONTENT "#include <${arg_HEADER}>\n" @ONLY)
  # Both compilers look for it beside the header that is included first.
  set(extension pch)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(extension gch)
  endif()
  add_test(NAME precompile.${id}
           COMMAND ${CMAKE_CXX_COMPILER} @${options} -x c++-header ${file} -o ${file}.${extension})
  set_tests_properties(precompile.${id} PROPERTIES LABELS static FIXTURES_SETUP ${file})
endfunction()

# Tests that a misuse is rejected at compile time, with one promised sentence.
#
#   hark_add_compile_fail_test(listener_arity
#     SOURCE listener_arity.cpp
#     LINK   hark::event
#     HEADER hark/event.hpp
#     EXPECT "listener cannot be called with this event's arguments")
#
# HEADER is precompiled, once for all tests with the same LINK and HEADER.
#
# compile_fail.<name>.compiles: SOURCE compiles as it stands.
# compile_fail.<name>.rejected: with HARK_REJECT defined it does not; EXPECT is among the
#   messages, and is the only error, unless MANY_ERRORS is given.
function(hark_add_compile_fail_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "MANY_ERRORS" "SOURCE;HEADER;EXPECT" "LINK")
  foreach(required IN ITEMS SOURCE LINK HEADER EXPECT)
    if(NOT arg_${required})
      message(FATAL_ERROR "hark_add_compile_fail_test(${name}): ${required} is missing")
    endif()
  endforeach()

  cmake_path(ABSOLUTE_PATH arg_SOURCE)
  hark_precompile_for_tests(response_file precompiled LINK ${arg_LINK} HEADER ${arg_HEADER})

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
        -D RESPONSE_FILE=${response_file} -D PRECOMPILED=${precompiled} -D SOURCE=${arg_SOURCE}
        -D EXPECT=${arg_EXPECT}
        -D ONE_ERROR=${one_error} -P ${PROJECT_SOURCE_DIR}/cmake/check/compile_fail.cmake)
    set_tests_properties(${test} PROPERTIES LABELS static FIXTURES_REQUIRED ${precompiled})
  endforeach()
endfunction()
