# SPDX-License-Identifier: MIT
#
# Installs libraries, headers, a CMake package and pkg-config files. All are relocatable.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hark)
set(drivers sqlite)
if(HARK_BUILD_POSTGRESQL)
  list(APPEND drivers postgresql)
endif()
if(HARK_BUILD_MYSQL)
  list(APPEND drivers mysql)
endif()
set(modules error event dbapi pool engine schema ${drivers})

# Installs hark_<module>. A driver has an export of its own, because it needs a package that who
# does without the driver need not have.
function(hark_install_module module export)
  install(
    TARGETS hark_${module}
    EXPORT ${export}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()

foreach(module IN ITEMS error event dbapi pool engine schema)
  hark_install_module(${module} hark-targets)
endforeach()
foreach(driver IN LISTS drivers)
  hark_install_module(${driver} hark-${driver}-targets)
endforeach()
if(HARK_BUILD_CLI)
  if(BUILD_SHARED_LIBS)
    set_target_properties(
      hark_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  endif()
  install(TARGETS hark_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(EXPORT hark-targets NAMESPACE hark:: DESTINATION ${package_dir})
foreach(driver IN LISTS drivers)
  install(EXPORT hark-${driver}-targets NAMESPACE hark:: DESTINATION ${package_dir})
endforeach()

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
if(HARK_BUILD_MYSQL)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/FindMariaDB.cmake DESTINATION ${package_dir})
endif()

# What a static library uses is the program's to link.
if(BUILD_SHARED_LIBS)
  set(requires_sqlite3 "\nRequires.private: sqlite3 >= ${sqlite3_version}")
  set(requires_libpq "\nRequires.private: libpq >= ${postgresql_version}")
  set(requires_libmariadb "\nRequires.private: libmariadb >= ${mariadb_version}")
else()
  set(requires_sqlite3 ", sqlite3 >= ${sqlite3_version}")
  set(requires_libpq ", libpq >= ${postgresql_version}")
  set(requires_libmariadb ", libmariadb >= ${mariadb_version}")
endif()

# From the folder of the .pc files up to the prefix.
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(module IN LISTS modules)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/hark-${module}.pc.in
                 ${PROJECT_BINARY_DIR}/cmake/hark-${module}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/cmake/hark-${module}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
