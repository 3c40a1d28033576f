// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

/// What can be said of an Enum.
struct EnumOptions {
  std::string schema{};            ///< of PostgreSQL's type; empty: the default one
  bool create_constraint = false;  ///< is it a CHECK where it is no type of the database?
  bool native_enum = true;         ///< a type of the database, where it has such

  bool operator==(const EnumOptions&) const = default;
};

/// The type of a column: a value.
///
///     Column("price", Numeric(10, 2))
///
/// The classes below, `Integer`, `String` and so on, have constructors and nothing else: a
/// Type made from one of them is all of it. Each dialect has a name of its own for a type;
/// where `spelling` is set, that is the name, and reflected types have one.
///
/// Thread safety: distinct objects safe, shared objects safe to read.
/// Source: SQLAlchemy lib/sqlalchemy/sql/sqltypes.py.
/// Differs: a type is no target of events.
class Type {
 public:
  enum class Kind {
    null,  ///< not known; a foreign key's column takes the type of what it refers to
    integer,
    big_integer,
    small_integer,
    string,
    text,
    float_,
    numeric,
    boolean,
    date,
    datetime,
    time,
    large_binary,
    json,
    uuid,
    enum_,
    array,
    user_defined,  ///< nothing is known but its spelling; none: of SQLite, without a type
  };

  Type() = default;
  explicit Type(Kind kind) noexcept : kind_(kind) {}

  Kind kind() const noexcept { return kind_; }
  /// In characters, of a binary in bytes.
  std::optional<int> length() const noexcept { return details_.length; }
  /// Decimal digits in all.
  std::optional<int> precision() const noexcept { return details_.precision; }
  /// Decimal digits behind the point.
  std::optional<int> scale() const noexcept { return details_.scale; }
  bool timezone() const noexcept { return details_.timezone; }
  /// Empty: the database's choice.
  const std::string& collation() const noexcept { return details_.collation; }
  /// Of an enumeration, its values in their order.
  const std::vector<std::string>& enums() const noexcept { return details_.enums; }
  /// Of an enumeration, what it is called as a type of PostgreSQL, or its CHECK elsewhere.
  const std::string& name() const noexcept { return details_.name; }
  const EnumOptions& enum_options() const noexcept { return details_.enum_options; }
  /// Of an array, the type of what is in it; of anything else the type itself.
  const Type& item_type() const noexcept {
    return details_.items.empty() ? *this : details_.items.front();
  }
  /// The very word for it in DDL, without length, precision and collation: "NVARCHAR";
  /// empty: the dialect's.
  const std::string& spelling() const noexcept { return details_.spelling; }
  /// What only its dialect has words for, in DDL behind length and precision: "UNSIGNED",
  /// "CHARACTER SET latin1".
  const std::string& suffix() const noexcept { return details_.suffix; }

  /// The same under that very name: `String(160).spelled("NVARCHAR")`.
  Type spelled(std::string spelling) const;
  Type collated(std::string collation) const;
  /// The same with these words behind it: `Integer().suffixed("UNSIGNED")`.
  Type suffixed(std::string suffix) const;
  /// The same by no database's name: what another dialect takes it for. A column that
  /// SQLite has without a type is of bytes, as its affinity says.
  ///
  /// Source: SQLAlchemy TypeEngine.as_generic.
  Type as_generic() const;

  bool operator==(const Type&) const = default;

 protected:
  struct Details {
    bool timezone = false;
    std::optional<int> length{};
    std::optional<int> precision{};
    std::optional<int> scale{};
    std::string collation{};
    std::string spelling{};
    std::string suffix{};
    std::string name{};
    std::vector<std::string> enums{};
    EnumOptions enum_options{};
    std::vector<Type> items{};  // of an array one, else none

    bool operator==(const Details&) const = default;
  };
  Type(Kind kind, Details details) : kind_(kind), details_(std::move(details)) {}

 private:
  Kind kind_ = Kind::null;
  Details details_;
};

/// For people, without dialect: "VARCHAR(50)".
///
/// Source: SQLAlchemy, str() of a type.
std::string to_string(const Type& type);

struct Integer : Type {
  Integer() noexcept : Type(Kind::integer) {}
};
struct BigInteger : Type {
  BigInteger() noexcept : Type(Kind::big_integer) {}
};
struct SmallInteger : Type {
  SmallInteger() noexcept : Type(Kind::small_integer) {}
};
struct String : Type {
  explicit String(std::optional<int> length = {})
      : Type(Kind::string, {.length = length}) {}
};
struct Text : Type {
  explicit Text(std::optional<int> length = {}) : Type(Kind::text, {.length = length}) {}
};
struct Float : Type {
  explicit Float(std::optional<int> precision = {})
      : Type(Kind::float_, {.precision = precision}) {}
};
struct Numeric : Type {
  explicit Numeric(std::optional<int> precision = {}, std::optional<int> scale = {})
      : Type(Kind::numeric, {.precision = precision, .scale = scale}) {}
};
struct Boolean : Type {
  Boolean() noexcept : Type(Kind::boolean) {}
};
struct Date : Type {
  Date() noexcept : Type(Kind::date) {}
};
struct DateTime : Type {
  explicit DateTime(bool timezone = false)
      : Type(Kind::datetime, {.timezone = timezone}) {}
};
struct Time : Type {
  explicit Time(bool timezone = false) : Type(Kind::time, {.timezone = timezone}) {}
};
struct LargeBinary : Type {
  explicit LargeBinary(std::optional<int> length = {})
      : Type(Kind::large_binary, {.length = length}) {}
};
struct JSON : Type {
  JSON() noexcept : Type(Kind::json) {}
};
struct Uuid : Type {
  Uuid() noexcept : Type(Kind::uuid) {}
};
/// One of these values: `Enum("mood", {"sad", "ok", "happy"})`.
///
/// PostgreSQL has it as a type of that name, which create_all() creates before the tables
/// and drop_all() drops behind them. Where the database has no such types, it is a
/// VARCHAR that is as long as the longest value.
///
/// Source: SQLAlchemy Enum.
struct Enum : Type {
  Enum(std::string name, std::vector<std::string> enums, EnumOptions options = {});
};
/// Values of one type, as many as there are: of PostgreSQL alone.
///
/// Source: SQLAlchemy ARRAY.
struct Array : Type {
  explicit Array(Type item_type);
};
/// A type of which hark knows the name alone: `UserDefinedType("CITEXT")`.
struct UserDefinedType : Type {
  explicit UserDefinedType(std::string spelling)
      : Type(Kind::user_defined, {.spelling = std::move(spelling)}) {}
};

}  // namespace hark
