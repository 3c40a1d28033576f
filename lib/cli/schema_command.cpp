// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_command.hpp"

#include <hark/engine/url.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

#include "cli/schema_diagram.hpp"
#include "cli/schema_diff.hpp"
#include "cli/schema_json.hpp"
#include "cli/schema_script.hpp"
#include "cli/schema_source.hpp"

namespace hark::cli {
namespace {

void require_dialect(const std::string& name) {
  static const std::array<std::string, 4> known{
      "sqlite", "postgresql", "mysql", "mariadb"};
  if (!name.empty()) require_known({&name, 1}, known, "dialect", "hark");
}

void require_one_output(const SchemaCommand& command) {
  const std::array<bool, 5> asked{command.diff,
                                  command.as_dot,
                                  command.as_mermaid,
                                  command.as_json,
                                  !command.dialect.empty()};
  if (std::count(asked.begin(), asked.end(), true) > 1)
    throw Failure(ExitCode::usage,
                  "schema: --diff, --dot, --mermaid, --json and --dialect exclude each "
                  "other");
}

std::string shown(const std::string& url) { return URL(url).render(); }

void print_script(const SchemaCommand& command, SchemaSource& source, Screen& screen) {
  const SchemaScript script =
      schema_script(source,
                    command.tables,
                    command.dialect.empty() ? source.dialect() : command.dialect);
  for (const std::string& each : script.warnings) screen.complain(each);
  screen.print(script.text);
}

/// Each name once, where it came first.
std::vector<std::string> without_repetitions(const std::vector<std::string>& names) {
  std::vector<std::string> once;
  for (const std::string& name : names)
    if (std::find(once.begin(), once.end(), name) == once.end()) once.push_back(name);
  return once;
}

ExitCode show(const SchemaCommand& command, Screen& screen) {
  const std::string& url = command.urls.front();
  SchemaSource source(url, command.schema);
  require_known(command.tables, source.tables(), "table", shown(url));
  if (command.as_dot) {
    screen.print(dot_diagram(source.snapshot(command.tables)));
  } else if (command.as_mermaid) {
    screen.print(mermaid_diagram(source.snapshot(command.tables)));
  } else if (command.as_json) {
    screen.print(schema_json(source.snapshot(command.tables)));
  } else {
    print_script(command, source, screen);
  }
  return ExitCode::ok;
}

ExitCode compare(const SchemaCommand& command, Screen& screen) {
  SchemaSource first(command.urls[0], command.schema);
  SchemaSource second(command.urls[1], command.schema);
  std::vector<std::string> known = first.tables();
  known.insert(known.end(), second.tables().begin(), second.tables().end());
  require_known(command.tables,
                known,
                "table",
                shown(command.urls[0]) + " and " + shown(command.urls[1]));
  const std::vector<std::string> lines =
      differences(first.snapshot(command.tables), second.snapshot(command.tables));
  for (const std::string& line : lines) screen.print(line + "\n");
  return lines.empty() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

ExitCode run(const SchemaCommand& given, Screen& screen) {
  SchemaCommand command = given;
  command.tables = without_repetitions(given.tables);
  require_one_output(command);
  require_dialect(command.dialect);
  const std::size_t wanted = command.diff ? 2 : 1;
  if (command.urls.size() != wanted)
    throw Failure(ExitCode::usage,
                  command.diff ? "schema: --diff compares two databases; name both"
                               : "schema: name one database, or two with --diff");
  return command.diff ? compare(command, screen) : show(command, screen);
}

}  // namespace hark::cli
