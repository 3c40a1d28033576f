// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/note_bytes.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace hark::audit::detail {
namespace {

using dbapi::Type;
using dbapi::Value;
using dbapi::ValueView;
using Size = std::uint32_t;

/// The first bytes of a text; a character of UTF-8 stays whole.
std::string_view cut(std::string_view text, std::size_t most) noexcept {
  most = std::min<std::size_t>(most, std::numeric_limits<Size>::max());
  if (text.size() <= most) return text;
  std::size_t size = most;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (size > 0 && most - size < 4 && continues(size)) --size;
  return text.substr(0, continues(size) ? most : size);
}

/// Fills a buffer, which has what was put when the Writer is gone.
class Writer {
 public:
  explicit Writer(Bytes& to) : to_(to) {
    if (to.capacity() < smallest) to.reserve(smallest);
    use_capacity(0);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { to_.resize(size(), boost::container::default_init); }

  template <class T>
  void put(const T& number) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(grow(sizeof(T)), &number, sizeof(T));
  }
  void put_text(std::string_view text) {
    put(static_cast<Size>(text.size()));
    if (!text.empty()) std::memcpy(grow(text.size()), text.data(), text.size());
  }

 private:
  static constexpr std::size_t smallest = 128;

  std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - to_.data()); }
  char* grow(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) [[unlikely]]
      enlarge(size);
    return std::exchange(at_, at_ + size);
  }
  [[gnu::noinline]] void enlarge(std::size_t by) {
    const std::size_t used = size();
    to_.reserve(std::max(used + by, 2 * to_.capacity()));
    use_capacity(used);
  }
  void use_capacity(std::size_t used) {
    to_.resize(to_.capacity(), boost::container::default_init);
    at_ = to_.data() + used;
    end_ = to_.data() + to_.size();
  }

  Bytes& to_;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

/// Requires: it reads what a Writer has put, in that order.
class Reader {
 public:
  explicit Reader(const Bytes& from) noexcept : at_(from.data()) {}

  template <class T>
  T get() noexcept {
    T number;
    std::memcpy(&number, at_, sizeof(T));
    at_ += sizeof(T);
    return number;
  }
  std::string_view get_text() noexcept {
    const auto size = get<Size>();
    const std::string_view text(at_, size);
    at_ += size;
    return text;
  }

 private:
  const char* at_;
};

void put_value(Writer& writer, const ValueView& value, std::size_t most) {
  writer.put(value.type());
  switch (value.type()) {
    case Type::null:
      break;
    case Type::boolean:
    case Type::integer:
    case Type::date:
    case Type::datetime:
      writer.put(value.integer());
      break;
    case Type::real:
      writer.put(value.real());
      break;
    case Type::blob:
      writer.put(value.text().size());
      writer.put_text(value.text().substr(
          0, std::min<std::size_t>(most, std::numeric_limits<Size>::max())));
      break;
    case Type::text:
    case Type::decimal:
      writer.put(value.text().size());
      writer.put_text(cut(value.text(), most));
      break;
  }
}

/// A value, of which there are the first bytes only, and how many it had.
struct Kept {
  Value value{};
  std::size_t size = 0;
  bool is_cut = false;
};

Kept get_bytes(Reader& reader, Type type) {
  const auto size = reader.get<std::size_t>();
  const std::string_view text = reader.get_text();
  Kept kept{.size = size, .is_cut = text.size() < size};
  if (type == Type::text) {
    kept.value = text;
  } else if (type == Type::decimal) {
    kept.value = dbapi::Decimal{std::string(text)};
  } else {
    kept.value = std::as_bytes(std::span(text.data(), text.size()));
  }
  return kept;
}

Kept get_value(Reader& reader) {
  using dbapi::Date;
  using dbapi::DateTime;
  constexpr std::size_t size = sizeof(std::int64_t);
  switch (const auto type = reader.get<Type>()) {
    case Type::null:
      break;
    case Type::boolean:
      return {reader.get<std::int64_t>() != 0, size};
    case Type::integer:
      return {reader.get<std::int64_t>(), size};
    case Type::date:
      return {Date(Date::duration(reader.get<std::int64_t>())), size};
    case Type::datetime:
      return {DateTime(DateTime::duration(reader.get<std::int64_t>())), size};
    case Type::real:
      return {reader.get<double>(), size};
    case Type::text:
    case Type::blob:
    case Type::decimal:
      return get_bytes(reader, type);
  }
  return {};
}

bool has_any(const Attributes* attributes) noexcept {
  return attributes != nullptr && !attributes->empty();
}

void put_attributes(Writer& writer,
                    const Attributes* attributes,
                    const Options& options) {
  const std::size_t count =
      attributes == nullptr ? 0 : std::min(attributes->size(), options.max_parameters);
  writer.put(static_cast<Size>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const Attribute& attribute = (*attributes)[i];
    writer.put_text(cut(attribute.name, options.max_parameter_bytes));
    put_value(writer, attribute.value.view(), options.max_parameter_bytes);
  }
}

void get_attributes(Reader& reader, Attributes& to) {
  for (auto left = reader.get<Size>(); left > 0; --left) {
    std::string name(reader.get_text());
    to.push_back({std::move(name), get_value(reader).value});
  }
}

std::size_t values_kept(const dbapi::Parameters& parameters, const Options& options) {
  std::size_t count = 0;
  for (const dbapi::Row& row : parameters.rows()) {
    count += row.size();
    if (count >= options.max_parameters) return options.max_parameters;
  }
  return count;
}

void put_values(Writer& writer,
                const dbapi::Parameters& parameters,
                const Options& options) {
  std::size_t left = values_kept(parameters, options);
  writer.put(static_cast<Size>(left));
  Size number = 0;
  for (const dbapi::Row& row : parameters.rows()) {
    Size position = 0;
    for (const Value& value : row) {
      if (left-- == 0) return;
      writer.put(number);
      writer.put(position++);
      put_value(writer, value.view(), options.max_parameter_bytes);
    }
    ++number;
    if (left == 0) return;
  }
}

void put_names(Writer& writer,
               std::span<const std::string> names,
               const Options& options) {
  names = names.first(std::min(names.size(), options.max_parameters));
  writer.put(static_cast<Size>(names.size()));
  for (const std::string& name : names)
    writer.put_text(cut(name, options.max_parameter_bytes));
}

void put_parameters(Writer& writer, const EventNote& note, const Options& options) {
  const dbapi::Parameters* const parameters = note.parameters;
  std::uint64_t rows = 0;
  std::uint64_t values = 0;
  if (parameters != nullptr && !parameters->rows().empty()) {
    rows = parameters->is_many() ? parameters->rows().size() : 0;
    // The rows of an execution are of one size.
    values = parameters->rows().size() * parameters->rows().front().size();
  }
  writer.put(rows);
  writer.put(values);
  const bool are_shown =
      values != 0 && !note.hides_parameters && !options.redaction.leaves_out_all();
  writer.put(are_shown);
  if (!are_shown) return;
  put_names(writer, note.parameter_names, options);
  put_values(writer, *parameters, options);
}

void redact(Parameter& parameter,
            const Kept& kept,
            const RedactionRules& rules,
            bool may_be_of_any_column) {
  try {
    rules.apply(parameter, kept.size, may_be_of_any_column);
    if (kept.is_cut && parameter.redaction == Redaction::none)
      parameter.redaction = Redaction::truncated;
  } catch (...) {  // what may be a secret is not shown
    parameter.value = {};
    parameter.redaction = Redaction::left_out;
  }
}

void get_values(Reader& reader,
                EventStart& to,
                const std::vector<std::string_view>& names,
                const RedactionRules& rules,
                bool is_statement_cut) {
  const auto count = reader.get<Size>();
  to.parameters.reserve(count);
  for (Size i = 0; i < count; ++i) {
    Parameter parameter;
    parameter.row = reader.get<Size>();
    const auto position = reader.get<Size>();
    Kept kept = get_value(reader);
    parameter.type = kept.value.type();
    parameter.value = std::move(kept.value);
    if (position < names.size()) parameter.name = names[position];
    const bool is_in_statement =
        to.statement != nullptr && position < to.statement->columns.size();
    if (is_in_statement) parameter.column = to.statement->columns[position];
    const bool may_be_of_any_column = is_statement_cut
                                          ? parameter.column.empty()
                                          : to.statement != nullptr && !is_in_statement;
    redact(parameter, kept, rules, may_be_of_any_column);
    to.parameters.push_back(std::move(parameter));
  }
}

void get_parameters(Reader& reader,
                    EventStart& to,
                    const RedactionRules& rules,
                    bool is_statement_cut) {
  to.batch_size = reader.get<std::uint64_t>();
  to.parameter_count = reader.get<std::uint64_t>();
  if (!reader.get<bool>()) return;
  std::vector<std::string_view> names(reader.get<Size>());
  for (std::string_view& name : names) name = reader.get_text();
  get_values(reader, to, names, rules, is_statement_cut);
}

std::shared_ptr<const Statement> get_statement(Reader& reader,
                                               StatementCache& statements,
                                               Syntax syntax) {
  const std::string_view text = reader.get_text();
  return text.empty() ? nullptr : statements.get(text, syntax);
}

}  // namespace

void write_request(Bytes& to, const RequestNote& note, const Options& options) {
  to.clear();
  if (note.name.empty() && note.traceparent.empty() && !has_any(note.attributes)) return;
  Writer writer(to);
  writer.put_text(cut(note.name, options.max_parameter_bytes));
  writer.put_text(cut(note.traceparent, options.max_parameter_bytes));
  put_attributes(writer, note.attributes, options);
}

void read_request(const Bytes& from, RequestStart& to) {
  if (from.empty()) return;
  Reader reader(from);
  to.name = reader.get_text();
  to.traceparent = reader.get_text();
  get_attributes(reader, to.attributes);
}

void write_event(Bytes& to, const EventNote& note, const Options& options) {
  to.clear();
  const bool says_more = !note.name.empty() || !note.statement.empty() ||
                         has_any(note.attributes) || note.parameters != nullptr;
  if (!says_more) return;
  Writer writer(to);
  writer.put_text(cut(note.name, options.max_parameter_bytes));
  const std::string_view statement = cut(note.statement, options.max_statement_bytes);
  writer.put_text(statement);
  writer.put(statement.size() < note.statement.size());
  put_attributes(writer, note.attributes, options);
  put_parameters(writer, note, options);
}

void read_event(const Bytes& from,
                EventStart& to,
                StatementCache& statements,
                Syntax syntax,
                const RedactionRules& rules) {
  if (from.empty()) return;
  Reader reader(from);
  to.name = reader.get_text();
  to.statement = get_statement(reader, statements, syntax);
  const auto is_statement_cut = reader.get<bool>();
  get_attributes(reader, to.attributes);
  get_parameters(reader, to, rules, is_statement_cut);
}

void write_end(Bytes& to, const EndNote& note, const Options& options) {
  Writer writer(to);
  writer.put_text(cut(note.statement, options.max_statement_bytes));
  put_attributes(writer, note.attributes, options);
}

void read_end(const Bytes& from,
              Attributes& attributes,
              std::shared_ptr<const Statement>& statement,
              StatementCache& statements,
              Syntax syntax) {
  if (from.empty()) return;
  Reader reader(from);
  if (auto another = get_statement(reader, statements, syntax))
    statement = std::move(another);
  get_attributes(reader, attributes);
}

}  // namespace hark::audit::detail
