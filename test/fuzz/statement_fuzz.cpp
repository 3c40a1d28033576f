// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What a statement's text tells: something for any text, by the rules of each database.
#include <cstddef>
#include <string>
#include <string_view>

#include "audit/statement.hpp"
#include "fuzz/fuzz.hpp"

namespace hark::test {
namespace {

using audit::Syntax;

/// The pieces stand in the text, one behind the other.
void expect_pieces(std::string_view sql, Syntax syntax) {
  audit::Scanner scanner(sql, syntax);
  const char* end = sql.data();
  while (const auto token = scanner.next()) {
    require(!token->text.empty(), "no piece is empty");
    require(token->text.data() >= end, "the pieces are in their order");
    end = token->text.data() + token->text.size();
    require(end <= sql.data() + sql.size(), "a piece is a part of the text");
  }
}

void expect_statement(std::string_view sql, Syntax syntax) {
  const audit::Statement told = audit::describe_statement(sql, syntax);
  require(told.text == sql, "the text is what it was");
  require(told.summary.size() <= 255, "a summary has its limit");
  require(told.summary == audit::query_summary(sql, syntax), "there is one summary");
  require(told.columns.size() <= 65'535 + sql.size(),
          "columns are those of placeholders");
  for (const std::string& column : told.columns)
    require(column.size() <= 511, "the name of a column has its limit");
}

}  // namespace
}  // namespace hark::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hark::test;
  const std::string_view text = text_of(data, size);
  for (const Syntax syntax :
       {Syntax::any, Syntax::sqlite, Syntax::postgresql, Syntax::mysql}) {
    expect_pieces(text, syntax);
    expect_statement(text, syntax);
  }
  return 0;
}
