// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "database_format.hpp"

#ifdef HARK_TEST_HAS_POSTGRESQL
#include <hark/dialects/postgresql/errors.hpp>
#endif
#include <hark/dbapi/error.hpp>
#include <hark/error.hpp>

#include <cctype>
#include <regex>
#include <type_traits>
#include <variant>

#include "core_runner.hpp"

namespace hark::conformance {

std::string string_of(const Json& step, const char* field) {
  return step.at(field).get<std::string>();
}

std::string json_text(const Json& value) { return value.dump(-1, ' ', true); }

namespace {

Json json_of(const dbapi::ValueView& value) {
  switch (value.type()) {
    case dbapi::Type::null:
      break;
    case dbapi::Type::boolean:
      return value.boolean();
    case dbapi::Type::integer:
      return value.integer();
    case dbapi::Type::real:
      return value.real();
    case dbapi::Type::text:
    case dbapi::Type::blob:
    case dbapi::Type::decimal:
      return value.text();
    case dbapi::Type::date:
      return dbapi::to_iso(value.date());
    case dbapi::Type::datetime:
      return dbapi::to_iso(value.datetime());
  }
  return nullptr;
}

}  // namespace

Json json_of(const dbapi::Row& row) {
  Json all = Json::array();
  for (const dbapi::Value& value : row) all.push_back(json_of(value.view()));
  return all;
}

Json json_of(const dbapi::Parameters& parameters) {
  if (!parameters.is_many()) return json_of(parameters.row());
  Json all = Json::array();
  for (const dbapi::Row& row : parameters.rows()) all.push_back(json_of(row));
  return all;
}

Json json_of(const ParameterSet& set) {
  Json all = Json::object();
  for (const auto& [name, value] : set) all[name] = json_of(value.view());
  return all;
}

Json json_of(const ExecutionOptions& options) {
  Json all = Json::object();
  for (const auto& [name, value] : options) {
    Json& shown = all[name];
    std::visit(
        [&](const auto& each) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(each)>, std::monostate>) {
            shown = each;
            if (shown.is_string() && shown.get<std::string>().starts_with(structured)) {
              shown = Json::parse(shown.get<std::string>().substr(structured.size()));
            }
          }
        },
        value);
  }
  return all;
}

std::string sql_text(std::string_view sql) {
  static const std::regex savepoint(R"(\w*savepoint_(\d+))", std::regex::icase);
  static const std::regex placeholder(R"(%\(\w+\)s|\$\d+)");  // or like one
  const std::string unified = std::regex_replace(std::string(sql), placeholder, "?");
  std::string plain;
  for (const char c : unified) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      plain += c;
    } else if (!plain.empty() && plain.back() != ' ') {
      plain += ' ';
    }
  }
  if (!plain.empty() && plain.back() == ' ') plain.pop_back();
  return json_text(std::regex_replace(plain, savepoint, "sp_$1"));
}

std::string savepoint_name(const std::string& name) {
  const std::size_t at = name.rfind('_');
  return "sp_" + name.substr(at + 1);
}

bool is_hidden(const std::string& statement) {
  static const std::regex hidden(
      R"(^\W*(PRAGMA|(string:)?\W*(BEGIN|COMMIT|ROLLBACK)\W*$)|sqlite_master|sqlite_temp_master)"
      R"(|pg_catalog|information_schema|PREPARE TRANSACTION|(COMMIT|ROLLBACK) PREPARED)",
      std::regex::icase);
  return std::regex_search(statement, hidden);
}

std::string bool_text(bool value) { return value ? "true" : "false"; }

namespace {

/// psycopg2 has a class for each of PostgreSQL's conditions: UndefinedTable for
/// undefined_table. Empty: the error is no such condition.
std::string condition_class(const dbapi::Error& error) {
  std::string name;
#ifdef HARK_TEST_HAS_POSTGRESQL
  bool begins_word = true;
  for (const char c : postgresql::condition_name(error.sqlstate())) {
    if (c != '_') name += begins_word ? static_cast<char>(std::toupper(c)) : c;
    begins_word = c == '_';
  }
#else
  static_cast<void>(error);
#endif
  return name;
}

}  // namespace

std::string error_name(const std::exception_ptr& error) {
  if (error == nullptr) return "none";
  try {
    std::rethrow_exception(error);
  }
#define HARK_NAME(Class) \
  catch (const Class&) { \
    return #Class;       \
  }
  HARK_NAME(UserError)
  HARK_NAME(ReplacedError)
  HARK_NAME(MissingObject)
  HARK_NAME(InvalidatePoolError)
  HARK_NAME(DisconnectionError)
  HARK_NAME(PendingRollbackError)
  HARK_NAME(ResourceClosedError)
  HARK_NAME(NoSuchTableError)
  HARK_NAME(NoReferencedTableError)
  HARK_NAME(NoReferencedColumnError)
  HARK_NAME(InvalidRequestError)
  HARK_NAME(ArgumentError)
  HARK_NAME(CircularDependencyError)
  HARK_NAME(CompileError)
  HARK_NAME(IdentifierError)
  HARK_NAME(TimeoutError)
  HARK_NAME(AssertionError)
  HARK_NAME(DataError)
  HARK_NAME(OperationalError)
  HARK_NAME(IntegrityError)
  HARK_NAME(InternalError)
  HARK_NAME(ProgrammingError)
  HARK_NAME(NotSupportedError)
  HARK_NAME(DatabaseError)
  HARK_NAME(InterfaceError)
  HARK_NAME(DBAPIError)
  HARK_NAME(StatementError)
#undef HARK_NAME
#define HARK_NAME(Class)                                   \
  catch (const dbapi::Class& thrown) {                     \
    const std::string condition = condition_class(thrown); \
    return condition.empty() ? #Class : condition;         \
  }
  HARK_NAME(DataError)
  HARK_NAME(OperationalError)
  HARK_NAME(IntegrityError)
  HARK_NAME(InternalError)
  HARK_NAME(ProgrammingError)
  HARK_NAME(NotSupportedError)
  HARK_NAME(DatabaseError)
  HARK_NAME(InterfaceError)
  HARK_NAME(Error)
#undef HARK_NAME
  catch (const std::exception& unknown) {
    return std::string("unknown: ") + unknown.what();
  }
}

}  // namespace hark::conformance
