// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/connection.hpp>
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>
#include <hark/schema/ddl.hpp>
#include <hark/schema/ddl_compiler.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>
#include <functional>

namespace hark {
namespace {

/// What a DDLElement is made of.
class ElementClause : public ClauseElement {
 public:
  /// The same for a target. It is a clause of its own, for a clause keeps what it was
  /// compiled to.
  virtual Clause bound_to(const SchemaItem& target) const = 0;
};

/// A statement about an item, which its target does not change.
class ItemClause final : public ElementClause {
 public:
  using Write = std::function<std::string(const DDLCompiler&)>;

  /// `visit_name` is a literal.
  ItemClause(std::string_view visit_name, std::string_view item, Write write)
      : visit_name_(visit_name), item_(item), write_(std::move(write)) {}

  std::string_view visit_name() const noexcept override { return visit_name_; }
  std::string_view text() const noexcept override { return item_; }
  Compiled compile(const Dialect& dialect) const override {
    return {.sql = write_(ddl_compiler(dialect.ddl_name()))};
  }
  Clause bound_to(const SchemaItem&) const override {
    return std::make_shared<const ItemClause>(visit_name_, item_, write_);
  }

 private:
  std::string_view visit_name_;
  std::string item_;
  Write write_;
};

using Context = std::map<std::string, std::string, std::less<>>;

/// Text with %(name)s in it.
class TemplateClause final : public ElementClause {
 public:
  TemplateClause(std::string statement, Context context, const Table* target = nullptr)
      : statement_(std::move(statement)), context_(std::move(context)), target_(target) {}

  std::string_view visit_name() const noexcept override { return "ddl"; }
  std::string_view text() const noexcept override { return statement_; }
  Compiled compile(const Dialect& dialect) const override;
  Clause bound_to(const SchemaItem& target) const override {
    return std::make_shared<const TemplateClause>(
        statement_, context_, dynamic_cast<const Table*>(&target));
  }

 private:
  Context context_for(const DDLCompiler& compiler) const;
  [[noreturn]] void refuse(const std::string& why) const {
    throw ArgumentError("in the DDL '" + statement_ + "', " + why);
  }

  std::string statement_;
  Context context_;
  const Table* target_;  // null: it is for none
};

Context TemplateClause::context_for(const DDLCompiler& compiler) const {
  Context context = context_;
  if (target_ == nullptr) return context;
  const auto& schema = target_->schema();
  context.emplace("table", compiler.quoted(target_->name(), target_->options().quote));
  context.emplace("schema", schema.empty() ? schema : compiler.quoted(schema));
  context.emplace("fullname", compiler.format_table(*target_));
  return context;
}

Compiled TemplateClause::compile(const Dialect& dialect) const {
  const Context context = context_for(ddl_compiler(dialect.ddl_name()));
  std::string sql;
  std::string_view rest = statement_;
  for (;;) {
    const std::size_t percent = std::min(rest.find('%'), rest.size());
    sql += rest.substr(0, percent);
    rest.remove_prefix(percent);
    if (rest.empty()) return {.sql = std::move(sql)};
    if (rest.starts_with("%%")) {
      sql += '%';
      rest.remove_prefix(2);
      continue;
    }
    const std::size_t end = rest.find(")s");
    if (!rest.starts_with("%(") || end == std::string_view::npos)
      refuse("a % begins neither %(name)s nor %%, which is %");
    const std::string_view name = rest.substr(2, end - 2);
    const auto found = context.find(name);
    if (found == context.end()) refuse("'" + std::string(name) + "' is not known");
    sql += found->second;
    rest.remove_prefix(end + 2);
  }
}

template <class Write>
Clause about(std::string_view visit_name, std::string_view item, Write write) {
  return std::make_shared<const ItemClause>(visit_name, item, std::move(write));
}

bool holds(const DDLCondition& condition,
           const DDLElement& ddl,
           SchemaItem& target,
           Connection& bind,
           const DDLOptions& options) {
  const auto& names = condition.dialects;
  if (!names.empty() &&
      std::find(names.begin(), names.end(), bind.engine().dialect().name()) ==
          names.end())
    return false;
  return !condition.callable || condition.callable(ddl, target, bind, options);
}

}  // namespace

std::string detail::ddl_text(const Clause& sql) {
  std::string plain;
  for (const char each : sql->text()) {
    if (each == ':' && plain.ends_with('\\')) plain.pop_back();
    plain += each;
  }
  return plain;
}

std::string DDLElement::compile(const Dialect& dialect) const {
  return clause_->compile(dialect).sql;
}

DDLElement DDLElement::execute_if(DDLCondition condition) const {
  DDLElement conditional = *this;
  conditional.condition_ = std::make_shared<const DDLCondition>(std::move(condition));
  return conditional;
}

void DDLElement::operator()(SchemaItem& target,
                            Connection& connection,
                            const DDLOptions& options) const {
  if (condition_ != nullptr && !holds(*condition_, *this, target, connection, options))
    return;
  connection.execute(static_cast<const ElementClause&>(*clause_).bound_to(target));
}

DDL::DDL(std::string statement, std::map<std::string, std::string> context)
    : DDLElement(std::make_shared<const TemplateClause>(
          std::move(statement), Context(context.begin(), context.end()))) {}

CreateTable::CreateTable(const Table& table, CreateOptions options)
    : DDLElement(about("create_table", table.name(), [&table, options](const auto& to) {
        return to.create_table(table, options);
      })) {}

DropTable::DropTable(const Table& table, DropOptions options)
    : DDLElement(about("drop_table", table.name(), [&table, options](const auto& to) {
        return to.drop_table(table, options);
      })) {}

CreateIndex::CreateIndex(const Index& index, CreateOptions options)
    : DDLElement(about("create_index", index.name(), [&index, options](const auto& to) {
        return to.create_index(index, options);
      })) {}

DropIndex::DropIndex(const Index& index, DropOptions options)
    : DDLElement(about("drop_index", index.name(), [&index, options](const auto& to) {
        return to.drop_index(index, options);
      })) {}

CreateSequence::CreateSequence(const Sequence& sequence, CreateOptions options)
    : DDLElement(
          about("create_sequence", sequence.name(), [&sequence, options](const auto& to) {
            return to.create_sequence(sequence, options);
          })) {}

DropSequence::DropSequence(const Sequence& sequence, DropOptions options)
    : DDLElement(
          about("drop_sequence", sequence.name(), [&sequence, options](const auto& to) {
            return to.drop_sequence(sequence, options);
          })) {}

CreateEnumType::CreateEnumType(const Type& type)
    : DDLElement(about("create_enum_type", type.name(), [type](const auto& to) {
        return to.create_enum_type(type);
      })) {}

DropEnumType::DropEnumType(const Type& type, DropOptions options)
    : DDLElement(about("drop_enum_type", type.name(), [type, options](const auto& to) {
        return to.drop_enum_type(type, options);
      })) {}

CreateSchema::CreateSchema(std::string name, CreateOptions options)
    : DDLElement(about("create_schema", name, [name, options](const auto& to) {
        return to.create_schema(name, options);
      })) {}

DropSchema::DropSchema(std::string name, DropOptions options)
    : DDLElement(about("drop_schema", name, [name, options](const auto& to) {
        return to.drop_schema(name, options);
      })) {}

AddConstraint::AddConstraint(Constraint& constraint)
    : AddConstraint(std::as_const(constraint)) {
  constraint.is_added_by_alter_ = true;
}

AddConstraint::AddConstraint(const Constraint& constraint)
    : DDLElement(
          about("add_constraint", constraint.name(), [&constraint](const auto& to) {
            return to.add_constraint(constraint);
          })) {}

DropConstraint::DropConstraint(const Constraint& constraint, DropOptions options)
    : DDLElement(about(
          "drop_constraint", constraint.name(), [&constraint, options](const auto& to) {
            return to.drop_constraint(constraint, options);
          })) {}

SetTableComment::SetTableComment(const Table& table)
    : DDLElement(about("set_table_comment", table.name(), [&table](const auto& to) {
        return to.set_table_comment(table);
      })) {}

SetColumnComment::SetColumnComment(const Column& column)
    : DDLElement(about("set_column_comment", column.name(), [&column](const auto& to) {
        return to.set_column_comment(column);
      })) {}

}  // namespace hark
