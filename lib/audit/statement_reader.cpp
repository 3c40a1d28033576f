// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/statement_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hark::audit {

enum class StatementReader::Word : std::uint8_t {
  none,       // it may be a name
  keyword,    // it may not
  kind_word,  // of an object: table, index …
  body_word,  // of one that has a body
  object_verb,
  target_verb,
  modifier,
  explain_word,
  and_word,
  as_word,
  between_word,
  call_word,
  case_word,
  clause_word,
  conflict_word,
  delete_word,
  distinct_word,
  in_word,
  else_word,
  end_word,
  from_word,
  insert_word,
  into_word,
  join_word,
  key_word,
  merge_word,
  on_word,
  or_word,
  replace_word,
  select_word,
  set_word,
  table_word,
  then_word,
  union_word,
  update_word,
  using_word,
  values_word,
  when_word,
  with_word,
};

/// The words that a reader knows.
struct StatementWords {
  using Word = StatementReader::Word;
  struct Entry {
    std::string_view text;
    Word word;
  };
  static constexpr auto entries = std::to_array<Entry>({
      {"aggregate", Word::body_word},
      {"all", Word::keyword},
      {"alter", Word::object_verb},
      {"analyse", Word::target_verb},
      {"analyze", Word::target_verb},
      {"and", Word::and_word},
      {"any", Word::keyword},
      {"array", Word::keyword},
      {"as", Word::as_word},
      {"asc", Word::keyword},
      {"between", Word::between_word},
      {"by", Word::keyword},
      {"call", Word::call_word},
      {"case", Word::case_word},
      {"collate", Word::as_word},
      {"conflict", Word::conflict_word},
      {"copy", Word::target_verb},
      {"create", Word::object_verb},
      {"cross", Word::keyword},
      {"database", Word::kind_word},
      {"declare", Word::explain_word},
      {"default", Word::keyword},
      {"delayed", Word::modifier},
      {"delete", Word::delete_word},
      {"desc", Word::keyword},
      {"describe", Word::target_verb},
      {"distinct", Word::distinct_word},
      {"do", Word::keyword},
      {"domain", Word::kind_word},
      {"drop", Word::object_verb},
      {"duplicate", Word::conflict_word},
      {"else", Word::else_word},
      {"end", Word::end_word},
      {"escape", Word::keyword},
      {"event", Word::body_word},
      {"except", Word::union_word},
      {"exec", Word::call_word},
      {"execute", Word::call_word},
      {"exists", Word::keyword},
      {"explain", Word::explain_word},
      {"extension", Word::kind_word},
      {"false", Word::keyword},
      {"fetch", Word::clause_word},
      {"filter", Word::keyword},
      {"for", Word::keyword},
      {"from", Word::from_word},
      {"full", Word::keyword},
      {"function", Word::body_word},
      {"glob", Word::keyword},
      {"group", Word::clause_word},
      {"having", Word::clause_word},
      {"high_priority", Word::modifier},
      {"if", Word::keyword},
      {"ignore", Word::modifier},
      {"ilike", Word::keyword},
      {"in", Word::in_word},
      {"index", Word::kind_word},
      {"inner", Word::keyword},
      {"insert", Word::insert_word},
      {"intersect", Word::union_word},
      {"interval", Word::keyword},
      {"into", Word::into_word},
      {"is", Word::keyword},
      {"isnull", Word::keyword},
      {"join", Word::join_word},
      {"key", Word::key_word},
      {"lateral", Word::modifier},
      {"left", Word::keyword},
      {"like", Word::keyword},
      {"limit", Word::clause_word},
      {"lock", Word::target_verb},
      {"low_priority", Word::modifier},
      {"match", Word::keyword},
      {"merge", Word::merge_word},
      {"natural", Word::keyword},
      {"not", Word::keyword},
      {"notnull", Word::keyword},
      {"null", Word::keyword},
      {"nulls", Word::keyword},
      {"offset", Word::clause_word},
      {"on", Word::on_word},
      {"only", Word::modifier},
      {"or", Word::or_word},
      {"order", Word::clause_word},
      {"outer", Word::keyword},
      {"over", Word::keyword},
      {"partition", Word::keyword},
      {"policy", Word::body_word},
      {"pragma", Word::target_verb},
      {"procedure", Word::body_word},
      {"quick", Word::modifier},
      {"recursive", Word::keyword},
      {"refresh", Word::object_verb},
      {"regexp", Word::keyword},
      {"reindex", Word::target_verb},
      {"replace", Word::replace_word},
      {"returning", Word::clause_word},
      {"right", Word::keyword},
      {"rlike", Word::keyword},
      {"role", Word::kind_word},
      {"rule", Word::body_word},
      {"schema", Word::kind_word},
      {"select", Word::select_word},
      {"sequence", Word::kind_word},
      {"set", Word::set_word},
      {"similar", Word::keyword},
      {"some", Word::keyword},
      {"straight_join", Word::join_word},
      {"table", Word::table_word},
      {"then", Word::then_word},
      {"to", Word::keyword},
      {"trigger", Word::body_word},
      {"true", Word::keyword},
      {"truncate", Word::target_verb},
      {"type", Word::kind_word},
      {"union", Word::union_word},
      {"update", Word::update_word},
      {"use", Word::target_verb},
      {"user", Word::kind_word},
      {"using", Word::using_word},
      {"vacuum", Word::target_verb},
      {"value", Word::none},
      {"values", Word::values_word},
      {"view", Word::kind_word},
      {"when", Word::when_word},
      {"where", Word::clause_word},
      {"window", Word::clause_word},
      {"with", Word::with_word},
      {"xor", Word::or_word},
  });
  static_assert(std::is_sorted(entries.begin(),
                               entries.end(),
                               [](const Entry& one, const Entry& other) {
                                 return one.text < other.text;
                               }));

  static Word find(const Token& token) noexcept {
    std::array<char, 16> letters{};
    if (token.kind != Token::Kind::word || token.text.size() > letters.size())
      return Word::none;
    std::transform(token.text.begin(), token.text.end(), letters.begin(), folded);
    const std::string_view text(letters.data(), token.text.size());
    const auto* const found = std::lower_bound(
        entries.begin(),
        entries.end(),
        text,
        [](const Entry& entry, std::string_view other) { return entry.text < other; });
    return found != entries.end() && found->text == text ? found->word : Word::none;
  }
};

namespace {

// What is beyond is read, but not understood: the cost stays linear.
constexpr std::size_t max_depth = 500;
constexpr std::size_t max_scopes_up = 8;  // in which a table is looked for
constexpr std::size_t max_tables = 32;    // of a scope that are known by name
constexpr std::size_t max_placeholders = 65'535;
constexpr std::size_t max_name = 255;
constexpr std::size_t max_summary = 255;

bool is_name_part(const Token& token) noexcept {
  return token.kind == Token::Kind::word || token.kind == Token::Kind::identifier;
}

std::string_view without_quotes(std::string_view name) noexcept {
  const bool is_quoted = name.size() > 1 && std::string_view("\"'`[").find(name[0]) !=
                                                std::string_view::npos;
  return (is_quoted ? name.substr(1, name.size() - 2) : name).substr(0, max_name);
}

bool is_same_name(std::string_view one, std::string_view other) noexcept {
  return !one.empty() && equal_folded(without_quotes(one), without_quotes(other));
}

std::string to_capitals(std::string_view word) {
  std::string made(word);
  for (char& letter : made) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return made;
}

}  // namespace

/// May it be a name, where nothing else can stand?
bool StatementReader::is_plain(Word word) noexcept {
  switch (word) {
    case Word::none:
    case Word::kind_word:
    case Word::body_word:
    case Word::target_verb:
    case Word::key_word:
    case Word::explain_word:
      return true;
    default:
      return false;
  }
}

void StatementReader::Path::add(std::string_view part) noexcept {
  if (size == parts.size()) std::rotate(parts.begin(), parts.begin() + 1, parts.end());
  if (size < parts.size()) ++size;
  parts[size - 1] = part;
}

StatementReader::StatementReader(std::string_view sql, Syntax syntax)
    : syntax_(syntax), scanner_(sql, syntax) {}

StatementFacts StatementReader::read() {
  begin_statement();
  advance();
  for (advance(); token_; advance()) read_token();
  StatementFacts facts{.summary = std::move(summary_),
                       .operation = std::move(operation_)};
  facts.columns.reserve(columns_.size());
  for (const Column& column : columns_) facts.columns.push_back(to_string(column));
  return facts;
}

void StatementReader::advance() noexcept {
  token_ = next_;
  next_ = scanner_.next();
}

bool StatementReader::is_next_symbol(std::string_view symbol) const noexcept {
  return next_ && next_->kind == Token::Kind::symbol && next_->text == symbol;
}

/// Reads on to the last piece of the name that begins here.
StatementReader::Path StatementReader::take_path() noexcept {
  Path path;
  path.add(token_->text);
  while (is_next_symbol(".")) {
    advance();
    if (!next_ || !is_name_part(*next_)) {
      if (is_next_symbol("*")) {
        advance();
        path.size = 0;
      }
      break;
    }
    advance();
    path.add(token_->text);
  }
  return path;
}

// -- what is read ---------------------------------------------------------------------------

void StatementReader::begin_statement() {
  frames_.clear();
  too_deep_ = 0;
  waiting_.clear();
  collected_.clear();
  is_statement_start_ = true;
  scopes_.push_back({.parent = scopes_.size()});
  frames_.push_back({.scope = scopes_.size() - 1, .target_scope = scopes_.size() - 1});
}

void StatementReader::read_token() {
  const Word word = StatementWords::find(*token_);
  if (token_->kind == Token::Kind::word && operation_.empty())
    operation_ = to_capitals(token_->text.substr(0, max_name));
  switch (token_->kind) {
    case Token::Kind::word:
      read_word();
      break;
    case Token::Kind::identifier:
      read_name();
      break;
    case Token::Kind::string:
      // SQLite and MySQL may name tables so.
      if (top().expects_table && too_deep_ == 0) read_name();
      [[fallthrough]];
    case Token::Kind::number:
      if (top().kind != Kind::query && top().phase == Phase::start)
        top().phase = Phase::other;
      is_after_operand_ = true;
      break;
    case Token::Kind::parameter:
      read_placeholder();
      is_after_operand_ = true;
      break;
    case Token::Kind::symbol:
      read_symbol();
      break;
    case Token::Kind::semicolon:
      if (!is_in_body_) begin_statement();
      break;
    case Token::Kind::blank:
    case Token::Kind::comment:
      break;
  }
  word_before_ = word;
}

void StatementReader::read_word() {
  if (too_deep_ != 0) return;
  const Word word = StatementWords::find(*token_);
  if (top().phase == Phase::start) {
    if (begin_operation(word)) return;
    if (top().kind == Kind::query) return read_first();
    top().phase = top().expects_table ? Phase::tables : Phase::other;
  }
  if (top().phase == Phase::over) return;
  if (top().phase == Phase::object) return read_object();
  const bool is_function = is_next_symbol("(") &&
                           (word == Word::replace_word || word == Word::insert_word ||
                            word == Word::values_word || word == Word::kind_word) &&
                           top().phase != Phase::tables && top().phase != Phase::columns;
  if (word == Word::key_word && next_ && equal_folded(next_->text, "update")) return;
  if (is_plain(word) || (is_function && !top().is_merge)) return read_name();
  read_keyword(word);
}

/// Where an operation may begin, but none does.
void StatementReader::read_first() {
  const bool is_first = std::exchange(is_statement_start_, false);
  const Word word = StatementWords::find(*token_);
  if (top().is_cte && is_plain(word))
    ctes_.insert(to_folded(without_quotes(token_->text)));
  if (!is_first || token_->kind != Token::Kind::word) return;
  append(token_->text);
  top().phase = Phase::over;
}

void StatementReader::read_keyword(Word word) {
  Frame& frame = top();
  is_after_operand_ = false;
  if (word != Word::as_word) frame.expects_alias = false;
  switch (word) {
    case Word::and_word:
      if (!std::exchange(frame.is_between, false)) begin_term();
      break;
    case Word::or_word:
      if (frame.expects_table) {
        // INSERT OR ABORT; REPLACE and IGNORE are no names anyway.
        skips_name_ = next_ && StatementWords::find(*next_) == Word::none;
      } else {
        begin_term();
      }
      break;
    case Word::between_word:
      frame.is_between = true;
      break;
    case Word::as_word:
      if (!frame.expects_alias) skips_name_ = true;
      break;
    case Word::case_word:
      open(Kind::branches);
      break;
    case Word::when_word:
      read_when();
      break;
    case Word::then_word:
    case Word::else_word:
      if (frame.kind == Kind::branches) begin_term();
      break;
    case Word::end_word:
      if (frame.kind == Kind::branches) close_frame();
      is_after_operand_ = true;
      break;
    case Word::select_word:
    case Word::with_word:
      // INSERT INTO t (a) SELECT …; but not WITH TIES.
      if (frame.kind == Kind::query && frame.phase == Phase::columns) {
        frame.phase = Phase::start;
        begin_operation(word);
      }
      break;
    case Word::insert_word:
      if (frame.is_merge) {
        begin_clause(Phase::columns);
        frame.list = {};
      }
      break;
    case Word::replace_word:
      break;
    case Word::update_word:
      if (word_before_ == Word::key_word) begin_clause(Phase::set);
      break;
    case Word::values_word:
      read_values();
      break;
    case Word::set_word:
      if (frame.kind == Kind::query) begin_clause(Phase::set);
      break;
    case Word::from_word:
      read_from();
      break;
    case Word::join_word:
      frame.phase = Phase::tables;
      frame.expects_table = true;
      break;
    case Word::using_word:
      read_using();
      break;
    case Word::on_word:
      if (frame.phase == Phase::tables || frame.kind == Kind::query) {
        const bool is_in_from = frame.is_in_from;
        begin_clause(Phase::other);
        frame.is_in_from = is_in_from;
      }
      break;
    case Word::conflict_word:
      frame.scope = frame.target_scope;
      break;
    case Word::clause_word:
      frame.base = {};
      begin_clause(Phase::other);
      break;
    case Word::union_word:
      if (frame.kind == Kind::branches) break;
      frame.kind = Kind::query;
      begin_clause(Phase::start);
      break;
    case Word::into_word:
      if (!frame.expects_table) skips_name_ = true;  // SELECT … INTO
      break;
    default:
      break;
  }
}

void StatementReader::read_name() {
  if (too_deep_ != 0) return;
  if (top().phase == Phase::start) {
    if (top().kind == Kind::query) return read_first();
    top().phase = top().expects_table ? Phase::tables : Phase::other;
  }
  if (top().phase == Phase::over) return;
  if (top().phase == Phase::object) return read_object_name();
  if (std::exchange(skips_name_, false)) {
    // A type may have parameters, and they are none of a column.
    take_path();
    is_after_operand_ = true;
    return;
  }
  if (top().expects_table) return read_table();
  if (std::exchange(top().expects_alias, false)) {
    std::vector<Table>& tables = scopes_[top().scope].tables;
    if (scopes_[top().scope].table_count == tables.size() && !tables.empty())
      tables.back().alias = token_->text;
    return;
  }
  const Path path = take_path();
  const bool is_alias = std::exchange(is_after_operand_, true);
  const bool is_typed = next_ && next_->kind == Token::Kind::string;  // DATE '…'
  if (is_next_symbol("(")) {
    advance();
    return open(top().phase == Phase::rows ? Kind::group : Kind::call);  // ROW (…)
  }
  if (!is_alias && !is_typed && path.size != 0) read_column(path);
}

void StatementReader::read_symbol() {
  const std::string_view symbol = token_->text;
  if (symbol == "(") {
    // IN (…); but LEFT (…), ANY (…)
    return open(word_before_ == Word::keyword ? Kind::call : Kind::group);
  }
  if (symbol == ")") return close();
  is_after_operand_ = symbol == "]";
  if (too_deep_ != 0) return;
  if (symbol == ",") return read_comma();
  if (symbol == "::") skips_name_ = true;
  if (top().kind != Kind::query && top().phase == Phase::start)
    top().phase = Phase::other;
}

void StatementReader::read_comma() {
  Frame& frame = top();
  skips_name_ = false;
  frame.expects_alias = false;
  switch (frame.phase) {
    case Phase::start:
    case Phase::over:
      return;
    case Phase::object:
      if (object_ == Object::named && may_be_many_) object_ = Object::name;
      return;
    default:
      break;
  }
  if (frame.phase == Phase::tables || frame.is_in_from) {
    frame.phase = Phase::tables;
    frame.expects_table = true;
    return;
  }
  end_value();
  begin_term();
}

void StatementReader::read_when() {
  Frame& frame = top();
  if (frame.kind == Kind::branches) {
    if (frame.index++ == 0) frame.operand = frame.subject;
    begin_term();
    frame.inherited = frame.operand;
  } else if (frame.is_merge) {
    begin_clause(Phase::other);
  }
}

/// VALUES (…), (…). In an assignment it is a function.
void StatementReader::read_values() {
  Frame& frame = top();
  if (frame.kind != Kind::query) return;
  const List list = frame.list;
  begin_clause(Phase::rows);
  frame.list = list;
}

void StatementReader::read_from() {
  Frame& frame = top();
  // IS DISTINCT FROM; extract(year FROM …).
  if (word_before_ == Word::distinct_word || frame.kind != Kind::query) return;
  frame.list = {};
  begin_clause(Phase::tables);
  frame.expects_table = true;
  frame.is_in_from = true;
}

void StatementReader::read_using() {
  Frame& frame = top();
  if (frame.kind == Kind::call) {
    skips_name_ = true;  // convert(… USING utf8mb4)
  } else if (frame.is_merge || !is_next_symbol("(")) {
    frame.phase = Phase::tables;
    frame.expects_table = true;
  }
}

// -- operations -----------------------------------------------------------------------------

bool StatementReader::begin_operation(Word word) {
  const bool is_outermost = frames_.size() == 1;
  if (word != Word::none && begin_query_operation(word)) return true;
  if (!is_outermost || top().kind != Kind::query) return false;
  switch (word) {
    case Word::explain_word:
      append(token_->text);
      is_statement_start_ = false;
      return true;
    case Word::object_verb:
      if (!is_statement_start_) return false;
      begin_object(Object::kind_needed);
      return true;
    case Word::target_verb:
    case Word::call_word:
      if (!is_statement_start_) return false;  // EXPLAIN ANALYZE
      begin_object(Object::kind_optional);
      return true;
    default:
      return false;
  }
}

/// One that may stand in parentheses, too.
bool StatementReader::begin_query_operation(Word word) {
  switch (word) {
    case Word::replace_word:
      if (is_next_symbol("(")) return false;
      break;
    case Word::with_word:
    case Word::select_word:
    case Word::insert_word:
    case Word::update_word:
    case Word::delete_word:
    case Word::merge_word:
    case Word::table_word:
    case Word::values_word:
      break;
    default:
      return false;
  }
  Frame& frame = top();
  if (frame.kind != Kind::query) {
    if (frame.kind == Kind::branches) return false;
    // The parentheses are those of a query.
    Frame& outer = frames_[frames_.size() - 2];
    if (frame.expects_table) add_table(outer.scope, {});
    frame = {.scope = frame.scope,
             .target_scope = frame.target_scope,
             .waiting_from = waiting_.size(),
             .collected_from = collected_.size()};
  }
  is_statement_start_ = false;
  is_after_operand_ = false;
  frame.is_cte = word == Word::with_word;
  if (frame.is_cte) return true;
  if (word == Word::select_word) {
    begin_select();
  } else if (word == Word::values_word) {
    if (summary_.empty()) append(token_->text);
    begin_scope();
    frame.phase = Phase::rows;
  } else {
    begin_writing();
    frame.is_insert = word == Word::insert_word || word == Word::replace_word;
    frame.is_merge = word == Word::merge_word;
    frame.expects_table = word != Word::delete_word;
  }
  return true;
}

void StatementReader::begin_select() {
  append(token_->text);
  begin_scope();
  top().is_insert = false;
  const List list = top().list;  // of the INSERT before it
  begin_clause(Phase::list);
  top().list = list;
  begin_term();
}

void StatementReader::begin_writing() {
  append(token_->text);
  begin_scope();
  begin_clause(Phase::tables);
  top().target_scope = top().scope;
  top().is_in_from = true;
}

void StatementReader::begin_scope() {
  const std::size_t outer =
      frames_.size() > 1 ? frames_[frames_.size() - 2].scope : scopes_.size();
  scopes_.push_back({.parent = outer});
  top().scope = scopes_.size() - 1;
}

void StatementReader::begin_clause(Phase phase) {
  Frame& frame = top();
  frame.phase = phase;
  frame.expects_table = false;
  frame.expects_alias = false;
  frame.is_in_from = false;
  frame.index = 0;
  if (phase != Phase::list && phase != Phase::rows && phase != Phase::start)
    frame.list = {};
  begin_term();
}

void StatementReader::begin_object(Object state) {
  append(token_->text);
  is_statement_start_ = false;
  top().phase = Phase::object;
  object_ = state;
  has_body_ = StatementWords::find(*token_) == Word::call_word;
  may_be_many_ = state == Object::kind_optional || equal_folded(token_->text, "drop");
}

void StatementReader::read_object() {
  const Word word = StatementWords::find(*token_);
  switch (word) {
    case Word::table_word:
    case Word::kind_word:
    case Word::body_word:
      if (object_ != Object::kind_needed && object_ != Object::kind_optional)
        return read_object_name();
      append(token_->text);
      object_ = Object::name;
      has_body_ = word == Word::body_word;
      return;
    case Word::select_word:
    case Word::with_word:
    case Word::values_word:
      // CREATE TABLE t AS SELECT …; WITH may have its options.
      if (word_before_ != Word::as_word && word != Word::select_word) return;
      top().phase = Phase::start;
      begin_operation(word);
      return;
    case Word::on_word:
      if (object_ != Object::kind_needed) object_ = Object::name;  // an index's table
      return;
    case Word::from_word:
    case Word::into_word:
      top().phase = Phase::over;
      return;
    default:
      break;
  }
  if (word == Word::none || word == Word::key_word) read_object_name();
}

void StatementReader::read_object_name() {
  if (object_ == Object::kind_needed || object_ == Object::named) return;
  const bool is_modifier =
      token_->kind == Token::Kind::word &&
      (equal_folded(token_->text, "concurrently") ||
       equal_folded(token_->text, "verbose") || equal_folded(token_->text, "freeze") ||
       equal_folded(token_->text, "tables"));
  if (is_modifier) return;
  append(take_path());
  object_ = Object::named;
  if (!has_body_) return;
  top().phase = Phase::over;
  is_in_body_ = !may_be_many_;  // neither DROP nor CALL
}

// -- tables ---------------------------------------------------------------------------------

void StatementReader::read_table() {
  Frame& frame = top();
  const Path path = take_path();
  frame.expects_table = false;
  if (path.size == 0) return;
  const bool is_function = is_next_symbol("(") && !frame.is_insert;
  const bool is_cte =
      path.size == 1 && ctes_.count(to_folded(without_quotes(path.last()))) != 0;
  if (!is_cte) append(path);
  add_table(frame.scope,
            {.name = is_cte || is_function ? "" : path.last(),
             .alias = is_cte ? path.last() : ""});
  frame.expects_alias = true;
  if (frame.is_insert) frame.phase = Phase::columns;
  if (!is_function) return;
  advance();
  open(Kind::call);
}

void StatementReader::add_table(std::size_t scope, const Table& table) {
  Scope& to = scopes_[scope];
  ++to.table_count;
  if (to.tables.size() < max_tables) to.tables.push_back(table);
}

// -- parentheses and CASE -------------------------------------------------------------------

void StatementReader::open(Kind kind) {
  is_after_operand_ = false;
  skips_name_ = false;
  if (frames_.size() >= max_depth || too_deep_ != 0) {
    if (kind != Kind::branches) ++too_deep_;
    return;
  }
  Frame& outer = top();
  Frame frame{.kind = kind,
              .scope = outer.scope,
              .target_scope = outer.target_scope,
              .waiting_from = waiting_.size(),
              .collected_from = collected_.size()};
  if (outer.phase == Phase::over) frame.phase = Phase::over;
  if (kind == Kind::branches) frame.phase = Phase::other;
  if (outer.phase == Phase::columns) {
    frame.is_target_list = true;
    outer.expects_alias = false;
  } else if (outer.phase == Phase::rows && outer.kind == Kind::query) {
    frame.list = outer.list;
  } else if (kind == Kind::group && outer.tuple.size != 0) {
    frame.list = outer.tuple;
    frame.tuple = outer.tuple;
  } else if (kind == Kind::group && outer.expects_table) {
    frame.expects_table = true;
    outer.expects_table = false;
    outer.expects_alias = true;
  } else {
    frame.base = effective(outer);
  }
  const List tuple = frame.tuple;
  frames_.push_back(frame);
  begin_term();
  top().tuple = tuple;
  if (kind == Kind::branches) top().inherited = {};  // before the first WHEN
}

void StatementReader::close() {
  if (too_deep_ != 0) {
    --too_deep_;
    return;
  }
  while (top().kind == Kind::branches) close_frame();
  if (frames_.size() > 1) close_frame();
  is_after_operand_ = true;
  skips_name_ = false;
}

void StatementReader::close_frame() {
  if (top().kind != Kind::query) end_value();
  const Frame closed = top();
  frames_.pop_back();
  Frame& outer = top();
  if (closed.kind == Kind::query || closed.index > 1)
    waiting_.resize(std::min(waiting_.size(), closed.waiting_from));
  if (closed.kind == Kind::query) {
    // Its columns are its own.
  } else if (closed.is_target_list) {
    outer.list = keep_collected(closed.collected_from);
  } else if (closed.kind == Kind::group && closed.index > 1 && outer.tuple.size == 0 &&
             outer.phase != Phase::rows) {
    outer.tuple = keep_collected(closed.collected_from);
  } else if (outer.phase != Phase::rows && closed.first &&
             (closed.kind == Kind::call || closed.index == 1)) {
    set_subject(closed.first);
  }
  collected_.resize(closed.collected_from);
}

// -- columns --------------------------------------------------------------------------------

void StatementReader::begin_term() noexcept {
  Frame& frame = top();
  waiting_.resize(std::min(waiting_.size(), frame.waiting_from));
  frame.subject = {};
  frame.tuple = {};
  frame.is_between = false;
  const bool is_listed = frame.kind == Kind::group || frame.phase == Phase::list;
  frame.inherited = frame.base;
  if (is_listed && frame.list.size != 0) {
    frame.inherited =
        frame.index < frame.list.size ? lists_[frame.list.from + frame.index] : Column();
  }
}

/// At a comma, and at the end.
void StatementReader::end_value() {
  Frame& frame = top();
  if (frame.kind == Kind::group) collected_.push_back(frame.subject);
  ++frame.index;
}

void StatementReader::read_column(const Path& path) {
  const Frame& frame = top();
  const bool is_assigned = frame.phase == Phase::set && path.size == 1 &&
                           !frame.subject &&
                           (frame.is_merge || scopes_[frame.scope].table_count == 1);
  set_subject({.table = path.last_but_one(),
               .name = path.last(),
               .scope = frame.is_target_list ? frame.target_scope : frame.scope,
               .is_target = is_assigned || frame.is_target_list});
}

void StatementReader::set_subject(const Column& column) {
  Frame& frame = top();
  if (!frame.first) frame.first = column;
  if (frame.subject) return;
  frame.subject = column;
  if (frame.inherited) return;
  for (std::size_t at = frame.waiting_from; at < waiting_.size(); ++at)
    assign(waiting_[at], column);
  waiting_.resize(std::min(waiting_.size(), frame.waiting_from));
}

const StatementReader::Column& StatementReader::effective(const Frame& frame) noexcept {
  return frame.inherited ? frame.inherited : frame.subject;
}

StatementReader::List StatementReader::keep_collected(std::size_t from) {
  const List list{.from = lists_.size(), .size = collected_.size() - from};
  lists_.insert(lists_.end(),
                collected_.begin() + static_cast<std::ptrdiff_t>(from),
                collected_.end());
  return list;
}

void StatementReader::read_placeholder() {
  const std::optional<std::size_t> position = position_of(token_->text);
  if (!position || too_deep_ != 0) return;
  Frame& frame = top();
  if (frame.phase == Phase::over) return;
  if (frame.kind != Kind::query && frame.phase == Phase::start)
    frame.phase = Phase::other;
  if (effective(frame)) {
    assign(*position, effective(frame));
  } else {
    waiting_.push_back(*position);
  }
}

/// Empty: it is no placeholder.
std::optional<std::size_t> StatementReader::position_of(std::string_view placeholder) {
  const bool is_name_of_any = syntax_ == Syntax::sqlite || placeholder[0] != '@';
  if (placeholder == "?" || placeholder == "%s") {
    columns_.emplace_back();
    return columns_.size() - 1;
  }
  if (syntax_ == Syntax::mysql || !is_name_of_any) return std::nullopt;
  const char* const end = placeholder.data() + placeholder.size();
  std::size_t number = 0;
  const auto parsed = std::from_chars(placeholder.data() + 1, end, number);
  const bool is_number = parsed.ec != std::errc::invalid_argument && parsed.ptr == end;
  if (is_number && (placeholder[0] == '?' || placeholder[0] == '$')) {
    if (parsed.ec != std::errc() || number == 0 || number > max_placeholders)
      return std::nullopt;
    if (columns_.size() < number) columns_.resize(number);
    return number - 1;
  }
  const auto [found, is_new] = named_.try_emplace(placeholder, columns_.size());
  if (is_new) columns_.emplace_back();
  return found->second;
}

void StatementReader::assign(std::size_t position, const Column& column) {
  if (!columns_[position]) columns_[position] = column;
}

std::string StatementReader::to_string(const Column& column) const {
  if (!column) return {};
  const Scope& scope = scopes_[column.scope];
  std::string_view table = column.table;
  if (equal_folded(table, "excluded") || (column.is_target && table.empty())) {
    table = scope.tables.empty() ? std::string_view() : scope.tables.front().name;
  } else if (!table.empty()) {
    const Table* const found = find_table(table, column.scope);
    if (found != nullptr) table = found->name;
  } else if (scope.table_count == 1) {
    table = scope.tables.front().name;
  }
  std::string made(without_quotes(table));
  if (!made.empty()) made += '.';
  return made += without_quotes(column.name);
}

const StatementReader::Table* StatementReader::find_table(
    std::string_view name, std::size_t scope) const noexcept {
  for (std::size_t up = 0; up < max_scopes_up && scope < scopes_.size(); ++up) {
    for (const Table& table : scopes_[scope].tables) {
      if (is_same_name(table.alias.empty() ? table.name : table.alias, name))
        return &table;
    }
    if (scopes_[scope].parent == scope) break;
    scope = scopes_[scope].parent;
  }
  return nullptr;
}

// -- the summary ----------------------------------------------------------------------------

void StatementReader::append(std::string_view part) {
  const std::size_t size = summary_.size() + (summary_.empty() ? 0 : 1) + part.size();
  is_summary_full_ = is_summary_full_ || size > max_summary;
  if (is_summary_full_) return;
  if (!summary_.empty()) summary_ += ' ';
  summary_ += part;
}

void StatementReader::append(const Path& path) {
  std::string name;
  for (std::size_t i = 0; i < path.size && name.size() <= max_summary; ++i) {
    if (i != 0) name += '.';
    name += path.parts[i].substr(0, max_summary + 1);
  }
  if (path.size != 0) append(name);
}

}  // namespace hark::audit
