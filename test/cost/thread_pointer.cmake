# SPDX-License-Identifier: MIT
#
# A fiber that was suspended may go on on another thread: no function that can be suspended keeps
# the address of a variable of its thread's across a call. Reads OBJECTS, separated by commas, with
# OBJDUMP, and looks at what is done with the thread pointer before the next call.

set(kept "rbx|rbp|r12|r13|r14|r15") # registers that a call leaves alone
set(cannot_suspend "ToldLease5spare") # calls nothing but what registers a destructor

string(REPLACE "," ";" objects "${OBJECTS}")
execute_process(
  COMMAND ${OBJDUMP} --disassemble --reloc --no-show-raw-insn ${objects}
  COMMAND grep -E -A8 ">:$|%fs:0x0,%r"
  OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "[][;]" " " text "${text}")
string(REPLACE "\n" ";" lines "${text}")

set(function "")
set(registers "") # that hold the thread pointer, or an address made of it
set(is_new OFF)
set(functions 0)
set(culprits "")
foreach(line IN LISTS lines)
  if(line MATCHES "<(.*)>:$")
    set(function "${CMAKE_MATCH_1}")
    set(registers "")
    math(EXPR functions "${functions} + 1")
    continue()
  elseif(line MATCHES "%fs:0x0,%(r[a-z0-9]+)")
    set(registers "${CMAKE_MATCH_1}")
    set(is_new ON)
    continue()
  elseif(registers STREQUAL "")
    continue()
  elseif(is_new AND line MATCHES "R_X86_64_TPOFF32")
    set(registers "") # the contents of a variable
    continue()
  elseif(line MATCHES "\tlea .*\\(%(${registers})[,)].*,%(r[a-z0-9]+)"
         OR line MATCHES "\tmov +%(${registers}),(.*)$")
    string(APPEND registers "|${CMAKE_MATCH_2}")
  endif()
  set(is_new OFF)
  if(registers MATCHES "(^|[|%])(${kept})($|[|])|\\(%rsp\\)|\\(%rbp\\)")
    if(NOT function MATCHES "${cannot_suspend}")
      list(APPEND culprits "${function}")
    endif()
    set(registers "")
  elseif(line MATCHES "\t(call|ret|jmp) ")
    set(registers "")
  endif()
endforeach()

list(REMOVE_DUPLICATES culprits)
if(culprits)
  list(JOIN culprits "\n  " listing)
  message(FATAL_ERROR "the thread pointer may be kept across a call in\n  ${listing}")
elseif(functions LESS 100)
  message(FATAL_ERROR "only ${functions} functions were found in ${OBJECTS}")
endif()
message("${functions} functions, none of which keeps it")
