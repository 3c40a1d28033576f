// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// The parameters of text(), against SQLAlchemy's regular expressions for them.
#include <hark/dialects/sqlite/dialect.hpp>
#include <hark/engine/clause.hpp>

#include <boost/regex.hpp>

#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace hark::test {
namespace {

/// Source: SQLAlchemy lib/sqlalchemy/sql/compiler.py, BIND_PARAMS and BIND_PARAMS_ESC. A
/// word is made of ASCII's and of all bytes beyond them.
Compiled compiled_by_expressions(const std::string& sql) {
  static const boost::regex parameter(
      R"((?<![:\w$\x80-\xff\\]):([\w$\x80-\xff]+)(?![:\w$\x80-\xff]))");
  static const boost::regex escape(R"(\\(:[\w$\x80-\xff]*)(?![:\w$\x80-\xff]))");
  Compiled compiled;
  const std::string replaced =
      boost::regex_replace(sql, parameter, [&](const auto& match) {
        compiled.names.push_back(match[1].str());
        return std::string("?");
      });
  compiled.sql = boost::regex_replace(
      replaced, escape, [](const auto& match) { return match[1].str(); });
  return compiled;
}

}  // namespace
}  // namespace hark::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hark::test;
  const std::string sql(text_of(data, size));
  const hark::sqlite::Dialect dialect;

  const hark::Compiled compiled = hark::text(sql)->compile(dialect);
  const hark::Compiled expected = compiled_by_expressions(sql);

  require(compiled.names == expected.names, "the parameters are SQLAlchemy's");
  require(compiled.sql == expected.sql, "the SQL is SQLAlchemy's");
  return 0;
}
