// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/error.hpp>
#include <hark/schema/ddl_compiler.hpp>

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
  /// Throws: ArgumentError for a dialect to translate to that is not known.
  Translation(std::string from, std::string to, Warnings& warnings);

  bool is_needed() const noexcept { return from_ != to_; }
  void translate(TableSnapshot& table);

 private:
  void translate_type(ReflectedColumn& column, const std::string& place);
  void translate_type_for_mysql(const Type& given,
                                ReflectedColumn& column,
                                const std::string& place);
  void translate_unsigned(const Type& given,
                          ReflectedColumn& column,
                          const std::string& place);
  void translate_computed(ReflectedColumn& column, const std::string& place);
  void translate_default(ReflectedColumn& column, const std::string& place);
  void limit_keys(TableSnapshot& table);
  void limit(ReflectedColumn& column, const std::string& place);
  void translate(ReflectedForeignKey& key, const std::string& place);
  void translate(ReflectedIndex& index, const std::string& place);
  std::string element(const std::string& column,
                      const std::string& expression,
                      const std::string& place);
  void foreign_sql(std::string_view what, const std::string& place);

  const std::string from_;
  const std::string to_;
  const DDLCompiler& compiler_;
  Warnings& warnings_;
};

}  // namespace hark::cli
