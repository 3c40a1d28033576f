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
#include <optional>
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
  if (described.sequence) {
    ReflectedSequence& counter = *described.sequence;
    return made(
        Sequence(std::move(counter.name), counter.options, std::move(counter.schema)));
  }
  return made();
}

template <class Described>
ConstraintOptions options_of(const Described& described) {
  return {.name = described.name,
          .deferrable = described.deferrable,
          .initially = described.initially};
}

/// What stands behind PARTITION BY; empty: nothing.
std::string partition_by(const std::vector<std::string>& options) {
  constexpr std::string_view words = "PARTITION BY ";
  for (const std::string& option : options)
    if (option.starts_with(words)) return option.substr(words.size());
  return {};
}

bool has_one_twice(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

/// A table that is there, and the schema in which it was found.
struct Found {
  ReflectedTable described;
  std::string schema;
};

/// Declares tables as a database has them: all of them, or none.
///
/// Source: SQLAlchemy lib/sqlalchemy/engine/reflection.py, Inspector.reflect_table.
class Reflection {
 public:
  Reflection(MetaData& metadata, Connection& bind, Referred referred)
      : metadata_(metadata),
        inspector_(bind),
        referred_(referred),
        is_postgresql_(bind.engine().dialect().name() == "postgresql") {}
  Reflection(const Reflection&) = delete;
  Reflection& operator=(const Reflection&) = delete;
  ~Reflection();

  Inspector& inspector() noexcept { return inspector_; }

  /// Empty: somebody has dropped it meanwhile, or it selects from what is not there.
  std::optional<Found> find(const std::string& name, const std::string& schema);

  /// Throws: NoSuchTableError.
  Found find_given(const std::string& name, const std::string& schema);

  /// One that is declared already is returned as it is.
  Table& declare(Found found, Items overrides);

  /// Without it, what was declared is taken back.
  void keep() noexcept { declared_.clear(); }

 private:
  class Steps;

  /// That a table comes is told before it is known not to be there, as with SQLAlchemy.
  void tell_of_missing(const std::string& name, const std::string& schema) {
    const TableBuilder told(metadata_, name, {.schema = schema});
  }

  /// What is to be reflected before the foreign key is attached.
  std::optional<Found> wanted(const Table& referrer, const ReflectedForeignKey& key);

  MetaData& metadata_;
  Inspector inspector_;
  Referred referred_;
  bool is_postgresql_;
  std::vector<std::string> declared_;  // keys
};

/// The steps of one table.
class Reflection::Steps {
 public:
  Steps(Reflection& reflection, Found&& found, Items overrides)
      : reflection_(reflection),
        described_(std::move(found.described)),
        overrides_(std::move(overrides)),
        builder_(reflection.metadata_,
                 described_.name,
                 {.schema = std::move(found.schema),
                  .mysql_options = reflection.is_postgresql_ ? std::vector<std::string>()
                                                             : described_.options,
                  .postgresql_partition_by = partition_by(described_.options)},
                 overrides_),
        table_(builder_.table()) {
    for (ReflectedColumn& column : described_.columns) add_column(std::move(column));
    const ReflectedPrimaryKey& primary = described_.primary_key;
    builder_.reload_primary_key(keys_of(primary.constrained_columns),
                                options_of(primary));
    // No ForeignKeyConstraint can say that; SQLite can.
    std::erase_if(described_.foreign_keys, [this](const ReflectedForeignKey& key) {
      return has_one_twice(keys_of(key.constrained_columns));
    });
  }

  /// Attaches foreign keys up to one whose table is to be reflected first; empty: all are
  /// attached.
  std::optional<Found> next_referred() {
    for (; foreign_key_ < described_.foreign_keys.size(); ++foreign_key_) {
      ReflectedForeignKey& key = described_.foreign_keys[foreign_key_];
      if (!std::exchange(is_looked_for_, true)) {
        if (std::optional<Found> referred = reflection_.wanted(table_, key))
          return referred;
      }
      is_looked_for_ = false;
      add_foreign_key(std::move(key));
    }
    return std::nullopt;
  }

  Table& finish() {
    for (ReflectedIndex& index : described_.indexes) add_index(std::move(index));
    for (const auto& unique : described_.unique_constraints) {
      if (!unique.duplicates_index.empty()) continue;
      builder_.attach(SchemaAccess::make<UniqueConstraint>(keys_of(unique.column_names),
                                                           options_of(unique)));
    }
    for (const auto& check : described_.check_constraints) {
      if (!check.column.empty()) continue;  // its column has brought it
      builder_.attach(SchemaAccess::make<CheckConstraint>(
          check.sqltext, ConstraintOptions{.name = check.name}));
    }
    builder_.set_comment(std::move(described_.comment));
    for (auto& item : overrides_) builder_.attach(std::move(item), true);
    return builder_.finish();
  }

 private:
  void add_column(ReflectedColumn&& described) {
    const std::string name = described.name;
    Inspector& inspector = reflection_.inspector_;
    SchemaAccess::emit<DDLEvents::column_reflect>(
        reflection_.metadata_, inspector, table_, described);
    SchemaAccess::emit<DDLEvents::column_reflect>(table_, inspector, table_, described);
    std::unique_ptr<Column> column = column_of(std::move(described));
    for (const ReflectedCheckConstraint& check : described_.check_constraints)
      if (check.column == name)
        SchemaAccess::add(*column, CheckConstraint(check.sqltext, {.name = check.name}));
    keys_[name] = column->key();
    builder_.attach(std::move(column), true);
  }

  void add_foreign_key(ReflectedForeignKey&& described) {
    const std::string key = key_of(described.referred_schema, described.referred_table);
    const Table* const referred = reflection_.metadata_.find(key);
    std::vector<std::string> targets;
    for (const std::string& column : described.referred_columns)
      targets.push_back(key + "." + key_of(referred, column));
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
    IndexOptions options{.unique = described.unique,
                         .where = std::move(described.where),
                         .postgresql_include = keys_of(described.include_columns),
                         .postgresql_with = std::move(described.with),
                         .mysql_prefix = std::move(described.prefix),
                         .mysql_with_parser = std::move(described.parser)};
    (reflection_.is_postgresql_ ? options.postgresql_using : options.mysql_using) =
        std::move(described.using_);
    builder_.attach(SchemaAccess::make<Index>(
        std::move(described.name), std::move(elements), std::move(options)));
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
  ReflectedTable described_;
  Items overrides_;
  TableBuilder builder_;
  Table& table_;
  std::map<std::string, std::string> keys_;  // of columns, by their names in the database
  std::size_t foreign_key_ = 0;              // which is next
  bool is_looked_for_ = false;               // what that one refers to
};

Reflection::~Reflection() {
  for (const std::string& key : declared_)
    if (Table* const table = metadata_.find(key)) metadata_.remove(*table);
}

bool is_view(Inspector& inspector, const std::string& name, const std::string& schema) {
  const std::vector<std::string> views = inspector.get_view_names(schema);
  return std::find(views.begin(), views.end(), name) != views.end();
}

std::optional<Found> Reflection::find(const std::string& name,
                                      const std::string& schema) {
  try {
    return Found{inspector_.get_table(name, schema), schema};
  } catch (const NoSuchTableError&) {
    return std::nullopt;
  } catch (const OperationalError& error) {
    if (error.is_disconnect() || !is_view(inspector_, name, schema)) throw;
    return std::nullopt;
  }
}

Found Reflection::find_given(const std::string& name, const std::string& schema) {
  try {
    return {inspector_.get_table(name, schema), schema};
  } catch (const NoSuchTableError&) {
    tell_of_missing(name, schema);
    throw;
  }
}

/// "table 't' refers to table 'ghost', which is not there, by its foreign key 'fk' (n)".
[[noreturn]] void throw_not_there(const Table& referrer, const ReflectedForeignKey& key) {
  std::string message = "table '" + referrer.key() + "' refers to table '" +
                        key_of(key.referred_schema, key.referred_table) +
                        "', which the database does not have, by its foreign key ";
  if (!key.name.empty()) message += "'" + key.name + "' ";
  std::string columns;
  for (const std::string& column : key.constrained_columns)
    columns += (columns.empty() ? "" : ", ") + column;
  throw NoSuchTableError(message + "(" + columns + ")");
}

std::optional<Found> Reflection::wanted(const Table& referrer,
                                        const ReflectedForeignKey& key) {
  const std::string& name = key.referred_table;
  const std::string& schema = key.referred_schema;
  if (referred_ == Referred::left || metadata_.find(key_of(schema, name)) != nullptr)
    return std::nullopt;
  std::optional<Found> found = find(name, schema);
  if (!found && referred_ == Referred::reflected) {
    tell_of_missing(name, schema);
    throw_not_there(referrer, key);
  }
  return found;
}

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

/// A table that is referred to is reflected within the one that refers to it, however long
/// such a chain is.
Table& Reflection::declare(Found found, Items overrides) {
  const std::string key = key_of(found.schema, found.described.name);
  if (Table* const there = declared(metadata_, key, overrides)) return *there;
  std::vector<std::unique_ptr<Steps>> under_way;
  under_way.push_back(
      std::make_unique<Steps>(*this, std::move(found), std::move(overrides)));
  for (;;) {
    if (std::optional<Found> referred = under_way.back()->next_referred()) {
      under_way.push_back(std::make_unique<Steps>(*this, *std::move(referred), Items{}));
      continue;
    }
    Table& made = under_way.back()->finish();
    declared_.push_back(made.key());
    under_way.pop_back();
    if (under_way.empty()) return made;
  }
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

/// Tells before and after `act`.
template <class Act>
auto announced(SchemaItem& target, Connection& connection, const Act& act)
    -> decltype(act()) {
  return detail::run_to_end(
      [&]() -> decltype(act()) {
        SchemaAccess::emit<DDLEvents::before_reflect>(target, target, connection);
        return act();
      },
      [&](const Ending& ending) {
        SchemaAccess::emit<DDLEvents::reflect_end>(target, target, connection, ending);
      });
}

}  // namespace

Table& MetaData::reflect_given(const std::string& name,
                               ReflectTableOptions options,
                               Engine& bind,
                               Items overrides) {
  if (options.schema.empty()) options.schema = options_.schema;
  if (Table* const there = declared(*this, key_of(options.schema, name), overrides))
    return *there;
  Inspector asked(bind);  // its connection is told of, as with SQLAlchemy
  Connection connection(bind);
  Table& made = reflect_given(name, std::move(options), connection, std::move(overrides));
  connection.close();
  return made;
}

Table& MetaData::reflect_given(const std::string& name,
                               ReflectTableOptions options,
                               Connection& bind,
                               Items overrides) {
  if (options.schema.empty()) options.schema = options_.schema;
  if (Table* const there = declared(*this, key_of(options.schema, name), overrides))
    return *there;
  const auto told = TableBuilder::make_named(*this, name, options.schema);
  return *announced(*told, bind, [&] {
    Reflection reflection(
        *this, bind, options.resolve_fks ? Referred::reflected : Referred::left);
    Table& made = reflection.declare(reflection.find_given(name, options.schema),
                                     std::move(overrides));
    reflection.keep();
    return &made;
  });
}

void MetaData::reflect(Engine& bind, const ReflectOptions& options) {
  Inspector asked(bind);
  Connection connection(bind);
  reflect(connection, options);
  connection.close();
}

void MetaData::reflect(Connection& bind, const ReflectOptions& options) {
  const std::string& schema = options.schema.empty() ? options_.schema : options.schema;
  announced(*this, bind, [&] {
    Reflection reflection(
        *this, bind, options.resolve_fks ? Referred::reflected_if_there : Referred::left);
    for (const std::string& name : chosen(reflection.inspector(), options, schema)) {
      if (find(key_of(schema, name)) != nullptr) continue;
      if (std::optional<Found> found = reflection.find(name, schema))
        reflection.declare(*std::move(found), {});
    }
    reflection.keep();
  });
}

}  // namespace hark
