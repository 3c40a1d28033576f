// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/events_command.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "cli/catalog.hpp"
#include "cli/event_documentation.hpp"

namespace hark::cli {
namespace {

#include "event_documentation.inc"

// -- the documentation is that of the tables --------------------------------------------

constexpr const EventDocumentation* documentation_of(const EventEntry& entry) {
  for (const EventDocumentation& each : event_documentation) {
    if (each.family == entry.family && each.name == entry.name) return &each;
  }
  return nullptr;
}

constexpr std::string_view base_of(event::Kind kind) {
  return kind == event::Kind::notify  ? "signal"
         : kind == event::Kind::chain ? "chain"
                                      : "first";
}

template <class Signature>
struct arity;
template <class R, class... Args>
struct arity<R(Args...)> {
  static constexpr std::size_t value = sizeof...(Args);
};

constexpr bool is_documented() {
  return std::all_of(events.begin(), events.end(), [](const EventEntry& entry) {
    const EventDocumentation* found = documentation_of(entry);
    return found != nullptr && !found->summary.empty() &&
           !paragraph(found->paragraphs, "When").empty() &&
           !paragraph(found->paragraphs, "Throwing").empty();
  });
}

constexpr bool is_read_right() {
  bool is_right = true;
  for_each_event([&]<class Family, class E>() {
    const EventDocumentation* found =
        documentation_of({event::detail::type_name<Family>(), E::id, E::kind});
    is_right = is_right && found != nullptr && found->kind == base_of(E::kind) &&
               found->parameters.size() == arity<typename E::signature>::value;
  });
  return is_right;
}

static_assert(
    is_documented(),
    "each event's comment says what it is, When: it fires and what Throwing: does");
static_assert(event_documentation.size() == event_count,
              "each event that is declared stands in its family's list");
static_assert(is_read_right(),
              "the generator has read the kind and the parameters of each event");

// -- for people -------------------------------------------------------------------------

constexpr std::size_t widest_line = 90;

/// The words of a text in lines, each behind `indent` columns.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string made;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (column > indent && column + 1 + word.size() > widest_line) {
      made += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      made += ' ';
      ++column;
    }
    made += word;
    column += word.size();
  }
  return made;
}

std::string_view kind_sentence(std::string_view base) {
  if (base == "chain")
    return "chain: with event::retval an answer replaces what the next listener sees";
  if (base == "first") return "first: the first answer that is true ends the dispatch";
  return "notify: listeners are told, not asked";
}

std::string signature_of(const EventDocumentation& event) {
  std::string made;
  for (const EventParameter& each : event.parameters) {
    made += fmt::format("\n      {} {}{}",
                        each.type,

                        each.name,
                        each.is_answer ? "  (may be replaced)" : "");
  }
  return made;
}

class EventsPage {
 public:
  explicit EventsPage(const Screen& screen) : screen_(screen) {}

  void add(const FamilyDocumentation& family) {
    page_ += fmt::format("{}\n  {}\n",
                         screen_.styled(Style::heading, family.name),
                         wrapped(family.summary, 2));
    for (const EventParagraph& each : family.paragraphs) add(each, 2);
    page_ += '\n';
  }

  void add(const EventDocumentation& event) {
    page_ += fmt::format("  {}{}\n    {}\n    {}\n",
                         screen_.styled(Style::heading, event.name),
                         signature_of(event),
                         wrapped(event.summary, 4),
                         wrapped(kind_sentence(event.kind), 4));
    if (event.result != "void") add(EventParagraph{"Answer", event.result}, 4);
    for (const EventParagraph& each : event.paragraphs) add(each, 4);
    page_ += '\n';
  }

  const std::string& text() const noexcept { return page_; }

 private:
  void add(const EventParagraph& each, std::size_t indent) {
    constexpr std::size_t label_width = 10;
    const bool has_label = !each.label.empty();
    const std::string label = has_label ? std::string(each.label) + ":" : "";
    page_ += std::string(indent, ' ');
    if (has_label)
      page_ += screen_.styled(Style::faint, fmt::format("{:<{}}", label, label_width));
    page_ += wrapped(each.text, indent + (has_label ? label_width : 0)) + '\n';
  }

  const Screen& screen_;
  std::string page_;
};

nlohmann::ordered_json json_of(const EventDocumentation& event) {
  nlohmann::ordered_json made{{"family", event.family},
                              {"event", event.name},
                              {"kind", event.kind == "signal" ? "notify" : event.kind},
                              {"result", event.result},
                              {"summary", event.summary}};
  made["parameters"] = nlohmann::ordered_json::array();
  for (const EventParameter& each : event.parameters) {
    made["parameters"].push_back(
        {{"name", each.name}, {"type", each.type}, {"may_be_replaced", each.is_answer}});
  }
  for (const EventParagraph& each : event.paragraphs) {
    std::string key(each.label);
    std::transform(key.begin(), key.end(), key.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (!key.empty()) made[key] = each.text;
  }
  return made;
}

bool is_chosen(const EventsCommand& command, const EventDocumentation& event) {
  return command.name.empty() || command.name == event.name ||
         command.name == event.family;
}

}  // namespace

void run(const EventsCommand& command, Screen& screen) {
  if (!command.name.empty()) require_event(command.name);
  if (command.as_json) {
    auto all = nlohmann::ordered_json::array();
    for (const EventDocumentation& event : event_documentation)
      if (is_chosen(command, event)) all.push_back(json_of(event));
    return screen.print(all.dump(2) + "\n");
  }
  EventsPage page(screen);
  for (const FamilyDocumentation& family : family_documentation) {
    if (command.name.empty() || command.name == family.name) page.add(family);
    for (const EventDocumentation& event : event_documentation)
      if (event.family == family.name && is_chosen(command, event)) page.add(event);
  }
  screen.print(page.text());
}

}  // namespace hark::cli
