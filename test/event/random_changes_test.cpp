// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// What random changes leave behind, on classes and on objects, against a model that keeps
// plain lists and goes through all of them.

#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

/// A listener's number, and what the model knows of it.
struct Entry {
  int number = 0;
  bool propagate = false;
};
using Entries = std::vector<Entry>;

/// An object and what is registered on it.
struct Subject {
  std::unique_ptr<Widget> widget;
  bool is_gadget = false;
  Entries own;

  Gadget& gadget() const { return static_cast<Gadget&>(*widget); }
};

struct Registered {
  event::Subscription subscription;
  int number = 0;
  bool is_blocked = false;
  bool is_once = false;
  bool has_run = false;
};

class RandomChangesTest : public WidgetTest,
                          public ::testing::WithParamInterface<unsigned> {
 protected:
  ~RandomChangesTest() override {
    for (Registered& each : registered_) each.subscription.disconnect();
  }

  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }
  bool once_in(std::size_t times) { return below(times) == 0; }

  static void put(Entries& entries, Entry entry, bool in_front) {
    entries.insert(in_front ? entries.begin() : entries.end(), entry);
  }
  static void take(Entries& entries, int number) {
    std::erase_if(entries, [&](const Entry& entry) { return entry.number == number; });
  }

  void add_object() {
    Subject subject;
    subject.is_gadget = once_in(2);
    subject.widget =
        subject.is_gadget ? std::make_unique<Gadget>() : std::make_unique<Widget>();
    subjects_.push_back(std::move(subject));
  }

  void copy_object() {
    const Subject& source = subjects_[below(subjects_.size())];
    Subject copy;
    copy.is_gadget = source.is_gadget;
    copy.widget = source.is_gadget ? std::make_unique<Gadget>(source.gadget())
                                   : std::make_unique<Widget>(*source.widget);
    for (const Entry& entry : source.own) {
      if (entry.propagate) copy.own.push_back(entry);
    }
    subjects_.push_back(std::move(copy));
  }

  void destroy_object() {
    if (subjects_.size() < 2) return;
    subjects_.erase(subjects_.begin() +
                    static_cast<std::ptrdiff_t>(below(subjects_.size())));
  }

  void listen() {
    Registered made;
    made.number = ++last_number_;
    event::ListenOptions options{
        .propagate = once_in(2), .once = once_in(5), .insert = once_in(4)};
    made.is_once = options.once;
    const Entry entry{made.number, options.propagate};
    const bool in_front = options.insert;
    const auto note = log.note(std::to_string(made.number));
    const auto on = [&](auto& target) {
      made.subscription = event::listen(
          target, event::runtime_name("event_one"), note, std::move(options));
    };
    if (once_in(6)) {
      on(event::every<Widget>);
      put(of_widget_, entry, in_front);
      put(of_gadget_, entry, in_front);
    } else if (once_in(6)) {
      on(event::every<Gadget>);
      put(of_gadget_, entry, in_front);
    } else {
      Subject& subject = subjects_[below(subjects_.size())];
      on(*subject.widget);
      put(subject.own, entry, in_front);
    }
    registered_.push_back(std::move(made));
  }

  void disconnect() {
    if (registered_.empty()) return;
    const std::size_t index = below(registered_.size());
    const int number = registered_[index].number;
    registered_[index].subscription.disconnect();
    registered_.erase(registered_.begin() + static_cast<std::ptrdiff_t>(index));
    take(of_widget_, number);
    take(of_gadget_, number);
    for (Subject& subject : subjects_) take(subject.own, number);
  }

  void block_or_unblock() {
    if (registered_.empty()) return;
    Registered& one = registered_[below(registered_.size())];
    one.is_blocked = !one.is_blocked;
    one.is_blocked ? one.subscription.block() : one.subscription.unblock();
  }

  void change() {
    switch (below(8)) {
      case 0:
        return add_object();
      case 1:
        return copy_object();
      case 2:
        return destroy_object();
      case 3:
      case 4:
        return disconnect();
      case 5:
        return block_or_unblock();
      default:
        return listen();
    }
  }

  void append(std::string& calls, const Entries& entries) {
    for (const Entry& entry : entries) {
      const auto found =
          std::find_if(registered_.begin(), registered_.end(), [&](const auto& each) {
            return each.number == entry.number;
          });
      if (found->is_blocked || (found->is_once && found->has_run)) continue;
      found->has_run = true;
      if (!calls.empty()) calls += ' ';
      calls += std::to_string(entry.number);
    }
  }

  /// What a dispatch on `subject` calls, by the model.
  std::string expected(const Subject& subject) {
    std::string calls;
    append(calls, subject.is_gadget ? of_gadget_ : of_widget_);
    append(calls, subject.own);
    return calls;
  }

  std::vector<Subject> subjects_;

 private:
  std::mt19937 random_{GetParam()};
  Entries of_widget_;
  Entries of_gadget_;
  std::vector<Registered> registered_;
  int last_number_ = 0;
};

TEST_P(RandomChangesTest, LeaveWhatTheModelHas) {
  add_object();
  for (int step = 0; step < 1000; ++step) {
    change();
    for (const Subject& subject : subjects_) {
      const bool has_listeners = subject.widget->has_listeners<WidgetEvents::event_one>();
      const std::string calls = expected(subject);
      ASSERT_EQ(calls_of(*subject.widget), calls) << "step " << step;
      ASSERT_TRUE(calls.empty() || has_listeners) << "step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomChangesTest, ::testing::Range(0U, 20U));

}  // namespace
}  // namespace hark::test
