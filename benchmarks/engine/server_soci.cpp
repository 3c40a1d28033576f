// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#ifdef HARK_BENCH_SOCI_POSTGRESQL
#include <soci/postgresql/soci-postgresql.h>
#endif
#ifdef HARK_BENCH_SOCI_MYSQL
#include <soci/mysql/soci-mysql.h>
#endif
#include <hark/engine/url.hpp>

#include <soci/soci.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/server_contestants.hpp"
#include "engine/server_tracks.hpp"
#include "engine/soci_bound.hpp"

namespace bench {
namespace {

using Open = SessionPtr (*)(const std::string& url);

struct Ready {
  explicit Ready(SessionPtr opened) : session(std::move(opened)) {}

  SessionPtr session;
  long long wanted = 0;
  Bound found;
  std::vector<soci::statement> statements;
};
using ReadyPtr = std::shared_ptr<Ready>;

ReadyPtr prepare(SessionPtr session) {
  auto ready = std::make_shared<Ready>(std::move(session));
  Bound& found = ready->found;
  for (const std::string& sql : statements_that_find(":id")) {
    ready->statements.emplace_back((ready->session->prepare << sql,
                                    soci::use(ready->wanted, "id"),
                                    soci::into(found.id),
                                    soci::into(found.plays),
                                    soci::into(found.seconds),
                                    soci::into(found.title),
                                    soci::into(found.note, found.note_is)));
  }
  return ready;
}

std::uint64_t find_once(Ready& ready, std::size_t turn) {
  ready.wanted = id_in_turn(turn);
  ready.statements[turn % statement_count].execute(true);
  return sum_of(ready.found.track());
}

Act find(const SessionPtr& session) {
  return {
      [ready = prepare(session)](std::size_t turn) { return find_once(*ready, turn); }};
}

Act find_natural(const SessionPtr& session) {
  return {[session, statements = statements_that_find(":id")](std::size_t turn) {
    const long long wanted = id_in_turn(turn);
    Bound found;
    *session << statements[turn % statement_count], soci::use(wanted, "id"),
        soci::into(found.id), soci::into(found.plays), soci::into(found.seconds),
        soci::into(found.title), soci::into(found.note, found.note_is);
    return sum_of(found.track());
  }};
}

Act transaction(const SessionPtr& session) {
  return {[ready = prepare(session)](std::size_t turn) {
    soci::transaction transaction(*ready->session);
    const std::uint64_t sum = find_once(*ready, turn);
    transaction.commit();
    return sum;
  }};
}

/// Columns, as SOCI takes many rows.
struct Columns {
  explicit Columns(const std::vector<Track>& tracks) {
    for (const Track& track : tracks) {
      id.push_back(track.id);
      plays.push_back(track.plays);
      seconds.push_back(track.seconds);
      title.push_back(track.title);
      note.push_back(track.note.value_or(""));
      note_is.push_back(track.note ? soci::i_ok : soci::i_null);
    }
  }

  std::vector<long long> id;
  std::vector<long long> plays;
  std::vector<double> seconds;
  std::vector<std::string> title;
  std::vector<std::string> note;
  std::vector<soci::indicator> note_is;
};

Act insert_many(const SessionPtr& session) {
  const std::string sql =
      insert_new_track({":id", ":plays", ":seconds", ":title", ":note"});
  const auto run = [session, sql](std::size_t) {
    soci::transaction transaction(*session);
    Columns columns(new_server_tracks());
    soci::statement statement = (session->prepare << sql,
                                 soci::use(columns.id, "id"),
                                 soci::use(columns.plays, "plays"),
                                 soci::use(columns.seconds, "seconds"),
                                 soci::use(columns.title, "title"),
                                 soci::use(columns.note, columns.note_is, "note"));
    statement.execute(true);
    transaction.commit();
    return new_server_tracks().size();
  };
  return {run, [session] { *session << empty_new_tracks; }, 1};
}

Act fetch_all(const SessionPtr& session) {
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

ServerContestant soci_that_opens(Open open) {
  const auto on = [open](Act (*work)(const SessionPtr&)) {
    return [open, work](const std::string& url) { return work(open(url)); };
  };
  return {.name = "soci",
          .find = on(find),
          .find_natural = on(find_natural),
          .transaction = on(transaction),
          .insert_many = on(insert_many),
          .fetch_all = on(fetch_all)};
}

}  // namespace

#ifdef HARK_BENCH_SOCI_POSTGRESQL
ServerContestant soci_on_postgresql() {
  return soci_that_opens([](const std::string& url) {
    return std::make_shared<soci::session>(soci::postgresql, url);
  });
}
#endif

#ifdef HARK_BENCH_SOCI_MYSQL
namespace {

/// As SOCI names the parts of a URL.
std::string options_of(const hark::URL& url) {
  std::string options = "db='" + url.database.value_or("") + '\'';
  if (url.username) options += " user='" + *url.username + '\'';
  if (url.password) options += " password='" + *url.password + '\'';
  if (url.host) options += " host='" + *url.host + '\'';
  if (url.port) options += " port=" + std::to_string(*url.port);
  if (const auto socket = url.query_value("unix_socket"))
    options += " unix_socket='" + std::string(*socket) + '\'';
  return options;
}

}  // namespace

ServerContestant soci_on_mysql() {
  return soci_that_opens([](const std::string& url) {
    return std::make_shared<soci::session>(soci::mysql, options_of(hark::URL(url)));
  });
}
#endif

}  // namespace bench
