# SPDX-License-Identifier: MIT

# Writes a compiler response file with what a source needs to include the headers of `targets`.
# It starts a compiler alone, many times faster than a build does.
function(hark_write_response_file file)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "TARGETS")
  set(content "${CMAKE_CXX20_STANDARD_COMPILE_OPTION}\n")
  foreach(target IN LISTS arg_TARGETS)
    set(dirs "$<TARGET_PROPERTY:${target},INTERFACE_INCLUDE_DIRECTORIES>")
    set(definitions "$<TARGET_PROPERTY:${target},INTERFACE_COMPILE_DEFINITIONS>")
    string(APPEND content "$<$<BOOL:${dirs}>:-I\"$<JOIN:${dirs},\"\n-I\">\"\n>")
    string(APPEND content "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},\n-D>\n>")
  endforeach()
  file(GENERATE OUTPUT ${file} CONTENT "${content}")
endfunction()
