# SPDX-License-Identifier: MIT
#
# Each header below SOURCE is installed, below INSTALLED.
cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE headers RELATIVE ${SOURCE} ${SOURCE}/*.hpp)
if(NOT headers)
  message(FATAL_ERROR "there are no headers in ${SOURCE}")
endif()

set(missing)
foreach(header IN LISTS headers)
  if(NOT EXISTS ${INSTALLED}/${header})
    string(APPEND missing "\n  ${header}")
  endif()
endforeach()
if(missing)
  message(FATAL_ERROR "in no module's HEADERS in lib/CMakeLists.txt:${missing}")
endif()
list(LENGTH headers count)
message("${count} headers, all installed")
