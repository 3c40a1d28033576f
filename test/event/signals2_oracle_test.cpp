// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <boost/signals2/shared_connection_block.hpp>
#include <boost/signals2/signal.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/widgets.hpp"

/// Random scripts of listening, removing, blocking, throwing and nested dispatch, run on
/// a boost::signals2::signal and on a target of hark: both make the same calls in the
/// same order.
///
/// A script is a seed. What the n-th call of the k-th listener does follows from seed, k
/// and n alone, so that two runs stay alike as long as the calls do.
namespace hark::test {
namespace {

/// The three places on which a dispatch on a joined object looks for listeners, in its
/// order.
enum Level { of_class, own, of_parent };

class Numbers {
 public:
  Numbers(std::uint64_t seed, std::uint64_t listener, std::uint64_t call) noexcept
      : state_((seed * 1000003 + listener) * 1000003 + call) {}

  /// From 0 to `below` - 1, by splitmix64.
  std::size_t next(std::size_t below) noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return static_cast<std::size_t>((mixed ^ (mixed >> 31U)) % below);
  }

 private:
  std::uint64_t state_;
};

struct Thrown {};

/// boost::signals2: a group for each level.
class Signals2Bus {
 public:
  template <class Slot>
  void connect(Level level, bool in_front, Slot slot) {
    namespace bs2 = boost::signals2;
    connections_.push_back(
        signal_.connect(level, slot, in_front ? bs2::at_front : bs2::at_back));
    blocks_.push_back(
        std::make_unique<bs2::shared_connection_block>(connections_.back(), false));
  }
  void disconnect(std::size_t listener) { connections_[listener].disconnect(); }
  void block(std::size_t listener) { blocks_[listener]->block(); }
  void unblock(std::size_t listener) { blocks_[listener]->unblock(); }
  bool connected(std::size_t listener) const {
    return connections_[listener].connected();
  }
  void emit() { signal_(); }

 private:
  boost::signals2::signal<void()> signal_;
  std::vector<boost::signals2::connection> connections_;
  std::vector<std::unique_ptr<boost::signals2::shared_connection_block>> blocks_;
};

/// hark: a joined object, its class, its parent.
class HarkBus {
 public:
  HarkBus() { child_.join(parent_); }
  HarkBus(const HarkBus&) = delete;
  HarkBus& operator=(const HarkBus&) = delete;
  ~HarkBus() {
    for (event::Subscription& each : subscriptions_) each.disconnect();
  }

  template <class Slot>
  void connect(Level level, bool in_front, Slot slot) {
    subscriptions_.push_back(in_front ? listen(level, slot, event::insert)
                                      : listen(level, slot));
  }
  void disconnect(std::size_t listener) { subscriptions_[listener].disconnect(); }
  void block(std::size_t listener) { subscriptions_[listener].block(); }
  void unblock(std::size_t listener) { subscriptions_[listener].unblock(); }
  bool connected(std::size_t listener) const {
    return subscriptions_[listener].connected();
  }
  void emit() { child_.emit<LinkEvents::event_one>(1, 2); }

 private:
  template <class Slot, class... Options>
  event::Subscription listen(Level level, Slot slot, Options... options) {
    switch (level) {
      case of_class:
        return event::listen(event::every<Clasp>, "event_one", slot, options...);
      case own:
        return event::listen(child_, "event_one", slot, options...);
      default:
        return event::listen(parent_, "event_one", slot, options...);
    }
  }

  Link parent_;
  Clasp child_;
  std::vector<event::Subscription> subscriptions_;
};

/// Runs the script of a seed on a Bus and writes down what happened.
template <class Bus>
class Run {
 public:
  /// Listeners are spread over the first `levels` of {own, of_class, of_parent}.
  Run(std::uint64_t seed, std::size_t levels) : seed_(seed), levels_(levels) {
    Numbers numbers(seed_, top_level, 0);
    for (int i = 0; i < 4; ++i) connect(numbers);
    for (int i = 0; i < 4; ++i) {
      emit();
      act(numbers);
    }
    for (std::size_t i = 0; i < calls_.size(); ++i)
      trace_ += bus_.connected(i) ? '+' : '-';
  }

  const std::string& trace() const noexcept { return trace_; }

 private:
  static constexpr std::uint64_t top_level = 999;
  static constexpr std::size_t most_listeners = 40;
  static constexpr int deepest = 4;
  static constexpr int most_calls = 300;

  void connect(Numbers& numbers) {
    if (calls_.size() == most_listeners) return;
    constexpr Level order[] = {own, of_class, of_parent};
    const Level level = order[numbers.next(levels_)];
    const bool in_front = numbers.next(3) == 0;
    const std::size_t listener = calls_.size();
    calls_.push_back(0);
    bus_.connect(level, in_front, [this, listener] { called(listener); });
  }

  void emit() {
    if (depth_ == deepest || made_ >= most_calls) return;
    ++depth_;
    trace_ += '(';
    try {
      bus_.emit();
    } catch (const Thrown&) {
      trace_ += '!';
    }
    trace_ += ')';
    --depth_;
  }

  void called(std::size_t listener) {
    trace_ += ' ' + std::to_string(listener);
    ++made_;
    Numbers numbers(seed_, listener, calls_[listener]++);
    for (std::size_t actions = numbers.next(3); actions > 0; --actions) act(numbers);
    if (numbers.next(25) == 0) throw Thrown{};
  }

  void act(Numbers& numbers) {
    const std::size_t action = numbers.next(10);
    const std::size_t other = numbers.next(calls_.size());
    if (action < 3) {
      connect(numbers);
    } else if (action < 6) {
      bus_.disconnect(other);
    } else if (action < 7) {
      bus_.block(other);
    } else if (action < 8) {
      bus_.unblock(other);
    } else {
      emit();
    }
  }

  std::uint64_t seed_;
  std::size_t levels_;
  Bus bus_;
  std::string trace_;
  std::vector<std::uint64_t> calls_;  // by listener
  int depth_ = 0;
  int made_ = 0;
};

/// Compares the runs of the scripts; answers how many calls they made.
std::size_t expect_same_calls(std::size_t levels, std::uint64_t scripts) {
  std::size_t calls = 0;
  for (std::uint64_t seed = 0; seed < scripts; ++seed) {
    const Run<Signals2Bus> expected(seed, levels);
    const Run<HarkBus> actual(seed, levels);
    EXPECT_EQ(actual.trace(), expected.trace()) << "seed " << seed;
    if (actual.trace() != expected.trace()) break;
    for (const char each : actual.trace()) calls += each == ' ' ? 1 : 0;
  }
  return calls;
}

// Scripts whose listeners do nothing would prove nothing: a run makes ten calls on
// average.

TEST(Signals2OracleTest, OneLevelCallsAsASignalDoes) {
  EXPECT_GT(expect_same_calls(1, 1000), 10000U);
}

TEST(Signals2OracleTest, ClassAndObjectCallAsASignalWithTwoGroups) {
  EXPECT_GT(expect_same_calls(2, 1000), 10000U);
}

TEST(Signals2OracleTest, ClassObjectAndParentCallAsASignalWithThreeGroups) {
  EXPECT_GT(expect_same_calls(3, 1000), 10000U);
}

}  // namespace
}  // namespace hark::test
