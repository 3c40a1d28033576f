// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/ddl_compiler.hpp>

#include <memory>

namespace hark::detail {

std::unique_ptr<const DDLCompiler> make_sqlite_ddl_compiler();
std::unique_ptr<const DDLCompiler> make_postgresql_ddl_compiler();
std::unique_ptr<const DDLCompiler> make_mysql_ddl_compiler();
/// MariaDB's where it is told from MySQL.
std::unique_ptr<const DDLCompiler> make_mariadb_ddl_compiler();

/// "VARCHAR(50)"; without a length, or of none: the name alone.
std::string with_length(std::string name, const Type& type);
/// "FLOAT(24)", "NUMERIC(10, 2)".
std::string with_precision(std::string name, const Type& type);

}  // namespace hark::detail
