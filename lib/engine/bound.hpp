// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/engine/clause.hpp>
#include <hark/engine/parameter_set.hpp>

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
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

/// The rows of Parameters.
class OwnedRows final : public dbapi::ParameterRows {
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
class NamedRows final : public dbapi::ParameterRows {
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
  void bind(const Given& given, const std::vector<std::string>& names);
  void bind(const dbapi::Parameters& parameters);
  void bind_values(std::span<const dbapi::ValueView> values);

  bool is_many() const noexcept { return many_ != nullptr; }
  /// Of the parameters, where they have any.
  const std::vector<std::string>& names() const noexcept;
  dbapi::ParameterRow row() const noexcept { return {row_.data(), row_.size()}; }
  /// `key` is that of the statement; 0: it has none.
  void execute(dbapi::Cursor& cursor,
               std::string_view statement,
               std::uint64_t key) const;

  /// Copies them into `parameters`.
  void copy_to(dbapi::Parameters& parameters) const;

 private:
  void bind_row(std::span<const Parameter> parameters,
                const std::vector<std::string>& names);

  Views row_;
  dbapi::ParameterRows* many_ = nullptr;             // null: there is one row
  const std::vector<std::string>* names_ = nullptr;  // null: they have none
  std::optional<NamedRows> named_;
  std::optional<OwnedRows> owned_;
};

/// Rows as listeners see them: by name.
ParameterSets sets_of(dbapi::ParameterRows& rows, const std::vector<std::string>& names);

}  // namespace hark::detail
