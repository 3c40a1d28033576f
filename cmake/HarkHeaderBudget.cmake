# SPDX-License-Identifier: MIT

include_guard()
include(HarkResponseFile)

# Tests that each public header of `target` costs who includes it at most LINES preprocessed
# lines, and no Boost. Lines, unlike seconds, are the same on every machine.
function(hark_add_header_budget target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LINES" "")
  set(response_file ${CMAKE_CURRENT_BINARY_DIR}/header_budget/${target}.rsp)
  hark_write_response_file(${response_file} TARGETS ${target})

  get_target_property(headers ${target} HEADER_SET)
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "^.*/include/(hark/.*)$" "\\1" name ${header})
    add_test(
      NAME header_budget.${name}
      COMMAND
        ${CMAKE_COMMAND} -D COMPILER=${CMAKE_CXX_COMPILER} -D RESPONSE_FILE=${response_file}
        -D HEADER=${header} -D LINES=${arg_LINES}
        -P ${PROJECT_SOURCE_DIR}/cmake/check/header_budget.cmake)
    set_tests_properties(header_budget.${name} PROPERTIES LABELS static)
  endforeach()
endfunction()
