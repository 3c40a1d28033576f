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
set(parts ${drivers}) # modules that need a package of their own
if(HARK_BUILD_ASIO)
  list(APPEND parts asio)
endif()
if(HARK_BUILD_AUDIT)
  list(APPEND parts audit)
endif()
if(TARGET hark_audit_prometheus)
  list(APPEND parts audit_prometheus)
endif()
set(modules error event dbapi pool engine schema ${parts})

# Installs hark_<module>. One that needs a package has an export of its own, so that who does
# without the module need not have it.
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
foreach(part IN LISTS parts)
  hark_install_module(${part} hark-${part}-targets)
endforeach()
if(HARK_BUILD_CLI)
  if(BUILD_SHARED_LIBS)
    set_target_properties(
      hark_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  endif()
  install(TARGETS hark_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(EXPORT hark-targets NAMESPACE hark:: DESTINATION ${package_dir})
foreach(part IN LISTS parts)
  install(EXPORT hark-${part}-targets NAMESPACE hark:: DESTINATION ${package_dir})
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
  set(requires_openssl "\nRequires.private: openssl >= ${openssl_version}")
else()
  set(requires_sqlite3 ", sqlite3 >= ${sqlite3_version}")
  set(requires_libpq ", libpq >= ${postgresql_version}")
  set(requires_libmariadb ", libmariadb >= ${mariadb_version}")
  set(requires_openssl ", openssl >= ${openssl_version}")
  set(libs_boost_context " -lboost_context") # Boost has no .pc files
endif()

# From the folder of the .pc files up to the prefix.
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(module IN LISTS modules)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/hark-${module}.pc.in
                 ${PROJECT_BINARY_DIR}/cmake/hark-${module}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/cmake/hark-${module}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

# The tests of the preset `optimized` install what was built.
if(TARGET hark_optimized_tests)
  foreach(module IN LISTS modules)
    add_dependencies(hark_optimized_tests hark_${module})
  endforeach()
  if(HARK_BUILD_CLI)
    add_dependencies(hark_optimized_tests hark_cli)
  endif()
endif()
