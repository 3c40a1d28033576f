// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/parameters.hpp>
#include <hark/dbapi/value.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/parameter_set.hpp>

#include <nlohmann/json.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

/// What the lines of a trace of kind `database` are made of: see FORMAT.md.
namespace hark::conformance {

using Json = nlohmann::json;

/// What a handle_error listener answers for {"return": "ReplacedError"}.
class ReplacedError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Options that Python nests and hark has as text begin with this.
inline constexpr std::string_view structured = "json:";

std::string string_of(const Json& step, const char* field);

std::string json_text(const Json& value);
Json json_of(const dbapi::Row& row);
Json json_of(const dbapi::Parameters& parameters);
Json json_of(const ParameterSet& set);
Json json_of(const ExecutionOptions& options);

/// White space as single blanks, placeholders as ?, savepoints as sp_N, quoted.
std::string sql_text(std::string_view sql);
std::string savepoint_name(const std::string& name);

/// Introspection and the driver's own transaction control, which no trace shows.
bool is_hidden(const std::string& statement);

std::string bool_text(bool value);

/// The class of an exception, as the traces write it.
std::string error_name(const std::exception_ptr& error);

}  // namespace hark::conformance
