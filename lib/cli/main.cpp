// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/version.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

#include "cli/events_command.hpp"
#include "cli/exit.hpp"
#include "cli/ping_command.hpp"
#include "cli/schema_command.hpp"
#include "cli/screen.hpp"
#include "cli/trace_command.hpp"

namespace hark::cli {
namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 all went well; 1 a statement failed, a script ends inside a string, "
    "a\n"
    "quoted name or a comment, or schemas differ; 2 the command line is wrong, a URL or "
    "a\n"
    "name in it included; 3 a database cannot be reached, or a file not be read or "
    "written;\n"
    "130 interrupted.";

void add_trace(CLI::App& app, TraceCommand& command) {
  app.add_option("url", command.trace.url, "the database: sqlite:///music.db")
      ->required()
      ->type_name("URL");
  app.add_option("scripts", command.scripts, "files of SQL; - is standard input")
      ->type_name("SCRIPT.sql");
  app.add_option("-c,--command", command.commands, "SQL to execute, behind the scripts")
      ->type_name("SQL")
      ->expected(1)
      ->take_all();
  app.add_option("--json", command.json, "write one JSON object per event")
      ->type_name("FILE");
  app.add_option("--chrome", command.chrome, "write a trace for ui.perfetto.dev")
      ->type_name("FILE");
  app.add_option("--events", command.events, "listen to these events or families only")
      ->type_name("NAMES")
      ->delimiter(',')
      ->expected(1)
      ->take_all();
  app.add_option("--slow", command.slow, "show statements that take as long, as they run")
      ->type_name("MS")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--echo", command.echo, "show every statement as it runs");
  app.add_option("--top", command.top, "rows of each table of the summary; 0: all")
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("--stop-on-error",
               command.trace.stop_on_error,
               "stop at the first statement that fails");
  app.add_option("--repeat", command.trace.repeat, "execute all as often")
      ->type_name("N")
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
  app.add_option("--threads",
                 command.trace.threads,
                 "execute all on as many threads, each on its own pooled connection")
      ->type_name("N")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  app.add_option("--pool-size",
                 command.trace.pool_size,
                 "connections that the pool has; one for each thread unless given")
      ->type_name("N")
      ->check(CLI::Range(1U, 1'000'000U));
  app.footer(exit_codes);
}

void add_events(CLI::App& app, EventsCommand& command) {
  app.add_option("name", command.name, "an event or a family; all of them unless given")
      ->type_name("NAME");
  app.add_flag("--json", command.as_json, "as JSON");
}

void add_ping(CLI::App& app, PingCommand& command) {
  app.add_option("url", command.url, "the database: sqlite:///music.db")
      ->required()
      ->type_name("URL");
  app.add_option("--count", command.count, "how often each thing is timed")
      ->type_name("N")
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
}

void add_schema(CLI::App& app, SchemaCommand& command) {
  app.add_option(
         "urls", command.urls, "the database: sqlite:///music.db; two with --diff")
      ->required()
      ->type_name("URL");
  app.add_option("--dialect", command.dialect, "DDL for sqlite, postgresql or mysql")
      ->type_name("NAME");
  app.add_flag("--dot", command.as_dot, "a diagram for Graphviz");
  app.add_flag("--mermaid", command.as_mermaid, "a diagram for Mermaid");
  app.add_flag("--json", command.as_json, "as JSON");
  app.add_flag("--diff",
               command.diff,
               "what differs between two databases; the order of columns does not count");
  app.add_option("--table", command.tables, "this table alone; may be repeated")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  app.add_option("--schema", command.schema, "another schema than the default one")
      ->type_name("NAME");
  app.footer(exit_codes);
}

/// Runs what the command line asks for.
class Program {
 public:
  Program() {
    app_.set_version_flag("--version", std::string("hark ") + version);
    app_.require_subcommand(1);
    app_.footer(exit_codes);
    app_.add_flag("--no-color", no_color_, "no colours, on terminals neither");
    app_.fallthrough();
    add_trace(*app_.add_subcommand("trace",
                                   "Execute SQL and show what happens to the database"),
              trace_);
    add_events(*app_.add_subcommand("events", "Show what can be listened to"), events_);
    add_ping(*app_.add_subcommand("ping", "Show a database's version and how fast it is"),
             ping_);
    add_schema(
        *app_.add_subcommand("schema", "Show a database's schema, or how two differ"),
        schema_);
  }

  ExitCode run(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? ExitCode::ok : ExitCode::usage;
    }
    Screen screen(!no_color_);
    try {
      const ExitCode code = execute(screen);
      screen.finish();
      return code;
    } catch (const Failure& failure) {
      screen.complain(failure.what());
      return failure.code();
    } catch (const std::exception& error) {
      screen.complain(error.what());
      return ExitCode::unavailable;
    }
  }

 private:
  ExitCode execute(Screen& screen) {
    if (app_.got_subcommand("trace")) {
      if (trace_.scripts.empty() && trace_.commands.empty())
        throw Failure(ExitCode::usage, "trace: name a script, or give SQL with -c");
      return cli::run(trace_, screen);
    }
    if (app_.got_subcommand("schema")) return cli::run(schema_, screen);
    if (app_.got_subcommand("events")) cli::run(events_, screen);
    if (app_.got_subcommand("ping")) cli::run(ping_, screen);
    return ExitCode::ok;
  }

  CLI::App app_{"hark shows what programs and scripts do to a database, event by event.",
                "hark"};
  bool no_color_ = false;
  TraceCommand trace_;
  EventsCommand events_;
  PingCommand ping_;
  SchemaCommand schema_;
};

}  // namespace
}  // namespace hark::cli

int main(int argc, char** argv) {
  // Whoever reads our output may go away.
  std::signal(SIGPIPE, SIG_IGN);
  return static_cast<int>(hark::cli::Program().run(argc, argv));
}
