// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "audit/lexer.hpp"

namespace hark::cli {
namespace {

using audit::first_token;
using audit::to_folded;
using audit::Token;

// -- SQL --------------------------------------------------------------------------------

using Words = std::vector<std::string>;

/// Does the parenthesis that begins the words end them?
bool is_enclosed(const Words& words) {
  if (words.size() < 2 || words.front() != "(") return false;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "(") ++depth;
    if (words[i] == ")" && --depth == 0) return i + 1 == words.size();
  }
  return false;
}

// -- words for people -------------------------------------------------------------------

std::string list_of(const std::vector<std::string>& names) {
  std::string made = "(";
  for (const std::string& name : names) made += (made.size() > 1 ? ", " : "") + name;
  return made + ")";
}

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

/// The text with single blanks.
std::string squeezed(std::string_view text) {
  std::string made;
  for (const char c : text) {
    const bool is_blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!is_blank) made += c;
    if (is_blank && !made.empty() && made.back() != ' ') made += ' ';
  }
  if (made.ends_with(' ')) made.pop_back();
  return made;
}

std::string type_text(const Type& type) {
  return is_typeless(type) ? "none" : to_string(type);
}

std::string computed_text(const ReflectedColumn& column) {
  if (!column.computed) return {};
  const bool is_stored = column.computed->persisted.value_or(false);
  return column.computed->sqltext + (is_stored ? " STORED" : " VIRTUAL");
}

std::string target_of(const ReflectedForeignKey& key) {
  const std::string schema = key.referred_schema.empty() ? "" : key.referred_schema + ".";
  return fmt::format("{} to {}{} {}",
                     list_of(key.constrained_columns),
                     schema,
                     key.referred_table,
                     list_of(key.referred_columns));
}

std::string action(const std::string& said) { return said.empty() ? "NO ACTION" : said; }

template <class Options>
std::string timing(const Options& options) {
  if (!options.deferrable.value_or(false)) return "NOT DEFERRABLE";
  return "DEFERRABLE INITIALLY " +
         (options.initially.empty() ? "IMMEDIATE" : options.initially);
}

std::string match(const ForeignKeyOptions& options) {
  return options.match.empty() || options.match == "NONE" ? "SIMPLE" : options.match;
}

/// "START 5 INCREMENT 1".
std::string counting_text(const IdentityOptions& options) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view word, const std::optional<std::int64_t>& number) {
    if (number) words.push_back(fmt::format("{} {}", word, *number));
  };
  add("START", options.start);
  add("INCREMENT", options.increment);
  add("MINVALUE", options.minvalue);
  add("MAXVALUE", options.maxvalue);
  add("CACHE", options.cache);
  if (options.cycle.value_or(false)) words.emplace_back("CYCLE");
  return fmt::format("{}", fmt::join(words, " "));
}

std::string identity_text(const ReflectedColumn& column) {
  if (!column.identity) return "none";
  return (column.identity->always ? "ALWAYS " : "BY DEFAULT ") +
         counting_text(*column.identity);
}

std::string sequence_text(const ReflectedColumn& column) {
  return column.sequence ? counting_text(column.sequence->options) : "none";
}

/// So that, of constraints that say the same, those of the same name are compared.
template <class Item>
std::vector<Item> by_name(std::vector<Item> items) {
  std::stable_sort(items.begin(), items.end(), [](const Item& one, const Item& other) {
    return one.name < other.name;
  });
  return items;
}

std::vector<std::string> elements_of(const ReflectedIndex& index) {
  return index.expressions.empty() ? index.column_names : index.expressions;
}

/// SQL by which expressions of two dialects can be compared: each quotes names by its own
/// signs, where it has to.
std::string common_sql(std::string_view sql) {
  std::string common;
  for (std::string& word : words_of(normal_sql(sql))) {
    const bool is_quoted = word.size() > 1 && (word[0] == '`' || word[0] == '"');
    if (!common.empty()) common += ' ';
    common += is_quoted ? to_folded(word.substr(1, word.size() - 2)) : word;
  }
  constexpr std::string_view call = "current_timestamp ( )";  // as MariaDB writes it
  if (const std::size_t at = common.find(call); at != std::string::npos)
    common.erase(at + call.find(' '), call.size() - call.find(' '));
  return common;
}

// -- the comparison ---------------------------------------------------------------------

class Comparison {
 public:
  Comparison(const SchemaSnapshot& first, const SchemaSnapshot& second)
      : is_one_dialect_(is_one_dialect(first.dialect, second.dialect)) {
    each(
        first.tables,
        second.tables,
        "table",
        [](const TableSnapshot& table) { return table.name; },
        [&](const TableSnapshot& one, const TableSnapshot& other) {
          compare(one, other);
        });
    each(
        first.views,
        second.views,
        "view",
        [](const ViewSnapshot& view) { return view.name; },
        [&](const auto& one, const auto& other) { compare_definitions(one, other); });
    if (is_one_dialect_) compare_own(first, second);
  }

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  /// What another dialect has otherwise, or has not.
  void compare_own(const SchemaSnapshot& first, const SchemaSnapshot& second) {
    each(
        first.virtual_tables,
        second.virtual_tables,
        "virtual table",
        [](const VirtualTableSnapshot& table) { return table.name; },
        [&](const auto& one, const auto& other) { compare_definitions(one, other); });
    each(
        first.triggers,
        second.triggers,
        "trigger",
        [](const TriggerSnapshot& trigger) { return trigger.name; },
        [&](const auto& one, const auto& other) { compare_definitions(one, other); });
    each(
        first.sequences,
        second.sequences,
        "sequence",
        [](const ReflectedSequence& sequence) { return sequence.name; },
        [&](const auto& one, const auto& other) {
          aspect("", counting_text(one.options), counting_text(other.options));
        });
    each(
        first.enums,
        second.enums,
        "type",
        [](const Type& type) { return type.name(); },
        [&](const auto& one, const auto& other) {
          aspect("of ", list_of(one.enums()), list_of(other.enums()));
        });
  }

  template <class Item>
  void compare_definitions(const Item& one, const Item& other) {
    if (normal_sql(one.definition) != normal_sql(other.definition))
      add("its definition is another one");
  }

  void add(std::string_view difference) {
    lines_.push_back(fmt::format("{}: {}", place_, difference));
  }

  void differ(std::string_view what, const std::string& one, const std::string& other) {
    add(fmt::format("{}{} in the first, {} in the second", what, one, other));
  }

  void aspect(std::string_view what, const std::string& one, const std::string& other) {
    if (one != other) differ(what, one, other);
  }

  std::string comparable(std::string_view sql) const {
    return is_one_dialect_ ? normal_sql(sql) : common_sql(sql);
  }
  std::vector<std::string> comparable(std::vector<std::string> elements) const {
    if (!is_one_dialect_)
      for (std::string& each : elements) each = common_sql(each);
    return elements;
  }

  void sql_aspect(std::string_view what,
                  const std::string& one,
                  const std::string& other) {
    if (comparable(one) != comparable(other))
      differ(what, or_none(squeezed(one)), or_none(squeezed(other)));
  }

  /// A name that only one of them has is the database's choice.
  void name(const std::string& one, const std::string& other) {
    if (!one.empty() && !other.empty()) aspect("called ", one, other);
  }

  /// Compares what both sides have, by key, and tells what only one has. A key may come
  /// more than once.
  template <class Item, class Key, class Compare>
  void each(const std::vector<Item>& first,
            const std::vector<Item>& second,
            std::string_view what,
            Key&& key_of,
            Compare&& compare_both) {
    using Items = std::vector<const Item*>;
    std::map<std::string, std::pair<Items, Items>> items;
    for (const Item& item : first) items[key_of(item)].first.push_back(&item);
    for (const Item& item : second) items[key_of(item)].second.push_back(&item);
    const std::string around = place_;
    for (const auto& [key, sides] : items) {
      const auto& [here, there] = sides;
      place_ = fmt::format("{}{}{} {}", around, around.empty() ? "" : ", ", what, key);
      const std::size_t both = std::min(here.size(), there.size());
      for (std::size_t i = 0; i < both; ++i) compare_both(*here[i], *there[i]);
      for (std::size_t i = both; i < here.size(); ++i) add("only in the first");
      for (std::size_t i = both; i < there.size(); ++i) add("only in the second");
    }
    place_ = around;
  }

  void compare(const TableSnapshot& one, const TableSnapshot& other) {
    aspect("comment ", or_none(one.comment), or_none(other.comment));
    each(
        one.columns,
        other.columns,
        "column",
        [](const ReflectedColumn& column) { return column.name; },
        [&](const auto& a, const auto& b) { compare(a, b); });
    compare(one.primary_key, other.primary_key);
    each(by_name(one.foreign_keys),
         by_name(other.foreign_keys),
         "foreign key",
         target_of,
         [&](const auto& a, const auto& b) { compare(a, b); });
    each(
        by_name(one.unique_constraints),
        by_name(other.unique_constraints),
        "unique",
        [](const ReflectedUniqueConstraint& unique) {
          return list_of(unique.column_names);
        },
        [&](const auto& a, const auto& b) {
          aspect("", timing(a), timing(b));
          name(a.name, b.name);
        });
    each(
        by_name(one.check_constraints),
        by_name(other.check_constraints),
        "check",
        [&](const ReflectedCheckConstraint& check) { return comparable(check.sqltext); },
        [&](const auto& a, const auto& b) { name(a.name, b.name); });
    each(
        one.indexes,
        other.indexes,
        "index",
        [](const ReflectedIndex& index) { return index.name; },
        [&](const auto& a, const auto& b) { compare(a, b); });
    if (!is_one_dialect_) return;
    compare_options(one.options, other.options);
    compare_options(one.mysql_options, other.mysql_options);
    each(
        one.additions,
        other.additions,
        "option",
        [](const TableAddition& addition) { return addition.text; },
        [](const auto&, const auto&) {});
  }

  void compare_options(const std::vector<std::string>& one,
                       const std::vector<std::string>& other) {
    each(
        one,
        other,
        "option",
        [](const std::string& option) { return option; },
        [](const auto&, const auto&) {});
  }

  /// Another dialect has other words for a type, and other collations.
  bool is_same(const Type& one, const Type& other) const {
    return is_one_dialect_
               ? one == other
               : one.as_generic().collated({}) == other.as_generic().collated({});
  }

  void compare(const ReflectedColumn& one, const ReflectedColumn& other) {
    if (!is_same(one.type, other.type))
      differ("type ", type_text(one.type), type_text(other.type));
    aspect("", one.nullable ? "NULL" : "NOT NULL", other.nullable ? "NULL" : "NOT NULL");
    sql_aspect("default ", one.default_.value_or(""), other.default_.value_or(""));
    sql_aspect("generated as ", computed_text(one), computed_text(other));
    aspect("comment ", or_none(one.comment), or_none(other.comment));
    if (!is_one_dialect_) return;
    aspect("identity ", identity_text(one), identity_text(other));
    aspect("sequence ", sequence_text(one), sequence_text(other));
  }

  void compare(const ReflectedPrimaryKey& one, const ReflectedPrimaryKey& other) {
    const auto columns = [](const ReflectedPrimaryKey& key) {
      return key.constrained_columns.empty() ? "none" : list_of(key.constrained_columns);
    };
    aspect("primary key ", columns(one), columns(other));
    if (!one.name.empty() && !other.name.empty())
      aspect("primary key called ", one.name, other.name);
  }

  void compare(const ReflectedForeignKey& one, const ReflectedForeignKey& other) {
    const ForeignKeyOptions& a = one.options;
    const ForeignKeyOptions& b = other.options;
    aspect("ON UPDATE ", action(a.onupdate), action(b.onupdate));
    aspect("ON DELETE ", action(a.ondelete), action(b.ondelete));
    aspect("", timing(a), timing(b));
    aspect("MATCH ", match(a), match(b));
    name(one.name, other.name);
  }

  void compare(const ReflectedIndex& one, const ReflectedIndex& other) {
    aspect(
        "", one.unique ? "unique" : "not unique", other.unique ? "unique" : "not unique");
    if (comparable(elements_of(one)) != comparable(elements_of(other)))
      differ("on ", list_of(elements_of(one)), list_of(elements_of(other)));
    sql_aspect("where ", one.where, other.where);
    if (!is_one_dialect_) return;
    aspect("kind ", or_none(one.prefix), or_none(other.prefix));
    aspect("method ", or_none(one.using_), or_none(other.using_));
    aspect("parser ", or_none(one.parser), or_none(other.parser));
    aspect("including ", list_of(one.include_columns), list_of(other.include_columns));
    aspect("with ", or_none(one.with), or_none(other.with));
  }

  const bool is_one_dialect_;
  std::string place_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> words_of(std::string_view sql) {
  Words words;
  while (!sql.empty()) {
    const Token token = first_token(sql);
    sql.remove_prefix(token.text.size());
    if (token.kind == Token::Kind::blank || token.kind == Token::Kind::comment) continue;
    const bool is_word = token.kind == Token::Kind::word;
    words.push_back(is_word ? to_folded(token.text) : std::string(token.text));
  }
  return words;
}

std::string normal_sql(std::string_view sql) {
  Words words = words_of(sql);
  while (is_enclosed(words))
    words = Words(std::next(words.begin()), std::prev(words.end()));
  return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> differences(const SchemaSnapshot& first,
                                     const SchemaSnapshot& second) {
  return Comparison(first, second).take();
}

}  // namespace hark::cli
