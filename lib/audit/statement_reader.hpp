// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "audit/lexer.hpp"

namespace hark::audit {

/// What a statement does, to what, and which columns its placeholders belong to.
struct StatementFacts {
  std::string summary{};
  std::string operation{};
  std::vector<std::string> columns{};
};

/// Reads a statement once, from its beginning to its end. It is no parser: what it does not
/// know it reads over, and takes up again at the next word that it knows.
///
/// Each parenthesis has a Frame; each SELECT, INSERT … has a Scope with its tables. A **term**
/// is what belongs to one column: from one AND, comma or clause to the next. Its first column
/// is its subject, to which its placeholders belong; those before it wait for it.
///
/// Lifetime: the text outlives it.
class StatementReader {
 public:
  StatementReader(std::string_view sql, Syntax syntax);
  /// Requires: it was not called before.
  StatementFacts read();

 private:
  enum class Word : std::uint8_t;
  friend struct StatementWords;

  enum class Kind : std::uint8_t { query, group, call, branches };
  enum class Phase : std::uint8_t {
    start,    // no operation yet
    list,     // between SELECT and FROM
    tables,   // where tables are named
    columns,  // behind the table of an INSERT
    rows,     // of VALUES
    set,      // assignments
    other,    // any other clause
    object,   // of DDL: its name comes
    over,     // the rest tells nothing
  };

  /// The last parts of a name: "schema.table.column".
  struct Path {
    std::array<std::string_view, 4> parts{};
    std::size_t size = 0;  // 0: it is "table.*"
    void add(std::string_view part) noexcept;
    std::string_view last() const noexcept { return parts[size - 1]; }
    std::string_view last_but_one() const noexcept {
      return size > 1 ? parts[size - 2] : std::string_view();
    }
  };
  struct Table {
    std::string_view name{};   // empty: it is a query, or what WITH names
    std::string_view alias{};  // empty: there is none
  };
  struct Scope {
    std::size_t parent = 0;
    std::size_t table_count = 0;
    std::vector<Table> tables{};  // the first ones
  };
  struct Column {
    std::string_view table{};  // as it is written; empty: it is not
    std::string_view name{};   // empty: it is none
    std::size_t scope = 0;
    bool is_target = false;  // of the scope's first table
    explicit operator bool() const noexcept { return !name.empty(); }
  };
  /// Columns that stand one after the other in lists_.
  struct List {
    std::size_t from = 0;
    std::size_t size = 0;
  };
  struct Frame {
    Kind kind = Kind::query;
    Phase phase = Phase::start;
    bool expects_table = false;
    bool expects_alias = false;
    bool is_in_from = false;
    bool is_between = false;  // the next AND is its own
    bool is_cte = false;      // a WITH has begun, and no operation after it
    bool is_merge = false;
    bool is_insert = false;
    bool is_target_list = false;  // the columns of an INSERT
    std::size_t scope = 0;
    std::size_t target_scope = 0;    // of what is written
    Column base{};                   // of each term that has no other
    Column operand{};                // of CASE
    Column inherited{};              // of this term, whatever it says
    Column subject{};                // of this term
    Column first{};                  // of all its terms
    std::size_t waiting_from = 0;    // this term's placeholders in waiting_
    std::size_t collected_from = 0;  // this group's columns in collected_
    List list{};                     // the columns of its values, in their order
    List tuple{};                    // (a, b) before an operator
    std::size_t index = 0;           // of the value
  };
  enum class Object : std::uint8_t { kind_needed, kind_optional, name, named };

  static bool is_plain(Word word) noexcept;
  void advance() noexcept;
  bool is_next_symbol(std::string_view symbol) const noexcept;
  Path take_path() noexcept;

  void read_token();
  void read_first();
  void read_word();
  void read_keyword(Word word);
  void read_name();
  void read_symbol();
  void read_placeholder();
  void read_comma();
  void read_values();
  void read_when();
  void read_from();
  void read_using();
  void read_object();
  void read_object_name();

  bool begin_operation(Word word);
  bool begin_query_operation(Word word);
  void begin_select();
  void begin_writing();
  void begin_object(Object state);
  void begin_scope();
  void begin_clause(Phase phase);
  void begin_statement();

  void read_table();
  void add_table(std::size_t scope, const Table& table);

  void open(Kind kind);
  void close();
  void close_frame();
  Frame& top() noexcept { return frames_.back(); }

  void begin_term() noexcept;
  void end_value();
  void read_column(const Path& path);
  void set_subject(const Column& column);
  static const Column& effective(const Frame& frame) noexcept;
  List keep_collected(std::size_t from);
  std::optional<std::size_t> position_of(std::string_view placeholder);
  void assign(std::size_t position, const Column& column);
  std::string to_string(const Column& column) const;
  const Table* find_table(std::string_view name, std::size_t scope) const noexcept;

  void append(std::string_view part);
  void append(const Path& path);

  const Syntax syntax_;
  Scanner scanner_;
  std::optional<Token> token_;  // that is read
  std::optional<Token> next_;
  Word word_before_{};             // of the token before
  bool is_after_operand_ = false;  // what was before is a value
  bool skips_name_ = false;        // the next name is none of a column
  bool is_statement_start_ = true;

  std::vector<Frame> frames_;
  std::size_t too_deep_ = 0;  // open parentheses that have no Frame
  std::vector<Scope> scopes_;
  std::vector<Column> lists_;
  std::vector<Column> collected_;
  std::vector<std::size_t> waiting_;                         // positions of placeholders
  std::vector<Column> columns_;                              // by position
  std::unordered_map<std::string_view, std::size_t> named_;  // placeholders
  std::unordered_set<std::string> ctes_;                     // in small letters
  Object object_ = Object::named;
  bool has_body_ = false;     // of the object: a trigger's, a function's
  bool is_in_body_ = false;   // up to the end of the text
  bool may_be_many_ = false;  // names of objects may come, one after the other

  std::string summary_;
  bool is_summary_full_ = false;
  std::string operation_;
};

}  // namespace hark::audit
