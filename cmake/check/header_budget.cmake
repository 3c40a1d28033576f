# SPDX-License-Identifier: MIT
#
# Preprocesses HEADER alone and measures it: see HarkHeaderBudget.cmake.
cmake_minimum_required(VERSION 3.25)

execute_process(
  COMMAND ${COMPILER} @${RESPONSE_FILE} -E -x c++ ${HEADER}
  RESULT_VARIABLE status
  OUTPUT_VARIABLE output
  ERROR_VARIABLE messages)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${HEADER} cannot be preprocessed alone:\n${messages}")
endif()

execute_process(COMMAND ${COMPILER} @${RESPONSE_FILE} -E -P -x c++ ${HEADER} OUTPUT_VARIABLE lines)
if(output MATCHES "\n# [0-9]+ \"([^\"\n]*/boost/[^\"\n]*)\"")
  message(FATAL_ERROR "${HEADER} includes Boost: ${CMAKE_MATCH_1}")
endif()

string(REGEX REPLACE "[^\n]+" "" newlines "${lines}")
string(LENGTH "${newlines}" count)
message("${count} of ${LINES} lines: ${HEADER}")
if(count GREATER LINES)
  message(FATAL_ERROR "${HEADER} is over its budget")
endif()
