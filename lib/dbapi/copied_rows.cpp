// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dbapi/copied_rows.hpp"

#include <algorithm>
#include <cstring>

namespace hark::dbapi {
namespace {

constexpr std::size_t first_block = std::size_t{4} * 1024;
constexpr std::size_t largest_block = std::size_t{1024} * 1024;

// A value is its type, and what that has: nothing, eight bytes, or their number and bytes.

bool has_bytes(Type type) noexcept {
  return type == Type::text || type == Type::blob || type == Type::decimal;
}

std::size_t size_of(const ValueView& value) noexcept {
  if (value.is_null()) return 1;
  const std::size_t fixed = 1 + sizeof(std::int64_t);
  return has_bytes(value.type()) ? fixed + value.text().size() : fixed;
}

template <class T>
std::byte* put(std::byte* to, const T& number) noexcept {
  static_assert(sizeof number == sizeof(std::int64_t));
  std::memcpy(to, &number, sizeof number);
  return to + sizeof number;
}

std::byte* put(std::byte* to, const ValueView& value) noexcept {
  *to++ = static_cast<std::byte>(value.type());
  switch (value.type()) {
    case Type::null:
      return to;
    case Type::real:
      return put(to, value.real());
    case Type::text:
    case Type::blob:
    case Type::decimal: {
      const std::string_view bytes = value.text();
      to = put(to, bytes.size());
      if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
      return to + bytes.size();
    }
    case Type::boolean:
      return put(to, std::int64_t{value.boolean()});
    case Type::date:
      return put(to, std::int64_t{value.date().time_since_epoch().count()});
    case Type::datetime:
      return put(to, std::int64_t{value.datetime().time_since_epoch().count()});
    case Type::integer:
      break;
  }
  return put(to, value.integer());
}

template <class T>
T take(const std::byte*& from) noexcept {
  static_assert(sizeof(T) == sizeof(std::int64_t));
  T number;
  std::memcpy(&number, from, sizeof number);
  from += sizeof number;
  return number;
}

ValueView take_value(const std::byte*& from) noexcept {
  const auto type = static_cast<Type>(*from++);
  switch (type) {
    case Type::null:
      return {};
    case Type::real:
      return take<double>(from);
    case Type::boolean:
      return take<std::int64_t>(from) != 0;
    case Type::integer:
      return take<std::int64_t>(from);
    case Type::date:
      return Date(Date::duration(take<std::int64_t>(from)));
    case Type::datetime:
      return DateTime(DateTime::duration(take<std::int64_t>(from)));
    case Type::text:
    case Type::blob:
    case Type::decimal:
      break;
  }
  const auto size = take<std::size_t>(from);
  const std::byte* const bytes = from;
  from += size;
  if (type == Type::blob) return std::span(bytes, size);
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  return type == Type::text ? ValueView(text) : ValueView::decimal(text);
}

}  // namespace

std::byte* CopiedRows::place_for(std::size_t size) {
  if (blocks_.empty() || blocks_.back().capacity - blocks_.back().used < size) {
    const std::size_t usual = blocks_.empty()
                                  ? first_block
                                  : std::min(blocks_.back().capacity * 2, largest_block);
    const std::size_t capacity = std::max(usual, size);
    blocks_.push_back({.memory = nullptr, .capacity = 0, .used = 0});
    try {
      blocks_.back().memory.reset(new std::byte[capacity]);
    } catch (...) {
      blocks_.pop_back();
      throw;
    }
    blocks_.back().capacity = capacity;
  }
  Block& block = blocks_.back();
  std::byte* const place = block.memory.get() + block.used;
  block.used += size;
  return place;
}

void CopiedRows::add(std::span<const ValueView> row) {
  std::size_t size = 0;
  for (const ValueView& value : row) size += size_of(value);
  std::byte* to = place_for(size);
  for (const ValueView& value : row) to = put(to, value);
  bytes_ += size;
  ++added_;
}

bool CopiedRows::next(std::span<ValueView> cells) noexcept {
  if (empty()) return false;
  if (offset_ == blocks_[block_].used) {
    ++block_;
    offset_ = 0;
  }
  const std::byte* const begin = blocks_[block_].memory.get();
  const std::byte* from = begin + offset_;
  for (ValueView& cell : cells) cell = take_value(from);
  offset_ = static_cast<std::size_t>(from - begin);
  ++read_;
  return true;
}

void CopiedRows::clear() noexcept {
  if (blocks_.size() > 1 || (!blocks_.empty() && blocks_[0].capacity > first_block)) {
    blocks_.clear();
    blocks_.shrink_to_fit();
  }
  if (!blocks_.empty()) blocks_[0].used = 0;
  bytes_ = 0;
  added_ = 0;
  read_ = 0;
  block_ = 0;
  offset_ = 0;
}

}  // namespace hark::dbapi
