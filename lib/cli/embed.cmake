# SPDX-License-Identifier: MIT
#
# cmake -D OUTPUT=assets.inc -P embed.cmake name=file …: literals of files, and the SHA-256 of
# each, in hexadecimal.

set(made "")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(NOT "${CMAKE_ARGV${i}}" MATCHES "^([a-z_]+)=(.+)$")
    continue()
  endif()
  set(name ${CMAKE_MATCH_1})
  set(file ${CMAKE_MATCH_2})
  file(READ "${file}" text)
  file(SHA256 "${file}" hash)
  string(APPEND made "inline constexpr Markup ${name} = R\"embedded(${text})embedded\";\n"
         "inline constexpr std::string_view ${name}_sha256 = \"${hash}\";\n")
endforeach()
file(WRITE "${OUTPUT}" "${made}")
