// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>
#include <hark/schema/inspector.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/access.hpp"
#include "schema/table_builder.hpp"

namespace hark {
namespace {

using detail::SchemaAccess;
using detail::TableBuilder;
using Items = std::vector<std::unique_ptr<SchemaItem>>;

/// What becomes of the tables that foreign keys refer to.
enum class Referred {
  left,
  reflected,
  reflected_if_there,  ///< the others are left
};

std::string key_of(const std::string& schema, const std::string& name) {
  return schema.empty() ? name : schema + "." + name;
}

/// By its name; its key, if it is declared.
std::string key_of(const Table* table, const std::string& column) {
  if (table == nullptr) return column;
  const auto& columns = table->columns();
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& each) {
    return each->name() == column;
  });
  return found == columns.end() ? column : (*found)->key();
}

/// SQL as the database has it, in which nothing is escaped as in text().
template <class Declared>
Declared as_sql(std::string sql) {
  Declared declared(std::move(sql));
  declared.is_sql = true;
  return declared;
}

std::unique_ptr<Column> column_of(ReflectedColumn&& described) {
  ColumnOptions options{.key = std::move(described.key),
                        .nullable = described.nullable,
                        .autoincrement = described.autoincrement,
                        .comment = std::move(described.comment),
                        .quote = described.quote};
  if (described.default_)
    options.server_default = as_sql<ServerDefault>(*std::move(described.default_));
  const auto made = [&](auto&&... generated) {
    return SchemaAccess::make<Column>(std::move(described.name),
                                      std::move(described.type),
                                      std::move(options),
                                      std::move(generated)...);
  };
  if (described.computed) {
    return made(
        Computed(std::move(described.computed->sqltext), described.computed->persisted));
  }
  if (described.identity) return made(Identity(*described.identity));
  return made();
}

/// Declares tables as a database has them.
///
/// Source: SQLAlchemy lib/sqlalchemy/engine/reflection.py, Inspector.reflect_table.
class Reflection {
 public:
  Reflection(MetaData& metadata, Connection& bind, Referred referred)
      : metadata_(metadata), inspector_(bind), referred_(referred) {}

  Inspector& inspector() noexcept { return inspector_; }

  /// One that is declared already is returned as it is.
  Table& declare(std::string name, const std::string& schema, Items overrides);

 private:
  class Steps;

  /// Null: it is not declared, and is not to be.
  const Table* referred_table(const ReflectedForeignKey& key) {
    const std::string& name = key.referred_table;
    if (referred_ == Referred::left)
      return metadata_.find(key_of(key.referred_schema, name));
    if (referred_ == Referred::reflected_if_there && !is_there(key)) return nullptr;
    return &declare(name, key.referred_schema, {});
  }
  bool is_there(const ReflectedForeignKey& key) {
    return metadata_.find(key_of(key.referred_schema, key.referred_table)) != nullptr ||
           inspector_.has_table(key.referred_table, key.referred_schema);
  }

  MetaData& metadata_;
  Inspector inspector_;
  Referred referred_;
};

/// The steps of one table.
class Reflection::Steps {
 public:
  Steps(Reflection& reflection, TableBuilder& builder)
      : reflection_(reflection), builder_(builder), table_(builder.table()) {}

  void reflect() {
    for (ReflectedColumn& column : inspector().get_columns(table_.name(), schema()))
      add_column(std::move(column));
    const ReflectedPrimaryKey primary_key =
        inspector().get_pk_constraint(table_.name(), schema());
    builder_.reload_primary_key(keys_of(primary_key.constrained_columns),
                                primary_key.name);
    for (ReflectedForeignKey& key : inspector().get_foreign_keys(table_.name(), schema()))
      add_foreign_key(std::move(key));
    for (ReflectedIndex& index : inspector().get_indexes(table_.name(), schema()))
      add_index(std::move(index));
    for (const auto& unique :
         inspector().get_unique_constraints(table_.name(), schema())) {
      builder_.attach(SchemaAccess::make<UniqueConstraint>(
          keys_of(unique.column_names), ConstraintOptions{.name = unique.name}));
    }
    for (const auto& check : inspector().get_check_constraints(table_.name(), schema())) {
      builder_.attach(SchemaAccess::make<CheckConstraint>(
          check.sqltext, ConstraintOptions{.name = check.name}));
    }
    builder_.set_comment(inspector().get_table_comment(table_.name(), schema()));
  }

 private:
  Inspector& inspector() noexcept { return reflection_.inspector_; }
  const std::string& schema() const noexcept { return table_.schema(); }

  void add_column(ReflectedColumn&& described) {
    const std::string name = described.name;
    SchemaAccess::emit<DDLEvents::column_reflect>(
        reflection_.metadata_, inspector(), table_, described);
    SchemaAccess::emit<DDLEvents::column_reflect>(table_, inspector(), table_, described);
    std::unique_ptr<Column> column = column_of(std::move(described));
    keys_[name] = column->key();
    builder_.attach(std::move(column), true);
  }

  void add_foreign_key(ReflectedForeignKey&& described) {
    const Table* const referred = reflection_.referred_table(described);
    const std::string prefix =
        key_of(described.referred_schema, described.referred_table) + ".";
    std::vector<std::string> targets;
    for (const std::string& column : described.referred_columns)
      targets.push_back(prefix + key_of(referred, column));
    described.options.name = std::move(described.name);
    builder_.attach(
        SchemaAccess::make<ForeignKeyConstraint>(keys_of(described.constrained_columns),
                                                 std::move(targets),
                                                 std::move(described.options)));
  }

  void add_index(ReflectedIndex&& described) {
    std::vector<IndexElement> elements;
    for (std::size_t i = 0; i < described.column_names.size(); ++i) {
      const std::string& column = described.column_names[i];
      const bool is_sql =
          i < described.expressions.size() && described.expressions[i] != column;
      elements.push_back(is_sql ? as_sql<IndexElement>(described.expressions[i])
                                : IndexElement(key_of_reflected(column)));
    }
    builder_.attach(SchemaAccess::make<Index>(
        std::move(described.name),
        std::move(elements),
        IndexOptions{.unique = described.unique, .where = std::move(described.where)}));
  }

  /// What a listener has made of the name that the database has.
  std::string key_of_reflected(const std::string& column) const {
    const auto found = keys_.find(column);
    return found == keys_.end() ? column : found->second;
  }
  std::vector<std::string> keys_of(const std::vector<std::string>& columns) const {
    std::vector<std::string> keys;
    keys.reserve(columns.size());
    for (const std::string& column : columns) keys.push_back(key_of_reflected(column));
    return keys;
  }

  Reflection& reflection_;
  TableBuilder& builder_;
  Table& table_;
  std::map<std::string, std::string> keys_;  // of columns, by their names in the database
};

/// Null: it is not declared.
///
/// Throws: InvalidRequestError when it is, and should have other columns.
Table* declared(const MetaData& metadata,
                const std::string& key,
                const Items& overrides) {
  Table* const there = metadata.find(key);
  if (there == nullptr || overrides.empty()) return there;
  throw InvalidRequestError("table '" + key +
                            "' is declared already in this MetaData; to reflect it with "
                            "other columns, remove it first");
}

Table& Reflection::declare(std::string name, const std::string& schema, Items overrides) {
  if (Table* const there = declared(metadata_, key_of(schema, name), overrides))
    return *there;
  TableBuilder builder(metadata_, std::move(name), {.schema = schema}, overrides);
  Steps(*this, builder).reflect();
  for (auto& item : overrides) builder.attach(std::move(item), true);
  return builder.finish();
}

[[noreturn]] void throw_missing(const std::vector<std::string>& names,
                                const std::string& schema) {
  std::string message = "the database has no table ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) message += ", ";
    message += "'" + names[i] + "'";
  }
  if (!schema.empty()) message += " in schema '" + schema + "'";
  throw InvalidRequestError(message + " that could be reflected");
}

/// Those of the database that are to be reflected.
///
/// Throws: InvalidRequestError.
std::vector<std::string> chosen(Inspector& inspector,
                                const ReflectOptions& options,
                                const std::string& schema) {
  std::vector<std::string> names = inspector.get_table_names(schema);
  if (options.views) {
    for (std::string& view : inspector.get_view_names(schema))
      names.push_back(std::move(view));
  }
  if (!options.only.empty()) {
    std::vector<std::string> missing;
    for (const std::string& wanted : options.only) {
      if (std::find(names.begin(), names.end(), wanted) == names.end())
        missing.push_back(wanted);
    }
    if (!missing.empty()) throw_missing(missing, schema);
    names = options.only;
  }
  if (options.filter) {
    std::erase_if(names, [&](const std::string& name) { return !options.filter(name); });
  }
  return names;
}

bool is_view(Inspector& inspector, const std::string& name, const std::string& schema) {
  const std::vector<std::string> views = inspector.get_view_names(schema);
  return std::find(views.begin(), views.end(), name) != views.end();
}

}  // namespace

Table& MetaData::reflect_given(std::string name,
                               std::string schema,
                               Engine& bind,
                               Items overrides) {
  if (schema.empty()) schema = options_.schema;
  if (Table* const there = declared(*this, key_of(schema, name), overrides))
    return *there;
  Inspector asked(bind);  // its connection is told of, as with SQLAlchemy
  Connection connection(bind);
  Table& made =
      reflect_given(std::move(name), std::move(schema), connection, std::move(overrides));
  connection.close();
  return made;
}

Table& MetaData::reflect_given(std::string name,
                               std::string schema,
                               Connection& bind,
                               Items overrides) {
  if (schema.empty()) schema = options_.schema;
  return Reflection(*this, bind, Referred::reflected)
      .declare(std::move(name), schema, std::move(overrides));
}

void MetaData::reflect(Engine& bind, const ReflectOptions& options) {
  Inspector asked(bind);
  Connection connection(bind);
  reflect(connection, options);
  connection.close();
}

void MetaData::reflect(Connection& bind, const ReflectOptions& options) {
  const std::string& schema = options.schema.empty() ? options_.schema : options.schema;
  Reflection reflection(
      *this, bind, options.resolve_fks ? Referred::reflected_if_there : Referred::left);
  for (const std::string& name : chosen(reflection.inspector(), options, schema)) {
    try {
      reflection.declare(name, schema, {});
    } catch (const NoSuchTableError&) {
      // Somebody has dropped it meanwhile.
    } catch (const OperationalError& error) {
      if (error.is_disconnect() || !is_view(reflection.inspector(), name, schema)) throw;
      // It selects from what is not there.
    }
  }
}

}  // namespace hark
