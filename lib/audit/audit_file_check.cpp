// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/audit_file_check.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <utility>

#include "audit/audit_file_chain.hpp"

namespace hark::audit {
namespace {

constexpr std::size_t most_findings = 100;
constexpr std::size_t most_gaps = 1000;
constexpr auto all_files = std::numeric_limits<std::uint64_t>::max();

constexpr auto fault_names = std::to_array<std::string_view>({"edited",
                                                              "missing",
                                                              "reordered",
                                                              "repeated",
                                                              "truncated",
                                                              "torn",
                                                              "wrong key",
                                                              "started without an end",
                                                              "ended without a start",
                                                              "ended twice"});
static_assert(fault_names.size() == static_cast<std::size_t>(Fault::ended_twice) + 1);

// -- what has to be known of a line -----------------------------------------------------

struct Facts {
  std::uint64_t seq = 0;
  std::uint64_t id = 0;
  std::string type{};
  std::string reason{};
  std::string key_id{};
  std::string previous_hash{};
  std::uint64_t previous_seq = 0;
  std::uint64_t keep_files = 0;
  bool is_unclosed = false;
  bool tells_keep_files = false;
  std::uint64_t lost_starts = 0;
  std::uint64_t lost_ends = 0;

  bool is_request() const { return type.starts_with("request"); }
};

/// Picks them out of the JSON, without a tree of all of it.
class FactsReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  const Facts& facts() const noexcept { return facts_; }

  bool null() override { return true; }
  bool boolean(bool value) override {
    if (depth_ == 1 && key_ == "unclosed") facts_.is_unclosed = value;
    return true;
  }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t value) override {
    if (depth_ == 2 && is_in_previous_ && key_ == "seq") facts_.previous_seq = value;
    if (depth_ != 1) return true;
    if (key_ == "seq") facts_.seq = value;
    if (key_ == "id") facts_.id = value;
    if (key_ == "keep_files") {
      facts_.keep_files = value;
      facts_.tells_keep_files = true;
    }
    if (key_.ends_with("_starts")) facts_.lost_starts += value;
    if (key_.ends_with("_ends")) facts_.lost_ends += value;
    return true;
  }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t& value) override {
    if (depth_ == 2 && is_in_previous_ && key_ == "hash") facts_.previous_hash = value;
    if (depth_ != 1) return true;
    if (key_ == "type") facts_.type = value;
    if (key_ == "reason") facts_.reason = value;
    if (key_ == "key_id") facts_.key_id = value;
    return true;
  }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    if (++depth_ == 2) is_in_previous_ = key_ == "previous";
    return true;
  }
  bool key(string_t& value) override {
    if (depth_ <= 2) key_ = value;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t,
                   const std::string&,
                   const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  Facts facts_;
  int depth_ = 0;
  bool is_in_previous_ = false;
  std::string key_;
};

std::optional<Facts> facts_of(std::string_view line) {
  if (!line.starts_with('{')) return std::nullopt;
  FactsReader reader;
  if (!nlohmann::json::sax_parse(line, &reader)) return std::nullopt;
  if (reader.facts().seq == 0 || reader.facts().type.empty()) return std::nullopt;
  return reader.facts();
}

/// Numbers that were passed over.
struct Gap {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t finding = most_findings;  // most_findings: it was not kept
};

struct Open {
  std::size_t file = 0;
  std::uint64_t line = 0;
  std::uint64_t seq = 0;
  bool is_request = false;
};

}  // namespace

std::string_view name_of(Fault fault) noexcept {
  return fault_names[static_cast<std::size_t>(fault)];
}

struct AuditCheck::State {
  explicit State(const CheckOptions& given) : options(given), chain(given.key) {}

  void add(const AuditLine& line);
  void add_whole(const AuditLine& line, const Facts& facts, const HashedLine& hashed);
  void begin_chain(const AuditLine& line, const Facts& facts);
  bool is_in_order(const AuditLine& line, const Facts& facts);
  void skip(const AuditLine& line, const Facts& facts);
  void fill_gap(const AuditLine& line, const Facts& facts);
  void verify(const AuditLine& line, const Facts& facts, const HashedLine& hashed);
  void begin_file(const Facts& facts);
  void begin_run(const AuditLine& line, const Facts& facts);
  void end_run();
  void follow(const AuditLine& line, const Facts& facts);
  void start(const AuditLine& line, const Facts& facts);
  void end(const AuditLine& line, const Facts& facts);
  void expect_anchor(const AuditLine& line, const Facts& facts, const LineHash& hash);
  void flush_torn();
  void find_removed_files();
  std::string file() const { return files.empty() ? std::string() : files.back(); }
  std::size_t find(Fault fault, std::uint64_t line, std::uint64_t seq, std::string text);

  const CheckOptions options;
  HashChain chain;
  CheckReport report;
  std::vector<std::string> files;

  std::uint64_t expected = 0;  // 0: nothing was read yet
  LineHash previous{};
  bool is_previous_known = false;
  std::optional<LineHash> otherwise;  // what `previous` is if only the hash was changed
  bool has_wrong_key = false;
  std::vector<Gap> gaps;
  std::optional<AuditLine> torn;

  std::unordered_map<std::uint64_t, Open> open;  // by id
  std::uint64_t greatest_id = 0;                 // that has started in this run
  std::uint64_t lost_ends = 0;                   // in this run
  bool is_whole_run = false;                     // nothing of it is missing
  bool is_closed = false;
  bool goes_on = false;  // the last line says that there is another file
  bool has_beginning = true;
  std::uint64_t least_kept = all_files;  // of what the file_starts say
  std::uint64_t last_line = 0;
};

std::size_t AuditCheck::State::find(Fault fault,
                                    std::uint64_t line,
                                    std::uint64_t seq,
                                    std::string text) {
  ++report.findings_count;
  if (report.findings.size() == most_findings) return most_findings;
  report.findings.push_back({fault, file(), line, seq, std::move(text)});
  return report.findings.size() - 1;
}

void AuditCheck::State::add(const AuditLine& line) {
  if (torn && torn->number != line.number) flush_torn();
  torn.reset();
  if (!line.is_whole && line.text.size() < longest_line) {
    torn = line;
    return;
  }
  ++report.lines;
  last_line = line.number;
  const auto facts = facts_of(line.text);
  const auto hashed = split_line(line.text);
  if (line.is_whole && facts && hashed) return add_whole(line, *facts, *hashed);

  find(Fault::edited, line.number, 0, "it is no line of an audit file");
  if (expected == 0) return;
  ++expected;
  is_previous_known = false;
  is_whole_run = false;
}

void AuditCheck::State::add_whole(const AuditLine& line,
                                  const Facts& facts,
                                  const HashedLine& hashed) {
  if (expected == 0) begin_chain(line, facts);
  if (facts.type == "file_start" && facts.key_id != chain.key_id() && !has_wrong_key) {
    has_wrong_key = true;
    find(Fault::wrong_key,
         line.number,
         facts.seq,
         facts.key_id.empty()     ? "the chain has no key"
         : chain.key_id().empty() ? "the chain has a key, and none was given"
                                  : "the chain has another key");
  }
  if (!is_in_order(line, facts)) return;
  verify(line, facts, hashed);
  expect_anchor(line, facts, hashed.hash);
  follow(line, facts);
  previous = hashed.hash;
  is_previous_known = true;
  expected = facts.seq + 1;
  report.last_seq = facts.seq;
  report.last_hash = hex_of(hashed.hash);
}

void AuditCheck::State::begin_chain(const AuditLine& line, const Facts& facts) {
  expected = facts.seq;
  report.first_seq = facts.seq;
  is_previous_known = true;
  is_closed = true;
  if (facts.type == "file_start") {
    // Of files that are no longer there, this is all that is known.
    expected = facts.previous_seq + 1;
    has_beginning = facts.previous_seq == 0;
    if (!has_beginning) {
      const auto hash = hash_of(facts.previous_hash);
      is_previous_known = hash.has_value();
      if (hash) previous = *hash;
    }
    return;
  }
  is_previous_known = false;
  find(Fault::truncated,
       line.number,
       facts.seq,
       "the beginning is gone: the first line here is no file_start");
}

bool AuditCheck::State::is_in_order(const AuditLine& line, const Facts& facts) {
  if (facts.seq > expected) {
    skip(line, facts);
  } else if (facts.seq < expected) {
    fill_gap(line, facts);
    return false;
  }
  return true;
}

std::string lines_text(std::uint64_t first, std::uint64_t last) {
  return first == last
             ? fmt::format("the line of seq {}", first)
             : fmt::format("the {} lines of seq {} to {}", last - first + 1, first, last);
}

void AuditCheck::State::skip(const AuditLine& line, const Facts& facts) {
  const std::size_t finding =
      find(Fault::missing,
           line.number,
           facts.seq,
           fmt::format("{} should stand before it", lines_text(expected, facts.seq - 1)));
  if (gaps.size() < most_gaps) gaps.push_back({expected, facts.seq - 1, finding});
  is_previous_known = false;
  otherwise.reset();
  is_whole_run = false;
}

/// Of a line that comes too late, or once more.
void AuditCheck::State::fill_gap(const AuditLine& line, const Facts& facts) {
  const auto gap = std::find_if(gaps.begin(), gaps.end(), [&](const Gap& each) {
    return each.first <= facts.seq && facts.seq <= each.last;
  });
  if (gap == gaps.end()) {
    find(Fault::repeated,
         line.number,
         facts.seq,
         "a line of this seq has been there before");
    return;
  }
  if (gap->finding != most_findings) {
    Finding& finding = report.findings[gap->finding];
    if (finding.fault != Fault::reordered) {
      finding.fault = Fault::reordered;
      finding.message = fmt::format(
          "the line of seq {} should stand before it, and is "
          "line {} of {}",
          facts.seq,
          line.number,
          file());
    }
  }
  const Gap whole = *gap;
  gap->first = facts.seq + 1;
  if (whole.first < facts.seq) {
    gap->last = facts.seq - 1;
    gap->first = whole.first;
    if (facts.seq < whole.last && gaps.size() < most_gaps)
      gaps.push_back({facts.seq + 1, whole.last, whole.finding});
  }
  // An empty one is never found again.
}

void AuditCheck::State::verify(const AuditLine& line,
                               const Facts& facts,
                               const HashedLine& hashed) {
  std::optional<LineHash> other = std::exchange(otherwise, std::nullopt);
  if (!is_previous_known && facts.type == "file_start") {
    // It tells itself what its hash was made with.
    const auto told = facts.previous_seq == 0 ? LineHash{} : hash_of(facts.previous_hash);
    is_previous_known = told.has_value();
    if (told) previous = *told;
  }
  if (!is_previous_known || has_wrong_key) return;
  const LineHash made = chain.next(previous, hashed.body);
  if (made == hashed.hash) return;
  if (other && chain.next(*other, hashed.body) == hashed.hash) return;
  otherwise = made;
  find(Fault::edited, line.number, facts.seq, "what it says does not fit its hash");
}

void AuditCheck::State::expect_anchor(const AuditLine& line,
                                      const Facts& facts,
                                      const LineHash& hash) {
  if (!options.expected || options.expected->seq != facts.seq) return;
  if (options.expected->hash == hex_of(hash)) return;
  find(Fault::edited,
       line.number,
       facts.seq,
       "its hash is not the one that was expected: it, or a line before it, was changed "
       "and all hashes since were made anew");
}

// -- starts and ends --------------------------------------------------------------------

void AuditCheck::State::follow(const AuditLine& line, const Facts& facts) {
  const bool is_end = facts.type == "request_end" || facts.type == "event_end";
  if (facts.type == "request_start" || facts.type == "event_start") {
    start(line, facts);
  } else if (is_end) {
    end(line, facts);
  } else if (facts.type == "file_start") {
    begin_file(facts);
    if (facts.reason != "rotated") begin_run(line, facts);
  } else if (facts.type == "loss") {
    report.lost_starts += facts.lost_starts;
    report.lost_ends += facts.lost_ends;
    lost_ends += facts.lost_ends;
  } else if (facts.type == "file_end" && facts.reason != "rotated") {
    end_run();
  }
  is_closed = facts.type == "file_end";
  goes_on = is_closed && facts.reason == "rotated";
}

/// Who keeps so many files may have removed the others. Who does not say so may, too.
void AuditCheck::State::begin_file(const Facts& facts) {
  if (!facts.tells_keep_files) {
    least_kept = 0;
  } else if (facts.keep_files != 0) {
    least_kept = std::min(least_kept, facts.keep_files);
  }
}

void AuditCheck::State::begin_run(const AuditLine& line, const Facts& facts) {
  if (!is_closed || goes_on) {
    ++report.crashes;
    if (!facts.is_unclosed || !options.accepts_crashes)
      find(Fault::truncated,
           line.number,
           facts.seq,
           goes_on ? "the file that the run before went on with is gone, or it crashed "
                     "when it had just rotated"
           : facts.is_unclosed
               ? "the run before has no file_end: it crashed, or its last lines were cut "
                 "off before this run"
               : "the run before has no file_end");
  }
  open.clear();
  greatest_id = 0;
  lost_ends = 0;
  is_whole_run = true;
}

void AuditCheck::State::end_run() {
  if (is_whole_run && open.size() > lost_ends) {
    const auto first = std::min_element(
        open.begin(), open.end(), [](const auto& one, const auto& other) {
          return one.second.seq < other.second.seq;
        });
    const Open& start = first->second;
    const std::size_t finding =
        find(Fault::start_without_end,
             start.line,
             start.seq,
             fmt::format("{} {} has no end; there are {} such starts",
                         start.is_request ? "request" : "event",
                         first->first,
                         open.size() - lost_ends));
    if (finding != most_findings) report.findings[finding].file = files[start.file];
  }
  open.clear();
}

void AuditCheck::State::start(const AuditLine& line, const Facts& facts) {
  greatest_id = std::max(greatest_id, facts.id);
  open[facts.id] = {files.size() - 1, line.number, facts.seq, facts.is_request()};
}

void AuditCheck::State::end(const AuditLine& line, const Facts& facts) {
  if (open.erase(facts.id) != 0 || !is_whole_run) return;
  const char* const what = facts.is_request() ? "request" : "event";
  // Ids grow, so that what has a greater one than any start never started.
  if (facts.id > greatest_id) {
    find(Fault::end_without_start,
         line.number,
         facts.seq,
         fmt::format("{} {} has not started", what, facts.id));
  } else {
    find(Fault::ended_twice,
         line.number,
         facts.seq,
         fmt::format("{} {} has ended before", what, facts.id));
  }
}

// -- the end ----------------------------------------------------------------------------

void AuditCheck::State::flush_torn() {
  if (!torn) return;
  find(Fault::torn,
       torn->number,
       0,
       fmt::format("the last line is not whole: {} bytes", torn->text.size()));
  torn.reset();
}

/// Are files gone that nothing but somebody's hand removes?
void AuditCheck::State::find_removed_files() {
  if (has_beginning || options.is_part || report.files > least_kept) return;
  std::string which = "all";
  if (least_kept != all_files) which = fmt::format("the last {}", least_kept);
  ++report.findings_count;
  report.findings.insert(
      report.findings.begin(),
      {Fault::truncated,
       files.front(),
       1,
       report.first_seq,
       "the files before it are gone, of which " + which + " were to be kept"});
  report.findings.resize(std::min(report.findings.size(), most_findings));
}

AuditCheck::AuditCheck(const CheckOptions& options)
    : state_(std::make_unique<State>(options)) {
  state_->report.has_key = !options.key.empty();
}

AuditCheck::~AuditCheck() = default;

void AuditCheck::begin_file(const std::string& name) {
  state_->flush_torn();
  state_->files.push_back(name);
  ++state_->report.files;
}

void AuditCheck::add(const AuditLine& line) { state_->add(line); }

CheckReport AuditCheck::finish(bool is_being_written) {
  State& state = *state_;
  state.report.is_being_written = is_being_written;
  const auto& anchor = state.options.expected;
  state.find_removed_files();
  if (!is_being_written) {
    state.flush_torn();
    if (!state.is_closed)
      state.find(Fault::truncated,
                 state.last_line,
                 state.report.last_seq,
                 state.report.lines == 0 ? "there is no line"
                                         : "the last line is no file_end: the program "
                                           "crashed, or lines were cut off");
    if (state.goes_on && !state.options.is_part)
      state.find(Fault::truncated,
                 state.last_line,
                 state.report.last_seq,
                 "the file that goes on from here is gone");
  }
  if (anchor && anchor->seq > state.report.last_seq)
    state.find(Fault::truncated,
               state.last_line,
               state.report.last_seq,
               fmt::format("the line of seq {} was expected", anchor->seq));
  if (anchor && anchor->seq < state.report.first_seq)
    state.find(
        Fault::truncated,
        1,
        state.report.first_seq,
        fmt::format("the line of seq {} was expected; it is in none of these files",
                    anchor->seq));
  return std::move(state.report);
}

}  // namespace hark::audit
