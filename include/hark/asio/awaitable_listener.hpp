// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/adapt.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <type_traits>
#include <utility>

/// Listeners that are awaited: they return a boost::asio::awaitable.
///
///     event::listen(engine, "before_cursor_execute",
///                   [](hark::Connection&, hark::dbapi::Cursor&, const std::string& statement)
///                       -> asio::awaitable<void> { co_await audit(statement); });
///
/// Such a listener runs on the connection's strand, and the operation goes on when it has
/// ended. Its arguments are references that are valid until then; what it returns is its
/// answer; what it throws leaves it as it leaves a synchronous one. Its callable, with what it
/// has captured, lives until it has ended, also where it is removed meanwhile. Where the
/// operation is cancelled it is, too, as the coroutines of Boost.Asio are; where that ends it,
/// the operation fails with CancelledError. One that has ended all the same lets it go on.
///
/// It is listened to on an AsyncEngine or AsyncConnection; on a Pool that fibers use; on a
/// class (`event::every<Engine>`) where there is an AsyncEngine. A thread that meets it, as one
/// does that uses the same pool synchronously, throws InvalidRequestError. So does who reads the
/// last of buffered rows, where it listens to result_end: no operation is under way then.
///
/// Requires: it waits for no other operation on its own connection, which would wait for its
/// turn behind this one. disconnect_and_wait() in a coroutine blocks the thread, and is for
/// threads that the listener does not need; on a fiber it suspends.
namespace hark::detail {

/// Suspends the fiber that runs here until `listener` has ended.
///
/// Throws: what it throws; CancelledError; InvalidRequestError where no fiber runs here.
void await_listener(boost::asio::awaitable<void> listener);

template <class T>
boost::asio::awaitable<void> keep_answer(boost::asio::awaitable<T> listener,
                                         std::optional<T>& answer) {
  answer.emplace(co_await std::move(listener));
}

}  // namespace hark::detail

namespace hark::event::detail {

template <class T>
struct listener_answer<boost::asio::awaitable<T>> {
  static constexpr bool is_awaited = true;
  using type = T;

  static T wait(boost::asio::awaitable<T> listener) {
    if constexpr (std::is_void_v<T>) {
      hark::detail::await_listener(std::move(listener));
    } else {
      std::optional<T> answer;
      hark::detail::await_listener(
          hark::detail::keep_answer(std::move(listener), answer));
      return std::move(*answer);
    }
  }
};

}  // namespace hark::event::detail
