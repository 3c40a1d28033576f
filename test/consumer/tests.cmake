# SPDX-License-Identifier: MIT
#
# Installs hark in the build tree, then uses it in each of the ways that are promised.

set(prefix ${CMAKE_CURRENT_BINARY_DIR}/consumer/prefix)
set(source_dir ${CMAKE_CURRENT_SOURCE_DIR}/consumer)

# A fresh prefix: what an earlier install left there must not help.
add_test(NAME consumer.clean COMMAND ${CMAKE_COMMAND} -E rm -rf ${prefix})
add_test(NAME consumer.install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR}
                                       --prefix ${prefix})
set_tests_properties(consumer.clean PROPERTIES FIXTURES_SETUP hark_prefix LABELS static)
set_tests_properties(consumer.install PROPERTIES FIXTURES_REQUIRED hark_prefix
                                                 FIXTURES_SETUP hark_installed LABELS static)

if(HARK_BUILD_CLI)
  include(GNUInstallDirs)
  add_test(NAME consumer.program COMMAND ${prefix}/${CMAKE_INSTALL_BINDIR}/hark --version)
  set_tests_properties(
    consumer.program
    PROPERTIES FIXTURES_REQUIRED hark_installed
               LABELS static
               PASS_REGULAR_EXPRESSION "^hark ${PROJECT_VERSION}\n$")
endif()

# Adds the test consumer.<name>: configures, builds and runs the project with `options`.
function(hark_add_consumer_test name)
  add_test(
    NAME consumer.${name}
    COMMAND
      ${CMAKE_CTEST_COMMAND}
      --build-and-test ${source_dir} ${CMAKE_CURRENT_BINARY_DIR}/consumer/${name}
      --build-generator ${CMAKE_GENERATOR}
      --build-options
        -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
        -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
        ${ARGN}
      --test-command hark_consumer)
  set_tests_properties(consumer.${name} PROPERTIES FIXTURES_REQUIRED hark_installed LABELS static)
endfunction()

hark_add_consumer_test(find_package -DCMAKE_PREFIX_PATH=${prefix})
hark_add_consumer_test(add_subdirectory -DHARK_SOURCE_DIR=${PROJECT_SOURCE_DIR})
hark_add_consumer_test(unknown_component -DCMAKE_PREFIX_PATH=${prefix} -DHARK_COMPONENT=nonsense)
set_tests_properties(
  consumer.unknown_component
  PROPERTIES PASS_REGULAR_EXPRESSION "hark has no component \"nonsense\"; it has: error, event")

find_package(PkgConfig)
if(PkgConfig_FOUND)
  include(GNUInstallDirs)
  set(libdir ${prefix}/${CMAKE_INSTALL_LIBDIR})
  set(program ${CMAKE_CURRENT_BINARY_DIR}/consumer/pkg_config)
  add_test(
    NAME consumer.pkg_config
    COMMAND sh -c "${CMAKE_CXX_COMPILER} ${CMAKE_CXX20_STANDARD_COMPILE_OPTION} \
${source_dir}/main.cpp $(${PKG_CONFIG_EXECUTABLE} --cflags --libs hark-event) \
-o ${program} && ${program}")
  set_tests_properties(
    consumer.pkg_config
    PROPERTIES FIXTURES_REQUIRED hark_installed
               LABELS static
               ENVIRONMENT "PKG_CONFIG_PATH=${libdir}/pkgconfig;LD_LIBRARY_PATH=${libdir}")
endif()
