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

#include "cli/audit_command.hpp"
#include "cli/events_command.hpp"
#include "cli/exit.hpp"
#include "cli/ping_command.hpp"
#include "cli/report_command.hpp"
#include "cli/schema_command.hpp"
#include "cli/screen.hpp"
#include "cli/trace_command.hpp"

namespace hark::cli {
namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 all went well; 1 a statement failed, a script ends inside a string, "
    "a\n"
    "quoted name or a comment, schemas differ, or an audit is not intact; 2 the command "
    "line\n"
    "is wrong, a URL or a name in it included; 3 a database cannot be reached, or a file "
    "not\n"
    "be read or written; 130 interrupted.";

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
  CLI::Option* const audit =
      app.add_option("--audit", command.audit.file, "append an audit to this file")
          ->type_name("FILE");
  app.add_option(
         "--audit-key", command.audit.key_file, "the file with the key of its chain")
      ->type_name("FILE")
      ->needs(audit);
  CLI::Option* const otlp = app.add_option("--otlp",
                                           command.audit.otlp,
                                           "send spans to an OpenTelemetry collector; "
                                           "without a path, to its /v1/traces")
                                ->type_name("URL");
  app.add_option("--otlp-header", command.audit.otlp_headers, "send it with them")
      ->type_name("KEY=VALUE")
      ->needs(otlp)
      ->expected(1)
      ->take_all();
  app.add_option("--events", command.events, "listen to these events or families only")
      ->type_name("NAMES")
      ->delimiter(',')
      ->expected(1)
      ->allow_extra_args(false)
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

void add_report(CLI::App& app, ReportCommand& command) {
  app.add_option("file", command.file, "an audit file, as hark trace --audit writes it")
      ->required()
      ->type_name("FILE");
  app.add_option("-o,--html", command.html, "the page to write; - is standard output")
      ->required()
      ->type_name("OUT");
  app.add_option("--key-file", command.key_file, "the file with the key of the chain")
      ->type_name("FILE");
  app.add_option("--title", command.title, "of the page")->type_name("TEXT");
  app.add_option("--top", command.top, "rows of each table")
      ->type_name("N")
      ->check(CLI::Range(1U, 10'000U))
      ->capture_default_str();
}

/// What `hark audit` is told.
struct AuditCommands {
  AuditVerifyCommand verify;
  AuditSummaryCommand summary;
  AuditTailCommand tail;
};

void add_audit_verify(CLI::App& app, AuditVerifyCommand& command) {
  app.add_option("files", command.files, "audit files, each with what was rotated away")
      ->required()
      ->type_name("FILE");
  app.add_option("--key-file", command.key_file, "the file with the key of the chain")
      ->type_name("FILE");
  app.add_option("--expect-last",
                 command.expected,
                 "a line that must be there, as it was once shown as the last one")
      ->type_name("SEQ:HASH");
  app.add_flag("--accept-crashes",
               command.accepts_crashes,
               "runs without an end are fine, where the next run tells of them");
}

void add_audit_summary(CLI::App& app, AuditSummaryCommand& command) {
  app.add_option("file", command.file, "an audit file")->required()->type_name("FILE");
  app.add_option("--top", command.top, "rows of each table")
      ->type_name("N")
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
}

void add_audit_tail(CLI::App& app, AuditTailCommand& command) {
  app.add_option("file", command.file, "an audit file")->required()->type_name("FILE");
  app.add_option("-n,--lines", command.lines, "how many lines")
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("-f,--follow", command.follow, "show what is added, until Ctrl-C");
  app.add_flag("--json", command.as_json, "the lines as they are");
}

void add_audit(CLI::App& app, AuditCommands& commands) {
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Exit codes of verify: 0 intact; 1 not intact; 2 the command line is wrong; 3 a "
      "file\ncannot be read.");
  add_audit_verify(*app.add_subcommand("verify", "Say whether audit files are intact"),
                   commands.verify);
  add_audit_summary(*app.add_subcommand("summary", "Sum up an audit file"),
                    commands.summary);
  add_audit_tail(*app.add_subcommand("tail", "Show an audit file's last lines"),
                 commands.tail);
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
    add_audit(*app_.add_subcommand("audit", "Verify, sum up and show audit files"),
              audit_);
    add_events(*app_.add_subcommand("events", "Show what can be listened to"), events_);
    add_ping(*app_.add_subcommand("ping", "Show a database's version and how fast it is"),
             ping_);
    add_report(*app_.add_subcommand("report", "Render an audit file as a page of HTML"),
               report_);
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
    if (app_.got_subcommand("audit"))
      return execute(*app_.get_subcommand("audit"), screen);
    if (app_.got_subcommand("report")) return cli::run(report_, screen);
    if (app_.got_subcommand("events")) cli::run(events_, screen);
    if (app_.got_subcommand("ping")) cli::run(ping_, screen);
    return ExitCode::ok;
  }

  ExitCode execute(const CLI::App& audit, Screen& screen) {
    if (audit.got_subcommand("verify")) return cli::run(audit_.verify, screen);
    if (audit.got_subcommand("tail")) return cli::run(audit_.tail, screen);
    cli::run(audit_.summary, screen);
    return ExitCode::ok;
  }

  CLI::App app_{"hark shows what programs and scripts do to a database, event by event.",
                "hark"};
  bool no_color_ = false;
  TraceCommand trace_;
  AuditCommands audit_;
  EventsCommand events_;
  PingCommand ping_;
  ReportCommand report_;
  SchemaCommand schema_;
};

}  // namespace
}  // namespace hark::cli

int main(int argc, char** argv) {
  // Whoever reads our output may go away.
  std::signal(SIGPIPE, SIG_IGN);
  return static_cast<int>(hark::cli::Program().run(argc, argv));
}
