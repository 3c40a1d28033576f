// SPDX-License-Identifier: MIT
#pragma once

#include <hark/event.hpp>

#include <benchmark/benchmark.h>
#include <boost/signals2/signal.hpp>
#ifdef HARK_BENCH_SIGCXX
#include <sigc++/signal.h>
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// What is measured: an event of ours, and the same with each rival, under one interface.
///
/// A subject has `name`, the contestant's; `add(listener)`, which returns the handle; and
/// `operator()`, which calls what was added.
namespace bench {

namespace event = hark::event;

/// What every emission passes: two objects by reference, and the sum that listeners add
/// to.
struct Arguments {
  int code = 1;
  std::string text = "SELECT 1";
  std::uint64_t sum = 0;
};

/// What a listener points to.
struct Adder {
  std::uint64_t amount = 1;
};

inline constexpr std::size_t most_listeners = 65;
inline std::array<Adder, most_listeners> adders;

/// The listener: it captures one pointer and does one addition.
inline auto adding(const Adder& adder) {
  return [captured = &adder](int&, const std::string&, std::uint64_t& sum) {
    sum += captured->amount;
  };
}

/// A listener that has identity; there are as many as anybody needs.
template <std::size_t I>
void add_one(int&, const std::string&, std::uint64_t& sum) {
  sum += I == 0 ? 1 : adders[I].amount;
}
using Pointer = void (*)(int&, const std::string&, std::uint64_t&);
inline const auto pointers = []<std::size_t... Is>(std::index_sequence<Is...>) {
  return std::array<Pointer, sizeof...(Is)>{&add_one<Is>...};
}
(std::make_index_sequence<most_listeners>{});

// -- ours -------------------------------------------------------------------------------

struct WorkEvents : event::Events<WorkEvents> {
  struct work : event::signal<"work", void(int&, const std::string&, std::uint64_t&)> {};
  using all = event::list<work>;
};

/// Ours. A Tag makes it another class, with class-level listeners of its own.
template <class Tag>
class Target : public event::Target<Target<Tag>, WorkEvents> {
 public:
  static constexpr const char* name = "ours";

  template <class F>
  event::Subscription add(F listener) {
    return event::listen(*this, "work", std::move(listener));
  }
  [[gnu::always_inline]] void operator()(int& code,
                                         const std::string& text,
                                         std::uint64_t& sum) const {
    this->template emit<WorkEvents::work>(code, text, sum);
  }
};
using Ours = Target<void>;

// -- the rivals -------------------------------------------------------------------------

/// No listeners that could change: as many calls of a function that is not inlined.
class Plain {
 public:
  static constexpr const char* name = "plain";

  explicit Plain(std::size_t calls = 0) : calls_(calls) {}
  [[gnu::always_inline]] void operator()(int& code,
                                         const std::string& text,
                                         std::uint64_t& sum) const {
    for (std::size_t i = 0; i < calls_; ++i) call(adders[i], code, text, sum);
  }

 private:
  [[gnu::noinline]] static void call(const Adder& adder,
                                     int& code,
                                     const std::string& text,
                                     std::uint64_t& sum) {
    adding(adder)(code, text, sum);
    asm volatile("");
  }

  std::size_t calls_;
};

/// One std::function, or none: the cheapest thing that can be exchanged at run time.
template <class Signature>
class FunctionOf {
 public:
  static constexpr const char* name = "function";

  class Connection {
   public:
    explicit Connection(FunctionOf& owner) : owner_(owner) {}
    void disconnect() noexcept { owner_.function_ = nullptr; }

   private:
    FunctionOf& owner_;
  };

  template <class F>
  Connection add(F listener) {
    function_ = std::move(listener);
    return Connection(*this);
  }
  template <class... Args>
  [[gnu::always_inline]] void operator()(Args&... arguments) const {
    if (function_) function_(arguments...);
  }

 private:
  std::function<Signature> function_;
};

/// A loop over std::vector<std::function>: no handles, no threads, no change while it
/// runs.
template <class Signature>
class FunctionsOf {
 public:
  static constexpr const char* name = "functions";

  /// Takes the last one out: whose it is, a vector cannot tell.
  class Connection {
   public:
    explicit Connection(FunctionsOf& owner) : owner_(owner) {}
    void disconnect() noexcept { owner_.all_.pop_back(); }

   private:
    FunctionsOf& owner_;
  };

  template <class F>
  Connection add(F listener) {
    all_.emplace_back(std::move(listener));
    return Connection(*this);
  }
  template <class... Args>
  [[gnu::always_inline]] void operator()(Args&... arguments) const {
    for (const auto& function : all_) function(arguments...);
  }

 protected:
  std::vector<std::function<Signature>> all_;
};

/// Boost.Signals2 as it comes, safe between threads.
template <class Signature>
class Signals2Of {
 public:
  static constexpr const char* name = "signals2";

  template <class F>
  boost::signals2::connection add(F listener) {
    return signal_.connect(std::move(listener));
  }
  template <class... Args>
  void operator()(Args&... arguments) const {
    signal_(arguments...);
  }

 private:
  boost::signals2::signal<Signature> signal_;
};

#ifdef HARK_BENCH_SIGCXX
/// libsigc++, for one thread.
template <class Signature>
class SigCxxOf {
 public:
  static constexpr const char* name = "sigcxx";

  template <class F>
  sigc::connection add(F listener) {
    return signal_.connect(std::move(listener));
  }
  template <class... Args>
  void operator()(Args&... arguments) const {
    signal_(arguments...);
  }

 private:
  sigc::signal<Signature> signal_;
};
#endif

using WorkSignature = void(int&, const std::string&, std::uint64_t&);
using Function = FunctionOf<WorkSignature>;
using Functions = FunctionsOf<WorkSignature>;
using Signals2 = Signals2Of<WorkSignature>;
#ifdef HARK_BENCH_SIGCXX
using SigCxx = SigCxxOf<WorkSignature>;
#endif

// -- together ---------------------------------------------------------------------------

/// Keeps the compiler from knowing what `subject` points to, and what it holds.
template <class Subject>
[[gnu::always_inline]] inline void forget(Subject*& subject) {
  asm volatile("" : "+r"(subject) : : "memory");
}

/// A subject with `count` listeners. Not inlined: nobody sees what it holds.
template <class Subject>
[[gnu::noinline]] void fill(Subject& subject, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    static_cast<void>(subject.add(adding(adders[i])));
}
[[gnu::noinline]] inline void fill(Plain& subject, std::size_t count) {
  subject = Plain(count);
}

inline constexpr std::size_t emissions_per_turn = 4;

/// Emits `turns` × 4 times. Where code happens to lie in the processor's lines of
/// instructions moves such short times by some percent: so there are several layouts, 16
/// bytes apart.
template <std::size_t Layout, class Subject, class... Args>
[[gnu::noinline]] void emissions(const Subject* subject,
                                 std::size_t turns,
                                 Args&... arguments) {
  if constexpr (Layout != 0) asm volatile(".skip %c0, 0x90" : : "i"(16 * Layout));
  for (std::size_t turn = 0; turn < turns; ++turn) {
    forget(subject);
    (*subject)(arguments...);
    forget(subject);
    (*subject)(arguments...);
    forget(subject);
    (*subject)(arguments...);
    forget(subject);
    (*subject)(arguments...);
  }
}

inline constexpr std::size_t layouts = 4;

/// Emits `turns` × 4 times in each layout.
template <class Subject, class... Args>
void emissions_in_all_layouts(const Subject& subject,
                              std::size_t turns,
                              Args&... arguments) {
  emissions<0>(&subject, turns, arguments...);
  emissions<1>(&subject, turns, arguments...);
  emissions<2>(&subject, turns, arguments...);
  emissions<3>(&subject, turns, arguments...);
}

/// Calls `visit` with a null pointer of each contestant's type, ours first.
template <class Visit>
void for_each_signal(Visit&& visit) {
  visit(static_cast<Ours*>(nullptr));
  visit(static_cast<Functions*>(nullptr));
  visit(static_cast<Signals2*>(nullptr));
#ifdef HARK_BENCH_SIGCXX
  visit(static_cast<SigCxx*>(nullptr));
#endif
}

}  // namespace bench
