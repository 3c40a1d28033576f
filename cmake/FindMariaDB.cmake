# SPDX-License-Identifier: MIT
#
# Finds MariaDB Connector/C, the client library of MariaDB and MySQL: MariaDB::MariaDB. Its
# packages have no CMake package of their own.

find_path(MariaDB_INCLUDE_DIR mariadb_version.h PATH_SUFFIXES mariadb mysql)
find_library(MariaDB_LIBRARY mariadb PATH_SUFFIXES mariadb)
mark_as_advanced(MariaDB_INCLUDE_DIR MariaDB_LIBRARY)

if(MariaDB_INCLUDE_DIR)
  file(STRINGS ${MariaDB_INCLUDE_DIR}/mariadb_version.h MariaDB_VERSION
       REGEX "define MARIADB_PACKAGE_VERSION ")
  string(REGEX REPLACE "^.*\"(.*)\".*$" "\\1" MariaDB_VERSION "${MariaDB_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  MariaDB
  REQUIRED_VARS MariaDB_LIBRARY MariaDB_INCLUDE_DIR
  VERSION_VAR MariaDB_VERSION)

if(MariaDB_FOUND AND NOT TARGET MariaDB::MariaDB)
  add_library(MariaDB::MariaDB UNKNOWN IMPORTED)
  set_target_properties(
    MariaDB::MariaDB PROPERTIES IMPORTED_LOCATION ${MariaDB_LIBRARY}
                                INTERFACE_INCLUDE_DIRECTORIES ${MariaDB_INCLUDE_DIR})
endif()
