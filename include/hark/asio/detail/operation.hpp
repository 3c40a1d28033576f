// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/fwd.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

/// From a completion token to work that is done on a fiber.
namespace hark::detail {

/// A piece of work in a session's queue, and who waits for it.
///
/// Exactly one of complete() and drop() ends its life.
class AsyncOperation {
 public:
  AsyncOperation(const AsyncOperation&) = delete;
  AsyncOperation& operator=(const AsyncOperation&) = delete;

  /// Does the work, on a fiber, and keeps what it returns or throws.
  virtual void act(AsyncSession& session) noexcept = 0;
  /// Sends what the work asks for before its turn, on the same fiber as the work. false: that
  /// is not to be, or not now.
  virtual bool send_ahead(AsyncSession& /*session*/) noexcept { return false; }
  /// Is what is done under way for the operation of that number, so that it is to be
  /// cancelled? One that carries others may end a waiting one by itself. On the strand.
  virtual bool is_done_for(std::uint64_t id) noexcept { return id == id_; }
  /// It is over, without the work.
  virtual void fail(std::exception_ptr failure) noexcept = 0;
  /// Tells who waits. `posts`: not before the function that began it has returned; else it
  /// throws what the handler throws.
  virtual void complete(bool posts) = 0;
  /// Nobody is to be told: the executor has gone.
  virtual void drop() noexcept = 0;

  /// By which it can be cancelled: unique in the process. 0: by nothing.
  std::uint64_t id() const noexcept { return id_; }
  /// Gives it one. Requires: it has not begun.
  std::uint64_t make_id() noexcept;

 protected:
  [[gnu::hot]] AsyncOperation() noexcept;
  virtual ~AsyncOperation() = default;

 private:
  friend class AsyncEngineState;
  friend class AsyncQueue;
  friend class AsyncStatements;
  friend class AsyncSession;
  AsyncOperation* next_ = nullptr;
  AsyncOpening* opening_ = nullptr;  // null: it opens no connection
  std::shared_ptr<void> inherited_;  // by capture_inherited()
  std::uint64_t id_ = 0;
  std::atomic<bool> is_sought_{false};  // to be cancelled, when its turn comes
};

/// An executor that keeps its context running.
template <class Executor>
using Tracking = std::decay_t<typename boost::asio::prefer_result<
    const Executor&,
    boost::asio::execution::outstanding_work_t::tracked_t>::type>;

using AsyncWork = Tracking<boost::asio::any_io_executor>;

/// The io_context of an executor; null: there is none, or it cannot be told.
template <class Executor>
[[gnu::hot]] boost::asio::io_context* io_context_of(const Executor& executor) noexcept {
  using Plain = boost::asio::io_context::executor_type;
  if constexpr (std::is_same_v<Executor, Plain> ||
                std::is_same_v<Executor, Tracking<Plain>>) {
    return &executor.context();
  } else if constexpr (std::is_same_v<Executor, boost::asio::any_io_executor>) {
    if (const auto* const plain = executor.template target<Plain>())
      return &plain->context();
    if (const auto* const tracking = executor.template target<Tracking<Plain>>())
      return &tracking->context();
  }
  return nullptr;
}

/// An executor, and its io_context, so that it is asked for that once.
class OwnersContext {
 public:
  explicit OwnersContext(boost::asio::any_io_executor executor) noexcept
      : executor_(std::move(executor)), io_(io_context_of(executor_)) {}

  const boost::asio::any_io_executor& executor() const noexcept { return executor_; }
  /// Null: there is none, or it cannot be told.
  boost::asio::io_context* io() const noexcept { return io_; }
  /// False where that cannot be told.
  bool runs_here() const noexcept {
    return io_ != nullptr && io_->get_executor().running_in_this_thread();
  }

 private:
  const boost::asio::any_io_executor executor_;
  boost::asio::io_context* const io_;
};

/// Who can be asked to cancel an operation.
class AsyncOwner {
 public:
  AsyncOwner() = default;
  AsyncOwner(const AsyncOwner&) = delete;
  AsyncOwner& operator=(const AsyncOwner&) = delete;
  virtual ~AsyncOwner() = default;

  /// Takes it over, and does it in its turn. Where it throws, the operation was dropped.
  ///
  /// Requires: the caller shares the owner until this returns, whatever the operation's end
  /// lets go of.
  /// Thread safety: any thread.
  virtual void start(AsyncOperation& operation) = 0;
  /// Without effect where it is over. Thread safety: any thread.
  virtual void cancel(std::uint64_t operation) noexcept = 0;
  /// On which handlers run that have no executor of their own.
  virtual const boost::asio::any_io_executor& executor() const noexcept = 0;
  /// What is to run until an operation has ended.
  virtual const OwnersContext& context() const noexcept = 0;
};

template <class R>
struct async_signature {
  using type = void(std::exception_ptr, R);
};
template <>
struct async_signature<void> {
  using type = void(std::exception_ptr);
};

/// A call whose memory comes from `allocator`. An allocator_binder would be dispatched twice,
/// for it might have an executor of its own.
template <class Allocator, class Call>
class AllocatedCall {
 public:
  using allocator_type = Allocator;

  AllocatedCall(const Allocator& allocator, Call&& call)
      : allocator_(allocator), call_(std::move(call)) {}
  allocator_type get_allocator() const noexcept { return allocator_; }
  void operator()() { call_(); }

 private:
  Allocator allocator_;
  Call call_;
};

/// The executor of a handler; it keeps its context running. An io_context's is kept as what it
/// is: any_io_executor calls through a table for all that it does, moving included.
template <class Executor>
class HandlersExecutor {
  using OfIoContext = Tracking<boost::asio::io_context::executor_type>;
  using Tracked = std::variant<OfIoContext, Tracking<Executor>>;

 public:
  explicit HandlersExecutor(const Executor& executor) : tracked_(track(executor)) {}

  /// Null: there is none, or it cannot be told.
  boost::asio::io_context* io() const noexcept {
    const auto* const of_io_context = std::get_if<0>(&tracked_);
    return of_io_context == nullptr ? nullptr : &of_io_context->context();
  }
  /// Does this thread run for it? False where that cannot be told.
  bool runs_here() const noexcept {
    const auto* const of_io_context = std::get_if<0>(&tracked_);
    return of_io_context != nullptr && of_io_context->running_in_this_thread();
  }
  /// Calls it there. `posts`: not before this returns.
  template <class Call>
  void call(Call&& call, bool posts) const {
    std::visit(
        [&](const auto& executor) {
          if (posts) {
            boost::asio::post(executor, std::forward<Call>(call));
          } else {
            boost::asio::dispatch(executor, std::forward<Call>(call));
          }
        },
        tracked_);
  }

 private:
  static Tracked track(const Executor& executor) {
    constexpr auto tracked = boost::asio::execution::outstanding_work.tracked;
    if (boost::asio::io_context* const io = io_context_of(executor))
      return Tracked(std::in_place_index<0>,
                     boost::asio::prefer(io->get_executor(), tracked));
    return Tracked(std::in_place_index<1>, boost::asio::prefer(executor, tracked));
  }

  Tracked tracked_;
};

/// `work(AsyncSession&)` returns an R; `handler` is called with it.
template <class R, class Handler, class Work>
class AsyncOperationOf final : public AsyncOperation {
  using Executor =
      boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
  // Without a choice of the handler's, the executor's thread keeps memory for the next one.
  using Allocator = typename std::allocator_traits<boost::asio::associated_allocator_t<
      Handler,
      boost::asio::recycling_allocator<void>>>::template rebind_alloc<AsyncOperationOf>;
  using Traits = std::allocator_traits<Allocator>;
  struct Nothing {};
  using Result = std::conditional_t<std::is_void_v<R>, Nothing, R>;
  /// What the work returns, where it is to be.
  struct Holder {
    Holder(Work& work, AsyncSession& session) : value(work(session)) {}
    Result value;
  };
  using Held = std::conditional_t<std::is_void_v<R>, Nothing, Holder>;

 public:
  template <class H, class W>
  AsyncOperationOf(H&& handler, W&& work, const AsyncOwner& owner)
      : handler_(std::forward<H>(handler)),
        work_(std::forward<W>(work)),
        executor_(boost::asio::get_associated_executor(handler_, owner.executor())),
        owners_work_(work_for(owner.context())) {}

  template <class H, class W>
  static AsyncOperationOf& make(H&& handler, W&& work, const AsyncOwner& owner) {
    Allocator allocator = allocator_of(handler);
    AsyncOperationOf* const memory = Traits::allocate(allocator, 1);
    try {
      return *new (static_cast<void*>(memory))
          AsyncOperationOf(std::forward<H>(handler), std::forward<W>(work), owner);
    } catch (...) {
      Traits::deallocate(allocator, memory, 1);
      throw;
    }
  }

  [[gnu::hot]] void act(AsyncSession& session) noexcept override {
    try {
      if constexpr (std::is_void_v<R>) {
        work_(session);
      } else {
        result_.emplace(work_, session);
      }
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  bool send_ahead([[maybe_unused]] AsyncSession& session) noexcept override {
    if constexpr (requires { work_.send_ahead(session); }) {
      return work_.send_ahead(session);
    } else {
      return false;
    }
  }

  void fail(std::exception_ptr failure) noexcept override {
    failure_ = std::move(failure);
  }

  [[gnu::hot]] void complete(bool posts) override {
    const HandlersExecutor<Executor> executor = std::move(executor_);
    const std::optional<AsyncWork> owners_work = std::move(owners_work_);
    if (!posts && executor.runs_here()) return tell();
    executor.call(AllocatedCall(boost::asio::get_associated_allocator(
                                    handler_, boost::asio::recycling_allocator<void>()),
                                Completion(*this)),
                  posts);
  }

  void drop() noexcept override {
    const Handler handler(std::move(handler_));
    destroy(handler);
  }

 private:
  /// What it came to, on its way to the handler's executor: not moved before it is there.
  class Completion {
   public:
    explicit Completion(AsyncOperationOf& of) noexcept : operation_(&of) {}
    Completion(Completion&& other) noexcept
        : operation_(std::exchange(other.operation_, nullptr)) {}
    Completion& operator=(Completion&&) = delete;
    ~Completion() {
      if (operation_ != nullptr) operation_->drop();
    }
    void operator()() { std::exchange(operation_, nullptr)->tell(); }

   private:
    AsyncOperationOf* operation_;
  };

  [[gnu::hot]] void tell() {
    Handler handler(std::move(handler_));
    std::exception_ptr failure = std::move(failure_);
    if constexpr (std::is_void_v<R>) {
      destroy(handler);
      leave_slot(handler);
      std::move(handler)(std::move(failure));
    } else {
      // A failed one has none.
      Result result = failure == nullptr ? std::move(result_->value) : Result();
      destroy(handler);
      leave_slot(handler);
      std::move(handler)(std::move(failure), std::move(result));
    }
  }

  /// Empty where the handler's executor keeps the context running.
  std::optional<AsyncWork> work_for(const OwnersContext& context) const {
    if (context.io() != nullptr && context.io() == executor_.io()) return {};
    return boost::asio::prefer(context.executor(),
                               boost::asio::execution::outstanding_work.tracked);
  }
  static Allocator allocator_of(const Handler& handler) noexcept {
    return Allocator(boost::asio::get_associated_allocator(
        handler, boost::asio::recycling_allocator<void>()));
  }
  void destroy(const Handler& handler) noexcept {
    Allocator allocator = allocator_of(handler);
    this->~AsyncOperationOf();
    Traits::deallocate(allocator, this, 1);
  }
  /// On the handler's executor: a slot is used by one thread at a time.
  static void leave_slot(const Handler& handler) noexcept {
    if constexpr (requires { handler.leave_slot(); }) {
      handler.leave_slot();
    } else if (auto slot = boost::asio::get_associated_cancellation_slot(handler);
               slot.is_connected()) {
      slot.clear();
    }
  }
  Handler handler_;
  Work work_;
  HandlersExecutor<Executor> executor_;
  std::optional<AsyncWork> owners_work_;
  std::optional<Held> result_;
  std::exception_ptr failure_;
};

/// Begins `work(AsyncSession&)`, which returns an R, with `owner`.
struct InitiateAsync {
  template <class Handler, class Owner, class Work, class R>
  void operator()(Handler&& handler,
                  std::shared_ptr<Owner> owner,
                  Work&& work,
                  std::type_identity<R>) const {
    using Operation = AsyncOperationOf<R, std::decay_t<Handler>, std::decay_t<Work>>;
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    Operation& operation =
        Operation::make(std::forward<Handler>(handler), std::forward<Work>(work), *owner);
    if (slot.is_connected()) {
      slot.assign([owner = std::weak_ptr<AsyncOwner>(owner),
                   id = operation.make_id()](boost::asio::cancellation_type type) {
        if (type == boost::asio::cancellation_type::none) return;
        if (const auto asked = owner.lock()) asked->cancel(id);
      });
    }
    owner->start(operation);
  }
};

/// Throws: ResourceClosedError: what would do it is closed, or was moved from.
[[noreturn]] void throw_nobody_to_do_it();

/// Requires: an R can be made of nothing: it is what a handler gets beside a failure.
template <class R, class Owner, class Work, class Token>
auto async_start(const std::shared_ptr<Owner>& owner, Work&& work, Token&& token) {
  if (owner == nullptr) throw_nobody_to_do_it();
  return boost::asio::async_initiate<Token, typename async_signature<R>::type>(
      InitiateAsync(), token, owner, std::forward<Work>(work), std::type_identity<R>());
}

}  // namespace hark::detail
