// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/postgresql.hpp>

#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "asio/contestants.hpp"
#include "asio/coroutines.hpp"

namespace bench {
namespace {

/// A statement is a transaction, as it is for libpq.
hark::EngineOptions options_for(std::size_t connections) {
  return {.pool = {.pool_size = connections, .max_overflow = 0},
          .isolation_level = "AUTOCOMMIT"};
}

hark::Clause clause_that_finds() {
  return hark::text(statements_that_find(":id").front());
}

// -- without threads --------------------------------------------------------------------

struct AsyncTracks {
  AsyncTracks(const std::string& url, std::size_t connections)
      : engine(context.get_executor(), url, {}, options_for(connections)) {}

  asio::io_context context{1};
  hark::AsyncEngine engine;
  hark::Clause find = clause_that_finds();
};

asio::awaitable<std::uint64_t> find_one(hark::AsyncConnection& connection,
                                        const hark::Clause& find,
                                        std::size_t turn) {
  hark::AsyncResult result = co_await connection.async_execute(
      find, hark::parameters("id", id_in_turn(turn)), use_awaitable);
  co_return sum_of(*result.first<Track>());
}

asio::awaitable<std::uint64_t> find_some(AsyncTracks& tracks, std::size_t first) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < finds_per_coroutine; ++i) {
    hark::AsyncConnection connection =
        co_await tracks.engine.async_connect(use_awaitable);
    sum += co_await find_one(connection, tracks.find, first + i);
  }
  co_return sum;
}

asio::awaitable<std::uint64_t> execute_some(AsyncTracks& tracks, std::size_t first) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < finds_per_coroutine; ++i) {
    const std::optional<Track> track = co_await tracks.engine.async_execute(
        tracks.find,
        hark::parameters("id", id_in_turn(first + i)),
        hark::read::first<Track>,
        use_awaitable);
    sum += sum_of(*track);
  }
  co_return sum;
}

asio::awaitable<std::uint64_t> run_some(AsyncTracks& tracks, std::size_t first) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < finds_per_coroutine; ++i) {
    const auto find = [&tracks, turn = first + i](hark::Connection& connection) {
      return sum_of(
          *connection.execute(tracks.find, {{"id", id_in_turn(turn)}}).first<Track>());
    };
    sum += co_await tracks.engine.async_run(find, use_awaitable);
  }
  co_return sum;
}

PrepareOnServer many(asio::awaitable<std::uint64_t> (*find)(AsyncTracks&, std::size_t)) {
  return [find](const std::string& url) -> Act {
    const auto tracks = std::make_shared<AsyncTracks>(url, connection_count);
    return {[tracks, find](std::size_t) {
      return sum_of_coroutines(tracks->context, coroutine_count, [&](std::size_t i) {
        return find(*tracks, i * finds_per_coroutine);
      });
    }};
  };
}

/// An engine, and one of its connections.
struct OneConnection {
  explicit OneConnection(const std::string& url) : tracks(url, 1) {
    run([this]() -> asio::awaitable<std::uint64_t> {
      connection = co_await tracks.engine.async_connect(use_awaitable);
      co_return 0;
    });
  }
  OneConnection(const OneConnection&) = delete;
  OneConnection& operator=(const OneConnection&) = delete;
  ~OneConnection() {
    run([this]() -> asio::awaitable<std::uint64_t> {
      co_await connection.async_close(use_awaitable);
      co_return 0;
    });
  }

  template <class Make>
  std::uint64_t run(const Make& make) {
    return sum_of_coroutines(tracks.context, 1, [&](std::size_t) { return make(); });
  }

  AsyncTracks tracks;
  hark::AsyncConnection connection;
};

asio::awaitable<std::uint64_t> find_in_a_row(OneConnection& one) {
  std::uint64_t sum = 0;
  for (std::size_t turn = 0; turn < finds_in_a_row; ++turn)
    sum += co_await find_one(one.connection, one.tracks.find, turn);
  co_return sum;
}

asio::awaitable<std::uint64_t> run_in_a_row(OneConnection& one) {
  const auto find = [&one](hark::Connection& connection) {
    return sum_in_turns(0, finds_in_a_row, [&](std::size_t turn) {
      return sum_of(*connection.execute(one.tracks.find, {{"id", id_in_turn(turn)}})
                         .first<Track>());
    });
  };
  co_return co_await one.connection.async_run(find, use_awaitable);
}

PrepareOnServer in_a_row(asio::awaitable<std::uint64_t> (*find)(OneConnection&)) {
  return [find](const std::string& url) -> Act {
    const auto one = std::make_shared<OneConnection>(url);
    return {[one, find](std::size_t) { return one->run([&] { return find(*one); }); }};
  };
}

// -- with threads -----------------------------------------------------------------------

struct Tracks {
  Tracks(const std::string& url, std::size_t connections)
      : engine(hark::URL(url), options_for(connections)) {}

  std::uint64_t find_one(hark::Connection& connection, std::size_t turn) const {
    return sum_of(*connection.execute(find, {{"id", id_in_turn(turn)}}).first<Track>());
  }

  hark::Engine engine;
  hark::Clause find = clause_that_finds();
};

struct TracksOfOne {
  explicit TracksOfOne(const std::string& url) : tracks(url, 1) {}

  Tracks tracks;
  hark::Connection connection = tracks.engine.connect();
};

std::uint64_t find_in_threads(Tracks& tracks) {
  constexpr std::size_t each = coroutine_count * finds_per_coroutine / connection_count;
  std::array<std::uint64_t, connection_count> sums{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < connection_count; ++i) {
      threads.emplace_back([&tracks, &sum = sums[i], first = i * each] {
        sum = sum_in_turns(first, each, [&](std::size_t turn) {
          hark::Connection connection = tracks.engine.connect();
          return tracks.find_one(connection, turn);
        });
      });
    }
  }
  return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
}

}  // namespace

AsyncContestant hark_async() {
  return {.name = "hark",
          .find_many = many(find_some),
          .find_in_a_row = in_a_row(find_in_a_row)};
}

AsyncContestant hark_async_single() {
  return {.name = "hark_single", .find_many = many(execute_some), .find_in_a_row = {}};
}

AsyncContestant hark_async_run() {
  return {.name = "hark_run",
          .find_many = many(run_some),
          .find_in_a_row = in_a_row(run_in_a_row)};
}

AsyncContestant hark_threads() {
  return {.name = "threads",
          .find_many = [](const std::string& url) -> Act {
            const auto tracks = std::make_shared<Tracks>(url, connection_count);
            return {[tracks](std::size_t) { return find_in_threads(*tracks); }};
          },
          .find_in_a_row = [](const std::string& url) -> Act {
            const auto one = std::make_shared<TracksOfOne>(url);
            return {[one](std::size_t) {
              return sum_in_turns(0, finds_in_a_row, [&](std::size_t turn) {
                return one->tracks.find_one(one->connection, turn);
              });
            }};
          }};
}

}  // namespace bench
