// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event.hpp>

#include <nlohmann/json.hpp>

#include <memory>
#include <utility>

/// The family and the classes of the scenarios of kind `core`: see FORMAT.md.
namespace hark::conformance {

using Json = nlohmann::json;

class Widget;
class Holder;

struct WidgetEvents : event::Events<WidgetEvents> {
  static constexpr bool joinable = true;

  struct event_one : event::signal<"event_one", void(const Json& x, const Json& y)> {
    struct arguments {
      const Json& x;
      const Json& y;
    };
  };
  struct event_two : event::signal<"event_two", void(const Json& x)> {
    struct arguments {
      const Json& x;
    };
  };
  struct chain : event::chain<"chain", void(event::answer<Json> value)> {
    struct arguments {
      const Json& value;
    };
  };
  struct halt : event::first<"halt", bool(const Json& x)> {
    static constexpr bool accepts_retval = false;
    struct arguments {
      const Json& x;
    };
  };
  using all = event::list<event_one, event_two, chain, halt>;

  static Widget& accept_with(Holder& holder);
  using class_targets = event::resolves<event::to<Holder, Widget>>;
};

/// What the scenarios dispatch is public here.
class Widget : public event::Target<Widget, WidgetEvents> {
 public:
  virtual ~Widget() = default;

  using Target::emit;
  using Target::exec_once;
  using Target::exec_once_unless_exception;
  using Target::join;
  using Target::listener_count;
  using Target::update_listeners;
};
class Gadget : public event::Subclass<Gadget, Widget> {};
class Gizmo : public event::Subclass<Gizmo, Gadget> {};
class Gear : public event::Subclass<Gear, Widget> {};

class Holder {
 public:
  using event_families = event::families<WidgetEvents>;
  explicit Holder(std::shared_ptr<Widget> widget) : widget_(std::move(widget)) {}
  Widget& widget() const noexcept { return *widget_; }

 private:
  std::shared_ptr<Widget> widget_;
};

inline Widget& WidgetEvents::accept_with(Holder& holder) { return holder.widget(); }

/// No rule of the family accepts it.
class Unrelated {};

}  // namespace hark::conformance
