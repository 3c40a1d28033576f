// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/url.hpp>

#include <mysql.h>

#include <array>
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

struct CloseConnection {
  void operator()(MYSQL* connection) const noexcept { mysql_close(connection); }
};
struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const noexcept { mysql_stmt_close(statement); }
};
using ConnectionPtr = std::shared_ptr<MYSQL>;
using StatementHandle = std::unique_ptr<MYSQL_STMT, CloseStatement>;

void require(bool succeeded, MYSQL* connection) {
  if (!succeeded) throw std::runtime_error(mysql_error(connection));
}
void require(bool succeeded, MYSQL_STMT* statement) {
  if (!succeeded) throw std::runtime_error(mysql_stmt_error(statement));
}

const char* text_or_null(const std::optional<std::string>& text) noexcept {
  return text ? text->c_str() : nullptr;
}

ConnectionPtr open(const std::string& text) {
  const hark::URL url(text);
  const std::string socket(url.query_value("unix_socket").value_or(""));
  const ConnectionPtr connection(mysql_init(nullptr), CloseConnection());
  require(mysql_real_connect(connection.get(),
                             text_or_null(url.host),
                             text_or_null(url.username),
                             text_or_null(url.password),
                             text_or_null(url.database),
                             url.port.value_or(0),
                             socket.empty() ? nullptr : socket.c_str(),
                             0) != nullptr,
          connection.get());
  return connection;
}

void execute(MYSQL* connection, const std::string& sql) {
  require(mysql_real_query(connection, sql.data(), sql.size()) == 0, connection);
}

StatementHandle prepare(MYSQL* connection, const std::string& sql) {
  StatementHandle statement(mysql_stmt_init(connection));
  require(mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) == 0,
          statement.get());
  return statement;
}

/// A variable of a statement.
template <class Number>
MYSQL_BIND bound(enum_field_types type, Number& number) noexcept {
  MYSQL_BIND made{};
  made.buffer_type = type;
  made.buffer = &number;
  return made;
}

/// The variables that rows are written to.
class Found {
 public:
  Found() {
    binds_[0] = bound(MYSQL_TYPE_LONGLONG, id_);
    binds_[1] = bound(MYSQL_TYPE_LONGLONG, plays_);
    binds_[2] = bound(MYSQL_TYPE_DOUBLE, seconds_);
    bind_text(binds_[3], title_, title_size_);
    bind_text(binds_[4], note_, note_size_);
    binds_[4].is_null = &note_is_null_;
  }
  Found(const Found&) = delete;
  Found& operator=(const Found&) = delete;

  MYSQL_BIND* binds() noexcept { return binds_.data(); }
  Track track() const {
    Track read{.id = id_,
               .plays = plays_,
               .seconds = seconds_,
               .title = std::string(title_.data(), title_size_),
               .note = std::nullopt};
    if (note_is_null_ == 0) read.note = std::string_view(note_.data(), note_size_);
    return read;
  }

 private:
  using Text = std::array<char, 64>;

  static void bind_text(MYSQL_BIND& bind, Text& text, unsigned long& size) noexcept {
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = text.data();
    bind.buffer_length = text.size();
    bind.length = &size;
  }

  std::int64_t id_ = 0;
  std::int64_t plays_ = 0;
  double seconds_ = 0;
  Text title_{};
  unsigned long title_size_ = 0;
  Text note_{};
  unsigned long note_size_ = 0;
  my_bool note_is_null_ = 0;
  std::array<MYSQL_BIND, 5> binds_{};
};

/// Statements that find a track, with the variables that they share.
class Finder {
 public:
  explicit Finder(ConnectionPtr connection) : connection_(std::move(connection)) {
    wanted_bind_ = bound(MYSQL_TYPE_LONGLONG, wanted_);
    for (const std::string& sql : statements_that_find("?")) add(sql);
  }

  MYSQL* connection() const noexcept { return connection_.get(); }

  std::uint64_t find(std::size_t turn) {
    MYSQL_STMT* const statement = statements_[turn % statement_count].get();
    wanted_ = id_in_turn(turn);
    require(mysql_stmt_execute(statement) == 0, statement);
    require(mysql_stmt_store_result(statement) == 0, statement);
    require(mysql_stmt_fetch(statement) == 0, statement);
    const std::uint64_t sum = sum_of(found_.track());
    mysql_stmt_free_result(statement);
    return sum;
  }

 private:
  void add(const std::string& sql) {
    StatementHandle statement = prepare(connection_.get(), sql);
    mysql_stmt_bind_param(statement.get(), &wanted_bind_);
    mysql_stmt_bind_result(statement.get(), found_.binds());
    statements_.push_back(std::move(statement));
  }

  ConnectionPtr connection_;
  std::int64_t wanted_ = 0;
  MYSQL_BIND wanted_bind_{};
  Found found_;
  std::vector<StatementHandle> statements_;
};

Act find(const std::string& url) {
  return {[finder = std::make_shared<Finder>(open(url))](std::size_t turn) {
    return finder->find(turn);
  }};
}

std::optional<std::string_view> cell(MYSQL_ROW row,
                                     const unsigned long* lengths,
                                     int column) {
  if (row[column] == nullptr) return std::nullopt;
  return std::string_view(row[column], lengths[column]);
}

/// The text of a statement has the number in it.
Act find_natural(const std::string& url) {
  return {
      [connection = open(url), statements = statements_that_find("?")](std::size_t turn) {
        std::string sql = statements[turn % statement_count];
        execute(connection.get(),
                sql.replace(sql.find('?'), 1, std::to_string(id_in_turn(turn))));
        MYSQL_RES* const result = mysql_store_result(connection.get());
        const MYSQL_ROW row = mysql_fetch_row(result);
        const unsigned long* const lengths = mysql_fetch_lengths(result);
        Track track{.id = std::atoll(row[0]),
                    .plays = std::atoll(row[1]),
                    .seconds = std::atof(row[2]),
                    .title = std::string(*cell(row, lengths, 3)),
                    .note = std::nullopt};
        if (const auto note = cell(row, lengths, 4)) track.note = *note;
        mysql_free_result(result);
        return sum_of(track);
      }};
}

Act transaction(const std::string& url) {
  return {[finder = std::make_shared<Finder>(open(url))](std::size_t turn) {
    execute(finder->connection(), "BEGIN");
    const std::uint64_t sum = finder->find(turn);
    execute(finder->connection(), "COMMIT");
    return sum;
  }};
}

// -- insertions -------------------------------------------------------------------------

/// In a transaction, after which all is undone.
template <class Insert>
Act insert(const ConnectionPtr& connection, Insert insert_all) {
  const auto run = [connection, insert_all](std::size_t) {
    execute(connection.get(), "BEGIN");
    insert_all();
    execute(connection.get(), "COMMIT");
    return new_server_tracks().size();
  };
  return {run, [connection] { execute(connection.get(), empty_new_tracks); }, 1};
}

MYSQL_BIND bound_text(const std::string& text, unsigned long& size) noexcept {
  MYSQL_BIND made{};
  made.buffer_type = MYSQL_TYPE_STRING;
  made.buffer = const_cast<char*>(text.data());
  size = text.size();
  made.length = &size;
  return made;
}

void insert_once(MYSQL_STMT* statement, Track track) {
  std::array<unsigned long, 2> sizes{};
  std::array<MYSQL_BIND, 5> binds{bound(MYSQL_TYPE_LONGLONG, track.id),
                                  bound(MYSQL_TYPE_LONGLONG, track.plays),
                                  bound(MYSQL_TYPE_DOUBLE, track.seconds),
                                  bound_text(track.title, sizes[0]),
                                  MYSQL_BIND()};
  binds[4].buffer_type = MYSQL_TYPE_NULL;
  if (track.note) binds[4] = bound_text(*track.note, sizes[1]);
  mysql_stmt_bind_param(statement, binds.data());
  require(mysql_stmt_execute(statement) == 0, statement);
}

std::shared_ptr<MYSQL_STMT> prepare_insert(const ConnectionPtr& connection) {
  return prepare(connection.get(), insert_new_track({"?", "?", "?", "?", "?"}));
}

Act insert_many(const std::string& url) {
  const ConnectionPtr connection = open(url);
  return insert(connection, [connection, statement = prepare_insert(connection)] {
    for (const Track& track : new_server_tracks()) insert_once(statement.get(), track);
  });
}

/// Rows as arrays: a statement takes one array per column.
class Arrays {
 public:
  explicit Arrays(const std::vector<Track>& tracks) {
    for (const Track& track : tracks) {
      ids_.push_back(track.id);
      plays_.push_back(track.plays);
      seconds_.push_back(track.seconds);
      titles_.add(&track.title);
      notes_.add(track.note ? &*track.note : nullptr);
    }
    binds_[0] = bound(MYSQL_TYPE_LONGLONG, ids_[0]);
    binds_[1] = bound(MYSQL_TYPE_LONGLONG, plays_[0]);
    binds_[2] = bound(MYSQL_TYPE_DOUBLE, seconds_[0]);
    titles_.bind(binds_[3]);
    notes_.bind(binds_[4]);
  }
  Arrays(const Arrays&) = delete;
  Arrays& operator=(const Arrays&) = delete;

  MYSQL_BIND* binds() noexcept { return binds_.data(); }
  unsigned int size() const noexcept { return static_cast<unsigned int>(ids_.size()); }

 private:
  struct Texts {
    /// Null: NULL.
    void add(const std::string* text) {
      data.push_back(text != nullptr ? text->data() : nullptr);
      sizes.push_back(text != nullptr ? text->size() : 0);
      indicators.push_back(text != nullptr ? STMT_INDICATOR_NONE : STMT_INDICATOR_NULL);
    }
    void bind(MYSQL_BIND& to) noexcept {
      to.buffer_type = MYSQL_TYPE_STRING;
      to.buffer = data.data();
      to.length = sizes.data();
      to.u.indicator = indicators.data();
    }

    std::vector<const char*> data;
    std::vector<unsigned long> sizes;
    std::vector<char> indicators;
  };

  std::vector<std::int64_t> ids_;
  std::vector<std::int64_t> plays_;
  std::vector<double> seconds_;
  Texts titles_;
  Texts notes_;
  std::array<MYSQL_BIND, 5> binds_{};
};

Act insert_bulk(const std::string& url) {
  const ConnectionPtr connection = open(url);
  return insert(connection, [connection, statement = prepare_insert(connection)] {
    Arrays arrays(new_server_tracks());
    unsigned int size = arrays.size();
    mysql_stmt_attr_set(statement.get(), STMT_ATTR_ARRAY_SIZE, &size);
    mysql_stmt_bind_param(statement.get(), arrays.binds());
    require(mysql_stmt_execute(statement.get()) == 0, statement.get());
  });
}

// -- rows -------------------------------------------------------------------------------

struct Fetch {
  explicit Fetch(const std::string& url)
      : connection(open(url)), statement(prepare(connection.get(), select_all)) {
    mysql_stmt_bind_result(statement.get(), found.binds());
  }

  std::uint64_t run(bool is_stored) {
    require(mysql_stmt_execute(statement.get()) == 0, statement.get());
    if (is_stored)
      require(mysql_stmt_store_result(statement.get()) == 0, statement.get());
    std::vector<Track> tracks;
    while (mysql_stmt_fetch(statement.get()) == 0) tracks.push_back(found.track());
    mysql_stmt_free_result(statement.get());
    return sum_of(tracks);
  }

  ConnectionPtr connection;
  Found found;
  StatementHandle statement;
};

Act fetch_all(const std::string& url) {
  return {
      [fetch = std::make_shared<Fetch>(url)](std::size_t) { return fetch->run(true); }};
}

Act stream(const std::string& url) {
  return {
      [fetch = std::make_shared<Fetch>(url)](std::size_t) { return fetch->run(false); }};
}

Act ping(const std::string& url) {
  return {[connection = open(url)](std::size_t) {
    return mysql_ping(connection.get()) == 0 ? 1 : 0;
  }};
}

Act threads(const std::string& url) {
  std::vector<std::shared_ptr<Finder>> finders;
  for (std::size_t i = 0; i < thread_count; ++i)
    finders.push_back(std::make_shared<Finder>(open(url)));
  return {[finders](std::size_t) {
    return find_in_threads([&](std::size_t thread, std::size_t turn) {
      return finders[thread]->find(turn);
    });
  }};
}

}  // namespace

ServerContestant libmariadb() {
  return {.name = "libmariadb",
          .find = find,
          .find_natural = find_natural,
          .transaction = transaction,
          .insert_many = insert_many,
          .insert_bulk = insert_bulk,
          .fetch_all = fetch_all,
          .stream = stream,
          .ping = ping,
          .threads = threads};
}

}  // namespace bench
