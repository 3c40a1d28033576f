// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <libpq-fe.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "engine/libpq.hpp"
#include "engine/server_contestants.hpp"
#include "engine/server_tracks.hpp"

namespace bench {
namespace {

using namespace raw_postgresql;

// -- what is measured -------------------------------------------------------------------

std::uint64_t find_once(PGconn* connection, std::size_t turn) {
  Parameters<1> parameters;
  parameters.set_number(0, id_in_turn(turn));
  const Result result = require(connection,
                                PQexecPrepared(connection,
                                               names()[turn % statement_count].c_str(),
                                               1,
                                               parameters.values(),
                                               parameters.lengths(),
                                               parameters.formats(),
                                               1),
                                PGRES_TUPLES_OK);
  return sum_of(read(result.get(), 0));
}

Act find(const std::string& url) {
  return {[connection = open_prepared(url)](std::size_t turn) {
    return find_once(connection.get(), turn);
  }};
}

Act find_natural(const std::string& url) {
  return {[connection = open(url),
           statements = statements_that_find("$1")](std::size_t turn) {
    Parameters<1> parameters;
    parameters.set_number(0, id_in_turn(turn));
    const Result result = require(connection.get(),
                                  PQexecParams(connection.get(),
                                               statements[turn % statement_count].c_str(),
                                               1,
                                               nullptr,
                                               parameters.values(),
                                               parameters.lengths(),
                                               parameters.formats(),
                                               1),
                                  PGRES_TUPLES_OK);
    return sum_of(read(result.get(), 0));
  }};
}

Act transaction(const std::string& url) {
  return {[connection = open_prepared(url)](std::size_t turn) {
    execute(connection.get(), "BEGIN");
    const std::uint64_t sum = find_once(connection.get(), turn);
    execute(connection.get(), "COMMIT");
    return sum;
  }};
}

/// In a transaction, after which all is undone.
template <class Insert>
Act insert(const ConnectionPtr& connection, Insert insert_all) {
  const auto run = [connection, insert_all](std::size_t) {
    execute(connection.get(), "BEGIN");
    insert_all(connection.get());
    execute(connection.get(), "COMMIT");
    return new_server_tracks().size();
  };
  return {run, [connection] { execute(connection.get(), empty_new_tracks); }, 1};
}

void insert_once(PGconn* connection, const Track& track) {
  Parameters<5> parameters;
  parameters.set_number(0, track.id);
  parameters.set_number(1, track.plays);
  parameters.set_number(2, track.seconds);
  parameters.set_text(3, track.title);
  if (track.note) {
    parameters.set_text(4, *track.note);
  } else {
    parameters.set_null(4);
  }
  require(connection,
          PQexecPrepared(connection,
                         "insert",
                         5,
                         parameters.values(),
                         parameters.lengths(),
                         parameters.formats(),
                         1),
          PGRES_COMMAND_OK);
}

Act insert_many(const std::string& url) {
  const ConnectionPtr connection = open(url);
  prepare(connection.get(), "insert", insert_new_track({"$1", "$2", "$3", "$4", "$5"}));
  return insert(connection, [](PGconn* handle) {
    for (const Track& track : new_server_tracks()) insert_once(handle, track);
  });
}

template <class Number>
void append(std::string& to, Number number) {
  if constexpr (sizeof(Number) == 2) number = std::rotl(number, 8);
  if constexpr (sizeof(Number) == 4) number = __builtin_bswap32(number);
  if constexpr (sizeof(Number) == 8) number = swapped(number);
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_text(std::string& to, const std::string& text) {
  append(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

void append_row(std::string& to, const Track& track) {
  append(to, std::uint16_t{5});
  for (const std::uint64_t number : {static_cast<std::uint64_t>(track.id),
                                     static_cast<std::uint64_t>(track.plays),
                                     std::bit_cast<std::uint64_t>(track.seconds)}) {
    append(to, std::uint32_t{sizeof number});
    append(to, number);
  }
  append_text(to, track.title);
  if (track.note) {
    append_text(to, *track.note);
  } else {
    append(to, ~std::uint32_t{0});
  }
}

void copy_all(PGconn* connection) {
  constexpr std::string_view signature("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  constexpr std::size_t at_once = std::size_t{1} << 16;
  require(
      connection,
      PQexec(
          connection,
          "COPY new_track (id, plays, seconds, title, note) FROM STDIN (FORMAT binary)"),
      PGRES_COPY_IN);
  std::string bytes(signature);
  const auto send = [&] {
    PQputCopyData(connection, bytes.data(), static_cast<int>(bytes.size()));
    bytes.clear();
  };
  for (const Track& track : new_server_tracks()) {
    append_row(bytes, track);
    if (bytes.size() >= at_once) send();
  }
  append(bytes, std::uint16_t{0xffff});
  send();
  PQputCopyEnd(connection, nullptr);
  require(connection, PQgetResult(connection), PGRES_COMMAND_OK);
  PQgetResult(connection);
}

Act insert_bulk(const std::string& url) { return insert(open(url), copy_all); }

ConnectionPtr open_to_fetch(const std::string& url) {
  ConnectionPtr connection = open(url);
  prepare(connection.get(), "all", select_all);
  return connection;
}

Act fetch_all(const std::string& url) {
  return {[connection = open_to_fetch(url)](std::size_t) {
    const Result result =
        require(connection.get(),
                PQexecPrepared(connection.get(), "all", 0, nullptr, nullptr, nullptr, 1),
                PGRES_TUPLES_OK);
    std::vector<Track> tracks;
    for (int row = 0; row < PQntuples(result.get()); ++row)
      tracks.push_back(read(result.get(), row));
    return sum_of(tracks);
  }};
}

Act stream(const std::string& url) {
  return {[connection = open_to_fetch(url)](std::size_t) {
    PQsendQueryPrepared(connection.get(), "all", 0, nullptr, nullptr, nullptr, 1);
    PQsetSingleRowMode(connection.get());
    std::vector<Track> tracks;
    while (const auto result = Result(PQgetResult(connection.get()))) {
      if (PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE)
        tracks.push_back(read(result.get(), 0));
    }
    return sum_of(tracks);
  }};
}

Act ping(const std::string& url) {
  return {[connection = open(url)](std::size_t) {
    require(connection.get(), PQexec(connection.get(), ""), PGRES_EMPTY_QUERY);
    return 1;
  }};
}

Act passive_ping(const std::string& url) {
  return {[connection = open(url)](std::size_t) {
    char peeked = 0;
    const ssize_t got =
        recv(PQsocket(connection.get()), &peeked, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN ? 1 : 0;
  }};
}

Act threads(const std::string& url) {
  std::vector<ConnectionPtr> connections;
  for (std::size_t i = 0; i < thread_count; ++i)
    connections.push_back(open_prepared(url));
  return {[connections](std::size_t) {
    return find_in_threads([&](std::size_t thread, std::size_t turn) {
      return find_once(connections[thread].get(), turn);
    });
  }};
}

}  // namespace

ServerContestant libpq() {
  return {.name = "libpq",
          .find = find,
          .find_natural = find_natural,
          .transaction = transaction,
          .insert_many = insert_many,
          .insert_bulk = insert_bulk,
          .fetch_all = fetch_all,
          .stream = stream,
          .ping = ping,
          .passive_ping = passive_ping,
          .threads = threads};
}

}  // namespace bench
