// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/fwd.hpp>

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace hark::event::detail {

/// A function of unknown signature; cast back by who knows the event.
using Invoke = void (*)();

/// What is the same for all listeners of one C++ type on one event.
struct ListenerType {
  Invoke active;                             // calls the callable
  Invoke idle;                               // the same signature, does nothing
  Listener* silence;                         // a listener that is always idle
  void (*destroy)(Listener&) noexcept;       // the callable alone
  void (*deallocate)(Listener*) noexcept;    // the rest
  const void* (*callable)(const Listener&);  // its address
  bool (*same)(const Listener&,
               const void*);                // as that callable? null: it has no identity
  std::size_t (*fingerprint)(const void*);  // of a callable; the same ones have the same
  const void* callable_type;                // compared before `same` is asked
  bool (*expired)(const Listener&) noexcept;  // null: nothing is tracked
  bool wrapped;  // what is called is not the user's own callable as it stands
  bool guarded;  // `active` asks admit()
};

/// How a listener is called: through which function, and counted where.
struct Route {
  Invoke function = nullptr;
  std::uint32_t counter = 0;  // of ThreadRecord::calls; 0 is nobody's
};

inline constexpr unsigned counter_bits = 17;

/// A Route that dispatches load while it is exchanged.
///
/// On x86-64, where the addresses of a process have 47 bits, both are in one word: what a
/// dispatch takes is mostly its loads.
class AtomicRoute {
 public:
#if defined(__x86_64__)
  [[gnu::always_inline]] Route load(std::memory_order order) const noexcept {
    const std::uint64_t word = word_.load(order);
    return {reinterpret_cast<Invoke>(word >> counter_bits),
            static_cast<std::uint32_t>(word & ((1U << counter_bits) - 1))};
  }
  void store(Route route, std::memory_order order) noexcept {
    const auto function = reinterpret_cast<std::uint64_t>(route.function);
    assert(function >> (64U - counter_bits) == 0 && route.counter >> counter_bits == 0);
    word_.store(function << counter_bits | route.counter, order);
  }

 private:
  std::atomic<std::uint64_t> word_{0};
#else
  [[gnu::always_inline]] Route load(std::memory_order order) const noexcept {
    const std::uint32_t counter = counter_.load(std::memory_order_relaxed);
    return {function_.load(order), counter};
  }
  void store(Route route, std::memory_order order) noexcept {
    counter_.store(route.counter, std::memory_order_relaxed);
    function_.store(route.function, order);
  }

 private:
  std::atomic<Invoke> function_{nullptr};
  std::atomic<std::uint32_t> counter_{0};
#endif
};

/// A registered listener as a dispatch sees it; the callable stands behind it.
///
/// A removal stores `idle` into `route`: one store, wherever the listener stands.
struct Listener {
  AtomicRoute route;
  std::atomic<std::uint32_t> references{1};  // registration, snapshots, handles
  const ListenerType* type = nullptr;
  ListenerControl* control = nullptr;
};

/// Several listeners of one event, in order. Entries are appended and never reused.
struct Snapshot {
  std::uint32_t capacity;
  std::atomic<std::uint32_t> size;
  Snapshot* next_retired = nullptr;  // of the reclaimer
  Listener** kept = nullptr;  // references to give up with it, up to a null pointer

  std::atomic<Listener*>* entries() noexcept {
    return reinterpret_cast<std::atomic<Listener*>*>(this + 1);
  }
  const std::atomic<Listener*>* entries() const noexcept {
    return reinterpret_cast<const std::atomic<Listener*>*>(this + 1);
  }
};

static_assert(sizeof(Snapshot) % alignof(std::atomic<Listener*>) == 0);

/// What a slot holds and a frame shows: nothing, the only Listener, or a Snapshot and 1.
using Shown = std::uintptr_t;

inline constexpr Shown shown_nothing = 1;  // a frame that is taken and shows nothing

inline Shown show(const Listener* only) noexcept { return reinterpret_cast<Shown>(only); }
inline Shown show(const Snapshot* several) noexcept {
  return reinterpret_cast<Shown>(several) + 1;
}
inline bool is_several(Shown shown) noexcept { return (shown & 1U) != 0; }
inline Listener* listener_of(Shown shown) noexcept {
  return reinterpret_cast<Listener*>(shown);
}
inline Snapshot* snapshot_of(Shown shown) noexcept {
  return reinterpret_cast<Snapshot*>(shown - 1);
}

/// Once and isolate, asked before the call: may this listener run now? Counts the call.
bool admit(Listener& listener) noexcept;

/// The exception in flight came from an isolated listener: counts, keeps and reports it.
/// False where the listener is not isolated and the exception is to travel on.
bool contain(Listener& listener) noexcept;

/// A tracked object is gone: the listener is taken out.
void expire(Listener& listener) noexcept;

}  // namespace hark::event::detail
