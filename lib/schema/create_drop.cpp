// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>
#include <hark/schema/ddl.hpp>
#include <hark/schema/ddl_compiler.hpp>
#include <hark/schema/inspector.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>
#include <utility>

#include "schema/access.hpp"
#include "schema/sort.hpp"

namespace hark {
namespace {

using detail::SchemaAccess;
using detail::SortedTables;

/// Tells Before and After around `act`, and once how it ended.
template <class Before, class After, class End, class Act>
void announced(SchemaItem& target,
               Connection& connection,
               const DDLOptions& options,
               Act&& act) {
  detail::run_to_end(
      [&] {
        SchemaAccess::emit<Before>(target, target, connection, options);
        act();
        SchemaAccess::emit<After>(target, target, connection, options);
      },
      [&](const Ending& ending) {
        SchemaAccess::emit<End>(target, target, connection, options, ending);
      });
}

template <class Act>
void announced_creation(SchemaItem& target,
                        Connection& connection,
                        const DDLOptions& options,
                        Act&& act) {
  announced<DDLEvents::before_create, DDLEvents::after_create, DDLEvents::create_end>(
      target, connection, options, std::forward<Act>(act));
}

template <class Act>
void announced_dropping(SchemaItem& target,
                        Connection& connection,
                        const DDLOptions& options,
                        Act&& act) {
  announced<DDLEvents::before_drop, DDLEvents::after_drop, DDLEvents::drop_end>(
      target, connection, options, std::forward<Act>(act));
}

bool is_created(const Type& type) noexcept {
  return type.kind() == Type::Kind::enum_ && type.enum_options().native_enum;
}

/// Is a type of that name among them?
bool contains(const std::vector<Type>& enums, const Type& named) {
  return std::any_of(enums.begin(), enums.end(), [&](const Type& each) {
    return each.name() == named.name() &&
           each.enum_options().schema == named.enum_options().schema;
  });
}

/// All that a MetaData has without these.
std::vector<Table*> others(const MetaData& metadata, const std::vector<Table*>& tables) {
  std::vector<Table*> all;
  for (const auto& table : metadata.tables())
    if (std::find(tables.begin(), tables.end(), table.get()) == tables.end())
      all.push_back(table.get());
  return all;
}

/// What creating and dropping have in common: a connection, and what its dialect can do.
class Runner {
 public:
  Runner(Connection& connection, bool checkfirst)
      : connection_(connection),
        dialect_(connection.engine().dialect().name()),
        compiler_(ddl_compiler(connection.engine().dialect().ddl_name())),
        checkfirst_(checkfirst) {}

 protected:
  /// Is it in the database? Null: it was not asked.
  bool is_there(const Table& table) const {
    return reflector(dialect_).has_table(connection_, table.name(), table.schema());
  }
  bool is_there(const Index& index) const {
    if (index.table() == nullptr)
      throw CompileError("index '" + std::string(index.name()) + "' is in no table");
    const Table& table = *index.table();
    if (!is_there(table)) return false;
    const auto found =
        reflector(dialect_).indexes(connection_, table.name(), table.schema());
    return std::any_of(found.begin(), found.end(), [&](const ReflectedIndex& each) {
      return each.name == index.name();
    });
  }
  bool is_there(const Sequence& sequence) const {
    const auto found = reflector(dialect_).sequences(connection_, sequence.schema());
    return std::any_of(found.begin(), found.end(), [&](const ReflectedSequence& each) {
      return each.name == sequence.name();
    });
  }

  bool is_there(const Type& named) const {
    return reflector(dialect_).has_type(
        connection_, named.name(), named.enum_options().schema);
  }

  /// The types that have to be created for these tables, each once, in the order in which
  /// they are declared.
  std::vector<Type> enums_of(const std::vector<Table*>& tables) const {
    std::vector<Type> enums;
    if (!compiler_.creates_enum_types()) return enums;
    for (const Table* table : tables)
      for (const auto& column : table->columns()) {
        const Type& type = column->type().item_type();
        if (is_created(type) && !contains(enums, type)) enums.push_back(type);
      }
    return enums;
  }

  /// Throws: IdentifierError for a name that the database does not take.
  template <class Item>
  void validate(const Item& item) const {
    if constexpr (std::is_same_v<Item, Table>) {
      compiler_.validate_identifier(item.name());
      compiler_.validate_identifier(item.schema());
    }
  }

  bool uses(const Sequence& sequence) const {
    return compiler_.supports_sequences() && !sequence.options().optional;
  }

  void execute(const Clause& clause) const { connection_.execute(clause); }

  DDLOptions options(bool is_metadata_operation,
                     const std::vector<Table*>* tables = nullptr) const {
    return {.checkfirst = checkfirst_,
            .tables = tables,
            .is_metadata_operation = is_metadata_operation};
  }

  Connection& connection() const noexcept { return connection_; }
  const DDLCompiler& compiler() const noexcept { return compiler_; }
  bool checks_first() const noexcept { return checkfirst_; }

 private:
  Connection& connection_;
  const std::string_view dialect_;
  const DDLCompiler& compiler_;
  const bool checkfirst_;
};

/// CREATE TABLE without the foreign keys that ALTER TABLE adds.
class CreateTableWith final : public ClauseElement {
 public:
  CreateTableWith(const Table& table, std::vector<const ForeignKeyConstraint*> keys)
      : name_(table.name()), table_(table), keys_(std::move(keys)) {}
  std::string_view visit_name() const noexcept override { return "create_table"; }
  std::string_view text() const noexcept override { return name_; }
  Compiled compile(const Dialect& dialect) const override {
    return {.sql = ddl_compiler(dialect.ddl_name()).create_table(table_, {}, &keys_)};
  }

 private:
  const std::string name_;  // listeners may keep the clause longer than the table lives
  const Table& table_;
  const std::vector<const ForeignKeyConstraint*> keys_;
};

Clause create_clause(const Table& table,
                     const std::vector<const ForeignKeyConstraint*>* keys) {
  if (keys == nullptr) return CreateTable(table);
  return std::make_shared<const CreateTableWith>(table, *keys);
}

std::vector<Table*> tables_of(const MetaData& metadata, const CreateAllOptions& options) {
  if (!options.tables.is_all()) {
    for (const Table* table : options.tables.tables())
      if (table == nullptr) throw ArgumentError("one of the chosen tables is null");
    return options.tables.tables();
  }
  std::vector<Table*> all;
  for (const auto& table : metadata.tables()) all.push_back(table.get());
  return all;
}

std::vector<const Sequence*> sequences_of(const Table& table) {
  std::vector<const Sequence*> all;
  for (const auto& column : table.columns())
    if (column->sequence() != nullptr) all.push_back(column->sequence());
  return all;
}

std::vector<Table*> tables_in(const SortedTables& sorted) {
  std::vector<Table*> all;
  for (const auto& entry : sorted.tables) all.push_back(entry.table);
  return all;
}

/// Source: SQLAlchemy lib/sqlalchemy/sql/ddl.py, SchemaGenerator.
class Generator : Runner {
 public:
  using Runner::Runner;

  void create(MetaData& metadata, const CreateAllOptions& given) const {
    std::vector<Table*> tables = tables_of(metadata, given);
    const std::vector<Type> enums = enums_of(tables);
    std::erase_if(tables, [&](const Table* table) { return !is_to_create(*table); });
    const SortedTables sorted = detail::sort_tables_and_constraints(tables);
    std::vector<const Sequence*> sequences;
    for (const auto& sequence : metadata.sequences())
      if (is_to_create(*sequence)) sequences.push_back(sequence.get());

    const std::vector<Table*> order = tables_in(sorted);
    announced_creation(metadata, connection(), options(true, &order), [&] {
      create(enums);
      for (const Sequence* sequence : sequences) execute(CreateSequence(*sequence));
      for (const auto& entry : sorted.tables)
        create(*entry.table, true, &entry.inline_keys);
      if (!compiler().supports_alter()) return;
      for (const auto* key : sorted.remaining) execute(AddConstraint(*key));
    });
  }

  void create(Table& table) const {
    if (is_to_create(table)) create(table, false, nullptr);
  }

  void create(Index& index) const {
    if (checks_first() && is_there(index)) return;
    create(index, false);
  }

 private:
  template <class Item>
  bool is_to_create(const Item& item) const {
    if constexpr (std::is_same_v<Item, Sequence>) {
      if (!uses(item)) return false;
    }
    validate(item);
    return !checks_first() || !is_there(item);
  }

  void create(Table& table,
              bool is_metadata_operation,
              const std::vector<const ForeignKeyConstraint*>* keys) const {
    announced_creation(table, connection(), options(is_metadata_operation), [&] {
      if (!is_metadata_operation) create(enums_of({&table}));
      for (const Sequence* sequence : sequences_of(table))
        if (is_to_create(*sequence)) execute(CreateSequence(*sequence));
      execute(create_clause(table, compiler().supports_alter() ? keys : nullptr));
      // A listener may append another one. NOLINTNEXTLINE(modernize-loop-convert)
      for (std::size_t i = 0; i < table.indexes().size(); ++i)
        create(*table.indexes()[i], is_metadata_operation);
      comment(table);
    });
  }

  void create(const std::vector<Type>& enums) const {
    for (const Type& type : enums)
      if (!checks_first() || !is_there(type)) execute(CreateEnumType(type));
  }

  void create(Index& index, bool is_metadata_operation) const {
    announced_creation(index, connection(), options(is_metadata_operation), [&] {
      execute(CreateIndex(index));
    });
  }

  void comment(const Table& table) const {
    if (!compiler().supports_comments() || compiler().inline_comments()) return;
    if (!table.comment().empty()) execute(SetTableComment(table));
    for (const auto& column : table.columns())
      if (!column->comment().empty()) execute(SetColumnComment(*column));
  }
};

/// Source: SQLAlchemy lib/sqlalchemy/sql/ddl.py, SchemaDropper.
class Dropper : Runner {
 public:
  using Runner::Runner;

  void drop(MetaData& metadata, const CreateAllOptions& given) const {
    std::vector<Table*> tables = tables_of(metadata, given);
    const std::vector<Type> enums = enums_of_alone(metadata, tables);
    std::erase_if(tables, [&](const Table* table) { return !is_to_drop(*table); });
    const SortedTables sorted = reversed(tables);
    std::vector<const Sequence*> sequences;
    for (const auto& sequence : metadata.sequences())
      if (is_to_drop(*sequence)) sequences.push_back(sequence.get());

    const std::vector<Table*> order = tables_in(sorted);
    announced_dropping(metadata, connection(), options(true, &order), [&] {
      if (compiler().supports_alter())
        for (const auto* key : sorted.remaining) execute(DropConstraint(*key));
      for (Table* table : order) drop(*table, true);
      for (const Sequence* sequence : sequences) execute(DropSequence(*sequence));
      for (const Table* table : tables) {
        for (const Sequence* sequence : sequences_of(*table))
          if (is_to_drop(*sequence)) execute(DropSequence(*sequence));
      }
      drop(enums);
    });
  }

  void drop(Table& table) const {
    if (is_to_drop(table)) drop(table, false);
  }

  void drop(Index& index) const {
    if (!is_to_drop(index)) return;
    announced_dropping(
        index, connection(), options(false), [&] { execute(DropIndex(index)); });
  }

 private:
  template <class Item>
  bool is_to_drop(const Item& item) const {
    if constexpr (std::is_same_v<Item, Sequence>) {
      if (!uses(item)) return false;
    }
    validate(item);
    return !checks_first() || is_there(item);
  }

  /// Each in front of those that it refers to. Where a cycle cannot be cut, because the
  /// database has no ALTER, they come as they were given.
  SortedTables reversed(const std::vector<Table*>& tables) const {
    SortedTables sorted;
    try {
      sorted = detail::sort_tables_and_constraints(
          tables,
          compiler().supports_alter()
              ? [](const ForeignKeyConstraint& key) { return !key.name().empty(); }
              : [](const ForeignKeyConstraint&) { return false; });
    } catch (const CircularDependencyError&) {
      if (compiler().supports_alter()) throw;
      for (Table* table : tables) sorted.tables.push_back({table, {}});
      return sorted;
    }
    std::reverse(sorted.tables.begin(), sorted.tables.end());
    return sorted;
  }

  void drop(Table& table, bool is_metadata_operation) const {
    announced_dropping(table, connection(), options(is_metadata_operation), [&] {
      execute(DropTable(table));
      if (is_metadata_operation) return;  // they come when all tables have gone
      for (const Sequence* sequence : sequences_of(table))
        if (is_to_drop(*sequence)) execute(DropSequence(*sequence));
      drop(enums_of_alone(table.metadata(), {&table}));
    });
  }

  void drop(const std::vector<Type>& enums) const {
    for (const Type& type : enums)
      if (!checks_first() || is_there(type)) execute(DropEnumType(type));
  }

  /// Without those that other tables are of.
  std::vector<Type> enums_of_alone(const MetaData& metadata,
                                   const std::vector<Table*>& tables) const {
    std::vector<Type> enums = enums_of(tables);
    const std::vector<Type> kept = enums_of(others(metadata, tables));
    std::erase_if(enums, [&](const Type& each) { return contains(kept, each); });
    return enums;
  }
};

}  // namespace

void MetaData::create_all(Connection& bind, const CreateAllOptions& options) {
  Generator(bind, options.checkfirst).create(*this, options);
}
void MetaData::create_all(Engine& bind, const CreateAllOptions& options) {
  bind.begin([&](Connection& connection) { create_all(connection, options); });
}
void MetaData::drop_all(Connection& bind, const CreateAllOptions& options) {
  Dropper(bind, options.checkfirst).drop(*this, options);
}
void MetaData::drop_all(Engine& bind, const CreateAllOptions& options) {
  bind.begin([&](Connection& connection) { drop_all(connection, options); });
}

void Table::create(Connection& bind, const DDLOptions& options) {
  Generator(bind, options.checkfirst).create(*this);
}
void Table::create(Engine& bind, const DDLOptions& options) {
  bind.begin([&](Connection& connection) { create(connection, options); });
}
void Table::drop(Connection& bind, const DDLOptions& options) {
  Dropper(bind, options.checkfirst).drop(*this);
}
void Table::drop(Engine& bind, const DDLOptions& options) {
  bind.begin([&](Connection& connection) { drop(connection, options); });
}

void Index::create(Connection& bind, const DDLOptions& options) {
  Generator(bind, options.checkfirst).create(*this);
}
void Index::create(Engine& bind, const DDLOptions& options) {
  bind.begin([&](Connection& connection) { create(connection, options); });
}
void Index::drop(Connection& bind, const DDLOptions& options) {
  Dropper(bind, options.checkfirst).drop(*this);
}
void Index::drop(Engine& bind, const DDLOptions& options) {
  bind.begin([&](Connection& connection) { drop(connection, options); });
}

}  // namespace hark
