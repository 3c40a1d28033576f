// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "service_music.hpp"

#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/schema.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

namespace music {

/// What every operation of a request has to know.
struct Asked {
  std::string id;
  std::chrono::steady_clock::time_point deadline;

  /// For what is waited for: the deadline is one for all of it.
  auto token() const {
    return hark::cancel_after(deadline - std::chrono::steady_clock::now(),
                              asio::use_awaitable);
  }
};

namespace {

namespace audit = hark::audit;
namespace dbapi = hark::dbapi;
namespace event = hark::event;
using asio::use_awaitable;
using nlohmann::json;

struct Track {
  std::int64_t id;
  std::string name;
  std::string artist;
  std::int64_t cents;
};

struct Artist {
  std::int64_t id;
  std::string name;
};

struct Order {
  std::int64_t id = 0;
  std::int64_t cents = 0;
};

Answer answer_with(unsigned status, const json& body) {
  return {status, body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

Answer refuse(unsigned status, const std::string& why) {
  return answer_with(status, {{"error", why}});
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The text behind a prefix; empty: another one.
std::optional<std::string_view> after(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

/// Lost connections, a server that is down, a pool that is used up: the same request may
/// succeed later.
bool is_worth_another_try(const hark::Error& error) {
  return error.is_disconnect() ||
         dynamic_cast<const hark::TimeoutError*>(&error) != nullptr ||
         dynamic_cast<const hark::OperationalError*>(&error) != nullptr;
}

Answer failed(const std::exception& error, const std::string& request_id) {
  std::cerr << request_id << ": " << error.what() << '\n';
  return refuse(500, "that went wrong");
}

Answer answer_of(const hark::Error& error, const std::string& request_id) {
  if (error.is_cancelled()) return refuse(504, "it took too long");
  if (dynamic_cast<const hark::IntegrityError*>(&error) != nullptr)
    return refuse(409, "something that it refers to is not there");
  if (dynamic_cast<const hark::DataError*>(&error) != nullptr)
    return refuse(400, "the database does not take such a value");
  if (!is_worth_another_try(error)) return failed(error, request_id);
  std::cerr << request_id << ": " << error.what() << '\n';
  return refuse(503, "the database does not answer");
}

hark::EngineOptions engine_options(const Options& options) {
  // Who waits in vain is told by the deadline.
  return {.pool = {.pool_size = options.connections,
                   .max_overflow = 0,
                   .timeout = 2 * options.deadline}};
}

void declare(hark::MetaData& metadata) {
  using namespace hark;
  metadata.table("artist",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("name", Text(), {.nullable = false}));
  metadata.table("track",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("name", Text(), {.nullable = false}),
                 Column("artist_id", {.nullable = false}, ForeignKey("artist.id")),
                 Column("cents", Integer(), {.nullable = false}));
  metadata.table("orders",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("customer", Text(), {.nullable = false}));
  metadata.table("order_line",
                 Column("order_id", {.nullable = false}, ForeignKey("orders.id")),
                 Column("track_id", {.nullable = false}, ForeignKey("track.id")));
}

void add_sample(hark::Connection& connection) {
  if (connection.execute("SELECT count(*) FROM artist").scalar_one<std::int64_t>() != 0)
    return;
  const std::vector<Artist> artists{{1, "Ada"}, {2, "Grace"}};
  connection.execute("INSERT INTO artist (id, name) VALUES (:id, :name)", artists);
  const std::vector<std::tuple<int, std::string, int, int>> tracks{
      {1, "Overture", 1, 99}, {2, "Aria", 1, 149}, {3, "Finale", 2, 199}};
  connection.execute(
      "INSERT INTO track (id, name, artist_id, cents) VALUES (:id, :name, :artist, "
      ":cents)",
      tracks);
}

/// Synchronous code: it is run on a fiber.
Order place(hark::Connection& connection,
            const std::string& customer,
            const std::vector<std::int64_t>& tracks) {
  static const auto add =
      hark::text("INSERT INTO orders (customer) VALUES (:customer) RETURNING id");
  static const auto add_line =
      hark::text("INSERT INTO order_line (order_id, track_id) VALUES (:id, :track)");
  static const auto sum = hark::text(
      "SELECT sum(track.cents) FROM order_line JOIN track ON track.id = track_id "
      "WHERE order_id = :id");
  Order made;
  made.id = connection.execute(add, {{"customer", customer}}).scalar_one<std::int64_t>();
  std::vector<std::pair<std::int64_t, std::int64_t>> lines;
  for (const std::int64_t track : tracks) lines.emplace_back(made.id, track);
  connection.execute(add_line, lines);
  made.cents = connection.execute(sum, {{"id", made.id}}).scalar_one<std::int64_t>();
  return made;
}

}  // namespace

std::string request_id_of(std::string_view given) {
  const auto is_plain = [](char each) {
    return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
           (each >= 'A' && each <= 'Z') || each == '-' || each == '_' || each == '.';
  };
  if (!given.empty() && given.size() <= 64 &&
      std::all_of(given.begin(), given.end(), is_plain))
    return std::string(given);
  std::random_device random;
  std::array<char, 33> name{};
  for (std::size_t at = 0; at < 4; ++at)
    std::snprintf(name.data() + 8 * at, 9, "%08x", static_cast<unsigned>(random()));
  return name.data();
}

Shop::Shop(const asio::any_io_executor& executor,
           const std::string& url,
           const Options& options)
    : options_(options), engine_(executor, url, {}, engine_options(options)) {
  hark::Engine& engine = engine_.sync_engine();
  // SQL says whose request it is for who looks at the server: pg_stat_activity, its log.
  event::listen(
      engine,
      "before_cursor_execute",
      [](hark::Connection& connection,
         dbapi::Cursor&,
         std::string statement,
         dbapi::Parameters parameters) {
        const auto& known = connection.get_execution_options();
        if (const auto id = known.find("request_id"); id != known.end())
          statement += " /* request_id=" + std::get<std::string>(id->second) + " */";
        return std::tuple(std::move(statement), std::move(parameters));
      },
      event::retval);
  if (engine.dialect().name() == "sqlite") {
    event::listen(engine, "connect", [](dbapi::Connection& connection) {
      connection.cursor()->execute("PRAGMA foreign_keys = ON", {});
    });
  }
  if (options.audit_file.empty()) return;
  recording_ = audit::use_event_handler(
      engine,
      std::make_shared<audit::JsonLinesEventHandler>(options.audit_file),
      {.policy = audit::QueuePolicy::block});
}

asio::awaitable<void> Shop::set_up() {
  co_await engine_.async_begin(
      [](hark::Connection& connection) {
        hark::MetaData metadata;
        declare(metadata);
        metadata.create_all(connection);
        add_sample(connection);
      },
      use_awaitable);
}

asio::awaitable<void> Shop::close() { co_await engine_.async_dispose(use_awaitable); }

asio::awaitable<Answer> Shop::answer(Question question) {
  const std::string id = question.request_id;
  try {
    // [request]
    // The request of the audit's record: what is executed meanwhile belongs to it.
    audit::RequestOptions options;
    options.attributes.push_back({"request_id", id});
    const std::string name =
        question.method + " " + question.target.substr(0, question.target.find('?'));
    Asked asked{id, std::chrono::steady_clock::now() + options_.deadline};
    co_return co_await audit::in_request(engine_.sync_engine(),
                                         name,
                                         route(std::move(question), std::move(asked)),
                                         options);
    // [/request]
  } catch (const hark::Error& error) {
    co_return answer_of(error, id);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted)
      co_return refuse(504, "it took too long");
    co_return failed(error, id);
  } catch (const std::exception& error) {
    co_return failed(error, id);
  }
}

asio::awaitable<Answer> Shop::route(Question question, Asked asked) {
  const std::string_view target = question.target;
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(std::min(path.size() + 1, target.size()));
  const bool gets = question.method == "GET";
  if (const auto id = after("/tracks/", path)) {
    if (!gets) co_return refuse(405, "GET");
    co_return co_await track(*id, asked);
  }
  if (path == "/artists") {
    if (!gets) co_return refuse(405, "GET");
    co_return co_await artists(query, asked);
  }
  if (path == "/orders") {
    if (question.method != "POST") co_return refuse(405, "POST");
    co_return co_await order(question.body, asked);
  }
  co_return refuse(404, "there is nothing of that name");
}

asio::awaitable<hark::AsyncConnection> Shop::connect(const Asked& asked) {
  hark::AsyncConnection connection = co_await engine_.async_connect(asked.token());
  connection.sync_connection().execution_options({{"request_id", asked.id}});
  co_return connection;
}

asio::awaitable<Answer> Shop::track(std::string_view id, const Asked& asked) {
  static const auto by_id = hark::text(
      "SELECT track.id, track.name, artist.name AS artist, cents FROM track "
      "JOIN artist ON artist.id = artist_id WHERE track.id = :id");
  const auto number = number_in<std::int32_t>(id);
  if (!number) co_return refuse(400, "a track has a number");
  hark::AsyncConnection connection = co_await connect(asked);
  hark::AsyncResult result = co_await connection.async_execute(
      by_id, hark::parameters("id", *number), asked.token());
  const std::optional<Track> found = result.one_or_none<Track>();
  if (!found) co_return refuse(404, "there is no such track");
  const json body{{"id", found->id},
                  {"name", found->name},
                  {"artist", found->artist},
                  {"cents", found->cents}};
  co_return answer_with(200, body);
}

asio::awaitable<Answer> Shop::artists(std::string_view query, const Asked& asked) {
  constexpr std::int64_t most = 1'000;
  std::int64_t limit = 100;
  if (!query.empty()) {
    const auto given = after("limit=", query);
    const auto number = given ? number_in<std::int64_t>(*given) : std::nullopt;
    if (!number || *number < 1 || *number > most)
      co_return refuse(400, "limit is a number from 1 to 1000");
    limit = *number;
  }
  hark::AsyncConnection connection = co_await connect(asked);
  hark::AsyncResult result = co_await connection.async_execute(
      "SELECT id, name FROM artist ORDER BY id LIMIT :limit",
      hark::parameters("limit", limit),
      asked.token());
  json body = json::array();
  for (const auto& [id, name] : result.rows<std::int64_t, std::string_view>())
    body.push_back({{"id", id}, {"name", name}});
  co_return answer_with(200, body);
}

asio::awaitable<Answer> Shop::order(const std::string& body, const Asked& asked) {
  const json given = json::parse(body, nullptr, false);
  const json customer = given.is_object() ? given.value("customer", json()) : json();
  const json wanted = given.is_object() ? given.value("tracks", json()) : json();
  const auto is_number = [](const json& each) {
    return each.is_number_integer() && each >= 0 && each <= 0x7fffffff;
  };
  if (!customer.is_string() || !wanted.is_array() || wanted.empty() ||
      wanted.size() > 100 || !std::all_of(wanted.begin(), wanted.end(), is_number))
    co_return refuse(400, R"(an order is {"customer": "…", "tracks": [1, …]})");
  auto work =
      [id = asked.id,
       customer = customer.get<std::string>(),
       tracks = wanted.get<std::vector<std::int64_t>>()](hark::Connection& connection) {
        connection.execution_options({{"request_id", id}});
        return place(connection, customer, tracks);
      };
  const Order made = co_await engine_.async_begin(std::move(work), asked.token());
  const json answer{{"id", made.id}, {"cents", made.cents}};
  co_return answer_with(201, answer);
}

}  // namespace music
