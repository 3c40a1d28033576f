// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "schema/mysql_create_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hark::detail {
namespace {

char to_upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text) {
  std::string all(text);
  std::transform(all.begin(), all.end(), all.begin(), to_upper);
  return all;
}

// -- tokens -----------------------------------------------------------------------------

struct Token {
  enum class Kind : std::uint8_t { end, word, name, string, symbol };

  Kind kind = Kind::end;
  std::string_view text{};  ///< as it is written

  bool is_word(std::string_view word) const {
    return kind == Kind::word && upper(text) == word;
  }
  bool is_symbol(char symbol) const { return kind == Kind::symbol && text[0] == symbol; }
};

/// Cuts what the server writes. Of a comment that some versions run (/*!80016 … */) only
/// its marks are blanks. What is not closed reaches to the end.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view sql) : rest_(sql) {}

  std::vector<Token> all() {
    std::vector<Token> tokens;
    for (skip_space(); !rest_.empty(); skip_space()) tokens.push_back(next());
    return tokens;
  }

 private:
  using Kind = Token::Kind;

  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  /// A number, too, is a word.
  static bool is_word_char(char c) noexcept {
    return (to_upper(c) >= 'A' && to_upper(c) <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
  }

  void skip_space() {
    for (;;) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
      if (rest_.starts_with("/*!")) {
        skip_version(3);
      } else if (rest_.starts_with("/*M!")) {
        skip_version(4);
      } else if (rest_.starts_with("*/")) {
        rest_.remove_prefix(2);
      } else {
        return;
      }
    }
  }
  void skip_version(std::size_t from) {
    while (from < rest_.size() && is_digit(rest_[from])) ++from;
    rest_.remove_prefix(from);
  }

  Token next() {
    const char first = rest_[0];
    if (first == '\'') return take(Kind::string, end_of_string());
    if (first == '`' || first == '"') return take(Kind::name, end_of_name());
    if (is_word_char(first)) return take(Kind::word, end_of_word());
    return take(Kind::symbol, 1);
  }
  Token take(Kind kind, std::size_t length) {
    const Token token{kind, rest_.substr(0, length)};
    rest_.remove_prefix(token.text.size());
    return token;
  }

  std::size_t end_of_string() const {
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '\\') {
        ++at;
      } else if (rest_[at] == '\'') {
        if (at + 1 == rest_.size() || rest_[at + 1] != '\'') return at + 1;
        ++at;
      }
    }
    return rest_.size();
  }
  std::size_t end_of_name() const {
    const char quote = rest_[0];
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] != quote) continue;
      if (at + 1 == rest_.size() || rest_[at + 1] != quote) return at + 1;
      ++at;
    }
    return rest_.size();
  }
  std::size_t end_of_word() const {
    std::size_t end = 0;
    while (end < rest_.size() && is_word_char(rest_[end])) ++end;
    // 1.50, and no `schema`.`table`
    if (is_digit(rest_[0]) && end + 1 < rest_.size() && rest_[end] == '.' &&
        is_digit(rest_[end + 1])) {
      ++end;
      while (end < rest_.size() && is_word_char(rest_[end])) ++end;
    }
    return end;
  }

  std::string_view rest_;
};

/// A name without its quotes, or a word as it is.
std::string name_of(const Token& token) {
  if (token.kind != Token::Kind::name) return std::string(token.text);
  const char quote = token.text[0];
  std::string name;
  for (std::size_t at = 1; at + 1 < token.text.size(); ++at) {
    name += token.text[at];
    if (token.text[at] == quote) ++at;
  }
  return name;
}

char unescaped(char c) noexcept {
  switch (c) {
    case '0':
      return '\0';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1A';
    default:
      return c;
  }
}

/// What a string stands for.
std::string text_of(const Token& token) {
  if (token.kind != Token::Kind::string) return std::string(token.text);
  std::string text;
  for (std::size_t at = 1; at + 1 < token.text.size(); ++at) {
    const char c = token.text[at];
    const bool is_escape = c == '\\' && at + 2 < token.text.size();
    if (is_escape || c == '\'') ++at;
    text += is_escape ? unescaped(token.text[at]) : c;
  }
  return text;
}

/// A place in the tokens of a statement, which moves forward.
class Reader {
 public:
  explicit Reader(std::string_view sql) : tokens_(Tokenizer(sql).all()) {}

  bool is_at_end() const noexcept { return at_ == tokens_.size(); }
  const Token& peek(std::size_t ahead = 0) const noexcept {
    static const Token end;
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : end;
  }
  Token take() {
    const Token token = peek();
    if (!is_at_end()) ++at_;
    return token;
  }
  bool take_word(std::string_view word) {
    const bool is_there = peek().is_word(word);
    if (is_there) ++at_;
    return is_there;
  }
  /// All of them, or none.
  bool take_words(std::string_view first, std::string_view second) {
    const bool are_there = peek().is_word(first) && peek(1).is_word(second);
    if (are_there) at_ += 2;
    return are_there;
  }
  bool take_symbol(char symbol) {
    const bool is_there = peek().is_symbol(symbol);
    if (is_there) ++at_;
    return is_there;
  }
  std::string take_name() { return name_of(take()); }

  /// What stands between a parenthesis, which is next, and the one that closes it.
  std::string_view take_group() {
    const std::size_t opening = at_;
    skip_group();
    return at_ - opening > 2 ? text(opening + 1, at_ - 1) : std::string_view();
  }
  void skip_group() {
    std::size_t depth = 0;
    do {
      const Token token = take();
      if (token.is_symbol('(')) ++depth;
      if (token.is_symbol(')')) --depth;
    } while (depth > 0 && !is_at_end());
  }
  /// To the comma or the parenthesis behind it.
  void skip_item() {
    while (!is_at_end() && !peek().is_symbol(',') && !peek().is_symbol(')')) {
      if (peek().is_symbol('(')) {
        skip_group();
      } else {
        take();
      }
    }
  }
  /// A value: a name, a number, a string or a call, perhaps with a sign.
  void skip_value() {
    while (peek().is_symbol('-') || peek().is_symbol('+')) take();
    if (!peek().is_symbol('(')) take();
    for (;;) {
      if (peek().is_symbol('(')) {
        skip_group();
      } else if (take_symbol('.') || peek().kind == Token::Kind::string) {
        take();  // a method's name; b'101'
      } else {
        return;
      }
    }
  }

  std::size_t place() const noexcept { return at_; }
  /// As it is written, from one place up to another.
  std::string_view text(std::size_t from, std::size_t to) const noexcept {
    if (from >= to) return {};
    const char* const begin = tokens_[from].text.data();
    const std::string_view last = tokens_[to - 1].text;
    return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
  }
  std::string_view text_from(std::size_t from) const noexcept { return text(from, at_); }

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

/// (`a`,`b`)
std::vector<std::string> take_names(Reader& reader) {
  std::vector<std::string> names;
  if (!reader.take_symbol('(')) return names;
  do {
    names.push_back(reader.take_name());
  } while (reader.take_symbol(','));
  reader.take_symbol(')');
  return names;
}

// -- types ------------------------------------------------------------------------------

struct KnownType {
  std::string_view name;
  Type::Kind kind;
};

/// Of what is not among them, the name is all that is known.
constexpr std::array known_types{
    KnownType{"BIGINT", Type::Kind::big_integer},
    KnownType{"BINARY", Type::Kind::large_binary},
    KnownType{"BLOB", Type::Kind::large_binary},
    KnownType{"CHAR", Type::Kind::string},
    KnownType{"DATE", Type::Kind::date},
    KnownType{"DATETIME", Type::Kind::datetime},
    KnownType{"DECIMAL", Type::Kind::numeric},
    KnownType{"DOUBLE", Type::Kind::float_},
    KnownType{"FLOAT", Type::Kind::float_},
    KnownType{"INTEGER", Type::Kind::integer},
    KnownType{"JSON", Type::Kind::json},
    KnownType{"LONGBLOB", Type::Kind::large_binary},
    KnownType{"LONGTEXT", Type::Kind::text},
    KnownType{"MEDIUMBLOB", Type::Kind::large_binary},
    KnownType{"MEDIUMINT", Type::Kind::integer},
    KnownType{"MEDIUMTEXT", Type::Kind::text},
    KnownType{"SMALLINT", Type::Kind::small_integer},
    KnownType{"TEXT", Type::Kind::text},
    KnownType{"TIME", Type::Kind::time},
    KnownType{"TIMESTAMP", Type::Kind::datetime},
    KnownType{"TINYBLOB", Type::Kind::large_binary},
    KnownType{"TINYINT", Type::Kind::integer},
    KnownType{"TINYTEXT", Type::Kind::text},
    KnownType{"UUID", Type::Kind::uuid},
    KnownType{"VARBINARY", Type::Kind::large_binary},
    KnownType{"VARCHAR", Type::Kind::string},
    KnownType{"YEAR", Type::Kind::small_integer},
};

Type::Kind kind_of(std::string_view name) {
  for (const KnownType& type : known_types)
    if (type.name == name) return type.kind;
  return Type::Kind::user_defined;
}

/// The numbers behind a type mean what its kind says.
struct NumberedType : Type {
  NumberedType(Kind kind, std::optional<int> first, std::optional<int> second)
      : Type(kind, details_of(kind, first, second)) {}

 private:
  static Details details_of(Kind kind,
                            std::optional<int> first,
                            std::optional<int> second) {
    switch (kind) {
      case Kind::numeric:
      case Kind::float_:
        return {.precision = first, .scale = second};
      case Kind::datetime:
      case Kind::time:
        return {.precision = first};
      default:
        return {.length = first};
    }
  }
};

std::optional<int> take_number(Reader& reader) {
  int number = 0;
  const std::string_view text = reader.take().text;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional<int>(number) : std::nullopt;
}

Type take_numbered(Reader& reader, Type::Kind kind) {
  std::optional<int> first;
  std::optional<int> second;
  if (reader.take_symbol('(')) {
    first = take_number(reader);
    if (reader.take_symbol(',')) second = take_number(reader);
    reader.take_symbol(')');
  }
  return NumberedType(kind, first, second);
}

std::vector<std::string> take_values(Reader& reader) {
  std::vector<std::string> values;
  if (!reader.take_symbol('(')) return values;
  do {
    values.push_back(text_of(reader.take()));
  } while (reader.take_symbol(','));
  reader.take_symbol(')');
  return values;
}

Type take_type(Reader& reader) {
  std::string name = upper(reader.take().text);
  if (name == "ENUM") return Enum("", take_values(reader));
  // A value of it is some of these, with commas between them.
  if (name == "SET")
    return String().spelled("SET(" + std::string(reader.take_group()) + ")");
  if (name == "INT") name = "INTEGER";
  const Type::Kind kind = kind_of(name);
  return take_numbered(reader, kind).spelled(std::move(name));
}

// -- columns ----------------------------------------------------------------------------

void append_word(std::string& words, std::string_view word) {
  if (!words.empty()) words += ' ';
  words += word;
}

/// What stands behind a column's type, in whatever order.
class ColumnReader {
 public:
  ColumnReader(Reader& reader, ReflectedTable& table) : reader_(reader), table_(table) {}

  void read() {
    column_.name = reader_.take_name();
    column_.type = take_type(reader_);
    while (!reader_.is_at_end() && !reader_.peek().is_symbol(',') &&
           !reader_.peek().is_symbol(')'))
      read_attribute();
    finish_type();
    table_.columns.push_back(std::move(column_));
  }

 private:
  void read_attribute() {
    if (reader_.take_words("NOT", "NULL")) {
      column_.nullable = false;
    } else if (reader_.take_word("NULL")) {
      column_.nullable = true;
    } else if (reader_.take_words("CHARACTER", "SET")) {
      append_word(suffix_, "CHARACTER SET " + reader_.take_name());
    } else if (reader_.take_word("COLLATE")) {
      column_.type = column_.type.collated(reader_.take_name());
    } else if (reader_.take_word("DEFAULT")) {
      read_default();
    } else if (reader_.take_word("AUTO_INCREMENT")) {
      column_.autoincrement = Autoincrement::yes;
    } else if (reader_.take_word("COMMENT")) {
      column_.comment = text_of(reader_.take());
    } else if (reader_.peek().is_word("CHECK") && reader_.peek(1).is_symbol('(')) {
      reader_.take();
      table_.check_constraints.push_back(
          {.sqltext = std::string(reader_.take_group()), .column = column_.name});
    } else if (!read_computed()) {
      read_own_word();
    }
  }

  /// With ON UPDATE, as with SQLAlchemy.
  void read_default() {
    const std::size_t begin = reader_.place();
    reader_.skip_value();
    if (reader_.take_words("ON", "UPDATE")) reader_.skip_value();
    const std::string_view sql = reader_.text_from(begin);
    if (upper(sql) != "NULL") column_.default_ = std::string(sql);
  }

  bool read_computed() {
    const std::size_t ahead = reader_.peek().is_word("GENERATED") ? 2 : 0;
    if (!reader_.peek(ahead).is_word("AS") || !reader_.peek(ahead + 1).is_symbol('('))
      return false;
    for (std::size_t i = 0; i <= ahead; ++i) reader_.take();
    column_.computed = {.sqltext = std::string(reader_.take_group())};
    if (reader_.take_word("STORED") || reader_.take_word("PERSISTENT")) {
      column_.computed->persisted = true;
    } else if (reader_.take_word("VIRTUAL")) {
      column_.computed->persisted = false;
    }
    return true;
  }

  /// UNSIGNED, INVISIBLE and whatever else a version has: it is kept as it is.
  void read_own_word() {
    const Token token = reader_.take();
    const bool is_word = token.kind == Token::Kind::word;
    append_word(suffix_, is_word ? upper(token.text) : std::string(token.text));
    if (reader_.peek().is_symbol('('))
      suffix_ += "(" + std::string(reader_.take_group()) + ")";
  }

  bool counts() const noexcept { return column_.autoincrement == Autoincrement::yes; }

  void finish_type() {
    Type& type = column_.type;
    const bool is_flag = type.spelling() == "TINYINT" && type.length() == 1 &&
                         suffix_.empty() && !counts();
    if (is_flag) type = NumberedType(Type::Kind::boolean, 1, {}).spelled("TINYINT");
    const Type::Kind kind = type.kind();
    const bool is_integer =
        kind == Type::Kind::integer || kind == Type::Kind::big_integer ||
        (kind == Type::Kind::small_integer && type.spelling() != "YEAR");
    if ((is_integer || is_flag) && !counts()) column_.autoincrement = Autoincrement::no;
    type = type.suffixed(std::move(suffix_));
  }

  Reader& reader_;
  ReflectedTable& table_;
  ReflectedColumn column_{};
  std::string suffix_;
};

// -- tables -----------------------------------------------------------------------------

class TableReader {
 public:
  TableReader(std::string_view sql, std::string_view schema)
      : reader_(sql), schema_(schema) {}

  ReflectedTable read() {
    while (!reader_.is_at_end() && !reader_.take_word("TABLE")) reader_.take();
    table_.name = reader_.take_name();
    reader_.take_symbol('(');
    do {
      read_item();
      reader_.skip_item();
    } while (reader_.take_symbol(','));
    reader_.take_symbol(')');
    read_options();
    for (ReflectedColumn& column : table_.columns) recognize_json(column);
    return std::move(table_);
  }

 private:
  void read_item() {
    if (reader_.take_words("PRIMARY", "KEY")) {
      read_primary_key();
    } else if (reader_.take_words("UNIQUE", "KEY")) {
      read_unique_key();
    } else if (reader_.peek().kind == Token::Kind::word &&
               reader_.peek(1).is_word("KEY")) {
      std::string prefix = upper(reader_.take().text);
      reader_.take();
      read_index(std::move(prefix));
    } else if (reader_.take_word("KEY")) {
      read_index({});
    } else if (reader_.take_word("CONSTRAINT")) {
      read_constraint();
    } else if (!reader_.take_words("PERIOD", "FOR")) {
      ColumnReader(reader_, table_).read();
    }
  }

  /// Where there is none of its own, a name is never NULL.
  void read_primary_key() {
    if (reader_.take_word("USING")) reader_.take();
    ReflectedIndex key;
    read_elements(key);
    table_.primary_key.constrained_columns = std::move(key.column_names);
    for (ReflectedColumn& column : table_.columns) {
      const auto& names = table_.primary_key.constrained_columns;
      const auto found = std::find(names.begin(), names.end(), column.name);
      if (found != names.end())
        column.primary_key = static_cast<int>(found - names.begin()) + 1;
    }
  }

  /// It is a constraint and an index, as with SQLAlchemy.
  void read_unique_key() {
    ReflectedIndex& index = read_index({});
    index.unique = true;
    const auto& names = index.column_names;
    if (std::find(names.begin(), names.end(), "") != names.end()) return;
    table_.unique_constraints.push_back(
        {.name = index.name, .column_names = names, .duplicates_index = index.name});
  }

  ReflectedIndex& read_index(std::string prefix) {
    ReflectedIndex index{.prefix = std::move(prefix)};
    if (!reader_.peek().is_symbol('(')) index.name = reader_.take_name();
    if (reader_.take_word("USING")) index.using_ = upper(reader_.take().text);
    read_elements(index);
    while (!reader_.is_at_end() && !reader_.peek().is_symbol(',') &&
           !reader_.peek().is_symbol(')')) {
      if (reader_.take_word("USING")) {
        index.using_ = upper(reader_.take().text);
      } else if (reader_.take_words("WITH", "PARSER")) {
        index.parser = reader_.take_name();
      } else {
        reader_.take();
      }
    }
    return table_.indexes.emplace_back(std::move(index));
  }

  /// (`name`(10) DESC,(lower(`name`)))
  void read_elements(ReflectedIndex& index) {
    if (!reader_.take_symbol('(')) return;
    do {
      const std::size_t begin = reader_.place();
      const bool is_column = !reader_.peek().is_symbol('(');
      index.column_names.push_back(is_column ? reader_.take_name() : std::string());
      const std::size_t behind_name = reader_.place();
      reader_.skip_item();
      const bool is_more = !is_column || reader_.place() > behind_name;
      index.expressions.push_back(is_more ? std::string(reader_.text_from(begin))
                                          : index.column_names.back());
    } while (reader_.take_symbol(','));
    reader_.take_symbol(')');
    if (index.expressions == index.column_names) index.expressions.clear();
  }

  void read_constraint() {
    std::string name = reader_.take_name();
    if (reader_.take_words("FOREIGN", "KEY")) {
      read_foreign_key(std::move(name));
    } else if (reader_.take_word("CHECK")) {
      table_.check_constraints.push_back(
          {.name = std::move(name), .sqltext = std::string(reader_.take_group())});
    }
  }

  void read_foreign_key(std::string name) {
    ReflectedForeignKey key{.name = std::move(name),
                            .referred_schema = std::string(schema_)};
    key.constrained_columns = take_names(reader_);
    reader_.take_word("REFERENCES");
    key.referred_table = reader_.take_name();
    if (reader_.take_symbol('.')) {
      key.referred_schema = std::move(key.referred_table);
      key.referred_table = reader_.take_name();
    }
    key.referred_columns = take_names(reader_);
    while (reader_.take_word("ON")) {
      const bool is_delete = reader_.take_word("DELETE");
      if (!is_delete) reader_.take_word("UPDATE");
      (is_delete ? key.options.ondelete : key.options.onupdate) = take_action();
    }
    table_.foreign_keys.push_back(std::move(key));
  }

  /// NO ACTION is left out, as with SQLAlchemy.
  std::string take_action() {
    if (reader_.take_words("NO", "ACTION")) return {};
    if (reader_.take_words("SET", "NULL")) return "SET NULL";
    if (reader_.take_words("SET", "DEFAULT")) return "SET DEFAULT";
    return upper(reader_.take().text);
  }

  void read_options() {
    std::string words;
    while (!reader_.is_at_end()) {
      if (reader_.peek().is_word("PARTITION")) return add_option(words, take_rest());
      const Token token = reader_.take();
      if (!reader_.take_symbol('=')) {
        append_word(words, token.text);
        continue;
      }
      add_value(words, upper(token.text));
    }
    add_option(words, {});
  }

  /// `before`: the words that stand before the option's.
  void add_value(std::string& before, std::string name) {
    const std::size_t begin = reader_.place();
    if (name == "COMMENT") {
      add_option(before, {});
      table_.comment = text_of(reader_.take());
      return;
    }
    reader_.skip_value();
    for (const std::string_view first : {"DEFAULT", "DATA", "INDEX"}) {
      if (!before.ends_with(first)) continue;
      before.resize(before.size() - first.size());
      name.insert(0, std::string(first) + " ");
    }
    while (before.ends_with(' ')) before.pop_back();
    // What it has counted to and where its files are is not the schema's.
    const bool is_state = name == "AUTO_INCREMENT" || name.ends_with(" DIRECTORY");
    add_option(before,
               is_state ? "" : name + "=" + std::string(reader_.text_from(begin)));
  }

  void add_option(std::string& before, std::string option) {
    if (!before.empty()) table_.options.push_back(std::exchange(before, {}));
    if (!option.empty()) table_.options.push_back(std::move(option));
  }

  std::string take_rest() {
    const std::size_t begin = reader_.place();
    while (!reader_.is_at_end()) reader_.take();
    return std::string(reader_.text_from(begin));
  }

  bool has_option(std::string_view option) const {
    return std::find(table_.options.begin(), table_.options.end(), option) !=
           table_.options.end();
  }

  /// MariaDB's JSON is a LONGTEXT with a CHECK.
  void recognize_json(ReflectedColumn& column) {
    const Type& type = column.type;
    const bool is_said =
        type.suffix() == "CHARACTER SET utf8mb4" && type.collation() == "utf8mb4_bin";
    const bool is_default = type.suffix().empty() && type.collation().empty() &&
                            has_option("COLLATE=utf8mb4_bin");
    if (type.spelling() != "LONGTEXT" || !(is_said || is_default)) return;
    auto& checks = table_.check_constraints;
    const auto check = std::find_if(
        checks.begin(), checks.end(), [&](const ReflectedCheckConstraint& each) {
          return each.column == column.name && is_json_check(each.sqltext, column.name);
        });
    if (check == checks.end()) return;
    checks.erase(check);
    column.type = JSON().spelled("JSON");
  }

  static bool is_json_check(std::string_view sql, const std::string& column) {
    Reader reader(sql);
    return reader.take_word("JSON_VALID") && reader.take_symbol('(') &&
           reader.take_name() == column && reader.take_symbol(')') && reader.is_at_end();
  }

  Reader reader_;
  std::string_view schema_;
  ReflectedTable table_{};
};

}  // namespace

bool creates_mysql_table(std::string_view sql) {
  Reader reader(sql);
  reader.take_word("CREATE");
  reader.take_word("TEMPORARY");
  return reader.take_word("TABLE");
}

ReflectedTable read_mysql_table(std::string_view sql, std::string_view schema) {
  return TableReader(sql, schema).read();
}

ReflectedColumn read_mysql_column(std::string_view sql) {
  Reader reader(sql);
  ReflectedTable table;
  ColumnReader(reader, table).read();
  return std::move(table.columns.front());
}

}  // namespace hark::detail
