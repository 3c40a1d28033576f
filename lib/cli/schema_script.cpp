// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_script.hpp"

#include <hark/error.hpp>
#include <hark/event/listen.hpp>
#include <hark/schema/ddl_compiler.hpp>
#include <hark/schema/metadata.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

#include "cli/exit.hpp"
#include "cli/lexer.hpp"
#include "schema/sort.hpp"

namespace hark::cli {
namespace {

/// What there is to say, with all the places where it is so.
class Warnings {
 public:
  void add(const std::string& what, const std::string& place) {
    const auto found = std::find_if(
        all_.begin(), all_.end(), [&](const auto& each) { return each.first == what; });
    auto& places =
        found == all_.end() ? all_.emplace_back(what, Places()).second : found->second;
    if (std::find(places.begin(), places.end(), place) == places.end())
      places.push_back(place);
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> made;
    for (const auto& [what, places] : all_)
      made.push_back(fmt::format("warning: {}: {}", what, fmt::join(places, ", ")));
    return made;
  }

 private:
  using Places = std::vector<std::string>;
  std::vector<std::pair<std::string, Places>> all_;
};

std::string place_of(const Table& table, std::string_view part) {
  return fmt::format("{}.{}", table.name(), part);
}

// -- defaults ---------------------------------------------------------------------------

std::vector<Token> tokens_of(std::string_view sql) {
  std::vector<Token> tokens;
  while (!sql.empty()) {
    const Token token = first_token(sql);
    sql.remove_prefix(token.text.size());
    if (token.kind != Token::Kind::blank && token.kind != Token::Kind::comment)
      tokens.push_back(token);
  }
  return tokens;
}

/// Is it a constant that every dialect knows?
bool is_standard(const std::vector<Token>& tokens) {
  constexpr std::array<std::string_view, 6> words{
      "null", "true", "false", "current_timestamp", "current_date", "current_time"};
  const auto is_part = [&](const Token& token) {
    if (token.kind == Token::Kind::string)  // x'00' and '\\' are not the same everywhere
      return token.text.starts_with('\'') && token.text.find('\\') == token.text.npos;
    if (token.kind == Token::Kind::number) return true;
    if (token.kind == Token::Kind::symbol)
      return token.text == "-" || token.text == "+" || token.text == "(" ||
             token.text == ")";
    return token.kind == Token::Kind::word &&
           std::find(words.begin(), words.end(), to_folded(token.text)) != words.end();
  };
  return std::all_of(tokens.begin(), tokens.end(), is_part);
}

/// `"a"`, which SQLite takes for a text, as `'a'`.
std::string as_string(std::string_view identifier) {
  std::string made = "'";
  for (std::size_t i = 1; i + 1 < identifier.size(); ++i) {
    if (identifier[i] == '"') ++i;  // it is written twice
    if (identifier[i] == '\'') made += '\'';
    made += identifier[i];
  }
  return made + "'";
}

/// For SQLite, where nothing need stand behind a column's name.
Type no_type() { return UserDefinedType(" "); }

// -- from one dialect to another --------------------------------------------------------

/// Makes of what one dialect has said what another one understands, and tells where that
/// is not the same.
class Translation {
 public:
  Translation(std::string from, std::string to)
      : from_(std::move(from)), to_(std::move(to)) {}

  bool is_needed() const noexcept { return from_ != to_; }

  /// Before it becomes a Column.
  void translate(const Table& table, ReflectedColumn& column) {
    const std::string place = place_of(table, column.name);
    translate_type(column, place);
    translate_default(column, place);
    if (column.computed) {
      foreign_sql("what a column is generated as", place);
      if (to_ == "postgresql" && !column.computed->persisted.value_or(false)) {
        column.computed->persisted = true;
        warnings_.add("postgresql has no VIRTUAL columns; they are written as STORED",
                      place);
      }
    }
  }

  /// Declares the tables to which foreign keys refer and which the database has not.
  void complete(MetaData& metadata, const Table& table) {
    for (const ForeignKeyConstraint* key : table.foreign_key_constraints()) {
      const std::string target = key->referred_table_key();
      if (metadata.find(target) == nullptr) {
        const std::size_t prefix = table.schema().empty() ? 0 : table.schema().size() + 1;
        missing_.insert(&metadata.table(target.substr(prefix),
                                        TableOptions{.schema = table.schema()}));
      }
      Table& referred = metadata[target];
      if (missing_.count(&referred) == 0) continue;
      warnings_.add("a foreign key refers to a table that is not there",
                    fmt::format("{} to {}", table.name(), target));
      for (const ForeignKey* each : key->elements()) {
        if (each->column_if_any() != nullptr) continue;
        const std::string column = each->target_fullname().substr(target.size() + 1);
        referred.append_column(Column(column, Integer()));
      }
    }
  }

  /// What cannot be changed, and is the same only perhaps.
  void check(const Table& table) {
    for (const auto& constraint : table.constraints()) {
      if (dynamic_cast<const CheckConstraint*>(constraint.get()) != nullptr)
        foreign_sql("a CHECK", std::string(table.name()));
      if (to_ == "mysql" && constraint->deferrable())
        warnings_.add("mysql has no DEFERRABLE, which is written as it is",
                      std::string(table.name()));
      if (const auto* columns =
              dynamic_cast<const ColumnCollectionConstraint*>(constraint.get()))
        check_key(table, columns->columns());
    }
    for (const auto& index : table.indexes()) check(table, *index);
  }

  bool is_left_out(const Index& index) const {
    return to_ == "mysql" && !index.options().where.empty();
  }

  void leave_out(const ViewSnapshot& view) {
    warnings_.add(fmt::format("views are SQL of {}, and left out", from_), view.name);
  }

  void warn(const std::string& what, const std::string& place) {
    warnings_.add(what, place);
  }

  std::vector<std::string> warnings() const { return warnings_.lines(); }

 private:
  void foreign_sql(std::string_view what, const std::string& place) {
    warnings_.add(fmt::format("{} is SQL of {}, and written as it is", what, from_),
                  place);
  }

  void translate_type(ReflectedColumn& column, const std::string& place) {
    const bool is_typeless =
        column.type.kind() == Type::Kind::user_defined && column.type.spelling().empty();
    const Type given = is_typeless ? Type() : column.type;
    if (given.kind() == Type::Kind::user_defined) {
      warnings_.add(fmt::format("a type of {} is written as it is", from_), place);
      return;
    }
    column.type = given.as_generic().collated({});
    if (!given.collation().empty())
      warnings_.add(fmt::format("a COLLATE is {}'s own, and left out", from_), place);
    if (given.kind() == Type::Kind::null) {
      const bool is_bytes = !given.spelling().empty();
      warnings_.add(fmt::format("a column without a type that is known is written as {}",
                                is_bytes ? "bytes" : "TEXT"),
                    place);
      column.type = is_bytes ? Type(LargeBinary()) : Type(Text());
    }
    // SQLite takes what it does not know for a number.
    if (given.kind() == Type::Kind::numeric && given.spelling() != "NUMERIC" &&
        given.spelling() != "DECIMAL")
      warnings_.add("a type that is not known is written as NUMERIC",
                    fmt::format("{} {}", place, given.spelling()));
    if (to_ == "mysql" && given.kind() == Type::Kind::string && !given.length()) {
      warnings_.add("mysql has no VARCHAR without a length; it is written as TEXT",
                    place);
      column.type = Text();
    }
  }

  void translate_default(ReflectedColumn& column, const std::string& place) {
    if (!column.default_) return;
    const std::vector<Token> tokens = tokens_of(*column.default_);
    const bool is_one = tokens.size() == 1;
    if (from_ == "sqlite" && is_one && tokens[0].kind == Token::Kind::identifier &&
        tokens[0].text.starts_with('"')) {
      column.default_ = as_string(tokens[0].text);
    } else if (to_ == "postgresql" && is_one &&
               column.type.kind() == Type::Kind::boolean &&
               (tokens[0].text == "0" || tokens[0].text == "1")) {
      column.default_ = tokens[0].text == "1" ? "true" : "false";
    } else if (!is_standard(tokens)) {
      foreign_sql("a DEFAULT", place);
    }
  }

  void check(const Table& table, const Index& index) {
    const std::string place = place_of(table, index.name());
    if (is_left_out(index)) {
      warnings_.add("mysql has no indexes of some rows; they are left out", place);
      return;
    }
    const auto& elements = index.elements();
    const bool has_sql = std::any_of(
        elements.begin(), elements.end(), [](const auto& e) { return e.is_sql; });
    if (has_sql || !index.options().where.empty()) foreign_sql("an index", place);
    check_key(table, index.columns());
  }

  void check_key(const Table& table, const std::vector<Column*>& columns) {
    if (to_ != "mysql") return;
    for (const Column* column : columns) {
      const Type::Kind kind = column->type().kind();
      if (kind == Type::Kind::text || kind == Type::Kind::large_binary)
        warnings_.add("mysql has no keys and indexes of TEXT and BLOB; give it a length",
                      place_of(table, column->name()));
    }
  }

  const std::string from_;
  const std::string to_;
  Warnings warnings_;
  std::set<const Table*> missing_;
};

// -- the text ---------------------------------------------------------------------------

class ScriptWriter {
 public:
  ScriptWriter(const DDLCompiler& compiler, const Translation& translation)
      : compiler_(compiler), translation_(translation) {}

  /// The statements of create_all, in their order.
  void write(const std::vector<Table*>& tables) {
    const detail::SortedTables sorted = detail::sort_tables_and_constraints(tables);
    for (const auto& entry : sorted.tables) write(*entry.table, entry.inline_keys);
    if (!compiler_.supports_alter()) return;
    for (const auto* key : sorted.remaining) add(compiler_.add_constraint(*key));
  }

  void write(const ViewSnapshot& view) {
    const bool is_statement = to_folded(view.definition).starts_with("create");
    add(is_statement
            ? view.definition
            : fmt::format(
                  "CREATE VIEW {} AS {}", compiler_.quoted(view.name), view.definition));
  }

  std::string take() { return std::move(text_); }

 private:
  void write(const Table& table, const std::vector<const ForeignKeyConstraint*>& keys) {
    add(compiler_.create_table(table, {}, compiler_.supports_alter() ? &keys : nullptr));
    for (const auto& index : table.indexes())
      if (!translation_.is_left_out(*index)) add(compiler_.create_index(*index, {}));
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
  const Translation& translation_;
  std::string text_;
};

/// Declares the tables, and says what has to be said of them in the other dialect.
std::vector<Table*> reflected(MetaData& metadata,
                              SchemaSource& source,
                              const std::vector<std::string>& names,
                              Translation& translation) {
  const std::set<std::string_view> written(names.begin(), names.end());
  const auto subscription = event::listen(
      metadata, "column_reflect", [&](Inspector&, Table& table, ReflectedColumn& column) {
        if (written.count(table.name()) == 0) return;
        if (translation.is_needed()) {
          translation.translate(table, column);
        } else if (column.type == Type()) {
          column.type = no_type();
        }
      });
  source.reflect(metadata, names);
  std::vector<Table*> tables;
  tables.reserve(names.size());
  for (const std::string& name : names) tables.push_back(&metadata[source.key_of(name)]);
  for (const Table* table : tables) translation.complete(metadata, *table);
  if (translation.is_needed())
    for (const Table* table : tables) translation.check(*table);
  return tables;
}

/// Of what belongs to these tables; of all, where all tables are written.
void warn_of_omissions(SchemaSource& source,
                       const std::vector<std::string>& tables,
                       Translation& translation) {
  const bool is_all = tables.size() == source.tables().size();
  if (tables.empty() && !is_all) return;
  const SchemaSnapshot there =
      source.snapshot(is_all ? std::vector<std::string>() : tables);
  for (const TableSnapshot& table : there.tables)
    for (const std::string& option : table.options)
      translation.warn(option + " is left out", table.name);
  for (const VirtualTableSnapshot& table : there.virtual_tables)
    translation.warn("a virtual table is left out", table.name);
  for (const TriggerSnapshot& trigger : there.triggers)
    translation.warn("a trigger is left out", trigger.name);
}

}  // namespace

SchemaScript schema_script(SchemaSource& source,
                           const std::vector<std::string>& tables,
                           const std::vector<ViewSnapshot>& views,
                           const std::string& dialect) {
  MetaData metadata;
  Translation translation(source.dialect(), dialect);
  ScriptWriter writer(ddl_compiler(dialect), translation);
  try {
    writer.write(reflected(metadata, source, tables, translation));
    for (const ViewSnapshot& view : views)
      translation.is_needed() ? translation.leave_out(view) : writer.write(view);
  } catch (const Error& error) {
    throw Failure(ExitCode::failed, fmt::format("{}: {}", dialect, error.what()));
  }
  warn_of_omissions(source, tables, translation);
  return {writer.take(), translation.warnings()};
}

}  // namespace hark::cli
