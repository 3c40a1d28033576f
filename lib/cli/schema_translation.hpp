// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/error.hpp>
#include <hark/schema/ddl_compiler.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/schema_snapshot.hpp"

namespace hark::cli {

/// What there is to say, with all the places where it is so.
class Warnings {
 public:
  void add(const std::string& what, const std::string& place);
  /// Warns that `what` is left out where `act` throws an Error.
  template <class Act>
  void attempt(std::string_view what, const std::string& place, Act&& act) {
    try {
      std::forward<Act>(act)();
    } catch (const Error& error) {
      add(std::string(what) + " is left out, because " + error.what(),
          place.empty() ? "''" : place);
    }
  }
  std::vector<std::string> lines() const;

 private:
  using Places = std::vector<std::string>;
  std::vector<std::pair<std::string, Places>> all_;
};

/// Makes of what one dialect has said what another one understands, and warns where that
/// is not the same.
class Translation {
 public:
  /// Of what is `there`, which outlives it.
  ///
  /// Throws: ArgumentError for a dialect to translate to that is not known.
  Translation(const SchemaSnapshot& there, std::string to, Warnings& warnings);

  bool is_needed() const noexcept { return !is_one_dialect(there_.dialect, to_); }
  void translate(TableSnapshot& table);

 private:
  bool is_from_mysql() const noexcept { return is_mysql(there_.dialect); }
  bool is_to_mysql() const noexcept { return is_mysql(to_); }
  void give_type(const TableSnapshot& table,
                 ReflectedColumn& column,
                 const std::string& place);
  void translate_type(ReflectedColumn& column, const std::string& place);
  void translate_type_for_mysql(const Type& given,
                                ReflectedColumn& column,
                                const std::string& place);
  void translate_unsigned(const Type& given,
                          ReflectedColumn& column,
                          const std::string& place);
  void translate_computed(ReflectedColumn& column, const std::string& place);
  void translate_default(ReflectedColumn& column, const std::string& place);
  void translate_default_of_mysql(ReflectedColumn& column, const std::string& place);
  void leave_out_indexes(TableSnapshot& table);
  void rename_indexes(TableSnapshot& table);
  void rename_index(std::string& name, const std::string& table);
  void leave_out_options(TableSnapshot& table);
  std::string in_standard(std::string_view sql) const;
  void limit_keys(TableSnapshot& table);
  void limit(ReflectedColumn& column, const std::string& place);
  void translate(ReflectedForeignKey& key, const std::string& place);
  void translate(ReflectedIndex& index, const std::string& place);
  std::string element(const std::string& column,
                      const std::string& expression,
                      const std::string& place);
  void foreign_sql(std::string_view what, const std::string& place);

  const SchemaSnapshot& there_;
  const std::string to_;
  const DDLCompiler& compiler_;
  Warnings& warnings_;
  std::set<std::string> names_;  // of tables and indexes, in small letters
};

}  // namespace hark::cli
