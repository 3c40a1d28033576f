// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>

/// Where the programs of the database servers are.
namespace hark::test {

/// The folder with PostgreSQL's initdb and postgres; empty: they are not installed.
std::string find_postgresql();

/// The path of a program of MariaDB ("mariadbd"); empty: it is not installed.
std::string find_mariadb(const std::string& program);

}  // namespace hark::test
