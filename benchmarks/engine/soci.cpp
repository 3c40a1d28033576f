// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/rivals.hpp"
#include "engine/soci_bound.hpp"
#include "engine/tracks.hpp"

namespace bench {
namespace {

SessionPtr open(const std::string& path) {
  auto session = std::make_shared<soci::session>(
      soci::sqlite3, "dbname=" + (path.empty() ? ":memory:" : path));
  if (path.empty()) {
    for (const std::string& sql : statements_that_fill()) *session << sql;
  }
  return session;
}

Act find(const std::string& path) {
  struct Ready {
    SessionPtr session;
    long long wanted = 0;
    Bound found;
    std::vector<soci::statement> statements;
  };
  const auto ready = std::make_shared<Ready>();
  ready->session = open(path);
  Bound& found = ready->found;
  for (const std::string& sql : statements_that_find(":id")) {
    ready->statements.emplace_back((ready->session->prepare << sql,
                                    soci::use(ready->wanted),
                                    soci::into(found.id),
                                    soci::into(found.plays),
                                    soci::into(found.seconds),
                                    soci::into(found.title),
                                    soci::into(found.note, found.note_is)));
  }
  return {[ready](std::size_t turn) {
    ready->wanted = id_in_turn(turn);
    soci::statement& statement = ready->statements[turn % statement_count];
    statement.execute(true);
    const Track track = ready->found.track();
    statement.fetch();  // to the end, or it keeps its lock
    return sum_of(track);
  }};
}

Act find_natural(const std::string& path) {
  const SessionPtr session = open(path);
  return {[session, statements = statements_that_find(":id")](std::size_t turn) {
    const long long wanted = id_in_turn(turn);
    Bound found;
    *session << statements[turn % statement_count], soci::use(wanted),
        soci::into(found.id), soci::into(found.plays), soci::into(found.seconds),
        soci::into(found.title), soci::into(found.note, found.note_is);
    return sum_of(found.track());
  }};
}

Act in_transaction(const SessionPtr& session,
                   std::size_t most_turns,
                   std::function<std::uint64_t(std::size_t)> run) {
  session->begin();
  return {std::move(run),
          [session] {
            session->rollback();
            session->begin();
          },
          most_turns};
}

/// A statement that inserts what is bound.
struct Insertion {
  explicit Insertion(const SessionPtr& session)
      : statement((session->prepare << insert_named,
                   soci::use(bound.id),
                   soci::use(bound.plays),
                   soci::use(bound.seconds),
                   soci::use(bound.title),
                   soci::use(bound.note, bound.note_is))) {}
  void insert(const Track& track) {
    bound.set(track);
    statement.execute(true);
  }

  Bound bound;
  soci::statement statement;
};

Act insert(const std::string& path) {
  const SessionPtr session = open(path);
  const auto insertion = std::make_shared<Insertion>(session);
  return in_transaction(session, track_count, [session, insertion](std::size_t turn) {
    insertion->insert(new_tracks()[turn]);
    return 1;
  });
}

Act insert_natural(const std::string& path) {
  const SessionPtr session = open(path);
  return in_transaction(session, track_count, [session](std::size_t turn) {
    const Track& track = new_tracks()[turn];
    const long long id = track.id;
    const long long plays = track.plays;
    soci::indicator note_is = track.note ? soci::i_ok : soci::i_null;
    const std::string note = track.note.value_or("");
    *session << insert_named, soci::use(id), soci::use(plays), soci::use(track.seconds),
        soci::use(track.title), soci::use(note, note_is);
    return 1;
  });
}

Act insert_all(const std::string& path) {
  const SessionPtr session = open(path);
  const auto insertion = std::make_shared<Insertion>(session);
  return in_transaction(session, 1, [session, insertion](std::size_t) {
    for (const Track& track : new_tracks()) insertion->insert(track);
    return new_tracks().size();
  });
}

Act fetch_all(const std::string& path) {
  const SessionPtr session = open(path);
  return {[session](std::size_t) {
    Bound found;
    soci::statement statement = (session->prepare << select_all,
                                 soci::into(found.id),
                                 soci::into(found.plays),
                                 soci::into(found.seconds),
                                 soci::into(found.title),
                                 soci::into(found.note, found.note_is));
    statement.execute();
    std::vector<Track> tracks;
    while (statement.fetch()) tracks.push_back(found.track());
    return sum_of(tracks);
  }};
}

Act empty_transaction(const std::string& path) {
  const SessionPtr session = open(path);
  return {[session](std::size_t) {
    soci::transaction transaction(*session);
    transaction.commit();
    return 0;
  }};
}

}  // namespace

Contestant soci_contestant() {
  return {.name = "soci",
          .find = find,
          .find_natural = find_natural,
          .insert = insert,
          .insert_natural = insert_natural,
          .insert_all = insert_all,
          .fetch_all = fetch_all,
          .empty_transaction_natural = empty_transaction};
}

}  // namespace bench
