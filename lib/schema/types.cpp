// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema/ddl_compiler.hpp>
#include <hark/schema/types.hpp>

#include <algorithm>
#include <cstddef>

namespace hark {
namespace {

/// Of no database.
class PlainCompiler final : public DDLCompiler {
 public:
  std::string type(const Type& type) const override {
    const bool is_known =
        type.kind() != Type::Kind::null && type.kind() != Type::Kind::user_defined;
    return is_known || !type.spelling().empty() ? DDLCompiler::type(type) : "NULL";
  }

 protected:
  bool supports_native_enum() const noexcept override { return true; }
  std::string uuid_type() const override { return "UUID"; }
  std::string array_type(const Type& type) const override {
    return this->type(type.item_type()) + "[]";
  }
};

bool begins_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// In characters.
int longest(const std::vector<std::string>& texts) noexcept {
  std::ptrdiff_t most = 0;
  for (const std::string& text : texts)
    most = std::max(most, std::count_if(text.begin(), text.end(), begins_character));
  return static_cast<int>(most);
}

}  // namespace

Enum::Enum(std::string name, std::vector<std::string> enums, EnumOptions options)
    : Type(Kind::enum_,
           {.length = longest(enums),
            .name = std::move(name),
            .enums = std::move(enums),
            .enum_options = std::move(options)}) {}

Array::Array(Type item_type) : Type(Kind::array, {.items = {std::move(item_type)}}) {}

Type Type::spelled(std::string spelling) const {
  Type same = *this;
  same.details_.spelling = std::move(spelling);
  return same;
}

Type Type::collated(std::string collation) const {
  Type same = *this;
  same.details_.collation = std::move(collation);
  return same;
}

Type Type::suffixed(std::string suffix) const {
  Type same = *this;
  same.details_.suffix = std::move(suffix);
  return same;
}

Type Type::as_generic() const {
  const Details& own = details_;
  switch (kind_) {
    case Kind::string:
    case Kind::text:
    case Kind::large_binary:
      return {kind_, {.length = own.length, .collation = own.collation}};
    case Kind::numeric:
      return {kind_, {.precision = own.precision, .scale = own.scale}};
    case Kind::float_:
      // Of MySQL's FLOAT(7, 3), the numbers are digits; elsewhere, bits.
      return own.scale ? Type(kind_) : Type(kind_, {.precision = own.precision});
    case Kind::datetime:
    case Kind::time:
      return {kind_, {.timezone = own.timezone}};
    case Kind::enum_:
      return spelled({}).suffixed({}).collated({});
    case Kind::array:
      return Array(item_type().as_generic());
    case Kind::user_defined:
      // Of a type that hark does not know, the spelling is all that there is.
      return spelling().empty() ? Type(LargeBinary()) : *this;
    default:
      return Type(kind_);
  }
}

std::string to_string(const Type& type) { return PlainCompiler().type(type); }

}  // namespace hark
