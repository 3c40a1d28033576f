// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event.hpp>

#include <memory>
#include <string>
#include <string_view>

/// What the files of this folder listen on, well and badly.
namespace event = hark::event;

class Connection {};
class Pool;

struct PoolEvents : event::Events<PoolEvents> {
  struct connect : event::signal<"connect", void(Connection& connection)> {};
  struct checkout : event::signal<"checkout", void(Connection& connection, int attempt)> {
    struct arguments {
      Connection& connection;
      int attempt;
    };
  };
  struct before_execute
      : event::chain<"before_execute", void(event::answer<std::string> sql)> {};
  struct do_connect : event::first<"do_connect", std::shared_ptr<Connection>()> {};
  struct do_close : event::first<"do_close", bool()> {
    static constexpr bool accepts_retval = false;
  };
  struct made : event::signal<"_hark_event_made", void()> {};
  using all = event::list<connect, checkout, before_execute, do_connect, do_close, made>;
};

/// What no Pool emits.
struct TableEvents : event::Events<TableEvents> {
  struct created : event::signal<"created", void()> {};
  using all = event::list<created>;
};

class Pool : public event::Target<Pool, PoolEvents> {
 public:
  using Target::emit;
  using Target::has_listeners;
};
class QueuePool : public event::Subclass<QueuePool, Pool> {};
class PlainPool : public Pool {};
class Table : public event::Target<Table, TableEvents> {
 public:
  using Target::emit;
};

/// No event target.
class Unrelated {};

/// A listener that has identity, and one that has none.
inline void on_connect(Connection&) {}
inline void on_checkout(Connection&, int) {}
inline const auto on_any = [unused = 0](Connection&) { static_cast<void>(unused); };
