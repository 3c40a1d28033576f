// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

class Session {};

/// Larger than what travels in registers.
struct Report {
  std::array<int, 16> numbers{};
};

struct CallEvents : event::Events<CallEvents> {
  struct opened
      : event::signal<"opened",
                      void(Session& session, const std::string& url, int port)> {
    struct arguments {
      Session& session;
      const std::string& url;
      int port;
    };
  };
  struct closed : event::signal<"closed", void(Session& session, int count)> {};
  struct reported : event::signal<"reported", void(Report report)> {};
  struct named : event::signal<"named", void(std::string name)> {};
  struct counted : event::signal<"counted", void(int count)> {};
  struct silent : event::signal<"silent", void()> {};
  struct written
      : event::chain<"written", void(Session& session, event::answer<std::string> text)> {
    struct arguments {
      Session& session;
      const std::string& text;
    };
  };
  using all = event::list<opened, closed, reported, named, counted, silent, written>;
};
class Caller : public event::Target<Caller, CallEvents> {
 public:
  using Target::emit;
};

class CallFormTest : public ::testing::Test {
 protected:
  void open() { caller.emit<CallEvents::opened>(session, url, 5432); }
  std::string write(std::string text) {
    caller.emit<CallEvents::written>(session, text);
    return text;
  }

  Session session;
  std::string url = "localhost";
  Caller caller;
};

/// What the functions below write to.
std::string heard;
void hear_all(Session&, const std::string& url, int port) {
  heard = url + ":" + std::to_string(port);
}
void hear_count(Session&, int count) { heard = std::to_string(count); }
void hear_some(Session&, const std::string& url) noexcept { heard = url; }

// -- positions --------------------------------------------------------------------------

TEST_F(CallFormTest, TakesAllArguments) {
  event::listen(caller, "opened", hear_all);

  open();

  EXPECT_EQ(heard, "localhost:5432");
}

TEST_F(CallFormTest, MayLeaveOutTrailingArguments) {
  event::listen(caller, "opened", hear_some);

  open();

  EXPECT_EQ(heard, "localhost");
}

TEST_F(CallFormTest, MayLeaveOutAllArguments) {
  int calls = 0;
  event::listen(caller, "opened", [&] { ++calls; });

  open();

  EXPECT_EQ(calls, 1);
}

TEST_F(CallFormTest, TakesAsManyAsItCan) {
  struct Overloaded {
    int* arguments;
    void operator()() const { *arguments = 0; }
    void operator()(Session&) const { *arguments = 1; }
    void operator()(Session&, const std::string&) const { *arguments = 2; }
  };
  int arguments = -1;
  event::listen(caller, "opened", Overloaded{&arguments});

  open();

  EXPECT_EQ(arguments, 2);
}

TEST_F(CallFormTest, DefaultArgumentIsOverridden) {
  int port = 0;
  event::listen(caller, "opened", [&](Session&, const std::string&, int given = 80) {
    port = given;
  });

  open();

  EXPECT_EQ(port, 5432);
}

TEST_F(CallFormTest, DefaultArgumentStandsBehindTheLastOne) {
  int extra = 0;
  event::listen(caller, "counted", [&](int, int given = 80) { extra = given; });

  caller.emit<CallEvents::counted>(1);

  EXPECT_EQ(extra, 80);
}

TEST_F(CallFormTest, PassesTheVeryObjectOfAReference) {
  const Session* seen_session = nullptr;
  const std::string* seen_url = nullptr;
  event::listen(caller, "opened", [&](Session& s, const std::string& u) {
    seen_session = &s;
    seen_url = &u;
  });

  open();

  EXPECT_EQ(seen_session, &session);
  EXPECT_EQ(seen_url, &url);
}

TEST_F(CallFormTest, PassesALargeValueWithoutACopy) {
  const Report report;
  const Report* seen = nullptr;
  event::listen(caller, "reported", [&](const Report& given) { seen = &given; });

  caller.emit<CallEvents::reported>(report);

  EXPECT_EQ(seen, &report);
}

TEST_F(CallFormTest, PassesAStringWithoutACopy) {
  const std::string name = "ada";
  const std::string* seen = nullptr;
  event::listen(caller, "named", [&](const std::string& given) { seen = &given; });

  caller.emit<CallEvents::named>(name);

  EXPECT_EQ(seen, &name);
}

TEST_F(CallFormTest, ListenersCannotChangeAValueForEachOther) {
  int seen = 0;
  event::listen(caller, "counted", [](int count) { ++count; });
  event::listen(caller, "counted", [&](int count) { seen = count; });

  caller.emit<CallEvents::counted>(1);

  EXPECT_EQ(seen, 1);
}

TEST_F(CallFormTest, ConvertsToWhatTheListenerTakes) {
  double seen = 0;
  event::listen(caller, "counted", [&](double count) { seen = count; });

  caller.emit<CallEvents::counted>(2);

  EXPECT_EQ(seen, 2.0);
}

TEST_F(CallFormTest, ConvertsWhatTheEmitterGives) {
  std::string seen;
  event::listen(caller, "named", [&](const std::string& name) { seen = name; });

  caller.emit<CallEvents::named>("ada");

  EXPECT_EQ(seen, "ada");
}

TEST_F(CallFormTest, EventMayHaveNoArguments) {
  int calls = 0;
  event::listen(caller, "silent", [&] { ++calls; });

  caller.emit<CallEvents::silent>();

  EXPECT_EQ(calls, 1);
}

TEST_F(CallFormTest, DropsTheAnswerOfAListenerThatIsTold) {
  int calls = 0;
  event::listen(caller, "silent", [&] { return std::make_unique<int>(++calls); });

  caller.emit<CallEvents::silent>();

  EXPECT_EQ(calls, 1);
}

// -- names ------------------------------------------------------------------------------

TEST_F(CallFormTest, TakesTheNamedForm) {
  const Session* seen = nullptr;
  event::listen(caller, "opened", [&](const CallEvents::opened::arguments& e) {
    seen = &e.session;
    heard = e.url + ":" + std::to_string(e.port);
  });

  open();

  EXPECT_EQ(seen, &session);
  EXPECT_EQ(heard, "localhost:5432");
}

TEST_F(CallFormTest, TakesTheNamedFormByValue) {
  event::listen(caller, "opened", [](CallEvents::opened::arguments e) { heard = e.url; });

  open();

  EXPECT_EQ(heard, "localhost");
}

TEST_F(CallFormTest, NamedFormGoesWithTheTypedSpelling) {
  int port = 0;
  event::listen<CallEvents::opened>(
      caller, [&](const CallEvents::opened::arguments& e) { port = e.port; });

  open();

  EXPECT_EQ(port, 5432);
}

TEST_F(CallFormTest, NamedFormGoesWithARunTimeName) {
  int port = 0;
  event::listen(caller,
                event::runtime_name("opened"),
                [&](const CallEvents::opened::arguments& e) { port = e.port; });

  open();

  EXPECT_EQ(port, 5432);
}

TEST_F(CallFormTest, NamedFormMayAnswer) {
  event::listen(
      caller,
      "written",
      [](const CallEvents::written::arguments& e) { return e.text + "!"; },
      event::retval);

  EXPECT_EQ(write("hello"), "hello!");
}

TEST_F(CallFormTest, NamedFormSeesTheAnswerBeforeIt) {
  event::listen(
      caller,
      "written",
      [](const CallEvents::written::arguments& e) { return e.text + "!"; },
      event::retval);
  event::listen(
      caller, "written", [](const CallEvents::written::arguments& e) { heard = e.text; });

  write("hello");

  EXPECT_EQ(heard, "hello!");
}

TEST_F(CallFormTest, PositionsArePreferredToNames) {
  struct Both {
    std::string* form;
    void operator()(Session&) const { *form = "positions"; }
    void operator()(const CallEvents::opened::arguments&) const { *form = "names"; }
  };
  std::string form;
  event::listen(caller, "opened", Both{&form});

  open();

  EXPECT_EQ(form, "positions");
}

// -- generic ----------------------------------------------------------------------------

TEST_F(CallFormTest, GenericListenerGetsAllArguments) {
  event::listen<CallEvents::opened>(caller,
                                    [&](auto& given, const auto& text, auto port) {
                                      EXPECT_EQ(&given, &session);
                                      heard = text + ":" + std::to_string(port);
                                    });

  open();

  EXPECT_EQ(heard, "localhost:5432");
}

TEST_F(CallFormTest, GenericListenerMayForwardTheArguments) {
  const auto listener = [](auto&&... each) {
    static_assert(std::is_same_v<void(decltype(each)...), void(Session&, int&&)>);
    hear_count(std::forward<decltype(each)>(each)...);
  };
  event::listen<CallEvents::closed>(caller, listener);

  caller.emit<CallEvents::closed>(session, 3);

  EXPECT_EQ(heard, "3");
}

TEST_F(CallFormTest, LeavingOutArgumentsGoesWithAnAnswer) {
  event::listen(
      caller, "written", [] { return std::string("fixed"); }, event::retval);

  EXPECT_EQ(write("hello"), "fixed");
}

}  // namespace
}  // namespace hark::test
