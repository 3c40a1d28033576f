// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_postgresql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>

#include "audit/lexer.hpp"

namespace hark::cli {
namespace {

using audit::equal_folded;
using audit::first_postgresql_token;
using audit::Token;

// -- the catalog ------------------------------------------------------------------------

/// Of the schema $1, or else the default one.
constexpr std::string_view in_schema =
    " = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ="
    " coalesce(nullif($1::pg_catalog.text, ''), pg_catalog.current_schema()))";

std::string with_schema(std::string_view before, std::string_view behind) {
  std::string sql(before);
  return sql.append(in_schema).append(behind);
}

/// What tables have that CREATE TABLE does not say, and what says it; empty: nothing does.
constexpr std::string_view additions_sql = R"sql(
SELECT c.relname, o.text, o.statement
FROM pg_catalog.pg_class c
CROSS JOIN LATERAL (SELECT 'ALTER TABLE ' || c.oid::pg_catalog.regclass || ' ' AS alter) a
CROSS JOIN LATERAL (
  SELECT 1 AS place, 'UNLOGGED' AS text, a.alter || 'SET UNLOGGED' AS statement
  WHERE c.relpersistence = 'u'
  UNION ALL
  SELECT 2, 'CONSTRAINT ' || k.name || ' ' || k.definition,
         a.alter || CASE WHEN k.contype = 'x' THEN ''
                         ELSE 'DROP CONSTRAINT ' || k.name || ', ' END ||
         'ADD CONSTRAINT ' || k.name || ' ' || k.definition
  FROM (SELECT *, pg_catalog.quote_ident(conname) AS name,
               pg_catalog.pg_get_constraintdef(oid) AS definition
        FROM pg_catalog.pg_constraint) AS k
  WHERE k.conrelid = c.oid AND (k.contype = 'x' OR k.contype IN ('c', 'f') AND
        (NOT k.convalidated OR k.contype = 'c' AND k.connoinherit))
  UNION ALL
  SELECT 3, 'PARTITION OF ' || i.inhparent::pg_catalog.regclass || ' ' || bound.sql,
         'ALTER TABLE ' || i.inhparent::pg_catalog.regclass || ' ATTACH PARTITION ' ||
         c.oid::pg_catalog.regclass || ' ' || bound.sql
  FROM pg_catalog.pg_inherits i
  CROSS JOIN LATERAL pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound(sql)
  WHERE i.inhrelid = c.oid AND c.relispartition
  UNION ALL
  SELECT 4, 'INHERITS ' || i.inhparent::pg_catalog.regclass,
         a.alter || 'INHERIT ' || i.inhparent::pg_catalog.regclass
  FROM pg_catalog.pg_inherits i
  WHERE i.inhrelid = c.oid AND NOT c.relispartition
  UNION ALL
  SELECT 5, 'ROW LEVEL SECURITY', '' WHERE c.relrowsecurity
  UNION ALL
  SELECT 6, 'NULLS NOT DISTINCT of ' || pg_catalog.quote_ident(x.relname), ''
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  WHERE i.indrelid = c.oid
    AND (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::pg_catalog.bool) AS o
WHERE c.relkind IN ('r', 'p') AND c.relnamespace)sql";

constexpr std::string_view triggers_sql = R"sql(
SELECT t.tgname, c.relname, pg_catalog.pg_get_triggerdef(t.oid)
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace)sql";

constexpr std::string_view foreign_tables_sql = R"sql(
SELECT c.relname, 'FOREIGN TABLE OF ' || pg_catalog.quote_ident(s.srvname)
FROM pg_catalog.pg_foreign_table f
JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid
JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
WHERE c.relnamespace)sql";

constexpr std::string_view owned_sequences_sql = R"sql(
SELECT DISTINCT c.relname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i')
  AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0
WHERE c.relkind = 'S' AND c.relnamespace)sql";

constexpr std::string_view materialized_views_sql =
    "SELECT c.relname FROM pg_catalog.pg_class c"
    " WHERE c.relkind = 'm' AND c.relnamespace";

// -- expressions ------------------------------------------------------------------------

using Tokens = std::vector<Token>;

Tokens tokens_of(std::string_view sql) {
  Tokens tokens;
  while (!sql.empty()) {
    tokens.push_back(first_postgresql_token(sql, false));
    sql.remove_prefix(tokens.back().text.size());
  }
  return tokens;
}

bool is_symbol(const Token& token, std::string_view text) {
  return token.kind == Token::Kind::symbol && token.text == text;
}

bool is_word(const Token& token, std::string_view word) {
  return token.kind == Token::Kind::word && equal_folded(token.text, word);
}

/// Rewrites an expression, piece by piece.
class Rewriting {
 public:
  explicit Rewriting(std::string_view sql) : tokens_(tokens_of(sql)) {}

  std::string take() {
    while (at_ < tokens_.size()) {
      if (skip_cast() || rewrite_membership() || rewrite_like() || rewrite_now())
        continue;
      add(tokens_[at_++].text);
    }
    return std::move(made_);
  }

 private:
  void add(std::string_view text) { made_ += text; }

  /// The place behind blanks.
  std::size_t behind_blanks(std::size_t at) const {
    while (at < tokens_.size() && tokens_[at].kind == Token::Kind::blank) ++at;
    return at;
  }
  bool is_symbol_at(std::size_t at, std::string_view text) const {
    return at < tokens_.size() && is_symbol(tokens_[at], text);
  }
  bool is_word_at(std::size_t at, std::string_view word) const {
    return at < tokens_.size() && is_word(tokens_[at], word);
  }

  /// `::character varying(5)[]`. Two colons are a symbol and, with a name, a parameter.
  bool skip_cast() {
    if (!is_symbol_at(at_, ":") || at_ + 1 == tokens_.size()) return false;
    const Token& second = tokens_[at_ + 1];
    const bool is_named =
        second.kind == Token::Kind::parameter && second.text.starts_with(':');
    if (!is_named && !is_symbol(second, ":")) return false;
    at_ += 2;
    if (!is_named) ++at_;
    skip_words_of_type();
    if (is_symbol_at(at_, "(")) skip_to(")");
    skip_words_of_type();  // timestamp(3) with time zone
    while (is_symbol_at(at_, "[")) skip_to("]");
    return true;
  }

  /// What may stand behind a type's first word, and "schema"."name".
  void skip_words_of_type() {
    static constexpr std::array<std::string_view, 6> words{
        "varying", "precision", "with", "without", "time", "zone"};
    for (;;) {
      if (is_symbol_at(at_, ".")) {
        at_ += 2;
        continue;
      }
      const std::size_t next = behind_blanks(at_);
      const bool is_one_of_them =
          std::any_of(words.begin(), words.end(), [&](std::string_view word) {
            return is_word_at(next, word);
          });
      if (!is_one_of_them) return;
      at_ = next + 1;
    }
  }

  void skip_to(std::string_view end) {
    while (at_ < tokens_.size() && !is_symbol(tokens_[at_], end)) ++at_;
    if (at_ < tokens_.size()) ++at_;
  }

  /// `= ANY ((ARRAY['a', 'b'])::text[])` is IN ('a', 'b'), and `<> ALL` is NOT IN.
  bool rewrite_membership() {
    const bool is_not = is_symbol_at(at_, "<") && is_symbol_at(at_ + 1, ">");
    if (!is_not && !is_symbol_at(at_, "=")) return false;
    std::size_t at = behind_blanks(at_ + (is_not ? 2 : 1));
    if (!is_word_at(at, is_not ? "all" : "any")) return false;
    std::size_t depth = 0;
    for (at = behind_blanks(at + 1); is_symbol_at(at, "("); ++at) ++depth;
    if (depth == 0 || !is_word_at(at, "array") || !is_symbol_at(at + 1, "["))
      return false;
    add(is_not ? "NOT IN (" : "IN (");
    at_ = at + 2;
    while (at_ < tokens_.size() && !is_symbol(tokens_[at_], "]"))
      if (!skip_cast()) add(tokens_[at_++].text);
    add(")");
    ++at_;
    while (at_ < tokens_.size() && depth > 0) {
      if (skip_cast()) continue;
      if (is_symbol(tokens_[at_++], ")")) --depth;
    }
    return true;
  }

  bool rewrite_like() {
    const bool is_not = is_symbol_at(at_, "!");
    const std::size_t at = at_ + (is_not ? 1 : 0);
    if (!is_symbol_at(at, "~") || !is_symbol_at(at + 1, "~") || is_symbol_at(at + 2, "*"))
      return false;
    add(is_not ? "NOT LIKE" : "LIKE");
    at_ = at + 2;
    return true;
  }

  bool rewrite_now() {
    if (!is_word_at(at_, "now") || !is_symbol_at(at_ + 1, "(") ||
        !is_symbol_at(at_ + 2, ")"))
      return false;
    add("CURRENT_TIMESTAMP");
    at_ += 3;
    return true;
  }

  const Tokens tokens_;
  std::size_t at_ = 0;
  std::string made_;
};

// -- tables for others ------------------------------------------------------------------

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Takes away from a table what others have not.
class Generalization {
 public:
  Generalization(TableSnapshot& table, const std::string& to, Warnings& warnings)
      : table_(table), to_(to), warnings_(warnings) {}

  void run() {
    for (ReflectedColumn& column : table_.columns) generalize(column);
    for (ReflectedCheckConstraint& check : table_.check_constraints)
      check.sqltext = in_standard_sql(check.sqltext);
    generalize_keys();
    std::erase_if(table_.indexes,
                  [&](const ReflectedIndex& index) { return is_left_out(index); });
    for (ReflectedIndex& index : table_.indexes) generalize(index);
    for (const std::string& option : table_.mysql_options)
      warnings_.add(option + " is left out", table_.name);
    table_.mysql_options.clear();
    for (const TableAddition& addition : table_.additions)
      warnings_.add(addition.text + " is left out", table_.name);
    table_.additions.clear();
  }

 private:
  std::string place_of(const std::string& part) const { return table_.name + "." + part; }

  void generalize(ReflectedColumn& column) {
    generalize_type(column);
    generalize_counting(column);
    if (column.default_) column.default_ = in_standard_sql(*column.default_);
    if (column.computed)
      column.computed->sqltext = in_standard_sql(column.computed->sqltext);
  }

  void generalize_type(ReflectedColumn& column) {
    const Type given = column.type;
    if (given.kind() == Type::Kind::enum_) {
      column.type = Enum(given.name(), given.enums());
    } else if (given.kind() == Type::Kind::array ||
               given.kind() == Type::Kind::user_defined) {
      column.type = Text();
      warnings_.add("a type that only postgresql has is written as TEXT",
                    fmt::format("{} {}", place_of(column.name), to_string(given)));
    }
  }

  /// What counts by itself is the primary key, or nothing.
  void generalize_counting(ReflectedColumn& column) {
    const bool asks_sequence =
        column.default_ && column.default_->find("nextval(") != std::string::npos;
    if (!asks_sequence && !column.identity) return;
    column.default_.reset();
    column.identity.reset();
    column.sequence.reset();
    const auto& key = table_.primary_key.constrained_columns;
    const bool can_count =
        contains(key, column.name) && (to_ != "sqlite" || key.size() == 1);
    column.autoincrement = can_count ? Autoincrement::yes : Autoincrement::no;
    if (can_count) return;
    column.nullable = true;
    warnings_.add(
        fmt::format("{} counts in primary keys alone; others may be NULL instead", to_),
        place_of(column.name));
  }

  void generalize_keys() {
    const auto generalize = [&](auto& key) {
      if (key.deferrable.value_or(false))
        warnings_.add(fmt::format("{} has no DEFERRABLE keys; that is left out", to_),
                      place_of(key.name));
      key.deferrable.reset();
      key.initially.clear();
    };
    generalize(table_.primary_key);
    for (ReflectedUniqueConstraint& unique : table_.unique_constraints)
      generalize(unique);
  }

  bool is_left_out(const ReflectedIndex& index) {
    if (index.using_.empty() || index.using_ == "hash") return false;
    warnings_.add(
        fmt::format("{} has no {} indexes; they are left out", to_, index.using_),
        place_of(index.name));
    return true;
  }

  void generalize(ReflectedIndex& index) {
    index.include_columns.clear();
    index.with.clear();
    index.where = in_standard_sql(index.where);
    for (std::string& element : index.expressions) {
      element = in_standard_sql(element);
      for (const std::string_view nulls : {" NULLS FIRST", " NULLS LAST"}) {
        if (!element.ends_with(nulls)) continue;
        element.resize(element.size() - nulls.size());
        warnings_.add("where NULLs stand in an index is left out", place_of(index.name));
      }
    }
  }

  TableSnapshot& table_;
  const std::string& to_;
  Warnings& warnings_;
};

}  // namespace

void generalize_postgresql(TableSnapshot& table,
                           const std::string& to,
                           Warnings& warnings) {
  Generalization(table, to, warnings).run();
}

PostgreSQLCatalog read_postgresql_catalog(Connection& connection,
                                          std::string_view schema) {
  const auto ask = [&](std::string_view sql, std::string_view order) {
    return connection.exec_driver_sql(with_schema(sql, order), {schema});
  };
  PostgreSQLCatalog made;
  for (auto& [table, text, statement] :
       ask(additions_sql, " ORDER BY c.relname, o.place, o.text")
           .all<std::string, std::string, std::string>()) {
    if (statement.empty()) {
      made.options[table].push_back(std::move(text));
    } else {
      made.additions[table].push_back({std::move(text), std::move(statement)});
    }
  }
  made.triggers = ask(triggers_sql, " ORDER BY 1, 2").all<TriggerSnapshot>();
  made.foreign_tables =
      ask(foreign_tables_sql, " ORDER BY 1").all<VirtualTableSnapshot>();
  made.owned_sequences = ask(owned_sequences_sql, " ORDER BY 1").scalars<std::string>();
  made.materialized_views =
      ask(materialized_views_sql, " ORDER BY 1").scalars<std::string>();
  return made;
}

std::string in_standard_sql(std::string_view postgresql) {
  return Rewriting(postgresql).take();
}

}  // namespace hark::cli
