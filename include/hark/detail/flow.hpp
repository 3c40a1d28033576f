// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>

namespace hark {
class PoolReservation;
}
namespace hark::dbapi {
class Connection;
}

/// What runs hark's code: a thread, or a fiber, which threads run in turn. A fiber does not
/// block its thread: it suspends itself, and the thread goes on with something else.
namespace hark::detail {

/// What the driver of a socket keeps with it for the flows that wait for it. To be destroyed
/// before the socket is closed.
class SocketWatch {
 public:
  SocketWatch() = default;
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;
  virtual ~SocketWatch() = default;
};
using SocketWatchPtr = std::unique_ptr<SocketWatch>;

/// A reference to a callable, for as long as a call takes.
class WorkRef {
 public:
  template <class Work>
  requires(!std::is_same_v<std::remove_cvref_t<Work>, WorkRef>)
      // NOLINTNEXTLINE(google-explicit-constructor, bugprone-forwarding-reference-overload)
      WorkRef(Work&& work)
  noexcept
      : work_(const_cast<void*>(static_cast<const void*>(&work))),
        call_([](void* called) {
          (*static_cast<std::remove_reference_t<Work>*>(called))();
        }) {}
  void operator()() const { call_(work_); }

 private:
  void* work_;
  void (*call_)(void*);
};

/// How a fiber waits. Its flow alone calls it, but for unpark().
///
/// Everything that waits throws dbapi::OperationalError with is_cancelled() where the flow
/// was cancelled and nobody could be told to make the wait short, or where it was abandoned:
/// nobody is there who would end the wait. Of one that was abandoned every wait throws.
class Suspender {
 public:
  using Clock = std::chrono::steady_clock;
  using Deadline = std::optional<Clock::time_point>;  ///< empty: as long as it takes
  enum class Ready : std::uint8_t { read = 1, write = 2, both = 3 };

  Suspender() = default;
  Suspender(const Suspender&) = delete;
  Suspender& operator=(const Suspender&) = delete;

  /// Suspends until the socket is ready for one of `what`; false: the deadline has come.
  ///
  /// `interrupted` is told to interrupt() where the flow is cancelled meanwhile, and the
  /// wait goes on, for the end that the database then sends. Null: the wait throws.
  virtual bool wait_for(int socket,
                        Ready what,
                        SocketWatchPtr& watch,
                        const Deadline& deadline,
                        dbapi::Connection* interrupted) = 0;

  /// Suspends while a thread that may block does `work`, and throws what it throws. It is
  /// always done to its end. `interrupted` as above; null: the work takes its time.
  virtual void run_elsewhere(WorkRef work, dbapi::Connection* interrupted) = 0;

  /// Suspends until unpark(), which may have come before; false: the deadline has come.
  virtual bool park(const Deadline& deadline) = 0;
  /// Thread safety: any thread.
  virtual void unpark() noexcept = 0;

  /// The database has ended something for a cancellation. One that was told to it, and that
  /// nothing was ended for, came too late or too early: the next wait is told again.
  virtual void note_cancelled() noexcept {}

  /// Does every wait throw from now on?
  virtual bool is_abandoned() const noexcept { return false; }

  /// The next checkout of that pool uses it. Null: there is none.
  PoolReservation* reservation = nullptr;

 protected:
  ~Suspender() = default;
};

/// Of the fiber that runs here; null: a thread does, and may block.
///
/// Not inlined: a function that suspends itself may go on on another thread.
[[gnu::hot]] Suspender* current_suspender() noexcept;

/// Has an engine of this process fibers among its users?
bool fibers_are_served() noexcept;
void note_fibers_are_served() noexcept;

/// What each flow has of its own: a thread in thread_local variables, and a fiber in an object
/// of this class, whose contents are exchanged with those variables while it runs.
class FlowState {
 public:
  FlowState() = default;
  FlowState(const FlowState&) = delete;
  FlowState& operator=(const FlowState&) = delete;
  virtual ~FlowState() = default;
  /// The fiber begins to run on this thread, and ceases to.
  virtual void enter() noexcept = 0;
  virtual void leave() noexcept = 0;
  /// The fiber begins another piece of work: nothing is left of the last one. `inherited` is
  /// what capture_inherited() gave; null: nothing.
  virtual void begin_work(const std::shared_ptr<void>& /*inherited*/) {}
};
using MakeFlowState = std::unique_ptr<FlowState> (*)();

/// Fibers made from now on have such a state. Throws: std::bad_alloc.
bool register_flow_state(MakeFlowState make);

/// What work that is begun here, and done by a fiber, is to know of it: the audit's Request.
/// Null: nothing. One module may set the function.
[[gnu::hot]] std::shared_ptr<void> capture_inherited() noexcept;
void set_capture_inherited(std::shared_ptr<void> (*capture)() noexcept) noexcept;

/// All the states of one fiber.
class FlowStates {
 public:
  FlowStates();
  FlowStates(const FlowStates&) = delete;
  FlowStates& operator=(const FlowStates&) = delete;
  ~FlowStates();

  /// The fiber, which waits by `suspender`, begins to run on this thread, and ceases to.
  [[gnu::hot]] void enter(Suspender* suspender) noexcept;
  [[gnu::hot]] void leave() noexcept;
  [[gnu::hot]] void begin_work(const std::shared_ptr<void>& inherited);

 private:
  static constexpr std::size_t most = 8;
  std::unique_ptr<FlowState> states_[most];
  Suspender* outside_ = nullptr;
};

}  // namespace hark::detail
