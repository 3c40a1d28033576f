// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/pipeline.hpp"

#include <libpq-fe.h>

#include <cstdint>
#include <numeric>
#include <utility>

namespace hark::postgresql {

Pipeline::Pipeline(Connection& connection) : connection_(connection) {
  connection_.settle_ahead();
  connection_.wire_.begin_sending();
  if (PQenterPipelineMode(connection_.handle()) == 0) connection_.throw_unsent({});
}

Pipeline::~Pipeline() {
  if (is_open_) leave();
}

void Pipeline::send(const std::string& sql) {
  if (PQsendQueryParams(
          connection_.handle(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) ==
      0) {
    connection_.throw_unsent(sql);
  }
  ++pending_;
}

void Pipeline::send(const CachedText& text,
                    const Statement& statement,
                    const EncodedParameters& parameters) {
  connection_.send(text, statement, parameters);
  ++pending_;
  if (!connection_.wire_.keeps_unsent()) return;
  const std::int64_t size = std::accumulate(parameters.lengths,
                                            parameters.lengths + parameters.count,
                                            static_cast<std::int64_t>(text.sql.size()));
  connection_.wire_.note_sent(static_cast<std::size_t>(size));
}

void Pipeline::prepare(const Statement& statement, const std::string& sql) {
  if (PQsendPrepare(connection_.handle(),
                    statement.name.c_str(),
                    sql.c_str(),
                    static_cast<int>(statement.types.size()),
                    statement.types.data()) == 0) {
    connection_.throw_unsent(sql);
  }
  ++pending_;
}

void Pipeline::describe(const Statement& statement) {
  if (PQsendDescribePrepared(connection_.handle(), statement.name.c_str()) == 0)
    connection_.throw_unsent({});
  ++pending_;
}

void Pipeline::sync() {
  if (std::exchange(is_synced_, true)) return;
  if (PQpipelineSync(connection_.handle()) == 0) connection_.throw_unsent({});
}

/// The result of the next command.
ResultHandle Pipeline::next() {
  ResultHandle result = connection_.wire_.get_result();
  if (result == nullptr) connection_.throw_lost({});
  --pending_;
  while (connection_.wire_.get_result() != nullptr) {
    if (PQstatus(connection_.handle()) == CONNECTION_BAD) break;
  }
  return result;
}

std::vector<ResultHandle> Pipeline::finish() {
  sync();
  std::vector<ResultHandle> results;
  results.reserve(pending_);
  while (pending_ != 0) {
    results.push_back(next());
    // What comes behind the server's last words is nothing.
    if (PQstatus(connection_.handle()) == CONNECTION_BAD &&
        !is_success(results.back().get()))
      connection_.throw_error(results.back().get(), {});
  }
  leave();
  return results;
}

void Pipeline::leave() noexcept {
  is_open_ = false;
  if (!is_synced_) PQpipelineSync(connection_.handle());
  try {
    read_rest();
  } catch (...) {  // the connection is closed, and who uses it next is told
  }
  PQexitPipelineMode(connection_.handle());
  connection_.begins_ = connection_.begins_ && connection_.is_idle();
}

void Pipeline::read_rest() {
  // The end of the results is a null pointer between two commands, too.
  int ends = 0;
  while (PQstatus(connection_.handle()) != CONNECTION_BAD && ends < 2) {
    const ResultHandle result = connection_.wire_.get_result();
    ends = result == nullptr ? ends + 1 : 0;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
  }
}

}  // namespace hark::postgresql
