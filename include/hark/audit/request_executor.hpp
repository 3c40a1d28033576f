// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/request.hpp>
#include <hark/engine/fwd.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hark::audit {

namespace detail {

/// A request that is current where it is made so, and nowhere else. Where it is destroyed
/// before its end was told it is cancelled.
class Task {
 public:
  Task(Engine& engine, std::string_view name, const RequestOptions& options);
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task();

  void succeed() noexcept;
  void fail(const std::exception_ptr& error, bool is_cancelled) noexcept;
  const std::shared_ptr<RequestState>& request() const noexcept { return request_; }

 private:
  std::shared_ptr<RequestState> request_;  // null: no handler is in use
};

}  // namespace detail

/// An executor of Boost.Asio that makes a Request the current one while it runs what was
/// submitted through it, on whatever thread that is.
///
///     audit::RequestExecutor executor(pool.get_executor(), request);
///     asio::post(executor, [&] { place(order); });
///
/// A coroutine that is spawned on it has the Request wherever it is resumed. Properties are
/// those of the executor within.
///
/// Thread safety: distinct objects safe, shared objects safe.
/// Lifetime: it may outlive the Request, which is nobody's current one then.
template <class Executor>
class RequestExecutor {
 public:
  using inner_executor_type = Executor;

  RequestExecutor(Executor inner, const Request& request) noexcept
      : RequestExecutor(std::move(inner), request.state_) {}
  RequestExecutor(Executor inner, std::shared_ptr<detail::RequestState> request) noexcept
      : inner_(std::move(inner)), request_(std::move(request)) {}

  const Executor& inner_executor() const noexcept { return inner_; }

  template <class Property>
  requires boost::asio::can_query<const Executor&, Property>::value auto query(
      const Property& property) const
      noexcept(boost::asio::is_nothrow_query<const Executor&, Property>::value) ->
      typename boost::asio::query_result<const Executor&, Property>::type {
    return boost::asio::query(inner_, property);
  }

  template <class Property>
  requires boost::asio::can_require<const Executor&, Property>::value auto require(
      const Property& property) const {
    return around(boost::asio::require(inner_, property));
  }

  template <class Property>
  requires boost::asio::can_prefer<const Executor&, Property>::value auto prefer(
      const Property& property) const {
    return around(boost::asio::prefer(inner_, property));
  }

  template <class Function>
  void execute(Function&& function) const {
    inner_.execute(
        [request = request_,
         work = std::decay_t<Function>(std::forward<Function>(function))]() mutable {
          const detail::Resumed resumed(std::move(request));
          std::move(work)();
        });
  }

  friend bool operator==(const RequestExecutor& one,
                         const RequestExecutor& other) noexcept {
    return one.inner_ == other.inner_ && one.request_ == other.request_;
  }
  friend bool operator!=(const RequestExecutor& one,
                         const RequestExecutor& other) noexcept {
    return !(one == other);
  }

 private:
  template <class Inner>
  RequestExecutor<std::decay_t<Inner>> around(Inner&& inner) const {
    return {std::forward<Inner>(inner), request_};
  }

  Executor inner_;
  std::shared_ptr<detail::RequestState> request_;
};

namespace detail {

template <class T>
boost::asio::awaitable<T> run_in_request(Engine& engine,
                                         std::string name,
                                         boost::asio::awaitable<T> work,
                                         RequestOptions options) {
  namespace asio = boost::asio;
  Task task(engine, name, options);
  const asio::any_io_executor inner = co_await asio::this_coro::executor;
  std::exception_ptr failure;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await asio::co_spawn(
          RequestExecutor(inner, task.request()), std::move(work), asio::use_awaitable);
      task.succeed();
      co_return;
    } else {
      T result = co_await asio::co_spawn(
          RequestExecutor(inner, task.request()), std::move(work), asio::use_awaitable);
      task.succeed();
      co_return result;
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  task.fail(failure, state.cancelled() != asio::cancellation_type::none);
  std::rethrow_exception(failure);
}

}  // namespace detail

/// Runs a coroutine in a Request, wherever it is resumed.
///
///     co_await audit::in_request(engine, "checkout order 17", place(order));
///
/// The Request ends with Outcome::ok when it returns, with Outcome::error when an exception
/// ends it, which is thrown on, and with Outcome::cancelled when it is destroyed, or ends
/// because it was cancelled.
///
/// Requires: with g++ 12, `options` is a variable. It destroys an aggregate that is written
/// in braces within a co_await twice; hence no default argument here.
/// Lifetime: the engine is not needed after the first suspension.
template <class T>
boost::asio::awaitable<T> in_request(Engine& engine,
                                     std::string name,
                                     boost::asio::awaitable<T> work,
                                     const RequestOptions& options) {
  return detail::run_in_request(engine, std::move(name), std::move(work), options);
}
template <class T>
boost::asio::awaitable<T> in_request(Engine& engine,
                                     std::string name,
                                     boost::asio::awaitable<T> work) {
  return in_request(engine, std::move(name), std::move(work), RequestOptions());
}

/// The same for what makes the coroutine: it is called when the Request is current.
template <class Work>
requires std::invocable<Work>
auto in_request(Engine& engine,
                std::string name,
                Work work,
                const RequestOptions& options) -> std::invoke_result_t<Work> {
  using Made = std::invoke_result_t<Work>;
  // Its frame keeps the callable for as long as what it has made.
  const auto call = [](Work called) -> Made { co_return co_await called(); };
  return in_request(engine, std::move(name), call(std::move(work)), options);
}
template <class Work>
requires std::invocable<Work>
auto in_request(Engine& engine, std::string name, Work work)
    -> std::invoke_result_t<Work> {
  return in_request(engine, std::move(name), std::move(work), RequestOptions());
}

}  // namespace hark::audit
