// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

/// The families and classes on which the tests of hark::event listen, and the log of the
/// calls.
namespace hark::test {

class Widget;
class Holder;

/// An event of each kind, one that is deprecated, and one that is internal.
struct WidgetEvents : event::Events<WidgetEvents> {
  struct event_one : event::signal<"event_one", void(int x, int y)> {
    struct arguments {
      int x;
      int y;
    };
  };
  struct event_two : event::signal<"event_two", void(int x)> {};
  struct chain : event::chain<"chain", void(event::answer<std::string> value)> {};
  struct halt : event::first<"halt", bool(int x)> {};
  struct event_old : event::signal<"event_old", void(int x)> {
    static constexpr std::string_view deprecated = "listen to event_two";
  };
  struct made : event::signal<"_hark_event_made", void(int x)> {};
  using all = event::list<event_one, event_two, chain, halt, event_old, made>;

  static Widget& accept_with(Holder& holder);
  using class_targets = event::resolves<event::to<Holder, Widget>>;
};

/// What a target keeps to itself is public here, for the tests to call.
class Widget : public event::Target<Widget, WidgetEvents> {
 public:
  using Target::emit;
  using Target::exec_once;
  using Target::exec_once_unless_exception;
  using Target::exec_sync_on_first_run;
  using Target::has_listeners;
  using Target::listener_count;
  using Target::update_listeners;
};

/// Widget ← Gadget ← Gizmo, and Widget ← Gear.
class Gadget : public event::Subclass<Gadget, Widget> {
 public:
  using Subclass::emit;
  using Subclass::exec_once;
  using Subclass::exec_once_unless_exception;
  using Subclass::exec_sync_on_first_run;
  using Subclass::has_listeners;
  using Subclass::listener_count;
  using Subclass::update_listeners;
};
class Gizmo : public event::Subclass<Gizmo, Gadget> {
 public:
  using Subclass::emit;
  using Subclass::exec_once;
  using Subclass::exec_once_unless_exception;
  using Subclass::exec_sync_on_first_run;
  using Subclass::has_listeners;
  using Subclass::listener_count;
  using Subclass::update_listeners;
};
class Gear : public event::Subclass<Gear, Widget> {
 public:
  using Subclass::emit;
  using Subclass::exec_once;
  using Subclass::exec_once_unless_exception;
  using Subclass::exec_sync_on_first_run;
  using Subclass::has_listeners;
  using Subclass::listener_count;
  using Subclass::update_listeners;
};

/// Stands for its Widget, as an Engine does for its Pool.
class Holder {
 public:
  using event_families = event::families<WidgetEvents>;
  explicit Holder(Widget& widget) noexcept : widget_(widget) {}
  Widget& widget() const noexcept { return widget_; }

 private:
  Widget& widget_;
};

inline Widget& WidgetEvents::accept_with(Holder& holder) { return holder.widget(); }

/// A family whose objects can be joined to a parent.
struct LinkEvents : event::Events<LinkEvents> {
  static constexpr bool joinable = true;

  struct event_one : event::signal<"event_one", void(int x, int y)> {};
  struct chain : event::chain<"chain", void(event::answer<std::string> value)> {};
  struct halt : event::first<"halt", bool(int x)> {};
  using all = event::list<event_one, chain, halt>;
};
class Link : public event::Target<Link, LinkEvents> {
 public:
  using Target::emit;
  using Target::exec_once;
  using Target::has_listeners;
  using Target::join;
  using Target::listener_count;
  using Target::update_listeners;
};
class Clasp : public event::Subclass<Clasp, Link> {
 public:
  using Subclass::emit;
  using Subclass::exec_once;
  using Subclass::has_listeners;
  using Subclass::join;
  using Subclass::listener_count;
  using Subclass::update_listeners;
};

/// What was called, in order. Not for several threads at once.
class Log {
 public:
  void add(std::string_view entry) {
    if (!text_.empty()) text_ += ' ';
    text_ += entry;
  }

  /// What was added since the last call: "a b c".
  std::string take() { return std::exchange(text_, {}); }

  /// A listener for any event that returns nothing and has no identity: adds `entry`.
  auto note(std::string_view entry) {
    return [this, text = std::string(entry)] { add(text); };
  }

 private:
  std::string text_;
};

/// A listener for any event that has identity: two are one when they add the same to the
/// same log.
struct Note {
  Log* log;
  std::string entry;

  void operator()() const { log->add(entry); }
  friend bool operator==(const Note&, const Note&) = default;
};

/// The fixture of most tests: one object, one log.
class WidgetTest : public ::testing::Test {
 protected:
  using Events = WidgetEvents;

  /// Emits event_one on `target`: what its listeners added to the log.
  std::string calls_of(const Widget& target) {
    log.take();
    target.emit<WidgetEvents::event_one>(1, 2);
    return log.take();
  }
  std::string calls_of(const Link& target) {
    log.take();
    target.emit<LinkEvents::event_one>(1, 2);
    return log.take();
  }

  Log log;
  Widget widget;
};

}  // namespace hark::test
