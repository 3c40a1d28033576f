// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <libpq-fe.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/server_tracks.hpp"

/// libpq, as whoever programs it by hand has it: owners, and values in binary.
namespace bench::raw_postgresql {

struct Finish {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using ConnectionPtr = std::shared_ptr<PGconn>;
using Result = std::unique_ptr<PGresult, Clear>;

inline ConnectionPtr open(const std::string& url) {
  Connection connection(PQconnectdb(url.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return connection;
}

inline Result require(PGconn* connection, PGresult* given, ExecStatusType wanted) {
  Result result(given);
  if (PQresultStatus(given) != wanted)
    throw std::runtime_error(PQerrorMessage(connection));
  return result;
}

inline void execute(PGconn* connection, const std::string& sql) {
  require(connection, PQexec(connection, sql.c_str()), PGRES_COMMAND_OK);
}

inline void prepare(PGconn* connection, const std::string& name, const std::string& sql) {
  require(connection,
          PQprepare(connection, name.c_str(), sql.c_str(), 0, nullptr),
          PGRES_COMMAND_OK);
}

inline std::string name_of(std::size_t statement) {
  return "find_" + std::to_string(statement);
}

/// The statements that find a track, and their names.
inline const std::vector<std::string>& names() {
  static const std::vector<std::string> made = [] {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < statement_count; ++i) all.push_back(name_of(i));
    return all;
  }();
  return made;
}

inline ConnectionPtr open_prepared(const std::string& url) {
  ConnectionPtr connection = open(url);
  const std::vector<std::string> statements = statements_that_find("$1");
  for (std::size_t i = 0; i < statement_count; ++i) {
    prepare(connection.get(), names()[i], statements[i]);
  }
  return connection;
}

// -- values in binary -------------------------------------------------------------------

inline std::uint64_t swapped(std::uint64_t number) noexcept {
  return __builtin_bswap64(number);
}

/// Parameters of 8 bytes, or texts.
template <std::size_t Count>
class Parameters {
 public:
  template <class Number>
  void set_number(std::size_t at, Number number) noexcept {
    numbers_[at] = swapped(std::bit_cast<std::uint64_t>(number));
    set(at, reinterpret_cast<const char*>(&numbers_[at]), sizeof numbers_[at], 1);
  }
  void set_text(std::size_t at, const std::string& text) noexcept {
    set(at, text.c_str(), text.size(), 0);
  }
  void set_null(std::size_t at) noexcept { set(at, nullptr, 0, 0); }

  const char* const* values() const noexcept { return values_.data(); }
  const int* lengths() const noexcept { return lengths_.data(); }
  const int* formats() const noexcept { return formats_.data(); }

 private:
  void set(std::size_t at, const char* value, std::size_t length, int format) noexcept {
    values_[at] = value;
    lengths_[at] = static_cast<int>(length);
    formats_[at] = format;
  }

  std::array<std::uint64_t, Count> numbers_{};
  std::array<const char*, Count> values_{};
  std::array<int, Count> lengths_{};
  std::array<int, Count> formats_{};
};

inline std::uint64_t bits_of(const PGresult* result, int row, int column) noexcept {
  std::uint64_t bits = 0;
  std::memcpy(&bits, PQgetvalue(result, row, column), sizeof bits);
  return swapped(bits);
}

inline std::string_view text_of(const PGresult* result, int row, int column) noexcept {
  return {PQgetvalue(result, row, column),
          static_cast<std::size_t>(PQgetlength(result, row, column))};
}

inline Track read(const PGresult* result, int row) {
  Track track{.id = static_cast<std::int64_t>(bits_of(result, row, 0)),
              .plays = static_cast<std::int64_t>(bits_of(result, row, 1)),
              .seconds = std::bit_cast<double>(bits_of(result, row, 2)),
              .title = std::string(text_of(result, row, 3)),
              .note = std::nullopt};
  if (PQgetisnull(result, row, 4) == 0) track.note = text_of(result, row, 4);
  return track;
}

}  // namespace bench::raw_postgresql
