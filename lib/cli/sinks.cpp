// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/sinks.hpp"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/catalog.hpp"
#include "cli/nest.hpp"

namespace hark::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Turns moments of a trace into times of day.
class Calendar {
 public:
  explicit Calendar(const Trace& trace)
      : start_(std::chrono::system_clock::now() -
               std::chrono::duration_cast<std::chrono::system_clock::duration>(
                   Recorder::Clock::now() - trace.start())) {}

  /// "2026-01-31T12:00:00.123456789Z"
  std::string text_of(Moment moment) const {
    const std::int64_t all =
        std::chrono::nanoseconds(start_.time_since_epoch()).count() + moment;
    constexpr std::int64_t second = 1'000'000'000;
    return fmt::format("{:%FT%T}.{:09}Z",
                       fmt::gmtime(static_cast<std::time_t>(all / second)),
                       all % second);
  }

 private:
  const std::chrono::system_clock::time_point start_;
};

/// The ids of a thread's notes: that of an end is its announcement's as well.
std::vector<std::uint64_t> ids_of(const std::vector<Note>& notes) {
  std::vector<std::uint64_t> ids(notes.size());
  std::unordered_map<std::string_view, std::uint64_t> next_end;
  for (std::size_t i = notes.size(); i-- > 0;) {
    const std::string_view name = events.at(notes[i].event).name;
    ids[i] = notes[i].id;
    if (const std::string_view announcement = announcement_of(name);
        !announcement.empty()) {
      next_end[announcement] = notes[i].id;
    } else if (const auto found = next_end.find(name); found != next_end.end()) {
      ids[i] = found->second;
    }
  }
  return ids;
}

void put_id(Json& object, const char* key, std::uint64_t id) {
  if (id != 0) object[key] = id;
}

/// What a note tells besides its time and its event.
void put_facts(Json& object,
               const Note& note,
               const Recorder& recorder,
               const Workload& workload) {
  put_id(object, "connection", note.connection);
  put_id(object, "dbapi_connection", note.dbapi_connection);
  put_id(object, "record", note.record);
  put_id(object, "execution", note.execution);
  if (note.outcome) {
    object["outcome"] = name_of(*note.outcome);
    object["elapsed_ns"] = note.elapsed;
  }
  if (note.rows) object["rows"] = *note.rows;
  if (note.text != 0) object["error"] = recorder.text(note.text);
  if (note.step != Note::no_step)
    object["place"] = workload.place_of(workload.steps()[note.step]);
}

struct Numbered {
  Moment time;
  std::size_t thread;
  std::size_t note;
};

std::vector<Numbered> in_order_of_time(const Trace& trace) {
  std::vector<Numbered> all;
  for (std::size_t thread = 0; thread < trace.recorders().size(); ++thread) {
    const auto& notes = trace.recorders()[thread].notes();
    for (std::size_t i = 0; i < notes.size(); ++i)
      all.push_back({notes[i].time, thread, i});
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& one, const auto& other) {
    return one.time < other.time;
  });
  return all;
}

// -- Chrome -----------------------------------------------------------------------------

struct Span {
  Moment begin;
  Moment end;
  std::string name;
  const char* category;
  Json facts;
};

double microseconds(Moment moment) { return static_cast<double>(moment) / 1000; }

Json chrome_event(const char* phase, std::string name, std::size_t thread) {
  return {{"ph", phase}, {"name", std::move(name)}, {"pid", 1}, {"tid", thread}};
}

void add_transactions(std::vector<Span>& spans,
                      std::size_t thread,
                      const Summary& summary) {
  for (const Summary::Ended& ended : summary.transactions) {
    if (ended.thread != thread) continue;
    const ScriptTransaction& transaction = ended.transaction;
    spans.push_back({transaction.first.begin,
                     transaction.end,
                     "transaction",
                     "transaction",
                     {{"outcome", name_of(transaction.outcome)},
                      {"statements", transaction.statements},
                      {"failures", transaction.failures}}});
  }
}

void add_statements(std::vector<Span>& spans,
                    const Recorder& recorder,
                    const Workload& workload,
                    const Kinds& kinds) {
  for (const Execution& execution : recorder.log().executions) {
    const Step& step = workload.steps()[execution.step];
    spans.push_back({execution.begin,
                     execution.end,
                     kinds.name(kinds.of(execution.step)),
                     "statement",
                     {{"place", workload.place_of(step)},
                      {"rows", execution.rows},
                      {"statement", step.text}}});
  }
}

void add_ends(std::vector<Span>& spans,
              const Recorder& recorder,
              const Workload& workload) {
  for (const Note& note : recorder.notes()) {
    if (!note.outcome) continue;
    const EventEntry& entry = events.at(note.event);
    constexpr std::string_view ending = "_end";
    Json facts = Json::object();
    put_facts(facts, note, recorder, workload);
    spans.push_back({note.time - note.elapsed,
                     note.time,
                     std::string(entry.name.substr(0, entry.name.size() - ending.size())),
                     "event",
                     std::move(facts)});
  }
}

std::vector<Span> spans_of(const Trace& trace,
                           std::size_t thread,
                           const Workload& workload,
                           const Kinds& kinds,
                           const Summary& summary) {
  std::vector<Span> spans;
  const Recorder& recorder = trace.recorders()[thread];
  add_transactions(spans, thread, summary);
  add_statements(spans, recorder, workload, kinds);
  std::vector<Span> ends;
  add_ends(ends, recorder, workload);
  // Of those that end at one time, the outer was noted last.
  std::move(ends.rbegin(), ends.rend(), std::back_inserter(spans));
  nest(spans);
  return spans;
}

class ChromeWriter {
 public:
  explicit ChromeWriter(const Write& write) : write_(write) {
    write_(R"({"displayTimeUnit":"ns","traceEvents":[)");
  }

  void write(const Json& event) {
    write_((is_first_ ? "\n" : ",\n") + dumped(event));
    is_first_ = false;
  }

  void finish() { write_("\n]}\n"); }

 private:
  const Write& write_;
  bool is_first_ = true;
};

/// Is it neither an end nor what one is the end of?
bool is_instant(const Note& note) {
  static const std::vector<bool> instants = [] {
    std::vector<bool> made(event_count, true);
    for (std::size_t i = 0; i < event_count; ++i) {
      const std::string_view announcement = announcement_of(events.at(i).name);
      if (announcement.empty()) continue;
      for (std::size_t k = 0; k < event_count; ++k)
        if (k == i || events.at(k).name == announcement) made[k] = false;
    }
    return made;
  }();
  return instants[note.event] && !note.outcome;
}

void write_instants(ChromeWriter& writer,
                    std::size_t thread,
                    const Recorder& recorder,
                    const Workload& workload) {
  for (const Note& note : recorder.notes()) {
    if (!is_instant(note)) continue;
    Json event = chrome_event("i", std::string(events.at(note.event).name), thread);
    event["s"] = "t";
    event["cat"] = "event";
    event["ts"] = microseconds(note.time);
    Json facts = Json::object();
    put_facts(facts, note, recorder, workload);
    event["args"] = std::move(facts);
    writer.write(event);
  }
}

}  // namespace

void write_json(const Trace& trace, const Workload& workload, const Write& write) {
  const Calendar calendar(trace);
  std::vector<std::vector<std::uint64_t>> ids;
  for (const Recorder& recorder : trace.recorders())
    ids.push_back(ids_of(recorder.notes()));
  for (const Numbered& each : in_order_of_time(trace)) {
    const Recorder& recorder = trace.recorders()[each.thread];
    const Note& note = recorder.notes()[each.note];
    const EventEntry& entry = events.at(note.event);
    Json object{{"time", calendar.text_of(note.time)},
                {"at_ns", note.time},
                {"thread", each.thread},
                {"family", entry.family},
                {"event", entry.name}};
    put_id(object, "id", ids[each.thread][each.note]);
    put_facts(object, note, recorder, workload);
    if (entry.name == ConnectionEvents::before_cursor_execute::id &&
        note.step != Note::no_step)
      object["statement"] = workload.steps()[note.step].text;
    write(dumped(object) + "\n");
  }
}

void write_chrome(const Trace& trace,
                  const Workload& workload,
                  const Kinds& kinds,
                  const Summary& summary,
                  const Write& write) {
  ChromeWriter writer(write);
  for (std::size_t thread = 0; thread < trace.recorders().size(); ++thread) {
    Json name = chrome_event("M", "thread_name", thread);
    name["args"] = {{"name", thread == 0 ? "main" : fmt::format("thread {}", thread)}};
    writer.write(name);
    for (Span& span : spans_of(trace, thread, workload, kinds, summary)) {
      Json event = chrome_event("X", std::move(span.name), thread);
      event["cat"] = span.category;
      event["ts"] = microseconds(span.begin);
      event["dur"] = microseconds(span.end - span.begin);
      event["args"] = std::move(span.facts);
      writer.write(event);
    }
    write_instants(writer, thread, trace.recorders()[thread], workload);
  }
  writer.finish();
}

}  // namespace hark::cli
