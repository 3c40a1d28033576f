// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/result.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <string_view>

namespace hark::postgresql {

bool is_success(const pg_result* result) noexcept {
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
    case PGRES_EMPTY_QUERY:
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
      return true;
    default:
      return false;
  }
}

std::int64_t rows_changed(PGresult* result) noexcept {
  const std::string_view tag = PQcmdStatus(result);
  const bool changes = tag.starts_with("INSERT") || tag.starts_with("UPDATE") ||
                       tag.starts_with("DELETE") || tag.starts_with("MERGE") ||
                       tag.starts_with("COPY");
  const std::string_view count = changes ? PQcmdTuples(result) : "";
  std::int64_t number = -1;
  std::from_chars(count.data(), count.data() + count.size(), number);
  return number;
}

}  // namespace hark::postgresql
