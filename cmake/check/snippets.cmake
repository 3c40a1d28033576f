# SPDX-License-Identifier: MIT
#
# Each ```cpp block of the READMEs is a slice of a program that the tests compile. A comment on
# the line before the block names the slice:
#
#     <!-- snippet: test/example/quickstart.cpp listen -->
#
# The slice is what stands between the lines `// [listen]` and `// [/listen]` of that file; how
# deep it is indented there does not matter.
cmake_minimum_required(VERSION 3.25)

# Sets `result` to the lines of `text` without the indentation they have in common. Returns
# them with a newline before each line and none at the end.
function(dedent text result)
  string(REGEX REPLACE "[ \n]+$" "" text "\n${text}")
  while(text MATCHES "\n " AND NOT text MATCHES "\n[^ \n]")
    string(REPLACE "\n " "\n" text "${text}")
  endwhile()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# Sets `result` to the slice `label` of `file`.
function(read_slice file label result)
  if(NOT EXISTS ${SOURCE_DIR}/${file})
    message(FATAL_ERROR "${document} shows ${file}, which does not exist")
  endif()
  file(READ ${SOURCE_DIR}/${file} text)
  string(REGEX MATCH "// \\[${label}\\]\n(.*)\n *// \\[/${label}\\]" slice "${text}")
  if(NOT slice)
    message(FATAL_ERROR "${document} shows [${label}] of ${file}, which has no such slice")
  endif()
  dedent("${CMAKE_MATCH_1}" slice)
  set(${result} "${slice}" PARENT_SCOPE)
endfunction()

# Checks the blocks of one document.
function(check_document document)
  file(READ ${SOURCE_DIR}/${document} rest)
  set(count 0)
  while(TRUE)
    string(FIND "${rest}" "```cpp\n" start)
    if(start EQUAL -1)
      break()
    endif()
    string(SUBSTRING "${rest}" 0 ${start} before)
    math(EXPR start "${start} + 7")
    string(SUBSTRING "${rest}" ${start} -1 rest)
    string(FIND "${rest}" "```" end)
    string(SUBSTRING "${rest}" 0 ${end} block)
    dedent("${block}" block)

    if(NOT before MATCHES "<!-- snippet: ([^ \n]+) ([a-z0-9_]+) -->\n$")
      message(FATAL_ERROR "${document}: no snippet comment before this block:${block}")
    endif()
    set(origin "[${CMAKE_MATCH_2}] of ${CMAKE_MATCH_1}")
    read_slice(${CMAKE_MATCH_1} ${CMAKE_MATCH_2} slice)
    if(NOT block STREQUAL slice)
      message("${document} says:\n${block}\n\n${origin} says:\n${slice}\n")
      message(FATAL_ERROR "${document} differs from ${origin}")
    endif()
    math(EXPR count "${count} + 1")
  endwhile()
  message("${document}: ${count} snippets, as in their files")
endfunction()

check_document(README.md)
check_document(include/hark/asio/README.md)
check_document(include/hark/audit/README.md)
check_document(include/hark/dialects/README.md)
check_document(include/hark/event/README.md)
check_document(include/hark/schema/README.md)
check_document(lib/README.md)
