# SPDX-License-Identifier: MIT
#
# Installs hark in the build tree, then uses it in each of the ways that are promised.

include(GNUInstallDirs)
set(prefix ${CMAKE_CURRENT_BINARY_DIR}/consumer/prefix)
set(source_dir ${CMAKE_CURRENT_SOURCE_DIR}/consumer)

# A fresh prefix: what an earlier install left there must not help.
add_test(NAME consumer.clean COMMAND ${CMAKE_COMMAND} -E rm -rf ${prefix})
add_test(NAME consumer.install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR}
                                       --prefix ${prefix})
set_tests_properties(consumer.clean PROPERTIES FIXTURES_SETUP hark_prefix)
set_tests_properties(consumer.install PROPERTIES FIXTURES_REQUIRED hark_prefix
                                                 FIXTURES_SETUP hark_installed)

if(HARK_BUILD_CLI)
  add_test(NAME consumer.program COMMAND ${prefix}/${CMAKE_INSTALL_BINDIR}/hark --version)
  set_tests_properties(
    consumer.program
    PROPERTIES FIXTURES_REQUIRED hark_installed
               PASS_REGULAR_EXPRESSION "^hark ${PROJECT_VERSION}\n$")
endif()

add_test(
  NAME consumer.headers
  COMMAND
    ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR}/include
    -D INSTALLED=${prefix}/${CMAKE_INSTALL_INCLUDEDIR}
    -P ${PROJECT_SOURCE_DIR}/cmake/check/installed_headers.cmake)
set_tests_properties(consumer.headers PROPERTIES FIXTURES_REQUIRED hark_installed LABELS static)

# Adds the test consumer.<name>: configures, builds and runs `project` with `options`.
function(hark_add_consumer_test name project)
  add_test(
    NAME consumer.${name}
    COMMAND
      ${CMAKE_CTEST_COMMAND}
      --build-and-test ${source_dir}/${project} ${CMAKE_CURRENT_BINARY_DIR}/consumer/${name}
      --build-generator ${CMAKE_GENERATOR}
      --build-options
        -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
        -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
        ${ARGN}
      --test-command hark_consumer)
  set_tests_properties(consumer.${name} PROPERTIES FIXTURES_REQUIRED hark_installed LABELS static)
endfunction()

set(installed -DCMAKE_PREFIX_PATH=${prefix})
set(without_sqlite3 -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON)
hark_add_consumer_test(find_package database ${installed})
if(HARK_BUILD_POSTGRESQL AND HARK_BUILD_MYSQL)
  hark_add_consumer_test(servers servers ${installed})
endif()
if(HARK_BUILD_AUDIT)
  hark_add_consumer_test(audit audit ${installed})
endif()
if(HARK_BUILD_ASIO)
  hark_add_consumer_test(asio asio ${installed})
endif()
# What the program does without is not built.
hark_add_consumer_test(
  add_subdirectory
  database
  -DHARK_SOURCE_DIR=${PROJECT_SOURCE_DIR}
  -DCMAKE_BUILD_TYPE=Debug # the quickest to build
  -DCMAKE_UNITY_BUILD=${CMAKE_UNITY_BUILD}
  -DHARK_BUILD_ASIO=OFF
  -DHARK_BUILD_AUDIT=OFF
  -DHARK_BUILD_MYSQL=OFF
  -DHARK_BUILD_POSTGRESQL=OFF
  -DHARK_BUILD_PROMETHEUS=OFF)
set_tests_properties(consumer.add_subdirectory PROPERTIES COST 1000) # the longest: it begins first
hark_add_consumer_test(event_alone event ${installed} ${without_sqlite3})
hark_add_consumer_test(unknown_component event ${installed} -DHARK_COMPONENT=nonsense)
set_tests_properties(
  consumer.unknown_component
  PROPERTIES PASS_REGULAR_EXPRESSION "hark has no component \"nonsense\"; it has: error, event")
if(NOT BUILD_SHARED_LIBS)
  hark_add_consumer_test(missing_package event ${installed} ${without_sqlite3}
                         -DHARK_COMPONENT=sqlite)
  set_tests_properties(
    consumer.missing_package
    PROPERTIES PASS_REGULAR_EXPRESSION "hark::sqlite needs SQLite3 ${sqlite3_version} or newer")
endif()

find_package(PkgConfig)
if(PkgConfig_FOUND)
  set(libdir ${prefix}/${CMAKE_INSTALL_LIBDIR})

  # Adds the test consumer.<name>: compiles and runs the program of `project` with the flags that
  # pkg-config has for `modules`.
  function(hark_add_pkg_config_test name project modules)
    set(program ${CMAKE_CURRENT_BINARY_DIR}/consumer/${name})
    add_test(
      NAME consumer.${name}
      COMMAND sh -c "${CMAKE_CXX_COMPILER} ${CMAKE_CXX20_STANDARD_COMPILE_OPTION} \
${source_dir}/${project}/main.cpp $(${PKG_CONFIG_EXECUTABLE} --cflags --libs ${modules}) \
-o ${program} && ${program}")
    set_tests_properties(
      consumer.${name}
      PROPERTIES FIXTURES_REQUIRED hark_installed
                 LABELS static
                 ENVIRONMENT "PKG_CONFIG_PATH=${libdir}/pkgconfig;LD_LIBRARY_PATH=${libdir}")
  endfunction()

  hark_add_pkg_config_test(pkg_config database "hark-sqlite hark-schema")
  hark_add_pkg_config_test(pkg_config_event_alone event hark-event)
  if(HARK_BUILD_AUDIT)
    hark_add_pkg_config_test(pkg_config_audit audit "hark-audit hark-sqlite")
  endif()
  if(HARK_BUILD_ASIO)
    hark_add_pkg_config_test(pkg_config_asio asio "hark-asio hark-sqlite")
  endif()
  if(HARK_BUILD_POSTGRESQL AND HARK_BUILD_MYSQL)
    hark_add_pkg_config_test(pkg_config_servers servers "hark-postgresql hark-mysql")
  endif()
endif()
