// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Transaction.h>
#include <Poco/Nullable.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/rivals.hpp"
#include "engine/tracks.hpp"

namespace bench {
namespace {

using namespace Poco::Data::Keywords;  // NOLINT: as Poco's manual has it
using SessionPtr = std::shared_ptr<Poco::Data::Session>;

SessionPtr open(const std::string& path) {
  Poco::Data::SQLite::Connector::registerConnector();
  auto session = std::make_shared<Poco::Data::Session>(Poco::Data::SQLite::Connector::KEY,
                                                       path.empty() ? ":memory:" : path);
  if (path.empty()) {
    for (const std::string& sql : statements_that_fill()) *session << sql, now;
  }
  return session;
}

Act find_natural(const std::string& path) {
  const SessionPtr session = open(path);
  return {[session, statements = statements_that_find("?")](std::size_t turn) {
    Poco::Int64 wanted = id_in_turn(turn);
    Poco::Int64 id = 0;
    Poco::Int64 plays = 0;
    Poco::Nullable<std::string> note;
    Track found;
    *session << statements[turn % statement_count], into(id), into(plays),
        into(found.seconds), into(found.title), into(note), use(wanted), now;
    found.id = id;
    found.plays = plays;
    if (!note.isNull()) found.note = note.value();
    return sum_of(found);
  }};
}

Act insert_natural(const std::string& path) {
  const SessionPtr session = open(path);
  session->begin();
  const auto run = [session](std::size_t turn) {
    Track track = new_tracks()[turn];
    Poco::Int64 id = track.id;
    Poco::Int64 plays = track.plays;
    Poco::Nullable<std::string> note;
    if (track.note) note = *track.note;
    *session << insert_positional, use(id), use(plays), use(track.seconds),
        use(track.title), use(note), now;
    return 1;
  };
  return {run,
          [session] {
            session->rollback();
            session->begin();
          },
          track_count};
}

Act empty_transaction(const std::string& path) {
  const SessionPtr session = open(path);
  return {[session](std::size_t) {
    Poco::Data::Transaction transaction(*session);
    transaction.commit();
    return 0;
  }};
}

}  // namespace

Contestant poco() {
  return {.name = "poco",
          .find_natural = find_natural,
          .insert_natural = insert_natural,
          .empty_transaction_natural = empty_transaction};
}

}  // namespace bench
