// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/detail/same_name.hpp>
#include <hark/engine/clause.hpp>
#include <hark/engine/parameter_set.hpp>
#include <hark/engine/row.hpp>

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// From what a caller gave to what a driver gets, without copies.
namespace hark::detail {

/// So many values find their place without an allocation.
using Views = boost::container::small_vector<dbapi::ValueView, 16>;

/// What a clause is executed with, still its caller's: one set of named parameters,
/// several sets, or rows in the order of the statement's parameters.
struct Given {
  std::span<const Parameter> parameters{};
  const ParameterSets* sets = nullptr;
  dbapi::ParameterRows* rows = nullptr;
};

/// Rows that an execution makes of what it was given.
class MadeRows : public dbapi::ParameterRows {
 public:
  virtual ~MadeRows() = default;
};

/// The rows of Parameters.
class OwnedRows final : public MadeRows {
 public:
  explicit OwnedRows(const std::vector<dbapi::Row>& rows) noexcept : rows_(rows) {}
  bool next(dbapi::ParameterRow& row) override;
  void rewind() override { at_ = 0; }
  bool keeps_bytes() const noexcept override { return true; }

 private:
  const std::vector<dbapi::Row>& rows_;
  std::size_t at_ = 0;
  Views row_;
};

/// The rows that sets of named parameters are, in the order of `names`.
class NamedRows final : public MadeRows {
 public:
  NamedRows(const ParameterSets& sets, const std::vector<std::string>& names) noexcept
      : sets_(sets), names_(names) {}
  /// Throws: InvalidRequestError where a value is missing.
  bool next(dbapi::ParameterRow& row) override;
  void rewind() override { at_ = 0; }
  bool keeps_bytes() const noexcept override { return true; }

 private:
  const ParameterSets& sets_;
  const std::vector<std::string>& names_;
  std::size_t at_ = 0;
  Views row_;
};

/// The parameters of one execution, as the driver gets them: a row, or several.
class Bound {
 public:
  Bound() = default;
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  /// Throws: InvalidRequestError where a value is missing.
  void bind(const Given& given, const std::vector<std::string>& names) {
    names_ = &names;
    if (given.rows != nullptr || given.sets != nullptr) [[unlikely]]
      return bind_many(given);
    const Parameter* guess = given.parameters.data();
    const Parameter* const end = guess + given.parameters.size();
    dbapi::ValueView* to = make_row(names.size());
    for (const std::string& name : names) {  // most callers keep to their order
      const bool is_guessed = guess != end && is_same_name(guess->name, name);
      *to++ = (is_guessed ? *guess : find(given, name)).value;
      if (guess != end) ++guess;
    }
  }
  void bind(const dbapi::Parameters& parameters);
  void bind_values(std::span<const dbapi::ValueView> values) noexcept { row_ = values; }

  bool is_many() const noexcept { return many_ != nullptr; }
  /// Of the parameters, where they have any.
  const std::vector<std::string>& names() const noexcept;
  dbapi::ParameterRow row() const noexcept { return row_; }
  /// Calls `act` with the row, or with the first of several.
  template <class Act>
  void with_first_row(const Act& act) const {
    if (many_ == nullptr) return act(row_);
    many_->rewind();
    if (dbapi::ParameterRow first; many_->next(first)) act(first);
    many_->rewind();
  }
  void execute(dbapi::Cursor& cursor, const dbapi::Operation& operation) const {
    if (many_ != nullptr) [[unlikely]]
      return cursor.executemany(operation.text, *many_);
    cursor.execute(operation, row());
  }

  /// Copies them into `parameters`.
  void copy_to(dbapi::Parameters& parameters) const {
    if (many_ != nullptr) [[unlikely]]
      return copy_all_to(parameters);
    parameters.assign(row());
  }

 private:
  static const Parameter& find(const Given& given, const std::string& name);
  void bind_many(const Given& given);
  void copy_all_to(dbapi::Parameters& parameters) const;

  /// Places for a row.
  dbapi::ValueView* make_row(std::size_t size) {
    if (size > few) [[unlikely]]
      larger_ = std::make_unique<dbapi::ValueView[]>(size);
    dbapi::ValueView* const row = size > few ? larger_.get() : cells_.data();
    row_ = {row, size};
    return row;
  }

  static constexpr std::size_t few = 16;
  Cells<few> cells_;
  std::unique_ptr<dbapi::ValueView[]> larger_;  // where there are more than a few
  dbapi::ParameterRow row_;
  dbapi::ParameterRows* many_ = nullptr;             // null: there is one row
  const std::vector<std::string>* names_ = nullptr;  // null: they have none
  std::unique_ptr<MadeRows> made_;                   // where many_ is not the caller's
};

/// Rows as listeners see them: by name. Empty where the names do not fit them, which are
/// then as they were.
ParameterSets sets_of(dbapi::ParameterRows& rows, const std::vector<std::string>& names);

}  // namespace hark::detail
