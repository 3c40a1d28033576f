// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/access.hpp>
#include <hark/event/detail/reader.hpp>
#include <hark/event/detail/signature.hpp>
#include <hark/event/detail/snapshot.hpp>

#include <atomic>
#include <cstdint>
#include <tuple>
#include <type_traits>

/// The dispatch: from a slot to the calls.
namespace hark::event::detail {

/// Gives the thread's first frame back when the dispatch ends, however it ends.
struct Unshow {
  Unshow() noexcept = default;
  Unshow(const Unshow&) = delete;
  Unshow& operator=(const Unshow&) = delete;
  [[gnu::always_inline]] ~Unshow() {
    this_thread.first.shown.store(0, std::memory_order_release);
  }
};

/// A loop of a dozen instructions around a call runs a fifth slower where it straddles a
/// line.
[[gnu::always_inline]] inline void align_loop() noexcept {
#if defined(__x86_64__) && defined(__GNUC__)
  __asm__ volatile(".p2align 6");
#endif
}

/// Shows what is in `slot` on the thread's first frame. False: the frame is taken, or the
/// slot has just changed.
[[gnu::always_inline]] inline bool show_on_first_frame(const std::atomic<Shown>& slot,
                                                       Shown shown) noexcept {
  Frame& frame = this_thread.first;
  if (frame.shown.load(std::memory_order_relaxed) != 0) [[unlikely]]
    return false;
  frame.shown.store(shown, announce);
  light_fence();
  if (still_holds(slot, shown)) [[likely]]
    return true;
  frame.shown.store(0, std::memory_order_relaxed);
  return false;
}

/// The pinned levels of one dispatch, in order, as they were when it began.
class Pins {
 public:
  Pins() noexcept = default;
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;
  ~Pins() { unpin(first_); }

  void add(const std::atomic<Shown>& slot) {
    Frame* frame = pin(slot);
    if (frame == nullptr) return;
    (first_ == nullptr ? first_ : last_->next) = frame;
    last_ = frame;
  }
  Frame* first() const noexcept { return first_; }

 private:
  Frame* first_ = nullptr;
  Frame* last_ = nullptr;
};

/// The arguments of one call that shall change none of them: answers are given copies.
template <class Signature>
struct unshared;
template <class R, class... As>
struct unshared<R(As...)> {
  template <class A>
  using kept = std::conditional_t<is_answer<A>::value,
                                  std::remove_reference_t<typename argument<A>::pass>,
                                  typename argument<A>::pass>;
  using arguments = std::tuple<kept<As>...>;
};

/// Dispatches event E of Family.
template <class E, class Family, class Function = typename signature_of<E>::invoke>
struct Emitter;

template <class E, class Family, class R, class... Ps>
struct Emitter<E, Family, R (*)(Listener&, Ps...)> {
  static constexpr std::uint32_t index = table_of<Family>::template index_of<E>();

  /// Inlined are the usual cases: nobody listens, and somebody does on one level.
  [[gnu::always_inline]] static R emit(const Dispatcher<Family>& dispatcher,
                                       Ps... arguments) {
    const std::atomic<Shown>* slot = &Access::slot(dispatcher, index);
    Shown shown = slot->load(std::memory_order_relaxed);
    if constexpr (Family::joinable) {
      const Dispatcher<Family>* parent = Access::parent(dispatcher);
      if (parent != nullptr) {
        const std::atomic<Shown>* slot_there = &Access::slot(*parent, index);
        const Shown shown_there = slot_there->load(std::memory_order_relaxed);
        if ((shown != 0 && shown_there != 0) || Access::parent(*parent) != nullptr)
            [[unlikely]]
          return emit_pinned(dispatcher, arguments...);
        if (shown == 0) {
          slot = slot_there;
          shown = shown_there;
        }
      }
    }
    if (shown == 0) return R();
    if (!show_on_first_frame(*slot, shown)) [[unlikely]]
      return emit_pinned(dispatcher, arguments...);
    const Unshow unshow;
    if (is_several(shown)) [[unlikely]]
      return call_several(*snapshot_of(shown), arguments...);
    return call_only(*listener_of(shown), arguments...);
  }

  /// Calls every listener with the same arguments; what they answer is dropped.
  static void emit_to_all(const Dispatcher<Family>& dispatcher, Ps... arguments) {
    pin_and_call(dispatcher, [&](Listener& listener, Invoke function) {
      typename unshared<typename E::signature>::arguments copies{arguments...};
      std::apply(
          [&](auto&... each) { static_cast<void>(call(listener, function, each...)); },
          copies);
      return false;
    });
  }

 private:
  [[gnu::always_inline]] static R call(Listener& listener,
                                       Invoke function,
                                       Ps&... arguments) {
    return reinterpret_cast<R (*)(Listener&, Ps...)>(function)(listener, arguments...);
  }

  /// The one listener that this thread's first frame shows.
  [[gnu::always_inline]] static R call_only(Listener& listener, Ps&... arguments) {
    const Route route = listener.route.load(verify);
    count_call(this_thread.calls, route.counter);
    try {
      return call(listener, route.function, arguments...);
    } catch (...) {
      // Not `listener`: it would cost the usual case a register.
      note_failure(*listener_of(this_thread.first.shown.load(std::memory_order_relaxed)));
      throw;
    }
  }

  /// Walks a snapshot that `frame` shows, until `each` answers true.
  template <bool MayNeedFence, class Each>
  [[gnu::always_inline]] static bool walk(const Snapshot& snapshot,
                                          std::uint32_t size,
                                          Frame& frame,
                                          std::atomic<std::uint64_t>* const& calls,
                                          Each& each) {
    try {
      const std::atomic<Listener*>* entry = snapshot.entries();
      const std::atomic<Listener*>* const end = entry + size;
      align_loop();
      do {
        Listener* listener = entry->load(std::memory_order_acquire);
        frame.current.store(listener, announce);
        light_fence();
        if constexpr (MayNeedFence) heavy_fence_if_needed();
        const Route route = listener->route.load(verify);
        count_call(calls, route.counter);
        if (each(*listener, route.function)) return true;
      } while (++entry != end);
      if constexpr (MayNeedFence) frame.current.store(nullptr, std::memory_order_release);
    } catch (...) {
      note_failure(*frame.current.load(std::memory_order_relaxed));
      throw;
    }
    return false;
  }

  /// Several listeners, which this thread's first frame shows.
  [[gnu::always_inline]] static R call_several(const Snapshot& snapshot,
                                               Ps&... arguments) {
    const std::uint32_t size = snapshot.size.load(std::memory_order_acquire);
    if constexpr (E::kind == Kind::first) {
      R answer{};
      auto ask = [&](Listener& listener, Invoke function) {
        answer = call(listener, function, arguments...);
        return static_cast<bool>(answer);
      };
      walk<false>(snapshot, size, this_thread.first, this_thread.calls, ask);
      return answer;
    } else {
      auto tell = [&](Listener& listener, Invoke function) {
        call(listener, function, arguments...);
        return false;
      };
      walk<false>(snapshot, size, this_thread.first, this_thread.calls, tell);
    }
  }

  /// Every other case: several levels, a nested dispatch, a thread's first one.
  [[gnu::noinline]] static R emit_pinned(const Dispatcher<Family>& dispatcher,
                                         Ps... arguments) {
    if constexpr (E::kind == Kind::first) {
      R answer{};
      pin_and_call(dispatcher, [&](Listener& listener, Invoke function) {
        answer = call(listener, function, arguments...);
        return static_cast<bool>(answer);
      });
      return answer;
    } else {
      pin_and_call(dispatcher, [&](Listener& listener, Invoke function) {
        call(listener, function, arguments...);
        return false;
      });
    }
  }

  /// Pins all levels, and only then calls.
  template <class Each>
  static void pin_and_call(const Dispatcher<Family>& dispatcher, Each&& each) {
    Pins pins;
    for (const auto* level = &dispatcher; level != nullptr;
         level = Access::parent(*level)) {
      pins.add(Access::slot(*level, index));
    }
    for (Frame* frame = pins.first(); frame != nullptr; frame = frame->next) {
      if (call_frame(*frame, each)) return;
    }
  }

  template <class Each>
  static bool call_frame(Frame& frame, Each& each) {
    std::atomic<std::uint64_t>* const calls = calls_of(frame);
    const Shown shown = frame.shown.load(std::memory_order_relaxed);
    if (is_several(shown))
      return walk<true>(*snapshot_of(shown), frame.size, frame, calls, each);
    Listener& listener = *listener_of(shown);
    frame.current.store(&listener, announce);
    light_fence();
    heavy_fence_if_needed();
    const Route route = listener.route.load(verify);
    count_call(calls, route.counter);
    try {
      const bool answered = each(listener, route.function);
      frame.current.store(nullptr, std::memory_order_release);
      return answered;
    } catch (...) {
      note_failure(listener);
      throw;
    }
  }
};

}  // namespace hark::event::detail
