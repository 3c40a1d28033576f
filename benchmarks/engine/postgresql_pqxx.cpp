// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <pqxx/pqxx>

#include <memory>
#include <string>
#include <vector>

#include "engine/server_contestants.hpp"
#include "engine/server_tracks.hpp"

namespace bench {
namespace {

/// A connection with the statements that it has prepared.
struct Session {
  explicit Session(const std::string& url) : connection(url) {}
  /// With those that find a track.
  static std::shared_ptr<Session> open_prepared(const std::string& url) {
    auto session = std::make_shared<Session>(url);
    for (const std::string& sql : statements_that_find("$1")) {
      session->names.push_back("find_" + std::to_string(session->names.size()));
      session->connection.prepare(session->names.back(), sql);
    }
    return session;
  }

  pqxx::connection connection;
  std::vector<std::string> names;
};
using SessionPtr = std::shared_ptr<Session>;

Track read(const pqxx::row& row) {
  Track track;
  track.id = row[0].as<long long>();
  track.plays = row[1].as<long long>();
  track.seconds = row[2].as<double>();
  track.title = row[3].as<std::string>();
  if (!row[4].is_null()) track.note = row[4].as<std::string>();
  return track;
}

Act find(const std::string& url) {
  const SessionPtr session = Session::open_prepared(url);
  return {[session](std::size_t turn) {
    pqxx::nontransaction work(session->connection);
    const std::string& name = session->names[turn % statement_count];
    return sum_of(read(work.exec_prepared1(name, id_in_turn(turn))));
  }};
}

Act find_natural(const std::string& url) {
  const auto session = std::make_shared<Session>(url);
  return {[session, statements = statements_that_find("$1")](std::size_t turn) {
    pqxx::nontransaction work(session->connection);
    const std::string& sql = statements[turn % statement_count];
    return sum_of(read(work.exec_params1(sql, id_in_turn(turn))));
  }};
}

Act transaction(const std::string& url) {
  const SessionPtr session = Session::open_prepared(url);
  return {[session](std::size_t turn) {
    pqxx::work work(session->connection);
    const std::string& name = session->names[turn % statement_count];
    const std::uint64_t sum = sum_of(read(work.exec_prepared1(name, id_in_turn(turn))));
    work.commit();
    return sum;
  }};
}

template <class Insert>
Act insert(const SessionPtr& session, Insert insert_all) {
  const auto run = [session, insert_all](std::size_t) {
    pqxx::work work(session->connection);
    insert_all(work);
    work.commit();
    return new_server_tracks().size();
  };
  const auto undo = [session] {
    pqxx::nontransaction(session->connection).exec(empty_new_tracks);
  };
  return {run, undo, 1};
}

Act insert_many(const std::string& url) {
  const auto session = std::make_shared<Session>(url);
  session->connection.prepare("insert", insert_new_track({"$1", "$2", "$3", "$4", "$5"}));
  return insert(session, [](pqxx::work& work) {
    for (const Track& track : new_server_tracks()) {
      const char* const note = track.note ? track.note->c_str() : nullptr;
      work.exec_prepared(
          "insert", track.id, track.plays, track.seconds, track.title, note);
    }
  });
}

Act insert_bulk(const std::string& url) {
  return insert(std::make_shared<Session>(url), [](pqxx::work& work) {
    pqxx::stream_to stream(
        work,
        "new_track",
        std::vector<std::string>{"id", "plays", "seconds", "title", "note"});
    for (const Track& track : new_server_tracks()) {
      const char* const note = track.note ? track.note->c_str() : nullptr;
      stream << std::make_tuple(track.id, track.plays, track.seconds, track.title, note);
    }
    stream.complete();
  });
}

Act fetch_all(const std::string& url) {
  const auto session = std::make_shared<Session>(url);
  return {[session](std::size_t) {
    pqxx::nontransaction work(session->connection);
    std::vector<Track> tracks;
    for (const auto& row : work.exec(select_all)) tracks.push_back(read(row));
    return sum_of(tracks);
  }};
}

}  // namespace

ServerContestant libpqxx() {
  ServerContestant made;
  made.name = "pqxx";
  made.find = find;
  made.find_natural = find_natural;
  made.transaction = transaction;
  made.insert_many = insert_many;
  made.insert_bulk = insert_bulk;
  made.fetch_all = fetch_all;
  return made;
}

}  // namespace bench
