// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/detail/context.hpp>
#include <hark/audit/event.hpp>
#include <hark/audit/handler.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <type_traits>
#include <utility>

/// From handlers with contexts of their own types to the two kinds that a delivery knows.
namespace hark::audit::detail {

using boost::asio::awaitable;

/// A handler that returns when it is done.
class PlainHandler : public Handler {
 public:
  virtual ContextPtr call(const RequestStart& request) = 0;
  virtual ContextPtr call(const EventStart& event, Context* request) = 0;
  virtual void call(const EventEnd& event, Context* request, Context* event_context) = 0;
  virtual void call(const RequestEnd& end, Context* request) = 0;
  virtual void call_flush() = 0;

 private:
  PlainHandler* plain() noexcept final { return this; }
  AwaitableHandler* awaitable() noexcept final { return nullptr; }
};

/// A handler whose calls are coroutines.
class AwaitableHandler : public Handler {
 public:
  virtual boost::asio::awaitable<ContextPtr> call(const RequestStart& request) = 0;
  virtual boost::asio::awaitable<ContextPtr> call(const EventStart& event,
                                                  Context* request) = 0;
  virtual boost::asio::awaitable<void> call(const EventEnd& event,
                                            Context* request,
                                            Context* event_context) = 0;
  virtual boost::asio::awaitable<void> call(const RequestEnd& end, Context* request) = 0;
  virtual boost::asio::awaitable<void> call_flush() = 0;

 private:
  PlainHandler* plain() noexcept final { return nullptr; }
  AwaitableHandler* awaitable() noexcept final { return this; }
};

/// The parameters that a context is: none where it is void.
template <class... T>
struct Parameters {};
template <class T>
struct ReferenceOf : std::type_identity<Parameters<T&>> {};
template <>
struct ReferenceOf<void> : std::type_identity<Parameters<>> {};
template <class T>
struct ValueOf : std::type_identity<Parameters<T>> {};
template <>
struct ValueOf<void> : std::type_identity<Parameters<>> {};

template <class RequestContext,
          class EventContext,
          class RequestReference = typename ReferenceOf<RequestContext>::type,
          class RequestValue = typename ValueOf<RequestContext>::type,
          class EventValue = typename ValueOf<EventContext>::type>
class PlainCalls;

template <class RequestContext, class EventContext, class... R, class... RV, class... E>
class PlainCalls<RequestContext,
                 EventContext,
                 Parameters<R...>,
                 Parameters<RV...>,
                 Parameters<E...>> : public PlainHandler {
 public:
  virtual RequestContext request_start(const RequestStart& request) = 0;
  virtual EventContext event_start(const EventStart& event, R... request) = 0;
  virtual void event_end(const EventEnd& event, R... request, E... context) = 0;
  virtual void request_end(const RequestEnd& end, RV... request) = 0;
  /// Makes durable what it was told. Called at a flush and at the end.
  virtual void flush() {}

 private:
  ContextPtr call(const RequestStart& request) final {
    if constexpr (std::is_void_v<RequestContext>) {
      request_start(request);
      return nullptr;
    } else {
      return std::make_unique<Held<RequestContext>>(request_start(request));
    }
  }
  ContextPtr call(const EventStart& event, [[maybe_unused]] Context* request) final {
    if constexpr (std::is_void_v<EventContext>) {
      event_start(event, held<std::remove_reference_t<R>>(*request)...);
      return nullptr;
    } else {
      return std::make_unique<Held<EventContext>>(
          event_start(event, held<std::remove_reference_t<R>>(*request)...));
    }
  }
  void call(const EventEnd& event,
            [[maybe_unused]] Context* request,
            [[maybe_unused]] Context* event_context) final {
    event_end(event,
              held<std::remove_reference_t<R>>(*request)...,
              std::move(held<E>(*event_context))...);
  }
  void call(const RequestEnd& end, [[maybe_unused]] Context* request) final {
    request_end(end, std::move(held<RV>(*request))...);
  }
  void call_flush() final { flush(); }
};

template <class RequestContext,
          class EventContext,
          class RequestReference = typename ReferenceOf<RequestContext>::type,
          class RequestValue = typename ValueOf<RequestContext>::type,
          class EventValue = typename ValueOf<EventContext>::type>
class AwaitableCalls;

template <class RequestContext, class EventContext, class... R, class... RV, class... E>
class AwaitableCalls<RequestContext,
                     EventContext,
                     Parameters<R...>,
                     Parameters<RV...>,
                     Parameters<E...>> : public AwaitableHandler {
 public:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;

  virtual awaitable<RequestContext> request_start(const RequestStart& request) = 0;
  virtual awaitable<EventContext> event_start(const EventStart& event, R... request) = 0;
  virtual awaitable<void> event_end(const EventEnd& event,
                                    R... request,
                                    E... context) = 0;
  virtual awaitable<void> request_end(const RequestEnd& end, RV... request) = 0;
  /// Makes durable what it was told. Called at a flush and at the end.
  virtual awaitable<void> flush() { co_return; }

 private:
  awaitable<ContextPtr> call(const RequestStart& request) final {
    if constexpr (std::is_void_v<RequestContext>) {
      co_await request_start(request);
      co_return nullptr;
    } else {
      co_return std::make_unique<Held<RequestContext>>(co_await request_start(request));
    }
  }
  awaitable<ContextPtr> call(const EventStart& event,
                             [[maybe_unused]] Context* request) final {
    if constexpr (std::is_void_v<EventContext>) {
      co_await event_start(event, held<std::remove_reference_t<R>>(*request)...);
      co_return nullptr;
    } else {
      co_return std::make_unique<Held<EventContext>>(
          co_await event_start(event, held<std::remove_reference_t<R>>(*request)...));
    }
  }
  awaitable<void> call(const EventEnd& event,
                       [[maybe_unused]] Context* request,
                       [[maybe_unused]] Context* event_context) final {
    return event_end(event,
                     held<std::remove_reference_t<R>>(*request)...,
                     std::move(held<E>(*event_context))...);
  }
  awaitable<void> call(const RequestEnd& end, [[maybe_unused]] Context* request) final {
    return request_end(end, std::move(held<RV>(*request))...);
  }
  awaitable<void> call_flush() final { return flush(); }
};

}  // namespace hark::audit::detail
