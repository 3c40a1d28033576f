// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/report_page.hpp"

#include <hark/version.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "cli/report_html.hpp"
#include "cli/screen.hpp"

namespace hark::cli {
namespace {

// The script and the style of the page, and their SHA-256.
#include "report_assets.inc"

using audit::EventKind;
using nlohmann::json;

constexpr std::size_t kind_count = static_cast<std::size_t>(EventKind::custom) + 1;

// ---- Texts ----

std::uint8_t value_of_digit(char digit) noexcept {
  return static_cast<std::uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/// As a Content-Security-Policy has it: in Base64.
std::string hash_source(std::string_view hexadecimal) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string made = "'sha256-";
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : hexadecimal) {
    bits = bits << 4U | value_of_digit(digit);
    for (count += 4; count >= 6; count -= 6)
      made += digits[bits >> static_cast<unsigned>(count - 6) & 63U];
  }
  made += digits[bits << static_cast<unsigned>(6 - count) & 63U];
  return made + "='";  // of 256 bits, the last digit has four
}

/// "2026-11-22 09:12:33.123456"
std::string utc_text(Moment at) {
  using namespace std::chrono;
  const sys_time<microseconds> time(floor<microseconds>(nanoseconds(at)));
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()),
                     clock.hours().count(),
                     clock.minutes().count(),
                     clock.seconds().count(),
                     clock.subseconds().count());
}

/// Digits in threes: "-1,234.567", of a number of millionths of what is shown.
std::string milli_text(Moment nanoseconds, Moment unit, int digits) {
  const bool is_negative = nanoseconds < 0;
  const auto amount = is_negative ? 0 - static_cast<std::uint64_t>(nanoseconds)
                                  : static_cast<std::uint64_t>(nanoseconds);
  auto step = static_cast<std::uint64_t>(unit);
  for (int i = 0; i < digits; ++i) step /= 10;
  std::uint64_t scale = 1;
  for (int i = 0; i < digits; ++i) scale *= 10;
  const std::uint64_t rounded = amount / step + (amount % step * 2 >= step ? 1 : 0);
  return fmt::format("{}{}.{:0{}}",
                     is_negative ? "-" : "",
                     count_text(rounded / scale),
                     rounded % scale,
                     digits);
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count_text(count), count == 1 ? one : many);
}

/// The program's runs have ids of their own: "17", in the second run "2/17".
std::string key_of(std::uint64_t run, std::uint64_t id) {
  return run <= 1 ? std::to_string(id) : fmt::format("{}/{}", run, id);
}

// ---- Cells ----

void write_count(Html& page, std::uint64_t count) {
  page << R"(<td class="num" data-value=")" << count << "\">"
       << Text(count == 0 ? "–" : count_text(count)) << "</td>";
}

void write_milliseconds(Html& page, Moment duration) {
  page << R"(<td class="num" data-value=")" << duration << "\">"
       << Text(milli_text(duration, 1'000'000, 3)) << "</td>";
}

/// Milliseconds with a bar: a share of the greatest.
void write_bar(Html& page, Moment duration, Moment greatest) {
  const double share =
      greatest <= 0 ? 0.0 : static_cast<double>(duration) / static_cast<double>(greatest);
  const std::string width = fmt::format("{:.1f}", 64 * std::clamp(share, 0.0, 1.0));
  page << R"(<td class="num" data-value=")" << duration
       << R"("><svg width="64" height="8" aria-hidden="true"><rect class="bar" x=")"
       << Text(fmt::format("{:.1f}", 64 - 64 * std::clamp(share, 0.0, 1.0)))
       << "\" width=\"" << Text(width) << R"(" height="8" rx="2"/></svg>)"
       << Text(milli_text(duration, 1'000'000, 3)) << "</td>";
}

void write_text(Html& page, std::string_view text) {
  page << "<td class=\"short\">" << Text(text) << "</td>";
}

/// Seconds since the report's begin; the time itself where the pointer rests.
void write_time(Html& page, Moment at, const AuditReport& report) {
  std::string utc = utc_text(at);
  page << R"(<td class="num" data-value=")" << at << "\"><time title=\"" << Text(utc)
       << " UTC\" datetime=\"";
  utc[10] = 'T';
  page << Text(utc) << "Z\">" << Text(milli_text(at - report.begin, 1'000'000'000, 3))
       << "</time></td>";
}

void write_outcome(Html& page, const std::optional<Outcome>& outcome) {
  const std::string_view state = state_of(outcome);
  page << "<td><span class=\"chip " << Text(state) << "\">"
       << Text(outcome ? state : "no end") << "</span></td>";
}

void write_request(Html& page,
                   std::uint64_t run,
                   std::uint64_t id,
                   std::string_view name) {
  const std::string key = key_of(run, id);
  page << R"(<td class="request"><a href="#request=)" << Text(key) << "\">"
       << Text(name.empty() ? "request" : shortened(name, 60))
       << "</a> <span class=\"muted\">" << Text(key) << "</span></td>";
}

/// A row of what belongs to a request.
void open_row(Html& page, const Span& span) {
  page << "<tr data-request=\"" << Text(key_of(span.run, span.request)) << "\">";
}

/// SQL on one line; what is longer is in full behind it.
void write_sql(Html& page, std::string_view text, std::uint64_t size) {
  constexpr std::size_t widest = 220;
  const std::string line = shortened(text, widest);
  const bool is_whole = text.size() == size;
  if (is_whole && !line.ends_with("…")) {
    page << "<code>" << Text(line) << "</code>";
    return;
  }
  page << "<details><summary><code>" << Text(line) << "</code></summary><pre>"
       << Text(text) << "</pre>";
  if (!is_whole)
    page << "<p class=\"muted\">The first " << Text(count_text(text.size())) << " of "
         << Text(count_text(size)) << " bytes.</p>";
  page << "</details>";
}

/// SQL with its parameters, and why it failed.
void write_statement(Html& page, const Span& span) {
  page << "<td class=\"wide\">";
  if (span.text.empty()) {
    page << Text(span.kind ? audit::name_of(*span.kind) : std::string_view());
    if (!span.name.empty()) page << " " << Text(span.name);
  } else {
    write_sql(page, span.text, span.text_size);
  }
  if (!span.parameters.empty())
    page << "<p class=\"muted\">" << Text(span.parameters) << "</p>";
  if (!span.failure.empty()) page << "<p class=\"bad\">" << Text(span.failure) << "</p>";
  page << "</td>";
}

// ---- Tables ----

struct Column {
  Markup key;
  Markup name;
  bool is_number = true;
};

void open_table(Html& page, Markup id, std::span<const Column> columns) {
  page << R"(<div class="scroller"><table class="rows" id=")" << id << "\"><thead><tr>";
  for (const Column& column : columns) {
    page << R"(<th scope="col" data-key=")" << column.key << "\"";
    if (column.is_number) page << " class=\"num\"";
    page << ">" << column.name << "</th>";
  }
  page << "</tr></thead><tbody>\n";
}

void close_table(Html& page) { page << "</tbody></table></div>\n"; }

void open_section(Html& page, Markup id, Markup title) {
  page << "<section id=\"" << id << "\" aria-labelledby=\"" << id << "-title\"><h2 id=\""
       << id << "-title\">" << title << "</h2>\n";
}

void write_empty(Html& page, Markup sentence) {
  page << "<p class=\"empty\">" << sentence << "</p>\n";
}

/// "The 50 slowest of 1,234."
void write_share(Html& page, std::size_t shown, std::uint64_t all, Markup of_what) {
  if (shown >= all) return;
  page << "<p>" << Text(count_text(shown)) << " of " << Text(count_text(all)) << " "
       << of_what << "</p>\n";
}

// ---- What is wrong, at the top ----

struct Health {
  Html& page;
  const AuditReport& report;
  const PageFacts& facts;

  bool has_losses() const {
    return !report.losses.empty() || report.lost_in_requests != 0;
  }
  bool is_troubled() const {
    return has_losses() || is_chain_broken() || facts.unreadable != 0;
  }

  void write_losses() const {
    if (!has_losses()) {
      page << "<li>No event was lost on its way into the file.</li>\n";
      return;
    }
    std::uint64_t events = 0;
    std::uint64_t requests = 0;
    for (const Loss& loss : report.losses) {
      events += loss.events;
      requests += loss.requests;
    }
    events = std::max(events, report.lost_in_requests);
    page << R"(<li class="bad" id="losses"><strong>)"
         << Text(plural(events, "event was", "events were")) << " not recorded"
         << Text(requests == 0
                     ? std::string()
                     : ", nor " + plural(requests, "whole request", "whole requests"))
         << ".</strong> What follows does not count them.<ul>\n";
    for (const Loss& loss : report.losses) {
      page << "<li>" << Text(loss.reason.empty() ? "no reason given" : loss.reason)
           << ": " << Text(plural(loss.events, "event", "events")) << ", "
           << Text(plural(loss.requests, "request", "requests"));
      if (loss.ends != 0) page << ", " << Text(plural(loss.ends, "end", "ends"));
      page << ", told "
           << Text(loss.times == 1 ? "once" : count_text(loss.times) + " times")
           << "</li>\n";
    }
    page << "</ul></li>\n";
  }

  void write_chain() const {
    const audit::CheckReport& check = facts.check;
    if (check.lines == 0) {
      page << "<li class=\"warn\" id=\"chain\">The file is empty.</li>\n";
    } else if (check.is_intact()) {
      page << "<li id=\"chain\">The hash chain is intact: "
           << Text(plural(check.lines, "line", "lines")) << " in "
           << Text(plural(check.files, "file", "files")) << ", the last one is "
           << Text(count_text(check.last_seq)) << ".</li>\n";
    } else {
      write_findings();
    }
  }

  void write_findings() const {
    const audit::CheckReport& check = facts.check;
    const std::string count = plural(check.findings_count, "finding", "findings");
    if (is_chain_broken()) {
      page << R"(<li class="bad" id="chain"><strong>The hash chain is broken: )"
           << Text(count) << ".</strong> The numbers below may not be what was recorded.";
    } else if (lacks_key()) {
      page << "<li class=\"warn\" id=\"chain\"><strong>The hash chain was not checked: "
              "it has a key, and none was given.</strong> hark report --key-file takes "
              "it.";
    } else {
      page << "<li class=\"warn\" id=\"chain\">The hash chain is intact as far as it "
              "goes, "
              "but the record is not whole: "
           << Text(count) << ".";
    }
    page << "<ul>\n";
    constexpr std::size_t most = 10;
    for (std::size_t i = 0; i < std::min(most, check.findings.size()); ++i) {
      const audit::Finding& finding = check.findings[i];
      page << "<li>line " << Text(count_text(finding.line)) << ", "
           << Text(audit::name_of(finding.fault)) << ": " << Text(finding.message)
           << "</li>\n";
    }
    if (check.findings_count > most)
      page << "<li>and " << Text(count_text(check.findings_count - most))
           << " more: hark audit verify shows them</li>\n";
    page << "</ul></li>\n";
  }

  /// Is a line not what was written, or not where it was?
  bool is_chain_broken() const {
    using audit::Fault;
    const auto& findings = facts.check.findings;
    return std::any_of(
        findings.begin(), findings.end(), [this](const audit::Finding& finding) {
          if (finding.fault == Fault::wrong_key) return !lacks_key();
          return finding.fault != Fault::truncated && finding.fault != Fault::torn &&
                 finding.fault != Fault::start_without_end &&
                 finding.fault != Fault::end_without_start;
        });
  }

  /// So that no hash could be looked at.
  bool lacks_key() const {
    const auto& findings = facts.check.findings;
    return !facts.check.has_key &&
           std::any_of(
               findings.begin(), findings.end(), [](const audit::Finding& finding) {
                 return finding.fault == audit::Fault::wrong_key;
               });
  }

  void write_ends() const {
    if (facts.is_torn)
      page << "<li class=\"warn\" id=\"torn\">The file ends within a line: its last "
              "record "
              "is not whole, and not here.</li>\n";
    if (facts.unreadable != 0)
      page << R"(<li class="bad" id="unreadable">)"
           << Text(plural(facts.unreadable, "line is", "lines are"))
           << " no record, and left out.</li>\n";
    if (report.unended != 0)
      page << R"(<li class="warn" id="unended">)"
           << Text(plural(
                  report.unended, "request or event has", "requests and events have"))
           << " no end here"
           << Text(facts.check.is_being_written ? ": the file is being written" : "")
           << ". The timeline draws them up to the end of what is known.</li>\n";
    if (facts.check.crashes != 0)
      page << "<li class=\"warn\">"
           << Text(plural(
                  facts.check.crashes, "run of the program", "runs of the program"))
           << " ended without closing the file.</li>\n";
  }

  void write_sample() const {
    const auto count = [](std::uint64_t shown, std::uint64_t all, std::string_view name) {
      return fmt::format("{} of {} {}", count_text(shown), count_text(all), name);
    };
    const auto requests = static_cast<std::uint64_t>(std::count_if(
        report.timeline.begin(), report.timeline.end(), [](const Span& span) {
          return !span.kind;
        }));
    const std::uint64_t events = report.timeline.size() - requests;
    if (requests >= report.requests && events >= report.events) return;
    page << R"(<li class="note" id="sample">The timeline is showing )"
         << Text(count(events, report.events, "events")) << " and "
         << Text(count(requests, report.requests, "requests"))
         << ": what failed, the longest ones, and a sample of the others. All numbers "
            "are of "
            "all of them.</li>\n";
  }

  void write() const {
    page << "<ul class=\"health";
    if (is_troubled()) page << " troubled";
    page << "\" aria-label=\"Is the record whole?\">\n";
    write_losses();
    write_chain();
    write_ends();
    write_sample();
    page << "</ul>\n";
  }
};

// ---- The head ----

void write_head(Html& page, const PageFacts& facts) {
  page << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "script-src "
       << Text(hash_source(report_script_sha256)) << "; style-src "
       << Text(hash_source(report_style_sha256))
       << "; base-uri 'none'; form-action 'none'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta name=\"generator\" content=\"hark "
       << Text(version) << "\">\n<title>" << Text(facts.title) << "</title>\n<style>"
       << report_style << "</style>\n</head>\n<body>\n";
}

void write_runs(Html& page, const AuditReport& report) {
  constexpr std::size_t most = 3;
  const std::size_t count = report.runs.size();
  for (std::size_t i = 0; i < std::min(most, count); ++i) {
    const Run& run = report.runs[i];
    page << "<p>" << Text(run.program.empty() ? "program" : run.program) << ", process "
         << Text(std::to_string(run.pid));
    if (!run.host.empty()) page << " on " << Text(run.host);
    page << ", hark " << Text(run.hark_version) << ", since " << Text(utc_text(run.start))
         << " UTC</p>\n";
  }
  if (count > most)
    page << "<p>and " << Text(plural(count - most, "more run", "more runs")) << "</p>\n";
}

void write_header(Html& page, const AuditReport& report, const PageFacts& facts) {
  page << "<header>\n<h1>" << Text(facts.title) << "</h1>\n<p>" << Text(facts.file);
  if (report.end != report.begin) {
    page << " · <time id=\"begin\">" << Text(utc_text(report.begin))
         << "</time> to <time>" << Text(utc_text(report.end)) << "</time> UTC · "
         << Text(duration_text(report.end - report.begin));
  }
  constexpr std::size_t most = 5;
  for (std::size_t i = 0; i < std::min(most, report.databases.size()); ++i)
    page << " · " << Text(report.databases[i]);
  if (report.databases.size() > most) page << " · …";
  page << "</p>\n";
  write_runs(page, report);
  page << "</header>\n";
}

void write_figure(Html& page,
                  Markup name,
                  std::string_view number,
                  std::string_view small) {
  page << "<div><dt>" << name << "</dt><dd>" << Text(number);
  if (!small.empty()) page << "<small>" << Text(small) << "</small>";
  page << "</dd></div>\n";
}

std::string failed_text(std::uint64_t failed) {
  return failed == 0 ? "none failed" : count_text(failed) + " failed";
}

std::uint64_t count_of(const AuditReport& report, EventKind kind) {
  const auto found = report.kinds.find(kind);
  return found == report.kinds.end() ? 0 : found->second;
}

void write_figures(Html& page, const AuditReport& report) {
  std::uint64_t ended_well = 0;
  for (const TransactionGroup& group : report.transaction_groups) {
    if (group.kind == EventKind::transaction && group.ended_by == "commit" &&
        group.outcome == Outcome::ok)
      ended_well += group.count;
  }
  page << "<dl class=\"figures\">\n";
  write_figure(
      page, "Requests", count_text(report.requests), failed_text(report.failed_requests));
  write_figure(page, "Events", count_text(report.events), {});
  write_figure(page,
               "Statements",
               count_text(report.statements),
               failed_text(report.failed_statements));
  write_figure(page,
               "Time in statements",
               duration_text(report.statement_time),
               report.statements == 0
                   ? std::string()
                   : duration_text(report.statement_time /
                                   static_cast<Moment>(report.statements)) +
                         " on average");
  write_figure(page, "Rows", count_text(report.rows), {});
  write_figure(page,
               "Transactions",
               count_text(count_of(report, EventKind::transaction)),
               count_text(ended_well) + " committed");
  write_figure(
      page,
      "Checkouts",
      count_text(report.pool.checkouts),
      report.pool.waits == 0 ? "none waited" : count_text(report.pool.waits) + " waited");
  page << "</dl>\n";
}

void write_tools(Html& page) {
  page << "<div class=\"tools\">\n<nav aria-label=\"Sections\">"
          "<a href=\"#timeline\">Timeline</a><a href=\"#slow\">Slowest</a>"
          "<a href=\"#statements\">Fingerprints</a><a href=\"#repeated\">N+1 suspects</a>"
          "<a href=\"#transactions\">Transactions</a><a href=\"#pool\">Pool</a>"
          "<a href=\"#failures\">Failures</a><a href=\"#requests\">Requests</a></nav>\n"
          "<form id=\"filter\" role=\"search\" hidden>"
          "<label>Text <input type=\"search\" id=\"filter-text\" autocomplete=\"off\" "
          "placeholder=\"SQL, parameter, error\"></label>"
          "<label>Request <input type=\"search\" id=\"filter-request\" "
          "autocomplete=\"off\" "
          "placeholder=\"name or id\"></label>"
          "<button type=\"button\" id=\"clear\" hidden>Clear</button></form>\n"
          "<output id=\"matches\" form=\"filter\"></output></div>\n";
}

// ---- The timeline ----

void write_legend(Html& page, const AuditReport& report) {
  page << R"(<ul class="legend"><li><i class="request"></i>request</li>)";
  for (const auto& [kind, count] : report.kinds) {
    if (kind == EventKind::error) continue;
    page << "<li><i class=\"" << Text(audit::name_of(kind)) << "\"></i>"
         << Text(audit::name_of(kind)) << "</li>";
  }
  page << "<li><i class=\"error\"></i>failed</li></ul>";
}

void write_timeline(Html& page, const AuditReport& report) {
  open_section(page, "timeline", "Timeline");
  if (report.timeline.empty())
    write_empty(page, "There is nothing to draw: the file has no requests.");
  page << "<noscript><p>The timeline is drawn by this page's script, which does not run "
          "here. "
          "The tables below are all there without it.</p></noscript>\n"
          "<div id=\"timeline-box\" hidden>\n<div class=\"bar-row\">";
  write_legend(page, report);
  page
      << "<div class=\"buttons\"><button type=\"button\" id=\"zoom-in\" "
         "aria-label=\"Zoom "
         "in\">+</button><button type=\"button\" id=\"zoom-out\" aria-label=\"Zoom "
         "out\">−</button><button type=\"button\" id=\"fit\">All</button></div></div>\n"
         "<div class=\"canvas-box\"><canvas class=\"overview\" id=\"overview\" "
         "aria-hidden=\"true\"></canvas>\n"
         "<div class=\"lanes\" id=\"lanes\" tabindex=\"0\" role=\"application\" "
         "aria-label=\"Timeline of the requests. Arrows move, plus and minus zoom, n and "
         "p go "
         "to the next and the previous event, which is described below.\">"
         "<canvas id=\"spans\" aria-hidden=\"true\"></canvas><div "
         "id=\"spacer\"></div></div>"
         "</div>\n<div class=\"tip\" id=\"tip\" hidden aria-hidden=\"true\"></div>\n"
         "<div class=\"detail\" id=\"detail\" aria-live=\"polite\"></div>\n"
         "<template id=\"keys\"><p class=\"muted\">Click an event, or go from one to the "
         "next "
         "with <kbd>n</kbd> and <kbd>p</kbd>. Drag or <kbd>←</kbd> <kbd>→</kbd> to move, "
         "<kbd>Ctrl</kbd> and the wheel or <kbd>+</kbd> <kbd>−</kbd> to zoom, "
         "<kbd>0</kbd> "
         "for all; a double click or <kbd>Enter</kbd> zooms to one "
         "event.</p></template>\n"
         "</div>\n</section>\n";
}

/// The texts of the timeline, each one once, up to a limit.
class Texts {
 public:
  /// The number of the text; empty: there is no more room.
  std::optional<std::size_t> add(const std::string& text) {
    if (const auto found = numbers_.find(text); found != numbers_.end())
      return found->second;
    if (!has_room(text.size())) return std::nullopt;
    numbers_.emplace(text, texts_.size());
    texts_.push_back(text);
    return texts_.size() - 1;
  }

  bool has_room(std::size_t size) noexcept {
    if (size > room_) return false;
    room_ -= size;
    return true;
  }

  json take() { return std::move(texts_); }

 private:
  std::size_t room_ = most_timeline_text;
  std::unordered_map<std::string, std::size_t> numbers_;
  json texts_ = json::array();
};

/// A number that a script can hold, or its digits.
json json_of(std::uint64_t number) {
  constexpr std::uint64_t most_exact = std::uint64_t{1} << 53U;
  return number <= most_exact ? json(number) : json(std::to_string(number));
}

json facts_of(const Span& span, Texts& texts) {
  json made{{"id", key_of(span.run, span.id)}};
  const auto add_text = [&](const char* name, const std::string& text) {
    if (!text.empty() && texts.has_room(text.size())) made[name] = text;
  };
  const auto add_count = [&](const char* name, std::uint64_t count) {
    if (count != 0) made[name] = json_of(count);
  };
  if (!span.text.empty()) {
    if (const auto number = texts.add(span.text)) made["text"] = *number;
    if (span.text_size > span.text.size()) made["cut"] = json_of(span.text_size);
  }
  add_text("name", span.name);
  add_text("parameters", span.parameters);
  add_text("failure", span.failure);
  add_text("ended", span.ended_by);
  if (span.rows) made["rows"] = json_of(*span.rows);
  add_count("batch", span.batch_size);
  add_count("events", span.events);
  add_count("statements", span.statements);
  add_count("failures", span.failures);
  add_count("lost", span.lost);
  if (span.waited > 0) made["waited"] = span.waited;
  if (span.open > 0) made["open"] = span.open;
  return made;
}

std::size_t number_of(const std::optional<EventKind>& kind) noexcept {
  return kind ? static_cast<std::size_t>(*kind) : kind_count;
}

/// What the script draws: columns of numbers, and texts. The longest spans have theirs first.
std::string timeline_json(const AuditReport& report) {
  const std::vector<Span>& spans = report.timeline;
  std::vector<std::size_t> by_length(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) by_length[i] = i;
  std::stable_sort(
      by_length.begin(), by_length.end(), [&](std::size_t one, std::size_t other) {
        return spans[one].elapsed > spans[other].elapsed;
      });
  Texts texts;
  std::vector<json> facts(spans.size());
  for (const std::size_t i : by_length) facts[i] = facts_of(spans[i], texts);

  std::unordered_map<std::string, std::size_t> request_numbers;
  json requests = json::array();
  json columns{{"request", json::array()},
               {"kind", json::array()},
               {"state", json::array()},
               {"start", json::array()},
               {"elapsed", json::array()},
               {"depth", json::array()}};
  for (const Span& span : spans) {
    const std::string key = key_of(span.run, span.request);
    const auto [found, is_new] = request_numbers.try_emplace(key, requests.size());
    if (is_new) requests.push_back({key, shortened(span.request_name, 200)});
    columns["request"].push_back(found->second);
    columns["kind"].push_back(number_of(span.kind));
    columns["state"].push_back(span.outcome ? static_cast<int>(*span.outcome) : 4);
    columns["start"].push_back(span.start - report.begin);
    columns["elapsed"].push_back(span.elapsed);
    columns["depth"].push_back(span.depth);
  }
  columns["facts"] = std::move(facts);
  json kinds = json::array();
  for (std::size_t i = 0; i < kind_count; ++i)
    kinds.push_back(audit::name_of(static_cast<EventKind>(i)));
  kinds.push_back("request");
  const json all{{"begin", std::to_string(report.begin)},
                 {"length", report.end - report.begin},
                 {"kinds", std::move(kinds)},
                 {"states", {"ok", "error", "cancelled", "unknown", "open"}},
                 {"requests", std::move(requests)},
                 {"texts", texts.take()},
                 {"spans", std::move(columns)}};
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

// ---- The tables ----

void write_slowest(Html& page, const AuditReport& report) {
  static constexpr std::array<Column, 6> columns{{{"elapsed", "ms"},
                                                  {"rows", "Rows"},
                                                  {"at", "At, s"},
                                                  {"outcome", "Outcome", false},
                                                  {"request", "Request", false},
                                                  {"sql", "Statement", false}}};
  open_section(page, "slow", "Slowest statements");
  if (report.slowest.empty()) {
    write_empty(page, "No statement was executed.");
  } else {
    write_share(page, report.slowest.size(), report.statements, "statements");
    open_table(page, "slowest", columns);
    for (const Span& span : report.slowest) {
      open_row(page, span);
      write_bar(page, span.elapsed, report.slowest.front().elapsed);
      write_count(page, span.rows.value_or(0));
      write_time(page, span.start, report);
      write_outcome(page, span.outcome);
      write_request(page, span.run, span.request, span.request_name);
      write_statement(page, span);
      page << "</tr>\n";
    }
    close_table(page);
  }
  page << "</section>\n";
}

void write_groups(Html& page, const AuditReport& report) {
  static constexpr std::array<Column, 9> columns{{{"total", "Total ms"},
                                                  {"count", "Count"},
                                                  {"mean", "Mean ms"},
                                                  {"p50", "p50 ms"},
                                                  {"p95", "p95 ms"},
                                                  {"max", "Max ms"},
                                                  {"rows", "Rows"},
                                                  {"failed", "Failed"},
                                                  {"sql", "Statement", false}}};
  open_section(page, "statements", "Statements by fingerprint");
  if (report.statement_groups.empty()) {
    write_empty(page, "No statement was executed.");
  } else {
    write_share(page,
                report.statement_groups.size(),
                report.statement_group_count,
                "fingerprints, those with the most time in all");
    open_table(page, "groups", columns);
    for (const StatementGroup& group : report.statement_groups) {
      page << "<tr>";
      write_bar(page, group.total, report.statement_groups.front().total);
      write_count(page, group.count);
      write_milliseconds(page, group.mean);
      write_milliseconds(page, group.p50);
      write_milliseconds(page, group.p95);
      write_milliseconds(page, group.max);
      write_count(page, group.rows);
      write_count(page, group.failures);
      page << "<td class=\"wide\">";
      write_sql(page, group.fingerprint, group.fingerprint.size());
      page << "</td></tr>\n";
    }
    close_table(page);
  }
  page << "</section>\n";
}

void write_suspects(Html& page, const AuditReport& report) {
  static constexpr std::array<Column, 6> columns{{{"executions", "Executions"},
                                                  {"runs", "Runs"},
                                                  {"requests", "Requests"},
                                                  {"total", "Total ms"},
                                                  {"worst", "Most in one request", false},
                                                  {"sql", "Query", false}}};
  open_section(page, "repeated", "N+1 suspects");
  if (report.suspects.empty()) {
    write_empty(page, "No request asked for one row at a time, again and again.");
  } else {
    page << "<p>Queries that a request executed at least "
         << Text(std::to_string(shortest_run))
         << " times in a row, each for another row: one query for all of them would "
            "do.</p>\n";
    open_table(page, "suspects", columns);
    for (const Suspect& suspect : report.suspects) {
      page << "<tr>";
      write_count(page, suspect.executions);
      write_count(page, suspect.runs);
      write_count(page, suspect.requests);
      write_milliseconds(page, suspect.total);
      page << "<td data-value=\"" << suspect.worst << R"(" class="short">)"
           << Text(count_text(suspect.worst)) << " in <a href=\"#request="
           << Text(key_of(suspect.worst_run, suspect.worst_request)) << "\">"
           << Text(shortened(suspect.worst_request_name, 60)) << "</a></td>"
           << "<td class=\"wide\">";
      write_sql(page, suspect.fingerprint, suspect.fingerprint.size());
      page << "</td></tr>\n";
    }
    close_table(page);
  }
  page << "</section>\n";
}

void write_transaction_groups(Html& page, const AuditReport& report) {
  static constexpr std::array<Column, 6> columns{{{"count", "Count"},
                                                  {"total", "Total ms"},
                                                  {"max", "Longest ms"},
                                                  {"kind", "Kind", false},
                                                  {"ended", "Ended by", false},
                                                  {"outcome", "Outcome", false}}};
  open_table(page, "transaction-groups", columns);
  for (const TransactionGroup& group : report.transaction_groups) {
    page << "<tr>";
    write_count(page, group.count);
    write_milliseconds(page, group.total);
    write_milliseconds(page, group.max);
    write_text(page, audit::name_of(group.kind));
    write_text(page, group.ended_by.empty() ? "–" : group.ended_by);
    write_outcome(page, group.outcome);
    page << "</tr>\n";
  }
  close_table(page);
}

void write_transactions(Html& page, const AuditReport& report) {
  static constexpr std::array<Column, 7> columns{{{"elapsed", "ms"},
                                                  {"statements", "Statements"},
                                                  {"at", "At, s"},
                                                  {"kind", "Kind", false},
                                                  {"ended", "Ended by", false},
                                                  {"outcome", "Outcome", false},
                                                  {"request", "Request", false}}};
  open_section(page, "transactions", "Transactions");
  if (report.transaction_groups.empty()) {
    write_empty(page, "There was no transaction.");
    page << "</section>\n";
    return;
  }
  write_transaction_groups(page, report);
  page << "<h3>The longest</h3>\n";
  open_table(page, "longest-transactions", columns);
  for (const Span& span : report.longest_transactions) {
    open_row(page, span);
    write_bar(page, span.elapsed, report.longest_transactions.front().elapsed);
    write_count(page, span.statements);
    write_time(page, span.start, report);
    page << "<td class=\"short\">"
         << Text(span.kind ? audit::name_of(*span.kind) : std::string_view());
    if (!span.name.empty()) page << " " << Text(span.name);
    page << "</td>";
    write_text(page, span.ended_by.empty() ? "–" : span.ended_by);
    write_outcome(page, span.outcome);
    write_request(page, span.run, span.request, span.request_name);
    page << "</tr>\n";
  }
  close_table(page);
  page << "</section>\n";
}

constexpr std::array<std::string_view, PoolReport::bounds.size() + 1> bucket_names{
    "up to 100 µs",
    "up to 1 ms",
    "up to 10 ms",
    "up to 100 ms",
    "up to 1 s",
    "up to 10 s",
    "longer"};

/// Bars with their numbers: readable without colours, and by what reads the page aloud.
void write_histogram(Html& page, const PoolReport& pool) {
  const std::uint64_t most =
      *std::max_element(pool.histogram.begin(), pool.histogram.end());
  page << "<svg role=\"img\" aria-label=\"How long checkouts waited\" width=\"440\" "
          "height=\""
       << Text(std::to_string(pool.histogram.size() * 22)) << "\">\n";
  for (std::size_t i = 0; i < pool.histogram.size(); ++i) {
    const std::uint64_t count = pool.histogram.at(i);
    const double width =
        most == 0 ? 0 : 240.0 * static_cast<double>(count) / static_cast<double>(most);
    const std::string y = std::to_string(i * 22);
    page << R"(<text x="90" text-anchor="end" y=")" << Text(std::to_string(i * 22 + 15))
         << "\">" << Text(bucket_names.at(i)) << R"(</text><rect class="bar" x="100" y=")"
         << Text(std::to_string(i * 22 + 4)) << R"(" height="14" rx="2" width=")"
         << Text(fmt::format("{:.1f}", width)) << R"("/><text class="value" x=")"
         << Text(fmt::format("{:.1f}", 106 + width)) << "\" y=\""
         << Text(std::to_string(i * 22 + 15)) << "\">" << Text(count_text(count))
         << "</text>\n";
  }
  page << "</svg>\n";
}

void write_waits(Html& page, const AuditReport& report) {
  static constexpr std::array<Column, 5> columns{{{"waited", "Waited ms"},
                                                  {"elapsed", "Checkout ms"},
                                                  {"at", "At, s"},
                                                  {"outcome", "Outcome", false},
                                                  {"request", "Request", false}}};
  page << "<div class=\"columns\"><div><h3>How long they waited</h3>\n";
  write_histogram(page, report.pool);
  page << "</div><div><h3>The longest waits</h3>\n";
  open_table(page, "waits", columns);
  for (const Span& span : report.longest_waits) {
    open_row(page, span);
    write_milliseconds(page, span.waited);
    write_milliseconds(page, span.elapsed);
    write_time(page, span.start, report);
    write_outcome(page, span.outcome);
    write_request(page, span.run, span.request, span.request_name);
    page << "</tr>\n";
  }
  close_table(page);
  page << "</div></div>\n";
}

void write_pool(Html& page, const AuditReport& report) {
  const PoolReport& pool = report.pool;
  open_section(page, "pool", "Pool waits");
  page << "<p>" << Text(plural(pool.checkouts, "checkout", "checkouts")) << " in "
       << Text(duration_text(pool.checkout_time)) << ", "
       << Text(failed_text(pool.failures)) << "; "
       << Text(plural(pool.connects, "connection was", "connections were"))
       << " opened in " << Text(duration_text(pool.connect_time)) << ". ";
  if (pool.waits == 0) {
    page << "No checkout waited for a connection to be free.</p>\n";
  } else {
    page << "<strong>" << Text(count_text(pool.waits))
         << " waited for a connection to be free</strong>, "
         << Text(duration_text(pool.waited)) << " in all, "
         << Text(duration_text(pool.longest)) << " at most.</p>\n";
    write_waits(page, report);
  }
  page << "</section>\n";
}

std::string kinds_text(const FailureGroup& group) {
  std::string made;
  for (const auto& [kind, count] : group.kinds) {
    if (!made.empty()) made += ", ";
    made += fmt::format("{} {}", count_text(count), audit::name_of(kind));
  }
  return made;
}

void write_failures(Html& page, const AuditReport& report) {
  static constexpr std::array<Column, 7> columns{{{"count", "Count"},
                                                  {"type", "Class", false},
                                                  {"sqlstate", "SQLSTATE", false},
                                                  {"kinds", "In", false},
                                                  {"disconnects", "Disconnects"},
                                                  {"first", "First at, s"},
                                                  {"message", "First message", false}}};
  open_section(page, "failures", "Failures");
  if (report.failures.empty()) {
    write_empty(page, "Nothing failed.");
  } else {
    page << "<p>Count is of what failed; the events of kind error that tell of the same "
            "exception are beside it.</p>\n";
    write_share(
        page, report.failures.size(), report.failure_group_count, "kinds of failures");
    open_table(page, "failure-groups", columns);
    for (const FailureGroup& group : report.failures) {
      page << "<tr>";
      write_count(page, group.count);
      write_text(page, group.type);
      write_text(page, group.sqlstate.empty() ? "–" : group.sqlstate);
      page << "<td class=\"short\">" << Text(kinds_text(group)) << "</td>";
      write_count(page, group.disconnects);
      write_time(page, group.first, report);
      page << "<td class=\"wide\">" << Text(group.message) << "</td></tr>\n";
    }
    close_table(page);
  }
  page << "</section>\n";
}

void write_requests(Html& page, const AuditReport& report) {
  static constexpr std::array<Column, 9> columns{{{"elapsed", "ms"},
                                                  {"sql", "In statements ms"},
                                                  {"statements", "Statements"},
                                                  {"events", "Events"},
                                                  {"failed", "Failed"},
                                                  {"lost", "Lost"},
                                                  {"at", "At, s"},
                                                  {"outcome", "Outcome", false},
                                                  {"request", "Request", false}}};
  open_section(page, "requests", "Longest requests");
  if (report.longest_requests.empty()) {
    write_empty(page, "The file has no request.");
  } else {
    write_share(page, report.longest_requests.size(), report.requests, "requests");
    open_table(page, "longest-requests", columns);
    for (const Span& span : report.longest_requests) {
      open_row(page, span);
      write_bar(page, span.elapsed, report.longest_requests.front().elapsed);
      write_milliseconds(page, span.statement_time);
      write_count(page, span.statements);
      write_count(page, span.events);
      write_count(page, span.failures);
      write_count(page, span.lost);
      write_time(page, span.start, report);
      write_outcome(page, span.outcome);
      write_request(page, span.run, span.request, span.request_name);
      page << "</tr>\n";
    }
    close_table(page);
  }
  page << "</section>\n";
}

}  // namespace

std::string report_page(const AuditReport& report, const PageFacts& facts) {
  Html page;
  write_head(page, facts);
  write_header(page, report, facts);
  Health{page, report, facts}.write();
  write_figures(page, report);
  write_tools(page);
  page << "<main>\n";
  write_timeline(page, report);
  write_slowest(page, report);
  write_groups(page, report);
  write_suspects(page, report);
  write_transactions(page, report);
  write_pool(page, report);
  write_failures(page, report);
  write_requests(page, report);
  page << "</main>\n<script type=\"application/json\" id=\"data\">"
       << JsonText(timeline_json(report)) << "</script>\n<script>" << report_script
       << "</script>\n</body>\n</html>\n";
  return page.take();
}

}  // namespace hark::cli
