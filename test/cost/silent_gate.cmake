# SPDX-License-Identifier: MIT
#
# What an event costs that nobody listens to: at most six instructions, from the function's own
# work to the branch that ends it, and no call among them. Reads OBJECT, compiled from
# silent_gate.cpp, with OBJDUMP.

set(most_instructions 6)

execute_process(
  COMMAND ${OBJDUMP} --disassemble --no-show-raw-insn --no-addresses ${OBJECT}
  OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "<hark_test_silent_gate>:\n([^<]*(<[^>]*>[^<]*)*)" found "${text}")
if(NOT found)
  message(FATAL_ERROR "hark_test_silent_gate is not in ${OBJECT}")
endif()

string(REGEX MATCHALL "\n[ \t]+[a-z][^\n]*" instructions "${found}")
set(before)
set(branch)
set(has_worked OFF)
foreach(instruction IN LISTS instructions)
  string(STRIP "${instruction}" instruction)
  if(NOT has_worked)
    if(instruction MATCHES "^call")
      set(has_worked ON)
    endif()
    continue()
  elseif(instruction MATCHES "^nop")
    continue()
  elseif(instruction MATCHES "^j[a-z]+ ")
    set(branch "${instruction}")
    break()
  endif()
  list(APPEND before "${instruction}")
endforeach()

list(LENGTH before count)
list(JOIN before "\n  " listing)
if(NOT branch OR branch MATCHES "^jmp" OR listing MATCHES "call")
  message(FATAL_ERROR "no branch ends the silent dispatch before a call:\n  ${listing}\n  ${branch}")
elseif(count GREATER most_instructions)
  message(FATAL_ERROR "${count} instructions before the branch:\n  ${listing}\n  ${branch}")
endif()
message("${count} instructions and a branch:\n  ${listing}\n  ${branch}")
