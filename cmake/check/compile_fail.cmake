# SPDX-License-Identifier: MIT
#
# Compiles SOURCE and checks CLAIM about it: see HarkCompileFail.cmake.
cmake_minimum_required(VERSION 3.25)

set(command ${COMPILER} @${RESPONSE_FILE} -fsyntax-only -include ${PRECOMPILED} ${SOURCE})
if(CLAIM STREQUAL "rejected")
  list(APPEND command -DHARK_REJECT)
endif()

# English messages, whatever the user's language.
set(ENV{LC_ALL} C)
execute_process(COMMAND ${command} RESULT_VARIABLE status ERROR_VARIABLE messages)
message("${messages}")

if(CLAIM STREQUAL "compiles")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${SOURCE} must compile without HARK_REJECT")
  endif()
  return()
endif()

if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles with HARK_REJECT, but must not")
endif()

string(FIND "${messages}" "${EXPECT}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "\"${EXPECT}\" is not among the messages")
endif()

string(REGEX MATCHALL ": (fatal )?error: " errors "${messages}")
list(LENGTH errors count)
if(ONE_ERROR AND NOT count EQUAL 1)
  message(FATAL_ERROR "expected one error, not ${count}")
endif()
