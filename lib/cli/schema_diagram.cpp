// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_diagram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace hark::cli {
namespace {

template <class... Args>
void append(std::string& to, fmt::format_string<Args...> format, Args&&... arguments) {
  fmt::format_to(std::back_inserter(to), format, std::forward<Args>(arguments)...);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Do these columns have a value in one row at most?
bool is_unique(const TableSnapshot& table, const std::vector<std::string>& columns) {
  const std::set<std::string> wanted(columns.begin(), columns.end());
  const auto is_within = [&](const std::vector<std::string>& key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [&](const auto& each) {
      return wanted.count(each) != 0;
    });
  };
  if (is_within(table.primary_key.constrained_columns)) return true;
  const auto& uniques = table.unique_constraints;
  const auto& indexes = table.indexes;
  return std::any_of(uniques.begin(),
                     uniques.end(),
                     [&](const auto& each) { return is_within(each.column_names); }) ||
         std::any_of(indexes.begin(), indexes.end(), [&](const auto& each) {
           return each.unique && each.where.empty() && is_within(each.column_names);
         });
}

/// May one of these columns be NULL?
bool is_optional(const TableSnapshot& table, const std::vector<std::string>& columns) {
  return std::any_of(
      table.columns.begin(), table.columns.end(), [&](const ReflectedColumn& each) {
        return each.nullable && contains(columns, each.name);
      });
}

bool refers(const TableSnapshot& table, const std::string& column) {
  return std::any_of(
      table.foreign_keys.begin(), table.foreign_keys.end(), [&](const auto& key) {
        return contains(key.constrained_columns, column);
      });
}

/// PK, FK, both or none.
std::vector<std::string_view> marks_of(const TableSnapshot& table,
                                       const std::string& column) {
  std::vector<std::string_view> marks;
  if (contains(table.primary_key.constrained_columns, column)) marks.emplace_back("PK");
  if (refers(table, column)) marks.emplace_back("FK");
  return marks;
}

std::string type_text(const Type& type) {
  return is_typeless(type) ? "" : to_string(type.collated({}));
}

// -- Graphviz ---------------------------------------------------------------------------

/// In a string between double quotes.
std::string dot_quoted(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += c;
  }
  return made + '"';
}

/// In a label that is written as HTML, where no control character may stand.
std::string dot_escaped(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c == '&') {
      made += "&amp;";
    } else if (c == '<') {
      made += "&lt;";
    } else if (c == '>') {
      made += "&gt;";
    } else if (c == '"') {
      made += "&quot;";
    } else {
      made += c >= 0 && c < ' ' ? ' ' : c;
    }
  }
  return made.empty() ? " " : made;
}

class DotDiagram {
 public:
  explicit DotDiagram(const SchemaSnapshot& schema) : schema_(schema) {
    text_ =
        "digraph schema {\n"
        "  graph [rankdir=LR];\n"
        "  node [shape=plain, fontname=\"Helvetica\"];\n"
        "  edge [dir=both];\n";
    for (const TableSnapshot& table : schema.tables) add_node(table);
    for (const TableSnapshot& table : schema.tables)
      for (const ReflectedForeignKey& key : table.foreign_keys) add_edges(table, key);
    text_ += "}\n";
  }

  std::string take() { return std::move(text_); }

 private:
  void add_node(const TableSnapshot& table) {
    append(text_,
           "  {} [label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\">\n"
           "    <tr><td colspan=\"3\" bgcolor=\"lightgrey\"><b>{}</b></td></tr>\n",
           dot_quoted(table.name),
           dot_escaped(table.name));
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const ReflectedColumn& column = table.columns[i];
      append(
          text_,
          "    <tr><td port=\"c{}\" align=\"left\">{}</td>"
          "<td align=\"left\">{}{}</td><td>{}</td></tr>\n",
          i + 1,
          dot_escaped(column.name),
          dot_escaped(type_text(column.type)),
          column.nullable ? "" : " NOT NULL",
          dot_escaped(fmt::format("{}", fmt::join(marks_of(table, column.name), ", "))));
    }
    text_ += "  </table>>];\n";
  }

  void add_edges(const TableSnapshot& table, const ReflectedForeignKey& key) {
    const std::string tail = is_unique(table, key.constrained_columns) ? "tee" : "crow";
    const std::string head =
        is_optional(table, key.constrained_columns) ? "teeodot" : "teetee";
    for (std::size_t i = 0; i < key.constrained_columns.size(); ++i) {
      const std::string referred =
          i < key.referred_columns.size() ? key.referred_columns[i] : "";
      append(text_,
             "  {} -> {} [arrowtail={}odot, arrowhead={}];\n",
             end_of(table.name, key.constrained_columns[i]),
             end_of(key.referred_table, referred),
             tail,
             head);
    }
  }

  /// A column of a table that is drawn; else the table alone.
  std::string end_of(const std::string& table, const std::string& column) const {
    const auto found = std::find_if(schema_.tables.begin(),
                                    schema_.tables.end(),
                                    [&](const auto& each) { return each.name == table; });
    if (found == schema_.tables.end()) return dot_quoted(table);
    for (std::size_t i = 0; i < found->columns.size(); ++i)
      if (found->columns[i].name == column)
        return fmt::format("{}:c{}", dot_quoted(table), i + 1);
    return dot_quoted(table);
  }

  const SchemaSnapshot& schema_;
  std::string text_;
};

// -- Mermaid ----------------------------------------------------------------------------

/// In a string between double quotes: what may not stand there is written by its number.
std::string mermaid_quoted(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    const bool is_control = c >= 0 && c < ' ';
    if (c == '"' || c == '%' || c == '\\' || c == '#' || c == ';') {
      append(made, "#{};", static_cast<int>(c));
    } else {
      made += is_control ? ' ' : c;
    }
  }
  if (made.size() == 1) made += ' ';
  return made + '"';
}

/// A word of a diagram: a letter, then letters, digits and a few signs.
std::string mermaid_word(std::string_view text) {
  constexpr std::string_view signs = "_-()[]";
  std::string made;
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool is_digit = c >= '0' && c <= '9';
    const bool fits =
        is_letter || (!made.empty() && (is_digit || signs.find(c) != signs.npos));
    if (made.empty() && !is_letter) made += '_';
    if (fits || is_digit) {
      made += c;
    } else if (!made.ends_with('_')) {
      made += '_';
    }
  }
  return made.empty() ? "_" : made;
}

/// The word, or the word with the first number with which it is not taken yet.
std::string distinct(const std::string& word, std::set<std::string>& taken) {
  std::string made = word;
  for (int i = 2; !taken.insert(made).second; ++i) made = fmt::format("{}_{}", word, i);
  return made;
}

void add_entity(std::string& text, const TableSnapshot& table) {
  append(text, "    {} {{\n", mermaid_quoted(table.name));
  std::set<std::string> taken;
  for (const ReflectedColumn& column : table.columns)  // they keep their names
    if (mermaid_word(column.name) == column.name) taken.insert(column.name);
  for (const ReflectedColumn& column : table.columns) {
    const bool is_plain = taken.count(column.name) != 0;
    const std::string word =
        is_plain ? column.name : distinct(mermaid_word(column.name), taken);
    const std::string comment =
        word == column.name ? "" : " " + mermaid_quoted(column.name);
    const std::string marks =
        fmt::format("{}", fmt::join(marks_of(table, column.name), ", "));
    append(text,
           "        {} {}{}{}{}\n",
           mermaid_word(type_text(column.type)),
           word,
           marks.empty() ? "" : " ",
           marks,
           comment);
  }
  text += "    }\n";
}

void add_relation(std::string& text,
                  const TableSnapshot& table,
                  const ReflectedForeignKey& key) {
  append(text,
         "    {} {}--{} {} : {}\n",
         mermaid_quoted(key.referred_table),
         is_optional(table, key.constrained_columns) ? "|o" : "||",
         is_unique(table, key.constrained_columns) ? "o|" : "o{",
         mermaid_quoted(table.name),
         mermaid_quoted(fmt::format("{}", fmt::join(key.constrained_columns, ", "))));
}

}  // namespace

std::string dot_diagram(const SchemaSnapshot& schema) {
  return DotDiagram(schema).take();
}

std::string mermaid_diagram(const SchemaSnapshot& schema) {
  std::string text = "erDiagram\n";
  for (const TableSnapshot& table : schema.tables) add_entity(text, table);
  for (const TableSnapshot& table : schema.tables)
    for (const ReflectedForeignKey& key : table.foreign_keys)
      add_relation(text, table, key);
  return text;
}

}  // namespace hark::cli
