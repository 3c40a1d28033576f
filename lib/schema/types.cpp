// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema/ddl_compiler.hpp>
#include <hark/schema/types.hpp>

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
  std::string uuid_type() const override { return "UUID"; }
};

}  // namespace

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

Type Type::as_generic() const {
  if (kind_ != Kind::user_defined) return spelled({});
  // Of a type that hark does not know, the spelling is all that there is.
  return spelling().empty() ? Type(LargeBinary()) : *this;
}

std::string to_string(const Type& type) { return PlainCompiler().type(type); }

}  // namespace hark
