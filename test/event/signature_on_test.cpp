// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// An event whose listeners are called with their target as what it is.
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hark::test {
namespace {

class Part;

struct PartEvents : event::Events<PartEvents> {
  struct made : event::signal<"made", void(Part& part, int times)> {
    template <class Target>
    using signature_on = void(Target&, int);
  };
  using all = event::list<made>;
};

class Part : public event::Target<Part, PartEvents> {
 public:
  void make(int times) { emit<PartEvents::made>(*this, times); }
};
class Wheel : public event::Subclass<Wheel, Part> {
 public:
  int spokes = 32;
};
class Bell : public event::Subclass<Bell, Part> {};

std::vector<std::string> heard;

void on_wheel(Wheel& wheel, int times) {
  heard.push_back("wheel " + std::to_string(wheel.spokes) + " " + std::to_string(times));
}

class SignatureOnTest : public ::testing::Test {
 protected:
  SignatureOnTest() { heard.clear(); }

  Wheel wheel;
};

TEST_F(SignatureOnTest, ListenerOnObjectTakesItsClass) {
  event::listen(
      wheel, "made", [](Wheel& made) { heard.push_back(std::to_string(made.spokes)); });

  wheel.make(1);

  EXPECT_EQ(heard, std::vector<std::string>{"32"});
}

TEST_F(SignatureOnTest, ListenerOnClassTakesThatClass) {
  const event::ScopedSubscription on_class =
      event::listen(event::every<Wheel>, "made", [](Wheel&, int times) {
        heard.push_back("class " + std::to_string(times));
      });
  const event::ScopedSubscription on_base = event::listen(
      event::every<Part>, "made", [](Part&, int) { heard.emplace_back("base"); });
  Bell bell;

  wheel.make(2);
  bell.make(3);

  EXPECT_EQ(heard, (std::vector<std::string>{"class 2", "base", "base"}));
}

TEST_F(SignatureOnTest, EverySpellingSeesTheClass) {
  event::listen<PartEvents::made>(wheel, [](auto& made, auto...) {
    heard.push_back("typed " + std::to_string(made.spokes));
  });
  event::listen(wheel, event::runtime_name("made"), &on_wheel);
  event::listens_for(wheel, "made")([](Wheel&) { heard.emplace_back("decorated"); });

  wheel.make(1);

  EXPECT_EQ(heard, (std::vector<std::string>{"typed 32", "wheel 32 1", "decorated"}));
}

TEST_F(SignatureOnTest, FunctionsAreFoundAgain) {
  event::listen(wheel, "made", &on_wheel);
  event::listen(wheel, "made", &on_wheel);
  EXPECT_TRUE(event::contains(wheel, "made", &on_wheel));
  wheel.make(1);
  EXPECT_EQ(heard.size(), 1U);

  event::remove(wheel, "made", &on_wheel);
  wheel.make(1);

  EXPECT_EQ(heard.size(), 1U);
}

TEST_F(SignatureOnTest, OptionsHold) {
  event::listen(
      wheel, "made", [](Wheel&) { heard.emplace_back("once"); }, event::once);
  event::listen(
      wheel,
      "made",
      [](Wheel&) {
        heard.emplace_back("isolated");
        throw 1;
      },
      event::isolate);

  wheel.make(1);
  wheel.make(2);

  EXPECT_EQ(heard, (std::vector<std::string>{"once", "isolated", "isolated"}));
}

}  // namespace
}  // namespace hark::test
