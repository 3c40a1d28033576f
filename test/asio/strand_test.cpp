// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio/detail/strand.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace {
namespace strand_test {

namespace asio = boost::asio;
using hark::detail::Strand;
using hark::detail::StrandExecutor;

constexpr std::size_t thread_count = 4;
constexpr int per_thread = 5'000;

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// What comes from several threads runs on several others.
TEST(StrandTest, RunsOneAfterTheOtherWhatEachThreadBeginsInItsOrder) {
  std::array<std::vector<int>, thread_count> seen;  // by the strand alone
  {
    asio::thread_pool pool(thread_count);
    const auto strand = std::make_shared<Strand>(pool.get_executor());
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < thread_count; ++i) {
        threads.emplace_back([&, i] {
          for (int turn = 0; turn < per_thread; ++turn) {
            const auto note = [&, i, turn] {
              EXPECT_TRUE(strand->is_here());
              seen[i].push_back(turn);
            };
            turn % 2 == 0 ? strand->post(note) : strand->dispatch(note);
          }
        });
      }
    }
    pool.join();
    EXPECT_FALSE(strand->is_here());
  }
  for (const auto& each : seen) EXPECT_EQ(each, numbers(per_thread));
}

/// Threads step into it for as long as nobody else is in it.
TEST(StrandTest, ATurnIsOneThreads) {
  int turns = 0;  // by the strand alone
  int refused = 0;
  {
    asio::thread_pool pool(thread_count);
    const auto strand = std::make_shared<Strand>(pool.get_executor());
    for (std::size_t i = 0; i < thread_count; ++i) {
      asio::post(pool, [&, strand] {
        for (int turn = 0; turn < per_thread; ++turn) {
          if (const Strand::Turn mine(*strand); mine) {
            EXPECT_TRUE(Strand::Turn(*strand));  // it has it already
            EXPECT_TRUE(strand->is_here());
            ++turns;
          } else {
            strand->post([&] {
              ++turns;
              ++refused;
            });
          }
        }
      });
    }
    pool.join();
  }
  EXPECT_EQ(turns, static_cast<int>(thread_count) * per_thread);
}

TEST(StrandTest, DispatchedByItsOwnTaskItRunsAtOnceAndPostedLater) {
  asio::io_context context;
  const auto strand = std::make_shared<Strand>(context.get_executor());
  const asio::any_io_executor executor = StrandExecutor(strand, context.get_executor());
  std::vector<int> order;
  asio::post(executor, [&] {
    asio::post(executor, [&] { order.push_back(3); });
    asio::dispatch(executor, [&] { order.push_back(1); });
    order.push_back(2);
  });
  context.run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(StrandTest, WhatATaskThrowsLeavesTheOthersToTheNextRun) {
  asio::io_context context;
  const auto strand = std::make_shared<Strand>(context.get_executor());
  std::vector<int> order;
  strand->post([&] { order.push_back(1); });
  strand->post([] { throw std::runtime_error("it fails"); });
  strand->post([&] { order.push_back(2); });
  EXPECT_THROW(context.run(), std::runtime_error);
  EXPECT_EQ(order, std::vector{1});
  context.restart();
  context.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

/// Counts those of its kind that were destroyed without having been called.
class Noted {
 public:
  explicit Noted(int& dropped) noexcept : dropped_(&dropped) {}
  Noted(Noted&& other) noexcept : dropped_(std::exchange(other.dropped_, nullptr)) {}
  Noted& operator=(Noted&&) = delete;
  ~Noted() {
    if (dropped_ != nullptr) ++*dropped_;
  }
  void operator()() noexcept { dropped_ = nullptr; }

 private:
  int* dropped_;
};

TEST(StrandTest, WhereTheContextGoesWhatWaitsIsDestroyedUncalled) {
  int dropped = 0;
  auto context = std::make_unique<asio::io_context>();
  const auto strand = std::make_shared<Strand>(context->get_executor());
  strand->post(Noted(dropped));
  context->run();
  EXPECT_EQ(dropped, 0);
  strand->post(Noted(dropped));
  strand->dispatch(Noted(dropped));
  context.reset();
  EXPECT_EQ(dropped, 2);
  EXPECT_FALSE(strand->is_here());
}

/// A task lets go of the last of it.
TEST(StrandTest, MayEndInItsOwnTask) {
  asio::io_context context;
  auto strand = std::make_shared<Strand>(context.get_executor());
  const std::weak_ptr<Strand> watched = strand;
  strand->post([held = std::move(strand)]() mutable { held.reset(); });
  context.run();
  EXPECT_TRUE(watched.expired());
}

TEST(StrandTest, ItsExecutorKeepsTheContextRunningWhereThatIsWanted) {
  asio::io_context context;
  const auto strand = std::make_shared<Strand>(context.get_executor());
  const asio::any_io_executor executor = StrandExecutor(strand, context.get_executor());
  std::optional work(asio::make_work_guard(executor));
  EXPECT_EQ(context.poll(), 0U);
  EXPECT_FALSE(context.stopped());
  work.reset();
  EXPECT_EQ(context.poll(), 0U);
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(&asio::query(executor, asio::execution::context_as<asio::execution_context&>),
            &context);
  EXPECT_EQ(executor,
            asio::any_io_executor(StrandExecutor(strand, context.get_executor())));
  const auto other = std::make_shared<Strand>(context.get_executor());
  EXPECT_NE(executor,
            asio::any_io_executor(StrandExecutor(other, context.get_executor())));
}

}  // namespace strand_test
}  // namespace
