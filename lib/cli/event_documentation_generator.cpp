// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Reads the comments and signatures of the signal tables, which the compiler does not keep,
// and writes them as data for the program:
//
//     hark_event_documentation OUTPUT HEADER…

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::array<std::string_view, 6> labels{
    "When", "Throwing", "Returns", "Source", "Differs", "Guarantees"};

struct Parameter {
  std::string type;
  std::string name;
  bool is_answer = false;
};

struct Comment {
  std::string summary;
  std::vector<std::pair<std::string, std::string>> paragraphs;
};

struct Event {
  std::string family;
  std::string name{};
  std::string kind{};
  std::string result{};
  std::vector<Parameter> parameters{};
  Comment comment;
};

struct Family {
  std::string name;
  Comment comment;
};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

/// With single spaces for all white space.
std::string squeezed(std::string_view text) {
  std::string made;
  for (const char c : trimmed(text)) {
    const bool is_blank = c == ' ' || c == '\n' || c == '\t';
    if (!is_blank) made += c;
    if (is_blank && !made.ends_with(' ')) made += ' ';
  }
  return made;
}

void append(std::string& to, std::string_view line) {
  if (!to.empty() && !line.empty()) to += ' ';
  to += line;
}

/// The label with which a line begins; empty: it begins with none.
std::string_view label_of(std::string_view line) {
  for (const std::string_view label : labels) {
    if (line.starts_with(label) && line.substr(label.size()).starts_with(':'))
      return label;
  }
  return {};
}

class CommentReader {
 public:
  void read(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (const std::string_view label = label_of(text); !label.empty()) {
      comment_.paragraphs.emplace_back(label, trimmed(text.substr(label.size() + 1)));
    } else if (text.empty()) {
      is_summary_ = false;
    } else if (!comment_.paragraphs.empty()) {
      append(comment_.paragraphs.back().second, text);
    } else if (is_summary_) {
      append(comment_.summary, text);
    } else {
      comment_.paragraphs.emplace_back("", text);
    }
  }
  Comment take() { return std::exchange(*this, CommentReader()).comment_; }

 private:
  Comment comment_;
  bool is_summary_ = true;
};

/// Where the bracket that opens at `from` is closed.
std::size_t closing(std::string_view text, std::size_t from) {
  const char open = text[from];
  const char close = open == '(' ? ')' : '>';
  int depth = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == open) ++depth;
    if (text[i] == close && --depth == 0) return i;
  }
  throw std::runtime_error("a bracket is not closed in: " + std::string(text));
}

/// At the commas that stand in no brackets.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' || text[i] == '(') ++depth;
    if (text[i] == '>' || text[i] == ')') --depth;
    if (text[i] != ',' || depth != 0) continue;
    parts.push_back(trimmed(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  if (!trimmed(text.substr(begin)).empty()) parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

Parameter parameter_of(std::string_view text) {
  const std::size_t space = text.find_last_of(" &*>");
  if (space == std::string_view::npos)
    throw std::runtime_error("a parameter without a name: " + std::string(text));
  Parameter made{.type = squeezed(text.substr(0, space + 1)),
                 .name = std::string(text.substr(space + 1))};
  constexpr std::string_view answer = "event::answer<";
  if (made.type.starts_with(answer)) {
    made.is_answer = true;
    made.type = made.type.substr(answer.size(), made.type.size() - answer.size() - 1);
  }
  return made;
}

/// `declaration` is `struct name : event::kind<"name", result(parameters)> {`.
Event event_of(std::string_view declaration, std::string family, Comment comment) {
  Event made{.family = std::move(family), .comment = std::move(comment)};
  const std::size_t base =
      declaration.find("event::") + std::string_view("event::").size();
  const std::size_t open = declaration.find('<', base);
  made.kind = declaration.substr(base, open - base);
  const std::string_view inside =
      declaration.substr(open + 1, closing(declaration, open) - open - 1);
  const std::vector<std::string_view> arguments = split(inside);
  if (arguments.size() != 2)
    throw std::runtime_error("no event's declaration: " + std::string(declaration));
  made.name = arguments[0].substr(1, arguments[0].size() - 2);
  const std::string_view signature = arguments[1];
  const std::size_t parenthesis = signature.find('(');
  made.result = squeezed(signature.substr(0, parenthesis));
  const std::size_t end = closing(signature, parenthesis);
  for (const std::string_view each :
       split(signature.substr(parenthesis + 1, end - parenthesis - 1)))
    made.parameters.push_back(parameter_of(each));
  return made;
}

/// Is it for hark's own use alone?
bool is_internal(const Event& event) { return event.name.starts_with('_'); }

class HeaderReader {
 public:
  HeaderReader(std::vector<Family>& families, std::vector<Event>& events)
      : families_(families), events_(events) {}

  void read(const std::string& name) {
    std::ifstream file(name);
    if (!file) throw std::runtime_error(name + ": cannot be read");
    for (std::string line; std::getline(file, line);) read_line(line);
  }

 private:
  void read_line(std::string_view raw) {
    const std::string_view line = trimmed(raw);
    if (!declaration_.empty()) return read_declaration(line);
    if (line.starts_with("///") && !line.starts_with("///<")) {
      comment_.read(line.substr(3));
    } else if (line.starts_with("struct ")) {
      read_declaration(line);
    } else {
      comment_ = {};
    }
  }

  /// A declaration is complete with its opening brace.
  void read_declaration(std::string_view line) {
    append(declaration_, line);
    if (line.ends_with(';') && declaration_.find('{') == std::string::npos)
      declaration_.clear();
    if (declaration_.find('{') == std::string::npos) return;
    const std::string declaration = std::exchange(declaration_, {});
    if (const auto base = declaration.find(" : event::Events<");
        base != std::string::npos) {
      families_.push_back({declaration.substr(7, base - 7), comment_.take()});
    } else if (declaration.find(" : event::") != std::string::npos) {
      Event event = event_of(declaration, families_.back().name, comment_.take());
      if (!is_internal(event)) events_.push_back(std::move(event));
    }
    comment_ = {};
  }

  std::vector<Family>& families_;
  std::vector<Event>& events_;
  CommentReader comment_;
  std::string declaration_;
};

std::string quoted(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += c;
  }
  return made + '"';
}

class Writer {
 public:
  std::string write(const std::vector<Family>& families,
                    const std::vector<Event>& events) {
    std::string family_rows;
    for (const Family& family : families) {
      family_rows += fmt::format("    {{{}, {}, {}}},\n",
                                 quoted(family.name),
                                 quoted(family.comment.summary),
                                 paragraphs(family.comment));
    }
    std::string event_rows;
    for (const Event& event : events) {
      event_rows += fmt::format("    {{{}, {}, {}, {}, {}, {}, {}}},\n",
                                quoted(event.family),
                                quoted(event.name),
                                quoted(event.kind),
                                quoted(event.result),
                                quoted(event.comment.summary),
                                parameters(event),
                                paragraphs(event.comment));
    }
    return fmt::format(
        "// Generated from the headers of the signal tables.\n{}"
        "inline constexpr auto family_documentation = "
        "std::to_array<FamilyDocumentation>({{\n{}}});\n"
        "inline constexpr auto event_documentation = "
        "std::to_array<EventDocumentation>({{\n{}}});\n",
        arrays_,
        family_rows,
        event_rows);
  }

 private:
  std::string paragraphs(const Comment& comment) {
    std::string rows;
    for (const auto& [label, text] : comment.paragraphs)
      rows += fmt::format("    {{{}, {}}},\n", quoted(label), quoted(text));
    return array("EventParagraph", rows);
  }

  std::string parameters(const Event& event) {
    std::string rows;
    for (const Parameter& each : event.parameters)
      rows += fmt::format(
          "    {{{}, {}, {}}},\n", quoted(each.type), quoted(each.name), each.is_answer);
    return array("EventParameter", rows);
  }

  /// What stands for an array of these rows, which may be none.
  std::string array(std::string_view type, const std::string& rows) {
    if (rows.empty()) return "{}";
    std::string name = fmt::format("generated_{}", ++count_);
    arrays_ += fmt::format(
        "inline constexpr auto {} = std::to_array<{}>({{\n{}}});\n", name, type, rows);
    return name;
  }

  std::string arrays_;
  int count_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty()) throw std::runtime_error("no output is named");
    std::vector<Family> families;
    std::vector<Event> events;
    for (std::size_t i = 1; i < arguments.size(); ++i)
      HeaderReader(families, events).read(arguments[i]);
    std::ofstream output(arguments[0]);
    output << Writer().write(families, events);
    if (!output.flush()) throw std::runtime_error(arguments[0] + ": cannot be written");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hark_event_documentation: %s\n", error.what());
    return 1;
  }
}
