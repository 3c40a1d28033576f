// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <libpq-fe.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/server_contestants.hpp"
#include "engine/server_tracks.hpp"

namespace bench {
namespace {

struct Finish {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using ConnectionPtr = std::shared_ptr<PGconn>;
using Result = std::unique_ptr<PGresult, Clear>;

ConnectionPtr open(const std::string& url) {
  Connection connection(PQconnectdb(url.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return connection;
}

Result require(PGconn* connection, PGresult* given, ExecStatusType wanted) {
  Result result(given);
  if (PQresultStatus(given) != wanted)
    throw std::runtime_error(PQerrorMessage(connection));
  return result;
}

void execute(PGconn* connection, const std::string& sql) {
  require(connection, PQexec(connection, sql.c_str()), PGRES_COMMAND_OK);
}

void prepare(PGconn* connection, const std::string& name, const std::string& sql) {
  require(connection,
          PQprepare(connection, name.c_str(), sql.c_str(), 0, nullptr),
          PGRES_COMMAND_OK);
}

std::string name_of(std::size_t statement) { return "find_" + std::to_string(statement); }

/// The statements that find a track, and their names.
const std::vector<std::string>& names() {
  static const std::vector<std::string> made = [] {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < statement_count; ++i) all.push_back(name_of(i));
    return all;
  }();
  return made;
}

ConnectionPtr open_prepared(const std::string& url) {
  ConnectionPtr connection = open(url);
  const std::vector<std::string> statements = statements_that_find("$1");
  for (std::size_t i = 0; i < statement_count; ++i) {
    prepare(connection.get(), names()[i], statements[i]);
  }
  return connection;
}

// -- values in binary -------------------------------------------------------------------

std::uint64_t swapped(std::uint64_t number) noexcept { return __builtin_bswap64(number); }

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

std::uint64_t bits_of(const PGresult* result, int row, int column) noexcept {
  std::uint64_t bits = 0;
  std::memcpy(&bits, PQgetvalue(result, row, column), sizeof bits);
  return swapped(bits);
}

std::string_view text_of(const PGresult* result, int row, int column) noexcept {
  return {PQgetvalue(result, row, column),
          static_cast<std::size_t>(PQgetlength(result, row, column))};
}

Track read(const PGresult* result, int row) {
  Track track{.id = static_cast<std::int64_t>(bits_of(result, row, 0)),
              .plays = static_cast<std::int64_t>(bits_of(result, row, 1)),
              .seconds = std::bit_cast<double>(bits_of(result, row, 2)),
              .title = std::string(text_of(result, row, 3)),
              .note = std::nullopt};
  if (PQgetisnull(result, row, 4) == 0) track.note = text_of(result, row, 4);
  return track;
}

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
