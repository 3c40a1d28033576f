// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/detail/flow.hpp>
#include <hark/sqlite.hpp>

#include <benchmark/benchmark.h>
#include <boost/asio/post.hpp>
#include <malloc.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "asio/benchmarks.hpp"
#include "asio/coroutines.hpp"
#include "asio/fiber.hpp"
#include "engine/tracks.hpp"
#include "pool/fake_connection.hpp"
#include "support/mallocs.hpp"

namespace bench {
namespace {

/// Has coroutines run, and counts what each of `count` things that they do takes.
template <class Run>
void measure_each(benchmark::State& state, std::size_t count, const Run& run) {
  const std::size_t before = mallocs();
  for (auto _ : state) run();
  const auto all = static_cast<double>(count) * static_cast<double>(state.iterations());
  state.counters["each_ns"] = benchmark::Counter(
      all * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["mallocs"] = static_cast<double>(mallocs() - before) / all;
}

// -- a driver of nothing ----------------------------------------------------------------

/// What a fiber may call, for nothing in it blocks.
class Silent final : public FakeConnection {
 public:
  bool suspends() const noexcept override { return true; }
};

class SilentDialect final : public hark::Dialect {
 public:
  SilentDialect() : Dialect("silent") {}

  std::string_view driver() const noexcept override { return "silent"; }
  bool suspends() const noexcept override { return true; }
  hark::ConnectArguments connect_arguments(const hark::URL& /*url*/) const override {
    return {};
  }
  std::unique_ptr<hark::dbapi::Connection> connect(
      const hark::ConnectArguments& /*arguments*/) override {
    return std::make_unique<Silent>();
  }
  std::string placeholder(std::size_t /*number*/) const override { return "?"; }
  bool is_disconnect(const hark::dbapi::Error& error) const noexcept override {
    return error.is_disconnect();
  }
  bool wants_one_connection(const hark::URL& /*url*/) const noexcept override {
    return false;
  }
  void set_isolation_level(hark::dbapi::Connection& /*connection*/,
                           std::string_view /*level*/) const override {}
  std::string_view default_isolation_level() const noexcept override { return ""; }
};

/// An engine without a database.
struct SilentEngine {
  explicit SilentEngine(std::size_t connections)
      : engine(context.get_executor(),
               "silent://",
               {},
               {.pool = {.pool_size = connections, .max_overflow = 0}}) {}

  asio::io_context context{1};
  const bool is_registered =
      hark::register_dialect("silent", []() -> std::shared_ptr<hark::Dialect> {
        return std::make_shared<SilentDialect>();
      });
  hark::AsyncEngine engine;
};

// -- who waits for a connection ---------------------------------------------------------

constexpr std::size_t waiter_count = 10'000;
constexpr std::size_t pool_size = 10;

std::size_t thread_count() {
  namespace fs = std::filesystem;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator()));
}

/// As many as want a connection at the same time, each of which gives it back at once.
class Waiters {
 public:
  explicit Waiters(SilentEngine& engine) : engine_(engine) {}

  /// What all that wait take, of the heap.
  std::size_t begin() {
    for (std::size_t i = 0; i < pool_size; ++i) begin_one(i);
    const std::size_t before = mallinfo2().uordblks;
    for (std::size_t i = pool_size; i < waiter_count; ++i) begin_one(i);
    return mallinfo2().uordblks - before;
  }
  void run() {
    engine_.context.restart();
    engine_.context.run();
    if (served_ != waiter_count || !is_in_order_)
      throw std::runtime_error("not all were served in their order");
  }

 private:
  void begin_one(std::size_t number) {
    engine_.engine.async_connect(
        [this, number](const std::exception_ptr& error, hark::AsyncConnection given) {
          const hark::AsyncConnection connection = std::move(given);
          is_in_order_ = is_in_order_ && error == nullptr && number == served_;
          ++served_;
        });
  }

  SilentEngine& engine_;
  std::size_t served_ = 0;
  bool is_in_order_ = true;
};

void wait_for_pool(benchmark::State& state) {
  SilentEngine engine(pool_size);
  const std::size_t threads = thread_count();
  std::size_t bytes = 0;
  std::size_t threads_waiting = 0;
  try {
    measure_each(state, waiter_count, [&] {
      Waiters waiters(engine);
      bytes = waiters.begin();
      threads_waiting = thread_count();
      waiters.run();
    });
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
  state.counters["bytes"] =
      static_cast<double>(bytes) / static_cast<double>(waiter_count - pool_size);
  state.counters["threads"] =
      static_cast<double>(threads_waiting) - static_cast<double>(threads);
}

// -- operations -------------------------------------------------------------------------

constexpr std::size_t in_a_row = 1'000;

/// What a coroutine pays for suspending itself at all.
void post(benchmark::State& state) {
  asio::io_context context{1};
  const auto post_all = [&]() -> asio::awaitable<std::uint64_t> {
    for (std::size_t i = 0; i < in_a_row; ++i)
      co_await asio::post(context, use_awaitable);
    co_return 0;
  };
  measure_each(state, in_a_row, [&] {
    sum_of_coroutines(context, 1, [&](std::size_t) { return post_all(); });
  });
}

/// An operation on a connection that has nothing to do.
void operate(benchmark::State& state) {
  SilentEngine engine(1);
  const auto operate_all = [&]() -> asio::awaitable<std::uint64_t> {
    hark::AsyncConnection connection =
        co_await engine.engine.async_connect(use_awaitable);
    for (std::size_t i = 0; i < in_a_row; ++i)
      co_await connection.async_run([](hark::Connection&) {}, use_awaitable);
    co_return 0;
  };
  measure_each(state, in_a_row, [&] {
    sum_of_coroutines(engine.context, 1, [&](std::size_t) { return operate_all(); });
  });
}

/// A connection of the pool, and back.
void check_out(benchmark::State& state) {
  SilentEngine engine(1);
  const auto check_all_out = [&]() -> asio::awaitable<std::uint64_t> {
    for (std::size_t i = 0; i < in_a_row; ++i)
      co_await engine.engine.async_connect(use_awaitable);
    co_return 0;
  };
  measure_each(state, in_a_row, [&] {
    sum_of_coroutines(engine.context, 1, [&](std::size_t) { return check_all_out(); });
  });
}

// -- fibers -----------------------------------------------------------------------------

/// Nothing waits by it.
class NoSuspender final : public hark::detail::Suspender {
 public:
  bool wait_for(int /*socket*/,
                Ready /*what*/,
                hark::detail::SocketWatchPtr& /*watch*/,
                const Deadline& /*deadline*/,
                hark::dbapi::Connection* /*interrupted*/) override {
    return false;
  }
  void run_elsewhere(hark::detail::WorkRef work,
                     hark::dbapi::Connection* /*interrupted*/) override {
    work();
  }
  bool park(const Deadline& /*deadline*/) override { return false; }
  void unpark() noexcept override {}
};

/// Into a fiber, and out again.
void switch_fibers(benchmark::State& state) {
  struct Loop {
    hark::detail::Fiber fiber{std::size_t{64} * 1024};
    bool is_over = false;
  } loop;
  NoSuspender suspender;
  loop.fiber.begin(
      suspender,
      [](void* given) noexcept {
        auto& self = *static_cast<Loop*>(given);
        while (!self.is_over) self.fiber.suspend();
      },
      &loop);
  measure_each(state, in_a_row, [&] {
    for (std::size_t i = 0; i < in_a_row; ++i) loop.fiber.resume();
  });
  loop.is_over = true;
  loop.fiber.resume();
}

// -- SQLite -----------------------------------------------------------------------------

constexpr std::size_t finds = 20;

void fill(hark::Connection& connection) {
  for (const std::string& sql : statements_that_fill(wanted_count))
    connection.exec_driver_sql(sql);
}

std::uint64_t find_one(hark::Connection& connection,
                       const hark::Clause& clause,
                       std::size_t turn) {
  return sum_of(*connection.execute(clause, {{"id", id_in_turn(turn)}}).first<Track>());
}

const hark::EngineOptions in_memory{.poolclass = hark::PoolClass::static_,
                                    .isolation_level = "AUTOCOMMIT"};

void find_by_threads(benchmark::State& state) {
  asio::io_context context{1};
  hark::AsyncEngine engine(context.get_executor(), "sqlite://", {}, in_memory);
  const hark::Clause find = hark::text(statements_that_find(":id").front());
  sum_of_coroutines(context, 1, [&](std::size_t) -> asio::awaitable<std::uint64_t> {
    co_await engine.async_run(fill, use_awaitable);
    co_return 0;
  });
  const auto find_all = [&]() -> asio::awaitable<std::uint64_t> {
    std::uint64_t sum = 0;
    hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
    for (std::size_t turn = 0; turn < finds; ++turn) {
      hark::AsyncResult result = co_await connection.async_execute(
          find, hark::parameters("id", id_in_turn(turn)), use_awaitable);
      sum += sum_of(*result.first<Track>());
    }
    co_return sum;
  };
  measure_each(state, finds, [&] {
    sum_of_coroutines(context, 1, [&](std::size_t) { return find_all(); });
  });
}

void find_here(benchmark::State& state) {
  hark::Engine engine(hark::URL("sqlite://"), in_memory);
  hark::Connection connection = engine.connect();
  fill(connection);
  const hark::Clause find = hark::text(statements_that_find(":id").front());
  measure_each(state, finds, [&] {
    std::uint64_t sum = 0;
    for (std::size_t turn = 0; turn < finds; ++turn)
      sum += find_one(connection, find, turn);
    benchmark::DoNotOptimize(sum);
  });
}

}  // namespace

void add_asio_rows(Rows& rows) {
  rows.add("asio", "switch", "into a fiber, and out").by("hark", switch_fibers);
  Row& operation = rows.add("asio", "operation", "that has nothing to do");
  operation.by("post", post)->UseRealTime();
  operation.by("hark", operate)->UseRealTime();
  rows.add("asio", "check_out", "a connection of the pool, and back")
      .by("hark", check_out)
      ->UseRealTime();
  rows.add("asio", "waiters", "10,000 want one of 10 connections")
      .by("hark", wait_for_pool)
      ->UseRealTime();
  Row& sqlite = rows.add("asio", "sqlite", "a track by its id");
  sqlite.by("hark", find_by_threads)->UseRealTime();
  sqlite.by("synchronous", find_here)->UseRealTime();
}

}  // namespace bench
