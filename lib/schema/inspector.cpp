// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>
#include <hark/schema/inspector.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/reflectors.hpp"

namespace hark {
namespace {

struct Registry {
  Registry() {
    known.emplace("mariadb", detail::make_mysql_reflector());
    known.emplace("mysql", detail::make_mysql_reflector());
    known.emplace("postgresql", detail::make_postgresql_reflector());
    known.emplace("sqlite", detail::make_sqlite_reflector());
  }

  std::mutex mutex;
  // Guarded by mutex.
  std::map<std::string, std::unique_ptr<const Reflector>, std::less<>> known;
  std::vector<std::unique_ptr<const Reflector>> replaced;  // somebody may be using them
};

/// Never destroyed: an Inspector may be asked until the very end.
Registry& registry() {
  static auto* const made = new Registry;
  return *made;
}

/// What has been answered, by what a question was about: a schema, a table and its schema.
template <class Answer>
using Answers = std::map<std::vector<std::string>, Answer>;

template <class Answer>
Answer sorted(Answer names) {
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Reflector::~Reflector() = default;

ReflectedTable Reflector::table(Connection& connection,
                                std::string_view table,
                                std::string_view schema) const {
  return {.name = std::string(table),
          .columns = columns(connection, table, schema),
          .primary_key = primary_key(connection, table, schema),
          .foreign_keys = foreign_keys(connection, table, schema),
          .indexes = indexes(connection, table, schema),
          .unique_constraints = unique_constraints(connection, table, schema),
          .check_constraints = check_constraints(connection, table, schema),
          .comment = table_comment(connection, table, schema),
          .options = table_options(connection, table, schema)};
}

std::vector<Type> Reflector::enums(Connection& /*connection*/,
                                   std::string_view /*schema*/) const {
  return {};
}

bool Reflector::has_type(Connection& /*connection*/,
                         std::string_view /*name*/,
                         std::string_view /*schema*/) const {
  return false;
}

std::vector<std::string> Reflector::foreign_table_names(
    Connection& /*connection*/, std::string_view /*schema*/) const {
  return {};
}

bool Reflector::tells_all_at_once() const noexcept { return false; }

std::vector<std::string> Reflector::table_options(Connection& /*connection*/,
                                                  std::string_view /*table*/,
                                                  std::string_view /*schema*/) const {
  return {};
}

const Reflector& reflector(std::string_view dialect) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (const auto found = all.known.find(dialect); found != all.known.end())
    return *found->second;
  throw NotSupportedError("dialect '" + std::string(dialect) +
                          "' has no reflection; register_reflector() gives it one");
}

void register_reflector(std::string_view dialect,
                        std::unique_ptr<const Reflector> reflector) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::unique_ptr<const Reflector>& place = all.known[std::string(dialect)];
  if (place != nullptr) all.replaced.push_back(std::move(place));
  place = std::move(reflector);
}

struct Inspector::State {
  struct Cache {
    Answers<std::string> default_schema_name;
    Answers<std::vector<std::string>> schema_names;
    Answers<std::vector<std::string>> table_names;
    Answers<std::vector<std::string>> view_names;
    Answers<std::vector<ReflectedSequence>> sequences;
    Answers<std::vector<std::string>> foreign_table_names;
    Answers<std::vector<Type>> enums;
    Answers<std::string> view_definition;
    Answers<bool> has_table;
    Answers<ReflectedTable> table;
    Answers<std::vector<ReflectedColumn>> columns;
    Answers<ReflectedPrimaryKey> primary_key;
    Answers<std::vector<ReflectedForeignKey>> foreign_keys;
    Answers<std::vector<ReflectedUniqueConstraint>> unique_constraints;
    Answers<std::vector<ReflectedCheckConstraint>> check_constraints;
    Answers<std::vector<ReflectedIndex>> indexes;
    Answers<std::string> table_comment;
    Answers<std::vector<std::string>> table_options;
  };

  Engine& engine;
  Connection* connection;  // null: each question has one of the engine's
  Cache cache{};

  /// The answer that is kept, or else that of `question`, which is asked now.
  template <class Answer, class... Parameters, class... Names>
  const Answer& ask(Answers<Answer>& answers,
                    Answer (Reflector::*question)(Connection&, Parameters...) const,
                    const Names&... names) {
    std::vector<std::string> about{std::string(names)...};
    if (const auto kept = answers.find(about); kept != answers.end()) return kept->second;
    const Reflector& asked = reflector(engine.dialect().name());
    Answer answer = with_connection(
        [&](Connection& one) { return (asked.*question)(one, names...); });
    return answers.emplace(std::move(about), std::move(answer)).first->second;
  }

  /// A part of what there is to tell of a table. Where that is told at once, it is asked
  /// once for all parts.
  template <class Part>
  const Part& part_of(std::string_view table,
                      std::string_view schema,
                      Part ReflectedTable::*part,
                      Answers<Part>& answers,
                      Part (Reflector::*question)(Connection&,
                                                  std::string_view,
                                                  std::string_view) const) {
    if (reflector(engine.dialect().name()).tells_all_at_once())
      return ask(cache.table, &Reflector::table, table, schema).*part;
    return ask(answers, question, table, schema);
  }

  template <class Work>
  auto with_connection(Work work) {
    if (connection != nullptr) return work(*connection);
    Connection opened(engine);
    auto answer = work(opened);
    opened.close();
    return answer;
  }
};

Inspector::Inspector(Engine& bind)
    : state_(new State{.engine = bind, .connection = nullptr}) {
  bind.connect().close();
}

Inspector::Inspector(Connection& bind)
    : state_(new State{.engine = bind.engine(), .connection = &bind}) {}

Inspector::~Inspector() = default;

std::string Inspector::default_schema_name() {
  return state_->ask(state_->cache.default_schema_name, &Reflector::default_schema_name);
}

std::vector<std::string> Inspector::get_schema_names() {
  return sorted(state_->ask(state_->cache.schema_names, &Reflector::schema_names));
}

std::vector<std::string> Inspector::get_table_names(std::string_view schema) {
  return sorted(state_->ask(state_->cache.table_names, &Reflector::table_names, schema));
}

std::vector<std::string> Inspector::get_view_names(std::string_view schema) {
  return sorted(state_->ask(state_->cache.view_names, &Reflector::view_names, schema));
}

std::vector<std::string> Inspector::get_sequence_names(std::string_view schema) {
  std::vector<std::string> names;
  for (ReflectedSequence& sequence : get_sequences(schema))
    names.push_back(std::move(sequence.name));
  return sorted(std::move(names));
}

std::vector<std::string> Inspector::get_foreign_table_names(std::string_view schema) {
  return sorted(state_->ask(
      state_->cache.foreign_table_names, &Reflector::foreign_table_names, schema));
}

std::vector<Type> Inspector::get_enums(std::string_view schema) {
  return state_->ask(state_->cache.enums, &Reflector::enums, schema);
}

std::string Inspector::get_view_definition(std::string_view view,
                                           std::string_view schema) {
  return state_->ask(
      state_->cache.view_definition, &Reflector::view_definition, view, schema);
}

bool Inspector::has_table(std::string_view table, std::string_view schema) {
  return state_->ask(state_->cache.has_table, &Reflector::has_table, table, schema);
}

ReflectedTable Inspector::get_table(std::string_view table, std::string_view schema) {
  return state_->ask(state_->cache.table, &Reflector::table, table, schema);
}

std::vector<ReflectedColumn> Inspector::get_columns(std::string_view table,
                                                    std::string_view schema) {
  return state_->part_of(table,
                         schema,
                         &ReflectedTable::columns,
                         state_->cache.columns,
                         &Reflector::columns);
}

ReflectedPrimaryKey Inspector::get_pk_constraint(std::string_view table,
                                                 std::string_view schema) {
  return state_->part_of(table,
                         schema,
                         &ReflectedTable::primary_key,
                         state_->cache.primary_key,
                         &Reflector::primary_key);
}

std::vector<ReflectedForeignKey> Inspector::get_foreign_keys(std::string_view table,
                                                             std::string_view schema) {
  return state_->part_of(table,
                         schema,
                         &ReflectedTable::foreign_keys,
                         state_->cache.foreign_keys,
                         &Reflector::foreign_keys);
}

std::vector<ReflectedUniqueConstraint> Inspector::get_unique_constraints(
    std::string_view table, std::string_view schema) {
  return state_->part_of(table,
                         schema,
                         &ReflectedTable::unique_constraints,
                         state_->cache.unique_constraints,
                         &Reflector::unique_constraints);
}

std::vector<ReflectedCheckConstraint> Inspector::get_check_constraints(
    std::string_view table, std::string_view schema) {
  return state_->part_of(table,
                         schema,
                         &ReflectedTable::check_constraints,
                         state_->cache.check_constraints,
                         &Reflector::check_constraints);
}

std::vector<ReflectedIndex> Inspector::get_indexes(std::string_view table,
                                                   std::string_view schema) {
  return state_->part_of(table,
                         schema,
                         &ReflectedTable::indexes,
                         state_->cache.indexes,
                         &Reflector::indexes);
}

std::string Inspector::get_table_comment(std::string_view table,
                                         std::string_view schema) {
  return state_->part_of(table,
                         schema,
                         &ReflectedTable::comment,
                         state_->cache.table_comment,
                         &Reflector::table_comment);
}

std::vector<std::string> Inspector::get_table_options(std::string_view table,
                                                      std::string_view schema) {
  return state_->part_of(table,
                         schema,
                         &ReflectedTable::options,
                         state_->cache.table_options,
                         &Reflector::table_options);
}

std::vector<ReflectedSequence> Inspector::get_sequences(std::string_view schema) {
  return state_->ask(state_->cache.sequences, &Reflector::sequences, schema);
}

void Inspector::clear_cache() { state_->cache = {}; }

}  // namespace hark
