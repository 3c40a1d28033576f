// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_script.hpp"

#include <hark/error.hpp>
#include <hark/schema/ddl_compiler.hpp>
#include <hark/schema/metadata.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "audit/lexer.hpp"
#include "cli/schema_diff.hpp"
#include "cli/schema_translation.hpp"
#include "schema/sort.hpp"

namespace hark::cli {
namespace {

using audit::to_folded;

/// SQL as the database has it, in which nothing is escaped as in text().
template <class Declared>
Declared as_sql(std::string sql) {
  Declared declared(std::move(sql));
  declared.is_sql = true;
  return declared;
}

/// Null: there is none of that name.
template <class Item>
const Item* find(const std::vector<Item>& items, const std::string& name) {
  const auto found = std::find_if(
      items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

// -- declaring --------------------------------------------------------------------------

/// `checks`: of all its table.
Column declared(const ReflectedColumn& column,
                const std::vector<ReflectedCheckConstraint>& checks) {
  ColumnOptions options{.nullable = column.nullable,
                        .autoincrement = column.autoincrement,
                        .comment = column.comment,
                        .quote = column.quote};
  if (column.default_) options.server_default = as_sql<ServerDefault>(*column.default_);
  const auto made = [&](auto&&... generated) -> Column {
    const auto check = std::find_if(checks.begin(), checks.end(), [&](const auto& each) {
      return each.column == column.name;
    });
    if (check == checks.end())
      return {column.name, column.type, std::move(options), std::move(generated)...};
    return {column.name,
            column.type,
            std::move(options),
            std::move(generated)...,
            CheckConstraint(check->sqltext, {.name = check->name})};
  };
  if (column.computed)
    return made(Computed(column.computed->sqltext, column.computed->persisted));
  if (column.identity) return made(Identity(*column.identity));
  if (column.sequence)
    return made(Sequence(
        column.sequence->name, column.sequence->options, column.sequence->schema));
  return made();
}

Index declared(const ReflectedIndex& index, bool is_of_postgresql) {
  std::vector<IndexElement> elements;
  for (std::size_t i = 0; i < index.column_names.size(); ++i) {
    const std::string& column = index.column_names[i];
    const bool is_sql = i < index.expressions.size() && index.expressions[i] != column;
    elements.push_back(is_sql ? as_sql<IndexElement>(index.expressions[i])
                              : IndexElement(column));
  }
  return {index.name,
          std::move(elements),
          {.unique = index.unique,
           .where = index.where,
           .postgresql_using = is_of_postgresql ? index.using_ : "",
           .postgresql_include = index.include_columns,
           .postgresql_with = index.with,
           .mysql_using = is_of_postgresql ? "" : index.using_,
           .mysql_prefix = index.prefix,
           .mysql_with_parser = index.parser}};
}

template <class Key>
ConstraintOptions options_of(const Key& key) {
  return {.name = key.name, .deferrable = key.deferrable, .initially = key.initially};
}

/// What stands behind PARTITION BY; empty: nothing.
std::string partition_by(const std::vector<std::string>& options) {
  constexpr std::string_view words = "PARTITION BY ";
  for (const std::string& option : options)
    if (option.starts_with(words)) return option.substr(words.size());
  return {};
}

/// Declares tables as a snapshot has them. What cannot be said is left out with a warning,
/// and the rest goes on.
class Declaration {
 public:
  Declaration(const SchemaSnapshot& there,
              std::string schema,
              std::string dialect,
              Warnings& warnings)
      : there_(there),
        schema_(std::move(schema)),
        dialect_(std::move(dialect)),
        warnings_(warnings) {}

  /// Those that could be declared, in their order.
  std::vector<Table*> declare(const std::vector<TableSnapshot>& tables) {
    std::vector<std::pair<Table*, const TableSnapshot*>> made;
    for (const TableSnapshot& table : tables) {
      wanted_.insert(table.name);
      warnings_.attempt(
          "a table", table.name, [&] { made.emplace_back(&declare(table), &table); });
    }
    std::vector<Table*> all;
    for (const auto& [table, snapshot] : made) {
      complete(*table, *snapshot);
      all.push_back(table);
    }
    return all;
  }

 private:
  Table& declare(const TableSnapshot& table) {
    std::vector<TableItem> items;
    for (const ReflectedColumn& column : table.columns)
      items.emplace_back(declared(column, table.check_constraints));
    const ReflectedPrimaryKey& key = table.primary_key;
    if (!key.constrained_columns.empty())
      items.emplace_back(PrimaryKeyConstraint(key.constrained_columns, options_of(key)));
    TableOptions options{.schema = schema_, .comment = table.comment};
    if (is_mysql(dialect_)) options.mysql_options = table.mysql_options;
    if (dialect_ == "postgresql")
      options.postgresql_partition_by = partition_by(table.mysql_options);
    return metadata_.table(table.name, std::move(options), std::move(items));
  }

  void complete(Table& table, const TableSnapshot& snapshot) {
    for (const ReflectedForeignKey& key : snapshot.foreign_keys)
      warnings_.attempt("a foreign key", snapshot.name, [&] { refer(table, key); });
    for (const ReflectedIndex& index : snapshot.indexes)
      warnings_.attempt("an index", snapshot.name + "." + index.name, [&] {
        table.append(declared(index, dialect_ == "postgresql"));
      });
    for (const ReflectedUniqueConstraint& unique : snapshot.unique_constraints)
      warnings_.attempt("a UNIQUE", snapshot.name, [&] {
        table.append(UniqueConstraint(unique.column_names, options_of(unique)));
      });
    for (const ReflectedCheckConstraint& check : snapshot.check_constraints)
      if (check.column.empty())
        warnings_.attempt("a CHECK", snapshot.name, [&] {
          table.append(CheckConstraint(check.sqltext, {.name = check.name}));
        });
  }

  void refer(Table& table, ReflectedForeignKey key) {
    if (!can_refer(table, key)) return;
    Table& referred = declared_or_known(key);
    std::vector<std::string> targets;
    for (const std::string& column : key.referred_columns)
      targets.push_back(referred.key() + "." + column);
    key.options.name = key.name;
    table.append(
        ForeignKeyConstraint(key.constrained_columns, std::move(targets), key.options));
  }

  /// Is there what it refers to? Warns where not.
  bool can_refer(const Table& table, const ReflectedForeignKey& key) {
    const std::string place = fmt::format("{} to {}", table.name(), key.referred_table);
    if (key.referred_schema != schema_) {
      const bool is_kept = dialect_ == there_.dialect;
      warnings_.add(fmt::format("a foreign key refers to a table of another schema{}",
                                is_kept ? "" : ", and is left out"),
                    place);
      return is_kept;
    }
    const TableSnapshot* const referred = find(there_.tables, key.referred_table);
    if (referred == nullptr) {
      const bool is_kept = dialect_ == there_.dialect;  // it allowed it once
      warnings_.add(fmt::format("a foreign key refers to a table that is not there{}",
                                is_kept ? "" : ", and is left out"),
                    place);
      return is_kept;
    }
    for (const std::string& name : key.referred_columns) {
      if (find(referred->columns, name) != nullptr) continue;
      warnings_.add("a foreign key refers to a column that is not there, and is left out",
                    fmt::format("{}.{}", place, name));
      return false;
    }
    const bool is_left_out =
        wanted_.count(referred->name) != 0 && metadata_.find(key_of(key)) == nullptr;
    if (is_left_out)
      warnings_.add("a foreign key to a table that is left out is left out, too", place);
    return !is_left_out;
  }

  static std::string key_of(const ReflectedForeignKey& key) {
    return key.referred_schema.empty() ? key.referred_table
                                       : key.referred_schema + "." + key.referred_table;
  }

  /// What is not written is known by the columns that are referred to.
  Table& declared_or_known(const ReflectedForeignKey& key) {
    Table* known = metadata_.find(key_of(key));
    if (known == nullptr)
      known = &metadata_.table(key.referred_table,
                               TableOptions{.schema = key.referred_schema});
    for (const std::string& column : key.referred_columns)
      if (known->find(column) == nullptr) known->append_column(Column(column, Integer()));
    return *known;
  }

  const SchemaSnapshot& there_;
  const std::string schema_;
  const std::string dialect_;
  Warnings& warnings_;
  MetaData metadata_;
  std::set<std::string> wanted_;
};

// -- the text ---------------------------------------------------------------------------

class ScriptWriter {
 public:
  ScriptWriter(const DDLCompiler& compiler, Warnings& warnings)
      : compiler_(compiler), warnings_(warnings) {}

  /// The statements of create_all, in their order.
  void write(const std::vector<Table*>& tables) {
    for (const Table* table : tables) write_before(*table);
    const detail::SortedTables sorted = detail::sort_tables_and_constraints(tables);
    for (const auto& entry : sorted.tables) write(*entry.table, entry.inline_keys);
    if (!compiler_.supports_alter()) return;
    for (const auto* key : sorted.remaining)
      if (written_.count(key->table()) != 0)
        warnings_.attempt("a foreign key", std::string(key->table()->name()), [&] {
          add(compiler_.add_constraint(*key));
        });
  }

  void write(const ReflectedSequence& sequence) {
    write(Sequence(sequence.name, sequence.options, sequence.schema));
  }

  void write(const Type& type) {
    const std::string key = type.enum_options().schema + "." + type.name();
    if (!compiler_.creates_enum_types() || !types_.insert(key).second) return;
    warnings_.attempt(
        "a type", type.name(), [&] { add(compiler_.create_enum_type(type)); });
  }

  void write(const TableAddition& addition) { add(addition.statement); }

  void write(const ViewSnapshot& view) {
    const bool is_statement = to_folded(view.definition).starts_with("create");
    add(is_statement
            ? view.definition
            : fmt::format(
                  "CREATE VIEW {} AS {}", compiler_.quoted(view.name), view.definition));
  }

  std::string take() { return std::move(text_); }

 private:
  void write(const Sequence& sequence) {
    const std::string name(sequence.name());
    if (!sequences_.insert(sequence.schema() + "." + name).second) return;
    warnings_.attempt(
        "a sequence", name, [&] { add(compiler_.create_sequence(sequence, {})); });
  }

  /// What has to be there before a table.
  void write_before(const Table& table) {
    for (const auto& column : table.columns()) {
      const Type& type = column->type().item_type();
      if (type.kind() == Type::Kind::enum_) write(type);
      if (column->sequence() != nullptr) write(*column->sequence());
    }
  }

  void write(const Table& table, const std::vector<const ForeignKeyConstraint*>& keys) {
    const std::string name(table.name());
    warnings_.attempt("a table", name, [&] {
      add(compiler_.create_table(
          table, {}, compiler_.supports_alter() ? &keys : nullptr));
      written_.insert(&table);
    });
    if (written_.count(&table) == 0) return;
    for (const auto& index : table.indexes())
      warnings_.attempt("an index", fmt::format("{}.{}", name, index->name()), [&] {
        add(compiler_.create_index(*index, {}));
      });
    if (!compiler_.supports_comments() || compiler_.inline_comments()) return;
    if (!table.comment().empty()) add(compiler_.set_table_comment(table));
    for (const auto& column : table.columns())
      if (!column->comment().empty()) add(compiler_.set_column_comment(*column));
  }

  void add(std::string_view statement) {
    constexpr std::string_view blanks = " \n\t";
    statement.remove_prefix(
        std::min(statement.find_first_not_of(blanks), statement.size()));
    statement = statement.substr(0, statement.find_last_not_of(blanks) + 1);
    if (!text_.empty()) text_ += '\n';
    text_ += statement;
    // A comment would swallow what stands behind it.
    const std::string_view last_line = statement.substr(statement.rfind('\n') + 1);
    text_ += last_line.find("--") == std::string_view::npos ? ";\n" : "\n;\n";
  }

  const DDLCompiler& compiler_;
  Warnings& warnings_;
  std::set<const Table*> written_;
  std::set<std::string> types_;  // with their schemas, as sequences
  std::set<std::string> sequences_;
  std::string text_;
};

/// In the order of the names.
std::vector<TableSnapshot> chosen(const SchemaSnapshot& there,
                                  const std::vector<std::string>& names) {
  std::vector<TableSnapshot> tables;
  for (const std::string& name : names)
    if (const TableSnapshot* const table = find(there.tables, name))
      tables.push_back(*table);
  return tables;
}

/// Of what belongs to these tables; of all, where all are written.
void warn_of_omissions(const SchemaSnapshot& there,
                       const std::vector<TableSnapshot>& tables,
                       bool is_all,
                       Warnings& warnings) {
  for (const TableSnapshot& table : tables)
    for (const std::string& option : table.options)
      warnings.add(option + " is left out", table.name);
  if (is_all)
    for (const VirtualTableSnapshot& table : there.virtual_tables)
      warnings.add(fmt::format("a {} table is left out",
                               there.dialect == "postgresql" ? "foreign" : "virtual"),
                   table.name);
  for (const TriggerSnapshot& trigger : there.triggers)
    if (is_all || find(tables, trigger.table) != nullptr)
      warnings.add("a trigger is left out", trigger.name);
}

/// The words of a view's definition that may be names, in small letters.
std::set<std::string> names_in(const ViewSnapshot& view) {
  std::set<std::string> names;
  for (const std::string& word : words_of(view.definition)) {
    const bool is_quoted = word.size() > 1 && (word[0] == '`' || word[0] == '"');
    names.insert(to_folded(is_quoted ? word.substr(1, word.size() - 2) : word));
  }
  return names;
}

/// Each view behind those of which it speaks, as far as they do not speak of one another.
std::vector<ViewSnapshot> in_order(const std::vector<ViewSnapshot>& views) {
  std::map<std::string, const ViewSnapshot*> waiting;
  for (const ViewSnapshot& view : views) waiting.emplace(to_folded(view.name), &view);
  std::vector<ViewSnapshot> ordered;
  const auto place = [&](const auto& self, const ViewSnapshot& view) -> void {
    if (waiting.erase(to_folded(view.name)) == 0) return;
    for (const std::string& name : names_in(view))
      if (const auto found = waiting.find(name); found != waiting.end())
        self(self, *found->second);
    ordered.push_back(view);
  };
  for (const ViewSnapshot& view : views) place(place, view);
  return ordered;
}

}  // namespace

SchemaScript schema_script(SchemaSource& source,
                           const std::vector<std::string>& tables,
                           const std::string& dialect) {
  const SchemaSnapshot there = source.snapshot({});
  const bool is_all = tables.empty();
  std::vector<TableSnapshot> written = is_all ? there.tables : chosen(there, tables);
  Warnings warnings;
  Translation translation(there, dialect, warnings);
  if (translation.is_needed())
    for (TableSnapshot& table : written) translation.translate(table);
  ScriptWriter writer(ddl_compiler(dialect), warnings);
  Declaration declaration(there, source.schema(), dialect, warnings);
  if (is_all && !translation.is_needed())
    for (const Type& type : there.enums) writer.write(type);
  if (is_all)
    for (const ReflectedSequence& sequence : there.sequences)
      translation.is_needed() ? warnings.add("a sequence is left out", sequence.name)
                              : writer.write(sequence);
  writer.write(declaration.declare(written));
  for (const TableSnapshot& table : written)
    for (const TableAddition& addition : table.additions) writer.write(addition);
  if (is_all)
    for (const ViewSnapshot& view : in_order(there.views))
      translation.is_needed()
          ? warnings.add(fmt::format("views are SQL of {}, and left out", there.dialect),
                         view.name)
          : writer.write(view);
  warn_of_omissions(there, written, is_all, warnings);
  return {writer.take(), warnings.lines()};
}

}  // namespace hark::cli
