# SPDX-License-Identifier: MIT
#
# Installs libraries, headers, a CMake package and pkg-config files. All are relocatable.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hark)
set(modules error event dbapi pool engine schema sqlite)
list(TRANSFORM modules PREPEND hark_ OUTPUT_VARIABLE targets)

install(
  TARGETS ${targets}
  EXPORT hark-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(HARK_BUILD_CLI)
  install(TARGETS hark_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(EXPORT hark-targets NAMESPACE hark:: DESTINATION ${package_dir})

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/hark-config.cmake.in ${PROJECT_BINARY_DIR}/cmake/hark-config.cmake
  INSTALL_DESTINATION ${package_dir}
  NO_CHECK_REQUIRED_COMPONENTS_MACRO
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/cmake/hark-config-version.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/cmake/hark-config.cmake
        ${PROJECT_BINARY_DIR}/cmake/hark-config-version.cmake
  DESTINATION ${package_dir})

# From the folder of the .pc files up to the prefix.
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(module IN LISTS modules)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/hark-${module}.pc.in
                 ${PROJECT_BINARY_DIR}/cmake/hark-${module}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/cmake/hark-${module}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
