// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/connection.hpp>
#include <hark/error.hpp>
#include <hark/schema/inspector.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/reflectors.hpp"

namespace hark {
namespace {

using Names = std::vector<std::string>;

// Every name in the queries is qualified: somebody's search_path may hide the catalog's.

// -- types ------------------------------------------------------------------------------

struct KnownType {
  std::string_view name;  // in pg_type
  Type::Kind kind;
  std::string_view spelling;
  bool has_timezone = false;
};

constexpr std::array known_types{
    KnownType{"bool", Type::Kind::boolean, "BOOLEAN"},
    KnownType{"bpchar", Type::Kind::string, "CHAR"},
    KnownType{"bytea", Type::Kind::large_binary, "BYTEA"},
    KnownType{"date", Type::Kind::date, "DATE"},
    KnownType{"float4", Type::Kind::float_, "REAL"},
    KnownType{"float8", Type::Kind::float_, "DOUBLE PRECISION"},
    KnownType{"int2", Type::Kind::small_integer, "SMALLINT"},
    KnownType{"int4", Type::Kind::integer, "INTEGER"},
    KnownType{"int8", Type::Kind::big_integer, "BIGINT"},
    KnownType{"json", Type::Kind::json, "JSON"},
    KnownType{"jsonb", Type::Kind::json, "JSONB"},
    KnownType{"numeric", Type::Kind::numeric, "NUMERIC"},
    KnownType{"text", Type::Kind::text, "TEXT"},
    KnownType{"time", Type::Kind::time, "TIME"},
    KnownType{"timestamp", Type::Kind::datetime, "TIMESTAMP"},
    KnownType{"timestamptz", Type::Kind::datetime, "TIMESTAMP", true},
    KnownType{"timetz", Type::Kind::time, "TIME", true},
    KnownType{"uuid", Type::Kind::uuid, "UUID"},
    KnownType{"varchar", Type::Kind::string, "VARCHAR"},
};

/// A column, as columns_sql asks for it.
struct ColumnRow {
  std::string name;
  bool is_not_null;
  std::optional<std::string> value;  // SQL
  bool is_generated;
  std::string identity;  // "a": always; "d": by default
  std::string comment;
  int primary_key;

  // Its type, when its domains and the brackets of an array are taken away.
  std::string type;       // in pg_type
  std::string formatted;  // with what stands in parentheses
  bool is_in_catalog;
  bool is_array;
  bool is_enum;
  std::string type_schema;  // empty: it is found without one
  std::string collation;
  std::optional<std::string> label;

  // The sequence behind it.
  std::string counter;  // empty: there is none
  std::string counter_schema;
  bool is_serial;
  std::int64_t start;
  std::int64_t increment;
  std::int64_t minvalue;
  std::int64_t maxvalue;
  std::int64_t cache;
  bool is_cycle;
};

/// "(10,2)": what stands there.
std::string_view arguments_of(std::string_view formatted) {
  const std::size_t opening = formatted.find('(');
  if (opening == std::string_view::npos) return {};
  return formatted.substr(opening, formatted.find(')', opening) + 1 - opening);
}

std::optional<int> number_at(std::string_view arguments, std::size_t place) {
  for (; place > 0 && !arguments.empty(); --place)
    arguments.remove_prefix(std::min(arguments.find(',') + 1, arguments.size()));
  if (arguments.starts_with('(')) arguments.remove_prefix(1);
  int number = 0;
  const char* const end = arguments.data() + arguments.size();
  const bool is_number = std::from_chars(arguments.data(), end, number).ec == std::errc();
  return is_number ? std::optional(number) : std::nullopt;
}

std::string in_capitals(std::string word) {
  for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return word;
}

Type known_type(const KnownType& known, const ColumnRow& row) {
  const std::string_view arguments = arguments_of(row.formatted);
  const std::string spelling(known.spelling);
  const std::string_view zone = known.has_timezone ? "WITH" : "WITHOUT";
  switch (known.kind) {
    case Type::Kind::string:
      if (row.formatted == "bpchar") return String().spelled("BPCHAR");
      return String(number_at(arguments, 0)).spelled(spelling);
    case Type::Kind::numeric:
      return Numeric(number_at(arguments, 0), number_at(arguments, 1)).spelled(spelling);
    case Type::Kind::datetime:
    case Type::Kind::time: {
      const Type type = known.kind == Type::Kind::time
                            ? Type(Time(known.has_timezone))
                            : Type(DateTime(known.has_timezone));
      return type.spelled(spelling + std::string(arguments))
          .suffixed(std::string(zone) + " TIME ZONE");
    }
    default:
      return Type(known.kind).spelled(spelling);
  }
}

Type item_type_of(const ColumnRow& row, Names labels) {
  if (row.is_enum) return Enum(row.type, std::move(labels), {.schema = row.type_schema});
  // The catalog's own are written in capitals, as what SQLAlchemy has names for.
  const bool is_word = row.formatted.find('"') == std::string::npos;
  if (!row.is_in_catalog || !is_word) return UserDefinedType(row.formatted);
  for (const KnownType& known : known_types)
    if (known.name == row.type) return known_type(known, row);
  return UserDefinedType(in_capitals(row.formatted));
}

Type type_of(const ColumnRow& row, Names labels) {
  Type type = item_type_of(row, std::move(labels)).collated(row.collation);
  return row.is_array ? Array(std::move(type)) : std::move(type);
}

// -- relations --------------------------------------------------------------------------

[[noreturn]] void throw_missing(const char* kind,
                                std::string_view name,
                                std::string_view schema) {
  std::string message = std::string("the database has no ") + kind + " '";
  message += name;
  message += "'";
  if (!schema.empty()) message += " in schema '" + std::string(schema) + "'";
  throw NoSuchTableError(message);
}

/// A table or a view in the catalog.
struct Relation {
  std::int64_t oid;
  std::string comment;
  std::string partition_by;

  Names options() const {
    return partition_by.empty() ? Names() : Names{"PARTITION BY " + partition_by};
  }
};

std::optional<Relation> look_up(Connection& connection,
                                std::string_view name,
                                std::string_view schema) {
  constexpr std::string_view sql =
      "SELECT c.oid::pg_catalog.int8,"
      " coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), ''),"
      " coalesce(pg_catalog.pg_get_partkeydef(c.oid), '')"
      " FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.relname = $1::pg_catalog.text AND c.relkind IN ('r', 'p', 'f', 'v', 'm')"
      " AND CASE WHEN $2::pg_catalog.text = '' THEN pg_catalog.pg_table_is_visible(c.oid)"
      " ELSE n.nspname = $2::pg_catalog.text END";
  return connection.exec_driver_sql(sql, {name, schema}).first<Relation>();
}

/// Throws: NoSuchTableError.
Relation find(Connection& connection, std::string_view table, std::string_view schema) {
  if (std::optional<Relation> found = look_up(connection, table, schema))
    return *std::move(found);
  throw_missing("table", table, schema);
}

/// Of the given schema, or the default one. `kinds`: of pg_class.
Names names_of(Connection& connection, std::string_view schema, std::string_view kinds) {
  constexpr std::string_view sql =
      "SELECT c.relname FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE n.nspname = coalesce(nullif($1::pg_catalog.text, ''),"
      " pg_catalog.current_schema())"
      " AND pg_catalog.strpos($2::pg_catalog.text, c.relkind::pg_catalog.text) > 0"
      " ORDER BY c.relname";
  return connection.exec_driver_sql(sql, {schema, kinds}).scalars<std::string>();
}

// -- columns ----------------------------------------------------------------------------

/// A table's columns, each once for every label of its Enum.
///
/// `base`: a type without its domains, and without the brackets of an array. `counter`:
/// the sequence of an identity, or the one that a default asks for numbers.
constexpr std::string_view columns_sql = R"sql(
SELECT a.attname, a.attnotnull OR base.is_not_null,
       coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), base.value),
       a.attgenerated <> '', a.attidentity::pg_catalog.text,
       coalesce(pg_catalog.col_description(a.attrelid, a.attnum), ''),
       coalesce(key.place, 0),
       t.typname, pg_catalog.format_type(t.oid, base.modifier),
       tn.nspname = 'pg_catalog', base.is_array, t.typtype = 'e',
       CASE WHEN pg_catalog.pg_type_is_visible(t.oid) THEN '' ELSE tn.nspname END,
       CASE WHEN a.attcollation <> t.typcollation THEN co.collname ELSE '' END,
       e.enumlabel,
       coalesce(counter.name, ''), coalesce(counter.schema, ''),
       coalesce(counter.is_serial, false), coalesce(counter.seqstart, 0),
       coalesce(counter.seqincrement, 0), coalesce(counter.seqmin, 0),
       coalesce(counter.seqmax, 0), coalesce(counter.seqcache, 0),
       coalesce(counter.seqcycle, false)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
CROSS JOIN LATERAL (
  WITH RECURSIVE step AS (
    SELECT a.atttypid AS type, a.atttypmod AS modifier, false AS is_array,
           false AS is_not_null, NULL::pg_catalog.text COLLATE "C" AS value, 0 AS depth
    UNION ALL
    SELECT CASE WHEN u.typtype = 'd' THEN u.typbasetype ELSE u.typelem END,
           CASE WHEN u.typtype = 'd' THEN u.typtypmod ELSE step.modifier END,
           step.is_array OR u.typtype <> 'd',
           step.is_not_null OR u.typtype = 'd' AND u.typnotnull AND NOT step.is_array,
           CASE WHEN step.is_array THEN step.value
                ELSE coalesce(step.value, u.typdefault) END,
           step.depth + 1
    FROM step
    JOIN pg_catalog.pg_type u ON u.oid = step.type
    LEFT JOIN pg_catalog.pg_type item ON item.oid = u.typelem AND item.typarray = u.oid
    WHERE u.typtype = 'd' OR item.oid IS NOT NULL)
  SELECT * FROM step ORDER BY depth DESC LIMIT 1) AS base
JOIN pg_catalog.pg_type t ON t.oid = base.type
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
  SELECT pg_catalog.array_position(k.conkey, a.attnum) AS place
  FROM pg_catalog.pg_constraint k
  WHERE k.conrelid = a.attrelid AND k.contype = 'p') AS key ON true
LEFT JOIN LATERAL (
  SELECT o.relname AS name,
         CASE WHEN pg_catalog.pg_table_is_visible(o.oid) THEN '' ELSE n.nspname END
           AS schema,
         p.deptype = 'a' AND o.relnamespace = c.relnamespace
           AND o.relname = c.relname || '_' || a.attname || '_seq'
           AND s.seqtypid = a.atttypid AND s.seqcache = 1 AND NOT s.seqcycle
           AND (s.seqstart, s.seqincrement, s.seqmin) = (1, 1, 1)
           AND s.seqmax = CASE t.typname WHEN 'int8' THEN 9223372036854775807
                          WHEN 'int4' THEN 2147483647 ELSE 32767 END AS is_serial,
         s.*
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class o ON o.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
  LEFT JOIN pg_catalog.pg_depend p ON p.objid = o.oid AND p.deptype IN ('a', 'i')
    AND p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum
  WHERE p.deptype = 'i' OR EXISTS (
    SELECT FROM pg_catalog.pg_depend q
    WHERE q.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND q.objid = d.oid
      AND q.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND q.refobjid = o.oid)
  LIMIT 1) AS counter ON true
WHERE a.attrelid = $1::pg_catalog.int8::pg_catalog.oid
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum, e.enumsortorder)sql";

// -- keys, constraints and indexes ------------------------------------------------------

/// The primary key and the UNIQUEs, once for each column.
constexpr std::string_view keys_sql = R"sql(
SELECT k.conname, k.contype = 'p', k.condeferrable, k.condeferred, a.attname
FROM pg_catalog.pg_constraint k
CROSS JOIN LATERAL pg_catalog.generate_subscripts(k.conkey, 1) AS place
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[place]
WHERE k.conrelid = $1::pg_catalog.int8::pg_catalog.oid AND k.contype IN ('p', 'u')
ORDER BY k.conname, place)sql";

constexpr std::string_view checks_sql = R"sql(
SELECT k.conname, pg_catalog.pg_get_expr(k.conbin, k.conrelid)
FROM pg_catalog.pg_constraint k
WHERE k.conrelid = $1::pg_catalog.int8::pg_catalog.oid AND k.contype = 'c'
ORDER BY k.conname)sql";

/// Once for each column. Those that the server has made itself, one for each partition of
/// what is referred to, are left out.
constexpr std::string_view foreign_keys_sql = R"sql(
SELECT k.conname, here.attname, n.nspname, pg_catalog.pg_table_is_visible(c.oid),
       c.relname, there.attname, k.confupdtype::pg_catalog.text,
       k.confdeltype::pg_catalog.text, k.confmatchtype = 'f', k.condeferrable,
       k.condeferred
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_catalog.generate_subscripts(k.conkey, 1) AS place
JOIN pg_catalog.pg_attribute here
  ON here.attrelid = k.conrelid AND here.attnum = k.conkey[place]
JOIN pg_catalog.pg_attribute there
  ON there.attrelid = k.confrelid AND there.attnum = k.confkey[place]
WHERE k.conrelid = $1::pg_catalog.int8::pg_catalog.oid AND k.contype = 'f'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint parent
                  WHERE parent.oid = k.conparentid AND parent.conrelid = k.conrelid)
ORDER BY k.conname, place)sql";

/// Once for each element, of which the last ones may be included and no part of the key.
/// What belongs to a constraint is left out.
constexpr std::string_view indexes_sql = R"sql(
SELECT o.relname, i.indisunique, m.amname,
       coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), ''),
       coalesce((SELECT pg_catalog.string_agg(option_name || ' = ' || option_value, ', ')
                 FROM pg_catalog.pg_options_to_table(o.reloptions)), ''),
       coalesce(a.attname, ''), place > i.indnkeyatts,
       pg_catalog.pg_get_indexdef(i.indexrelid, place, false),
       CASE WHEN co.oid IS NULL OR co.oid = a.attcollation
              OR a.attname IS NULL AND co.collname = 'default' THEN ''
            WHEN pg_catalog.pg_collation_is_visible(co.oid)
            THEN pg_catalog.format(' COLLATE %I', co.collname)
            ELSE pg_catalog.format(' COLLATE %I.%I', con.nspname, co.collname) END
       || CASE WHEN oc.oid IS NULL OR oc.opcdefault THEN ''
               WHEN pg_catalog.pg_opclass_is_visible(oc.oid)
               THEN pg_catalog.format(' %I', oc.opcname)
               ELSE pg_catalog.format(' %I.%I', ocn.nspname, oc.opcname) END
       || (ARRAY['', ' DESC NULLS LAST', ' NULLS FIRST', ' DESC'])
            [coalesce(i.indoption[place - 1], 0) + 1]
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class o ON o.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = o.relam
CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnatts) AS place
LEFT JOIN pg_catalog.pg_attribute a
  ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place - 1] AND a.attnum <> 0
LEFT JOIN pg_catalog.pg_collation co ON co.oid = i.indcollation[place - 1]
LEFT JOIN pg_catalog.pg_namespace con ON con.oid = co.collnamespace
LEFT JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[place - 1]
LEFT JOIN pg_catalog.pg_namespace ocn ON ocn.oid = oc.opcnamespace
WHERE i.indrelid = $1::pg_catalog.int8::pg_catalog.oid AND NOT i.indisprimary
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY o.relname, place)sql";

/// The sequences of a schema.
constexpr std::string_view sequences_sql = R"sql(
SELECT c.relname, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(nullif($1::pg_catalog.text, ''), pg_catalog.current_schema())
ORDER BY c.relname)sql";

/// The enumerations of a schema, once for each label.
constexpr std::string_view enums_sql = R"sql(
SELECT t.typname, e.enumlabel
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
WHERE t.typtype = 'e'
  AND n.nspname = coalesce(nullif($1::pg_catalog.text, ''), pg_catalog.current_schema())
ORDER BY t.typname, e.enumsortorder)sql";

// -- the answers ------------------------------------------------------------------------

template <class Row>
IdentityOptions counting(const Row& row) {
  return {.start = row.start,
          .increment = row.increment,
          .minvalue = row.minvalue,
          .maxvalue = row.maxvalue,
          .cycle = row.is_cycle,
          .cache = row.cache};
}

bool is_integer(const Type& type) noexcept {
  return type.kind() == Type::Kind::integer || type.kind() == Type::Kind::big_integer ||
         type.kind() == Type::Kind::small_integer;
}

/// A sequence that is not in the search_path is looked for in the table's schema.
///
/// Source: SQLAlchemy PGDialect._get_column_info.
std::string with_schema(std::string value, std::string_view schema) {
  constexpr std::string_view call = "nextval('";
  const std::size_t at = value.find(call);
  if (at == std::string::npos || schema.empty()) return value;
  const std::size_t begin = at + call.size();
  const std::string name = value.substr(begin, value.find('\'', begin) - begin);
  if (name.find('.') == std::string::npos)
    value.insert(begin, "\"" + std::string(schema) + "\".");
  return value;
}

/// `is_counted`: does a column before it, in the same primary key, count by itself?
ReflectedColumn column_of(const ColumnRow& row,
                          Names labels,
                          std::string_view schema,
                          bool is_counted) {
  ReflectedColumn column{.name = row.name,
                         .type = type_of(row, std::move(labels)),
                         .nullable = !row.is_not_null,
                         .autoincrement = Autoincrement::no,
                         .primary_key = row.primary_key,
                         .comment = row.comment};
  const bool can_count = row.primary_key == 0 || !is_counted;
  if (row.is_generated) {
    column.computed = {.sqltext = row.value.value_or(""), .persisted = true};
  } else if (!row.identity.empty()) {
    column.identity = counting(row);
    column.identity->always = row.identity == "a";
    column.autoincrement = can_count ? Autoincrement::yes : Autoincrement::automatic;
  } else if (row.value) {
    column.default_ = with_schema(*row.value, schema);
    if (row.counter.empty()) return column;
    if (is_integer(column.type) && can_count) column.autoincrement = Autoincrement::yes;
    if (!row.is_serial || row.primary_key == 0 || is_counted)
      column.sequence = {row.counter, row.counter_schema, counting(row)};
  }
  return column;
}

std::vector<ReflectedColumn> columns_of(Connection& connection,
                                        const Relation& relation,
                                        std::string_view schema) {
  const auto rows =
      connection.exec_driver_sql(columns_sql, {relation.oid}).all<ColumnRow>();
  std::vector<ReflectedColumn> columns;
  bool is_counted = false;
  for (auto row = rows.begin(); row != rows.end();) {
    const auto end = std::find_if(
        row, rows.end(), [&](const ColumnRow& each) { return each.name != row->name; });
    Names labels;
    for (auto each = row; each != end; ++each)
      if (each->label) labels.push_back(*each->label);
    columns.push_back(column_of(*row, std::move(labels), schema, is_counted));
    is_counted |=
        row->primary_key != 0 && columns.back().autoincrement == Autoincrement::yes;
    row = end;
  }
  return columns;
}

struct KeyRow {
  std::string name;
  bool is_primary;
  bool is_deferrable;
  bool is_deferred;
  std::string column;
};

std::vector<KeyRow> key_rows(Connection& connection, const Relation& relation) {
  return connection.exec_driver_sql(keys_sql, {relation.oid}).all<KeyRow>();
}

/// What is said of a constraint by default is not said.
template <class Described, class Row>
void defer(Described& constraint, const Row& row) {
  if (row.is_deferrable) constraint.deferrable = true;
  if (row.is_deferred) constraint.initially = "DEFERRED";
}

ReflectedPrimaryKey primary_key_of(const std::vector<KeyRow>& rows) {
  ReflectedPrimaryKey key;
  for (const KeyRow& row : rows) {
    if (!row.is_primary) continue;
    key.name = row.name;
    key.constrained_columns.push_back(row.column);
    defer(key, row);
  }
  return key;
}

std::vector<ReflectedUniqueConstraint> unique_constraints_of(
    const std::vector<KeyRow>& rows) {
  std::vector<ReflectedUniqueConstraint> constraints;
  for (const KeyRow& row : rows) {
    if (row.is_primary) continue;
    if (constraints.empty() || constraints.back().name != row.name) {
      constraints.push_back({.name = row.name});
      defer(constraints.back(), row);
    }
    constraints.back().column_names.push_back(row.column);
  }
  return constraints;
}

/// The place behind a text in quotes that begins here.
std::size_t end_of_quoted(std::string_view sql, std::size_t begin) {
  const std::size_t end = sql.find(sql[begin], begin + 1);
  return std::min(end, sql.size() - 1) + 1;
}

/// Does the parenthesis that begins it end it?
bool is_enclosed(std::string_view sql) {
  if (!sql.starts_with('(')) return false;
  int depth = 0;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return at + 1 == sql.size();
    at = c == '\'' || c == '"' ? end_of_quoted(sql, at) : at + 1;
  }
  return false;
}

/// The place of the bracket or comma that ends an item of an array.
std::size_t end_of_item(std::string_view sql, std::size_t at) {
  int depth = 0;
  while (at < sql.size()) {
    const char c = sql[at];
    if (depth == 0 && (c == ',' || c == ']')) return at;
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    at = c == '\'' || c == '"' ? end_of_quoted(sql, at) : at + 1;
  }
  return sql.size();
}

/// `(ARRAY[a, b])::text[]` as `ARRAY[(a)::text, (b)::text]`, which is what PostgreSQL makes
/// of it when it reads it again: so that a copy is equal to what it was copied from.
std::string with_casts_inside(std::string_view sql) {
  constexpr std::string_view opening = "(ARRAY[";
  constexpr std::string_view closing = "])::";
  const std::size_t begin = sql.find(opening);
  if (begin == std::string_view::npos) return std::string(sql);
  std::vector<std::string_view> items;
  std::size_t at = begin + opening.size();
  do {
    const std::size_t end = end_of_item(sql, at);
    items.push_back(sql.substr(at, end - at));
    at = end + (sql.substr(end).starts_with(", ") ? 2 : 0);
  } while (at < sql.size() && sql[at] != ']');
  const std::size_t type = at + closing.size();
  const std::size_t brackets = sql.find("[]", std::min(type, sql.size()));
  std::string made(sql.substr(0, begin));
  if (!sql.substr(std::min(at, sql.size())).starts_with(closing) ||
      brackets == std::string_view::npos)
    return made.append(opening) + with_casts_inside(sql.substr(begin + opening.size()));
  made += "ARRAY[";
  for (const std::string_view item : items) {
    if (!made.ends_with('[')) made += ", ";
    made.append("(").append(item).append(")::");
    made += sql.substr(type, brackets - type);
  }
  return made + "]" + with_casts_inside(sql.substr(brackets + 2));
}

std::vector<ReflectedCheckConstraint> check_constraints_of(Connection& connection,
                                                           const Relation& relation) {
  std::vector<ReflectedCheckConstraint> constraints;
  for (auto& [name, sql] : connection.exec_driver_sql(checks_sql, {relation.oid})
                               .all<std::string, std::string>()) {
    sql = with_casts_inside(sql);
    if (is_enclosed(sql)) sql = sql.substr(1, sql.size() - 2);
    constraints.push_back({.name = std::move(name), .sqltext = std::move(sql)});
  }
  return constraints;
}

struct ForeignKeyRow {
  std::string name;
  std::string column;
  std::string referred_schema;
  bool is_visible;
  std::string referred_table;
  std::string referred_column;
  std::string onupdate;
  std::string ondelete;
  bool is_full;
  bool is_deferrable;
  bool is_deferred;
};

/// Empty: nothing is done, as where nothing is said.
std::string action_of(std::string_view code) {
  if (code == "r") return "RESTRICT";
  if (code == "c") return "CASCADE";
  if (code == "n") return "SET NULL";
  if (code == "d") return "SET DEFAULT";
  return {};
}

ReflectedForeignKey foreign_key_of(const ForeignKeyRow& row, std::string_view schema) {
  const bool is_told = !row.is_visible || row.referred_schema == schema;
  ReflectedForeignKey key{.name = row.name,
                          .referred_schema = is_told ? row.referred_schema : "",
                          .referred_table = row.referred_table,
                          .options = {.onupdate = action_of(row.onupdate),
                                      .ondelete = action_of(row.ondelete),
                                      .match = row.is_full ? "FULL" : ""}};
  defer(key.options, row);
  return key;
}

std::vector<ReflectedForeignKey> foreign_keys_of(Connection& connection,
                                                 const Relation& relation,
                                                 std::string_view schema) {
  std::vector<ReflectedForeignKey> keys;
  for (const ForeignKeyRow& row :
       connection.exec_driver_sql(foreign_keys_sql, {relation.oid})
           .all<ForeignKeyRow>()) {
    if (keys.empty() || keys.back().name != row.name)
      keys.push_back(foreign_key_of(row, schema));
    keys.back().constrained_columns.push_back(row.column);
    keys.back().referred_columns.push_back(row.referred_column);
  }
  return keys;
}

struct IndexRow {
  std::string name;
  bool is_unique;
  std::string method;
  std::string where;
  std::string with;
  std::string column;  // empty: an expression
  bool is_included;
  std::string sql;      // the column, or the expression
  std::string details;  // COLLATE, an operator class, DESC, NULLS FIRST
};

std::vector<ReflectedIndex> indexes_of(Connection& connection, const Relation& relation) {
  std::vector<ReflectedIndex> indexes;
  for (const IndexRow& row :
       connection.exec_driver_sql(indexes_sql, {relation.oid}).all<IndexRow>()) {
    if (indexes.empty() || indexes.back().name != row.name) {
      indexes.push_back({.name = row.name,
                         .unique = row.is_unique,
                         .where = with_casts_inside(row.where),
                         .using_ = row.method == "btree" ? "" : row.method,
                         .with = row.with});
    }
    ReflectedIndex& index = indexes.back();
    if (row.is_included) {
      index.include_columns.push_back(row.column);
      continue;
    }
    const bool is_plain = !row.column.empty() && row.details.empty();
    index.column_names.push_back(row.column);
    index.expressions.push_back(is_plain ? row.column : row.sql + row.details);
  }
  for (ReflectedIndex& index : indexes)
    if (index.expressions == index.column_names) index.expressions.clear();
  return indexes;
}

/// Answers as SQLAlchemy's dialect does.
///
/// Source: SQLAlchemy lib/sqlalchemy/dialects/postgresql/base.py, PGDialect.
/// Differs: what an index is on may be an expression, with all that is said of it; the
/// indexes of constraints are left out, instead of being marked as such; a column knows
/// the sequence of its default, where SERIAL would make another one; constraints can be
/// deferrable; has_table() finds tables and views, but no indexes and sequences.
class PostgreSQLReflector final : public Reflector {
 public:
  std::string default_schema_name(Connection& connection) const override {
    return connection.exec_driver_sql("SELECT coalesce(pg_catalog.current_schema(), '')")
        .scalar_one<std::string>();
  }

  Names schema_names(Connection& connection) const override {
    return connection
        .exec_driver_sql(
            "SELECT nspname FROM pg_catalog.pg_namespace"
            " WHERE NOT pg_catalog.starts_with(nspname, 'pg_') ORDER BY nspname")
        .scalars<std::string>();
  }

  Names table_names(Connection& connection, std::string_view schema) const override {
    return names_of(connection, schema, "rp");
  }
  Names view_names(Connection& connection, std::string_view schema) const override {
    return names_of(connection, schema, "vm");
  }
  Names foreign_table_names(Connection& connection,
                            std::string_view schema) const override {
    return names_of(connection, schema, "f");
  }

  std::vector<ReflectedSequence> sequences(Connection& connection,
                                           std::string_view schema) const override;
  std::vector<Type> enums(Connection& connection, std::string_view schema) const override;
  bool has_type(Connection& connection,
                std::string_view name,
                std::string_view schema) const override;
  std::string view_definition(Connection& connection,
                              std::string_view view,
                              std::string_view schema) const override;

  bool has_table(Connection& connection,
                 std::string_view table,
                 std::string_view schema) const override {
    return look_up(connection, table, schema).has_value();
  }

  ReflectedTable table(Connection& connection,
                       std::string_view table,
                       std::string_view schema) const override {
    Relation relation = find(connection, table, schema);
    const std::vector<KeyRow> keys = key_rows(connection, relation);
    return {.name = std::string(table),
            .columns = columns_of(connection, relation, schema),
            .primary_key = primary_key_of(keys),
            .foreign_keys = foreign_keys_of(connection, relation, schema),
            .indexes = indexes_of(connection, relation),
            .unique_constraints = unique_constraints_of(keys),
            .check_constraints = check_constraints_of(connection, relation),
            .comment = std::move(relation.comment),
            .options = relation.options()};
  }

  std::vector<ReflectedColumn> columns(Connection& connection,
                                       std::string_view table,
                                       std::string_view schema) const override {
    return columns_of(connection, find(connection, table, schema), schema);
  }

  ReflectedPrimaryKey primary_key(Connection& connection,
                                  std::string_view table,
                                  std::string_view schema) const override {
    return primary_key_of(key_rows(connection, find(connection, table, schema)));
  }

  std::vector<ReflectedForeignKey> foreign_keys(Connection& connection,
                                                std::string_view table,
                                                std::string_view schema) const override {
    return foreign_keys_of(connection, find(connection, table, schema), schema);
  }

  std::vector<ReflectedUniqueConstraint> unique_constraints(
      Connection& connection,
      std::string_view table,
      std::string_view schema) const override {
    return unique_constraints_of(key_rows(connection, find(connection, table, schema)));
  }

  std::vector<ReflectedCheckConstraint> check_constraints(
      Connection& connection,
      std::string_view table,
      std::string_view schema) const override {
    return check_constraints_of(connection, find(connection, table, schema));
  }

  std::vector<ReflectedIndex> indexes(Connection& connection,
                                      std::string_view table,
                                      std::string_view schema) const override {
    return indexes_of(connection, find(connection, table, schema));
  }

  std::string table_comment(Connection& connection,
                            std::string_view table,
                            std::string_view schema) const override {
    return find(connection, table, schema).comment;
  }

  Names table_options(Connection& connection,
                      std::string_view table,
                      std::string_view schema) const override {
    return find(connection, table, schema).options();
  }
};

std::vector<ReflectedSequence> PostgreSQLReflector::sequences(
    Connection& connection, std::string_view schema) const {
  struct Row {
    std::string name;
    std::int64_t start;
    std::int64_t increment;
    std::int64_t minvalue;
    std::int64_t maxvalue;
    std::int64_t cache;
    bool is_cycle;
  };
  std::vector<ReflectedSequence> sequences;
  for (const Row& row : connection.exec_driver_sql(sequences_sql, {schema}).all<Row>())
    sequences.push_back({.name = row.name, .options = counting(row)});
  return sequences;
}

std::vector<Type> PostgreSQLReflector::enums(Connection& connection,
                                             std::string_view schema) const {
  std::vector<std::pair<std::string, Names>> labels;
  for (auto& [name, label] : connection.exec_driver_sql(enums_sql, {schema})
                                 .all<std::string, std::optional<std::string>>()) {
    if (labels.empty() || labels.back().first != name) labels.push_back({name, {}});
    if (label) labels.back().second.push_back(*std::move(label));
  }
  std::vector<Type> enums;
  enums.reserve(labels.size());
  for (auto& [name, values] : labels)
    enums.push_back(
        Enum(std::move(name), std::move(values), {.schema = std::string(schema)}));
  return enums;
}

bool PostgreSQLReflector::has_type(Connection& connection,
                                   std::string_view name,
                                   std::string_view schema) const {
  constexpr std::string_view sql =
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_type t"
      " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
      " WHERE t.typname = $1::pg_catalog.text"
      " AND CASE WHEN $2::pg_catalog.text = '' THEN pg_catalog.pg_type_is_visible(t.oid)"
      " ELSE n.nspname = $2::pg_catalog.text END)";
  return connection.exec_driver_sql(sql, {name, schema}).scalar_one<bool>();
}

std::string PostgreSQLReflector::view_definition(Connection& connection,
                                                 std::string_view view,
                                                 std::string_view schema) const {
  constexpr std::string_view sql =
      "SELECT pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.relname = $2::pg_catalog.text AND c.relkind IN ('v', 'm')"
      " AND n.nspname = coalesce(nullif($1::pg_catalog.text, ''),"
      " pg_catalog.current_schema())";
  std::optional<std::string> found =
      connection.exec_driver_sql(sql, {schema, view}).scalar<std::string>();
  if (!found) throw_missing("view", view, schema);
  return *std::move(found);
}

}  // namespace

std::unique_ptr<const Reflector> detail::make_postgresql_reflector() {
  return std::make_unique<PostgreSQLReflector>();
}

}  // namespace hark
