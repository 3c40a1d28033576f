// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/event/listen.hpp>
#include <hark/schema/column.hpp>
#include <hark/schema/constraints.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>

#include "schema/access.hpp"

namespace hark {
namespace {

using detail::SchemaAccess;

std::string described(const Column& column) {
  const std::string name(column.name());
  return column.table() == nullptr ? name : column.table()->key() + "." + name;
}

bool has_schema(std::string_view table_key) noexcept {
  return table_key.find('.') != std::string_view::npos;
}

}  // namespace

// -- ForeignKey -------------------------------------------------------------------------

ForeignKey::ForeignKey(std::string target, ForeignKeyOptions options)
    : options_(std::move(options)) {
  const std::size_t point = target.rfind('.');
  if (point == std::string::npos || point == 0 || point + 1 == target.size()) {
    throw ArgumentError(
        "a foreign key refers to \"table.column\" or \"schema.table.column\", and was "
        "given '" +
        target + "'");
  }
  column_ = target.substr(point + 1);
  target.resize(point);
  table_ = std::move(target);
}

ForeignKey::ForeignKey(const Column& target, ForeignKeyOptions options)
    : column_(target.key()), options_(std::move(options)) {
  if (target.table() == nullptr) {
    throw ArgumentError("a foreign key refers to column '" + target.key() +
                        "', which is in no table yet; name it as \"table." +
                        target.key() + "\"");
  }
  table_ = target.table()->key();
}

std::string ForeignKey::target_table_key() const {
  if (has_schema(table_) || parent_ == nullptr || parent_->table() == nullptr)
    return table_;
  const std::string& schema = parent_->table()->metadata().schema();
  return schema.empty() ? table_ : schema + "." + table_;
}

std::string ForeignKey::target_fullname() const {
  return target_table_key() + "." + column_;
}

Column* ForeignKey::column_if_any() const {
  if (parent_ == nullptr || parent_->table() == nullptr) return nullptr;
  const Table* table = parent_->table()->metadata().find(target_table_key());
  return table == nullptr ? nullptr : table->find(column_);
}

Column& ForeignKey::column() const {
  if (Column* found = column_if_any()) return *found;
  if (parent_ == nullptr || parent_->table() == nullptr) {
    throw InvalidRequestError("the foreign key to '" + target_fullname() +
                              "' is not attached to a column of a table");
  }
  const std::string table_key = target_table_key();
  const std::string about = "the foreign key of column '" + described(*parent_) +
                            "' refers to column '" + column_ + "' of table '" +
                            table_key + "', which ";
  if (parent_->table()->metadata().find(table_key) == nullptr)
    throw NoReferencedTableError(about + "is not declared");
  throw NoReferencedColumnError(about + "has no such column");
}

// -- Column -----------------------------------------------------------------------------

Column::Column(std::string name, Type type, ColumnOptions options)
    : name_(std::move(name)), type_(std::move(type)), options_(std::move(options)) {
  if (options_.key.empty()) options_.key = name_;
  nullable_ = options_.nullable.value_or(!options_.primary_key);
  if (options_.server_default) add(DefaultClause(*options_.server_default));
}

Column::Column(Column&& other) noexcept
    : Subclass(std::move(other)),
      name_(std::move(other.name_)),
      type_(std::move(other.type_)),
      options_(std::move(other.options_)),
      nullable_(other.nullable_),
      server_default_(std::move(other.server_default_)),
      sequence_(std::move(other.sequence_)),
      foreign_keys_(std::move(other.foreign_keys_)),
      constraints_(std::move(other.constraints_)),
      table_(other.table_) {
  if (server_default_ != nullptr) server_default_->column_ = this;
  if (sequence_ != nullptr) sequence_->column_ = this;
  for (const auto& key : foreign_keys_) key->parent_ = this;
  for (const auto& check : constraints_) check->column_ = this;
}

Column::~Column() = default;

const Type& Column::type() const {
  const auto next = [](const Column* column) -> const Column* {
    return column->foreign_keys_.empty() ? nullptr
                                         : column->foreign_keys_.front()->column_if_any();
  };
  // A chain of foreign keys may lead into a ring, where the slow one meets the fast one.
  const Column* slow = this;
  bool is_slow_to_go = false;
  for (const Column* fast = this; fast != nullptr; is_slow_to_go = !is_slow_to_go) {
    if (fast->type_.kind() != Type::Kind::null) return fast->type_;
    fast = next(fast);
    if (is_slow_to_go) slow = next(slow);
    if (fast == slow) break;
  }
  return type_;
}

const Computed* Column::computed() const noexcept {
  return dynamic_cast<const Computed*>(server_default_.get());
}

const Identity* Column::identity() const noexcept {
  return dynamic_cast<const Identity*>(server_default_.get());
}

void Column::add(ForeignKey&& foreign_key) {
  if (foreign_key.parent_ != nullptr) {
    throw InvalidRequestError("the foreign key of column '" +
                              described(*foreign_key.parent_) +
                              "' cannot be another column's as well");
  }
  auto kept = SchemaAccess::make<ForeignKey>(std::move(foreign_key));
  ForeignKey& added = *kept;
  detail::attach_to(added, *this, [&] { adopt(std::move(kept)); });
  // What its table gets when it gets this column.
  event::listen<DDLEvents::after_parent_attach>(
      *this, [key = &added](Column&, Table& table) {
        if (key->constraint_ != nullptr) return;
        auto constraint = SchemaAccess::make<ForeignKeyConstraint>(*key);
        constraint->order_ = table.next_order();
        table.attach(std::unique_ptr<Constraint>(std::move(constraint)));
      });
}

void Column::adopt(std::unique_ptr<ForeignKey> foreign_key) {
  foreign_key->parent_ = this;
  foreign_keys_.push_back(std::move(foreign_key));
}

/// Gives back what adopt() took.
std::unique_ptr<ForeignKey> Column::release(const ForeignKey& foreign_key) {
  const auto place =
      std::find_if(foreign_keys_.begin(), foreign_keys_.end(), [&](const auto& each) {
        return each.get() == &foreign_key;
      });
  if (place == foreign_keys_.end()) return nullptr;
  std::unique_ptr<ForeignKey> released = std::move(*place);
  foreign_keys_.erase(place);
  released->parent_ = nullptr;
  return released;
}

void Column::set_server_default(std::unique_ptr<FetchedValue> value) {
  if (server_default_ != nullptr) {
    throw ArgumentError("column '" + name_ + "' has a server default, and cannot be " +
                        std::string(value->visit_name()) + " as well");
  }
  FetchedValue& added = *value;
  detail::attach_to(added, *this, [&] {
    added.column_ = this;
    server_default_ = std::move(value);
  });
}

void Column::add(DefaultClause&& value) {
  set_server_default(SchemaAccess::make<DefaultClause>(std::move(value)));
}

void Column::add(Computed&& computed) {
  set_server_default(SchemaAccess::make<Computed>(std::move(computed)));
}

void Column::add(Identity&& identity) {
  if (options_.autoincrement == Autoincrement::no) {
    throw ArgumentError("column '" + name_ +
                        "' has an Identity, which Autoincrement::no forbids");
  }
  if (sequence_ != nullptr)
    throw ArgumentError("column '" + name_ + "' has both an Identity and a Sequence");
  set_server_default(SchemaAccess::make<Identity>(std::move(identity)));
  if (!options_.nullable) nullable_ = false;
}

void Column::add(Sequence&& sequence) {
  if (Column::identity() != nullptr)
    throw ArgumentError("column '" + name_ + "' has both an Identity and a Sequence");
  auto kept = SchemaAccess::make<Sequence>(std::move(sequence));
  Sequence& added = *kept;
  detail::attach_to(added, *this, [&] {
    added.column_ = this;
    sequence_ = std::move(kept);
  });
}

void Column::add(CheckConstraint&& check) {
  auto kept = SchemaAccess::make<CheckConstraint>(std::move(check));
  CheckConstraint& added = *kept;
  detail::attach_to(added, *this, [&] {
    added.column_ = this;
    constraints_.push_back(std::move(kept));
  });
}

/// Source: SQLAlchemy Column._copy.
std::unique_ptr<Column> Column::copy() const {
  ColumnOptions options = options_;
  options.server_default.reset();
  auto made = SchemaAccess::make<Column>(name_, type_, std::move(options));
  for (const auto& check : constraints_) {
    CheckConstraint copied(check->sqltext_, check->options_);
    if (check->is_named_by_convention_) copied.options_.name.clear();
    SchemaAccess::propagate(*check, copied);
    made->add(std::move(copied));
  }
  const auto add_copy = [&made](const auto& from, auto copied) {
    SchemaAccess::propagate(from, copied);
    made->add(std::move(copied));
  };
  if (const auto* computed = Column::computed()) {
    add_copy(*computed, Computed(computed->sqltext(), computed->persisted()));
  } else if (const auto* identity = Column::identity()) {
    add_copy(*identity, Identity(identity->options()));
  } else if (const auto* value =
                 dynamic_cast<const DefaultClause*>(server_default_.get())) {
    add_copy(*value, DefaultClause(value->value()));
  }
  if (sequence_ != nullptr) {
    add_copy(*sequence_,
             Sequence(sequence_->name_, sequence_->options_, sequence_->schema_));
  }
  made->nullable_ = nullable_;
  SchemaAccess::propagate(*this, *made);
  return made;
}

}  // namespace hark
