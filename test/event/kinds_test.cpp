// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::answer;

/// A value that counts its copies.
class Counted {
 public:
  explicit Counted(int* copies) noexcept : copies_(copies) {}
  Counted(const Counted& other) noexcept : copies_(other.copies_) { ++*copies_; }
  Counted(Counted&&) noexcept = default;
  Counted& operator=(const Counted& other) noexcept {
    copies_ = other.copies_;
    ++*copies_;
    return *this;
  }
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() = default;

 private:
  int* copies_;
};

/// What the listeners of `handled` answer with.
struct Ruling {
  std::string text;
  bool final = false;
};

using Sql = std::string;
using Params = std::vector<int>;

struct KindEvents : event::Events<KindEvents> {
  // chain
  struct written : event::chain<"written", void(answer<Sql> sql, answer<Params> params)> {
  };
  struct framed : event::chain<"framed", void(int before, answer<Sql> sql, int after)> {};
  struct counted : event::chain<"counted", void(answer<Counted> value)> {};
  struct handled : event::chain<"handled", void(Sql& text, bool& final)> {
    static void replace(Ruling ruling, Sql& text, bool& final) {
      text = std::move(ruling.text);
      final = ruling.final;
    }
  };
  // first
  struct asked : event::first<"asked", std::optional<int>(int x)> {};
  struct connected : event::first<"connected", std::shared_ptr<int>()> {};
  struct vetoed : event::first<"vetoed", bool()> {
    static constexpr bool accepts_retval = false;
  };
  using all = event::list<written, framed, counted, handled, asked, connected, vetoed>;
};
class Kinds : public event::Target<Kinds, KindEvents> {
 public:
  using Target::emit;
};

static_assert(WidgetEvents::event_one::kind == event::Kind::notify);
static_assert(WidgetEvents::chain::kind == event::Kind::chain);
static_assert(WidgetEvents::halt::kind == event::Kind::first);
static_assert(WidgetEvents::chain::id == "chain");

class ChainTest : public WidgetTest {
 protected:
  std::string emit_chain() {
    std::string value = "v";
    widget.emit<WidgetEvents::chain>(value);
    return value;
  }
  auto append(std::string text) {
    return [text = std::move(text)](const std::string& value) { return value + text; };
  }
  std::pair<Sql, Params> write() {
    Sql sql = "select";
    Params params{1};
    kinds.emit<KindEvents::written>(sql, params);
    return {sql, params};
  }

  Kinds kinds;
};

// -- chain ------------------------------------------------------------------------------

TEST_F(ChainTest, NobodyChangesNothing) { EXPECT_EQ(emit_chain(), "v"); }

TEST_F(ChainTest, AnswerReplacesTheArgument) {
  event::listen(widget, "chain", append("a"), event::retval);

  EXPECT_EQ(emit_chain(), "va");
}

TEST_F(ChainTest, NextListenerSeesTheAnswer) {
  event::listen(widget, "chain", append("a"), event::retval);
  event::listen(widget, "chain", append("b"), event::retval);

  EXPECT_EQ(emit_chain(), "vab");
}

TEST_F(ChainTest, ListenerWithoutRetvalSeesTheAnswerAndChangesNothing) {
  event::listen(widget, "chain", append("a"), event::retval);
  event::listen(widget, "chain", [this](const std::string& value) {
    log.add(value);
    return std::string("dropped");
  });
  event::listen(widget, "chain", append("b"), event::retval);

  EXPECT_EQ(emit_chain(), "vab");
  EXPECT_EQ(log.take(), "va");
}

TEST_F(ChainTest, AnswerOfTheClassIsSeenByTheObjectsOwn) {
  event::listen(widget, "chain", append("own"), event::retval);
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "chain", append("class"), event::retval);

  EXPECT_EQ(emit_chain(), "vclassown");
}

TEST_F(ChainTest, AnswerMayConvertToTheArgument) {
  event::listen(
      widget, "chain", [] { return "literal"; }, event::retval);

  EXPECT_EQ(emit_chain(), "literal");
}

TEST_F(ChainTest, EngagedOptionalReplacesTheArgument) {
  event::listen(
      widget,
      "chain",
      [](const std::string& value) { return std::optional<std::string>(value + "a"); },
      event::retval);

  EXPECT_EQ(emit_chain(), "va");
}

TEST_F(ChainTest, EmptyOptionalLeavesTheArgumentBe) {
  event::listen(
      widget,
      "chain",
      [](std::string) { return std::optional<std::string>(); },
      event::retval);

  EXPECT_EQ(emit_chain(), "v");
}

TEST_F(ChainTest, ExceptionKeepsTheAnswersBeforeIt) {
  event::listen(widget, "chain", append("a"), event::retval);
  event::listen(widget, "chain", [] { throw std::runtime_error("no"); });
  event::listen(widget, "chain", append("b"), event::retval);
  std::string value = "v";

  EXPECT_THROW(widget.emit<WidgetEvents::chain>(value), std::runtime_error);
  EXPECT_EQ(value, "va");
}

TEST_F(ChainTest, UnmarkedArgumentsStandAround) {
  event::listen(
      kinds,
      "framed",
      [](int before, const Sql& sql, int after) {
        return std::to_string(before) + sql + std::to_string(after);
      },
      event::retval);
  Sql sql = "select";

  kinds.emit<KindEvents::framed>(1, sql, 2);

  EXPECT_EQ(sql, "1select2");
}

// -- several answers --------------------------------------------------------------------

TEST_F(ChainTest, TupleReplacesSeveralArguments) {
  event::listen(
      kinds,
      "written",
      [](Sql sql, Params params) {
        params.push_back(2);
        return std::tuple(sql + "!", params);
      },
      event::retval);

  EXPECT_EQ(write(), std::pair(Sql("select!"), Params({1, 2})));
}

TEST_F(ChainTest, PairReplacesTwoArguments) {
  event::listen(
      kinds,
      "written",
      [](const Sql& sql) { return std::pair(sql + "!", Params{7}); },
      event::retval);

  EXPECT_EQ(write(), std::pair(Sql("select!"), Params({7})));
}

TEST_F(ChainTest, EmptyOptionalLeavesSeveralArgumentsBe) {
  event::listen(
      kinds,
      "written",
      [] { return std::optional<std::tuple<Sql, Params>>(); },
      event::retval);

  EXPECT_EQ(write(), std::pair(Sql("select"), Params({1})));
}

TEST_F(ChainTest, EngagedOptionalReplacesSeveralArguments) {
  event::listen(
      kinds,
      "written",
      [] { return std::optional(std::tuple(Sql("begin"), Params())); },
      event::retval);

  EXPECT_EQ(write(), std::pair(Sql("begin"), Params()));
}

// -- an event's own use of the answer ---------------------------------------------------

TEST_F(ChainTest, EventMayUseTheAnswerInItsOwnWay) {
  event::listen(
      kinds,
      "handled",
      [](const Sql& text) {
        return Ruling{text + "!", true};
      },
      event::retval);
  Sql text = "error";
  bool final = false;

  kinds.emit<KindEvents::handled>(text, final);

  EXPECT_EQ(text, "error!");
  EXPECT_TRUE(final);
}

TEST_F(ChainTest, EventsOwnUseOfTheAnswerMayBeDeclined) {
  event::listen(
      kinds, "handled", [] { return std::optional<Ruling>(); }, event::retval);
  Sql text = "error";
  bool final = false;

  kinds.emit<KindEvents::handled>(text, final);

  EXPECT_EQ(text, "error");
}

TEST_F(ChainTest, EventsOwnUseOfTheAnswerNeedsRetval) {
  event::listen(kinds, "handled", [] { return Ruling{"dropped", true}; });
  Sql text = "error";
  bool final = false;

  kinds.emit<KindEvents::handled>(text, final);

  EXPECT_EQ(text, "error");
}

// -- copies -----------------------------------------------------------------------------

TEST_F(ChainTest, AnswersAreMovedInAndOut) {
  int copies = 0;
  Counted value(&copies);
  event::listen(
      kinds, "counted", [](Counted given) { return given; }, event::retval);

  kinds.emit<KindEvents::counted>(value);

  EXPECT_EQ(copies, 0);
}

TEST_F(ChainTest, ListenersThatOnlyLookCopyNothing) {
  int copies = 0;
  Counted value(&copies);
  event::listen(kinds, "counted", [](const Counted&) {});
  event::listen<KindEvents::counted>(kinds, [](auto&&...) {});

  kinds.emit<KindEvents::counted>(value);

  EXPECT_EQ(copies, 0);
}

TEST_F(ChainTest, ListenerThatMayDeclineGetsACopy) {
  int copies = 0;
  Counted value(&copies);
  event::listen(
      kinds, "counted", [](Counted) { return std::optional<Counted>(); }, event::retval);

  kinds.emit<KindEvents::counted>(value);

  EXPECT_EQ(copies, 1);
}

// -- first ------------------------------------------------------------------------------

class FirstTest : public WidgetTest {
 protected:
  Kinds kinds;
};

TEST_F(FirstTest, NobodyAnswersNothing) {
  EXPECT_FALSE(widget.emit<WidgetEvents::halt>(1));
  EXPECT_EQ(kinds.emit<KindEvents::asked>(1), std::nullopt);
  EXPECT_EQ(kinds.emit<KindEvents::connected>(), nullptr);
}

TEST_F(FirstTest, AnswerEndsTheDispatch) {
  event::listen(widget, "halt", [this] {
    log.add("a");
    return true;
  });
  event::listen(widget, "halt", log.note("b"));

  EXPECT_TRUE(widget.emit<WidgetEvents::halt>(1));
  EXPECT_EQ(log.take(), "a");
}

TEST_F(FirstTest, EmptyAnswerLetsTheNextOneSpeak) {
  event::listen(kinds, "asked", [] { return std::optional<int>(); });
  event::listen(kinds, "asked", [](int x) { return std::optional<int>(x + 1); });
  event::listen(kinds, "asked", [] { return std::optional<int>(9); });

  EXPECT_EQ(kinds.emit<KindEvents::asked>(1), 2);
}

TEST_F(FirstTest, AllMayDecline) {
  event::listen(kinds, "asked", [] { return std::optional<int>(); });
  event::listen(kinds, "asked", [] { return std::optional<int>(); });

  EXPECT_EQ(kinds.emit<KindEvents::asked>(1), std::nullopt);
}

TEST_F(FirstTest, EngagedOptionalIsAnAnswerWhateverItHolds) {
  event::listen(kinds, "asked", [] { return std::optional<int>(0); });

  EXPECT_EQ(kinds.emit<KindEvents::asked>(1), 0);
}

TEST_F(FirstTest, PointerIsAnAnswer) {
  const auto connection = std::make_shared<int>(7);
  event::listen(kinds, "connected", [] { return std::shared_ptr<int>(); });
  event::listen(kinds, "connected", [&] { return connection; });

  EXPECT_EQ(kinds.emit<KindEvents::connected>(), connection);
}

TEST_F(FirstTest, AnswerMayConvertToTheResult) {
  event::listen(kinds, "asked", [](int x) { return x; });
  event::listen(kinds, "connected", [] { return std::make_unique<int>(7); });

  EXPECT_EQ(kinds.emit<KindEvents::asked>(3), 3);
  EXPECT_EQ(*kinds.emit<KindEvents::connected>(), 7);
}

TEST_F(FirstTest, ListenerThatReturnsNothingAnswersNothing) {
  event::listen(widget, "halt", log.note("a"));
  event::listen(widget, "halt", [] { return true; });

  EXPECT_TRUE(widget.emit<WidgetEvents::halt>(1));
  EXPECT_EQ(log.take(), "a");
}

TEST_F(FirstTest, AnswerOfTheClassComesFirst) {
  event::listen(kinds, "asked", [] { return std::optional<int>(1); });
  const event::ScopedSubscription of_class =
      event::listen(event::every<Kinds>, "asked", [] { return std::optional<int>(2); });

  EXPECT_EQ(kinds.emit<KindEvents::asked>(0), 2);
}

TEST_F(FirstTest, RetvalSaysWhatHoldsAnyway) {
  event::listen(
      widget, "halt", [] { return true; }, event::retval);

  EXPECT_TRUE(widget.emit<WidgetEvents::halt>(1));
}

TEST_F(FirstTest, AnswerCountsWhereRetvalIsRefused) {
  event::listen(kinds, "vetoed", [] { return true; });

  EXPECT_TRUE(kinds.emit<KindEvents::vetoed>());
}

TEST_F(FirstTest, AnswerOfASilencedListenerIsNone) {
  auto subscription = event::listen(widget, "halt", [] { return true; });
  event::listen(widget, "halt", log.note("a"));
  subscription.block();

  EXPECT_FALSE(widget.emit<WidgetEvents::halt>(1));
  EXPECT_EQ(log.take(), "a");
}

TEST_F(FirstTest, AnswerOfOnceCountsOnce) {
  event::listen(
      widget, "halt", [] { return true; }, event::once);

  EXPECT_TRUE(widget.emit<WidgetEvents::halt>(1));
  EXPECT_FALSE(widget.emit<WidgetEvents::halt>(1));
}

}  // namespace
}  // namespace hark::test
