// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "engine/bound.hpp"

#include <hark/error.hpp>

namespace hark::detail {
namespace {

[[noreturn]] void throw_missing(const std::string& name) {
  throw InvalidRequestError("a value is required for the parameter '" + name + "'");
}

}  // namespace

bool OwnedRows::next(dbapi::ParameterRow& row) {
  if (at_ == rows_.size()) return false;
  row_.clear();
  for (const dbapi::Value& value : rows_[at_]) row_.push_back(value.view());
  ++at_;
  row = {row_.data(), row_.size()};
  return true;
}

bool NamedRows::next(dbapi::ParameterRow& row) {
  if (at_ == sets_.size()) return false;
  const ParameterSet& set = sets_[at_++];
  row_.clear();
  for (const std::string& name : names_) {
    const dbapi::Value* value = set.find(name);
    if (value == nullptr) throw_missing(name);
    row_.push_back(value->view());
  }
  row = {row_.data(), row_.size()};
  return true;
}

const std::vector<std::string>& Bound::names() const noexcept {
  static const std::vector<std::string> none;
  return names_ == nullptr ? none : *names_;
}

void Bound::bind_many(const Given& given) {
  if (given.rows != nullptr) {
    many_ = given.rows;
    return;
  }
  made_ = std::make_unique<NamedRows>(*given.sets, *names_);
  many_ = made_.get();
  // What is missing is found before anything is executed.
  for (dbapi::ParameterRow row; many_->next(row);) {
  }
  many_->rewind();
}

const Parameter& Bound::find(const Given& given, const std::string& name) {
  for (const Parameter& each : given.parameters) {
    if (each.name == name) return each;
  }
  throw_missing(name);
}

void Bound::bind(const dbapi::Parameters& parameters) {
  if (parameters.is_many()) {
    made_ = std::make_unique<OwnedRows>(parameters.rows());
    many_ = made_.get();
    return;
  }
  dbapi::ValueView* to = make_row(parameters.row().size());
  for (const dbapi::Value& value : parameters.row()) *to++ = value.view();
}

void Bound::copy_all_to(dbapi::Parameters& parameters) const {
  std::vector<dbapi::Row> rows;
  many_->rewind();
  for (dbapi::ParameterRow row; many_->next(row);) {
    rows.emplace_back(row.begin(), row.end());
  }
  many_->rewind();
  parameters = dbapi::Parameters::many(std::move(rows));
}

ParameterSets sets_of(dbapi::ParameterRows& rows, const std::vector<std::string>& names) {
  ParameterSets sets;
  for (dbapi::ParameterRow row; rows.next(row);) {
    if (row.size() != names.size()) {
      rows.rewind();
      return {};
    }
    std::vector<ParameterSet::Item> items;
    for (std::size_t i = 0; i < row.size(); ++i) {
      items.emplace_back(names[i], dbapi::Value(row[i]));
    }
    sets.emplace_back(std::move(items));
  }
  return sets;
}

}  // namespace hark::detail
