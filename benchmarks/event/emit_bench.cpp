// SPDX-License-Identifier: MIT

// Dispatching an event. Where a rival is missing from a row it has no such thing: a plain
// call and one std::function have one listener at most, which cannot come and go beside
// others, and nobody's signal hands a listener's answer to the next. Only hark has
// class-level listeners: the rivals have as many listeners there of the only kind that
// they know.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "event/benchmarks.hpp"
#include "support/instructions.hpp"
#include "support/subjects.hpp"

namespace bench {
namespace {

void check_sum(benchmark::State& state, std::uint64_t sum, std::size_t additions) {
  if (sum != additions * static_cast<std::uint64_t>(state.iterations())) {
    state.SkipWithError("a listener was not called, or too often");
  }
}

constexpr std::size_t turns = 16;
constexpr std::size_t batch = layouts * turns * emissions_per_turn;

/// Emits until the harness has enough, and checks that every listener was called every
/// time.
template <class Subject>
void measure(benchmark::State& state, const Subject& subject, std::size_t additions) {
  Arguments arguments;
  while (state.KeepRunningBatch(batch)) {
    emissions_in_all_layouts(
        subject, turns, arguments.code, arguments.text, arguments.sum);
  }
  check_sum(state, arguments.sum, additions);
}

template <class Subject>
void add_emission(Row& row, std::size_t listeners) {
  row.by(Subject::name, [listeners](benchmark::State& state) {
    const auto subject = std::make_unique<Subject>();
    fill(*subject, listeners);
    measure(state, *subject, listeners);
  });
}

void add_rivals(Row& row, std::size_t listeners) {
  add_emission<Plain>(row, listeners);
  if (listeners <= 1) add_emission<Function>(row, listeners);
  for_each_signal([&]<class Subject>(Subject*) {
    if constexpr (!std::is_same_v<Subject, Ours>) add_emission<Subject>(row, listeners);
  });
}

std::string listener_count(std::size_t listeners) {
  return std::to_string(listeners) + (listeners == 1 ? "_listener" : "_listeners");
}

void add_counts(Rows& rows) {
  for (const std::size_t listeners : {0U, 1U, 2U, 4U, 8U, 16U, 64U}) {
    Row& row = rows.add(
        "emit", listener_count(listeners), "one dispatch, each listener adds a number");
    add_emission<Ours>(row, listeners);
    add_rivals(row, listeners);
  }
}

// -- other ways to have listeners -------------------------------------------------------

struct OnClass;

void add_class_level(Rows& rows) {
  const auto listen_on_class = [] {
    static const auto once =
        event::listen(event::every<Target<OnClass>>, "work", adding(adders[0]));
  };
  Row& on_class =
      rows.add("emit", "class_listener", "the listener is registered on the class");
  on_class.by("ours", [=](benchmark::State& state) {
    listen_on_class();
    const auto subject = std::make_unique<Target<OnClass>>();
    measure(state, *subject, 1);
  });
  add_rivals(on_class, 1);
  Row& both =
      rows.add("emit", "class_and_own_listener", "one on the class, one on the object");
  both.by("ours", [=](benchmark::State& state) {
    listen_on_class();
    const auto subject = std::make_unique<Target<OnClass>>();
    fill(*subject, 1);
    measure(state, *subject, 2);
  });
  add_rivals(both, 2);
}

template <class Subject>
void add_nested(Row& row) {
  row.by(Subject::name, [](benchmark::State& state) {
    const auto inner = std::make_unique<Subject>();
    const auto outer = std::make_unique<Subject>();
    fill(*inner, 1);
    static_cast<void>(outer->add(
        [captured = inner.get()](int& code, const std::string& text, std::uint64_t& sum) {
          (*captured)(code, text, sum);
        }));
    measure(state, *outer, 1);
  });
}

void add_nested(Rows& rows) {
  Row& row = rows.add("emit", "nested", "the listener dispatches another object's event");
  for_each_signal([&]<class Subject>(Subject*) { add_nested<Subject>(row); });
  add_nested<Function>(row);
}

template <class Subject>
void add_after_others(Row& row) {
  row.by(Subject::name, [](benchmark::State& state) {
    const auto subject = std::make_unique<Subject>();
    fill(*subject, 1);
    for (int i = 0; i < 100; ++i) subject->add(adding(adders[1])).disconnect();
    measure(state, *subject, 1);
  });
}

void add_after_others(Rows& rows) {
  Row& row =
      rows.add("emit", "1_listener_others_left", "100 others have come and gone before");
  for_each_signal([&]<class Subject>(Subject*) { add_after_others<Subject>(row); });
}

// -- instructions -----------------------------------------------------------------------

/// What the loop costs without an event.
struct Nothing {
  template <class... Args>
  void operator()(Args&...) const {}
};

template <class Subject>
double instructions_per_emission(const Subject& subject) {
  Arguments arguments;
  const auto run = [&](std::size_t times) {
    emissions<0>(&subject, times, arguments.code, arguments.text, arguments.sum);
  };
  return instructions_each(run, 1) / emissions_per_turn;
}

template <class Subject>
void add_instructions(Row& row, std::size_t listeners) {
  row.by(Subject::name,
         [listeners](benchmark::State& state) {
           Subject subject;
           fill(subject, listeners);
           double instructions = 0;
           for (auto _ : state) {
             instructions = instructions_per_emission(subject) -
                            instructions_per_emission(Nothing{});
           }
           state.counters["instructions"] = instructions;
         })
      ->Iterations(1)
      ->Repetitions(1);
}

void add_instructions(Rows& rows) {
  for (const std::size_t listeners : {0U, 1U, 4U}) {
    Row& row = rows.add("instructions",
                        listener_count(listeners),
                        "of one dispatch, listeners included; counted one by one");
    add_instructions<Ours>(row, listeners);
    add_instructions<Functions>(row, listeners);
    if (listeners > 1) continue;  // the others take long
    add_instructions<Plain>(row, listeners);
    add_instructions<Function>(row, listeners);
    add_instructions<Signals2>(row, listeners);
#ifdef HARK_BENCH_SIGCXX
    add_instructions<SigCxx>(row, listeners);
#endif
  }
}

// -- chains -----------------------------------------------------------------------------

/// A string that counts how often it is copied and moved.
struct Counted {
  std::string text;
  static inline std::size_t copies = 0;
  static inline std::size_t moves = 0;

  explicit Counted(std::string text_) : text(std::move(text_)) {}
  Counted(const Counted& other) : text(other.text) { ++copies; }
  Counted(Counted&& other) noexcept : text(std::move(other.text)) { ++moves; }
  Counted& operator=(const Counted& other) {
    text = other.text;
    ++copies;
    return *this;
  }
  Counted& operator=(Counted&& other) noexcept {
    text = std::move(other.text);
    ++moves;
    return *this;
  }
  ~Counted() = default;
};

inline std::string& text_of(std::string& value) { return value; }
inline std::string& text_of(Counted& value) { return value.text; }

/// Longer than what a std::string keeps in itself.
const std::string statement =
    "SELECT id, name, password FROM account WHERE account.name = ?";

struct ChainEvents : event::Events<ChainEvents> {
  struct text : event::chain<"text", void(std::uint64_t&, event::answer<std::string>)> {};
  struct counted : event::chain<"counted", void(std::uint64_t&, event::answer<Counted>)> {
  };
  using all = event::list<text, counted>;
};

class OurChain : public event::Target<OurChain, ChainEvents> {
 public:
  [[gnu::always_inline]] void operator()(std::uint64_t& sum, std::string& value) const {
    emit<ChainEvents::text>(sum, value);
  }
  [[gnu::always_inline]] void operator()(std::uint64_t& sum, Counted& value) const {
    emit<ChainEvents::counted>(sum, value);
  }
};

/// The loops by hand. The one for listeners that are only told is FunctionsOf.
template <class Value>
struct ByOptional : FunctionsOf<std::optional<Value>(std::uint64_t&, const Value&)> {
  [[gnu::always_inline]] void operator()(std::uint64_t& sum, Value& value) const {
    for (const auto& function : this->all_) {
      if (auto answer = function(sum, value)) value = *std::move(answer);
    }
  }
};
template <class Value>
struct ByMove : FunctionsOf<Value(std::uint64_t&, Value)> {
  [[gnu::always_inline]] void operator()(std::uint64_t& sum, Value& value) const {
    for (const auto& function : this->all_) value = function(sum, std::move(value));
  }
};

template <class Value>
auto looking(const Adder& adder) {
  return
      [captured = &adder](std::uint64_t& sum, const Value&) { sum += captured->amount; };
}
template <class Value>
auto declining(const Adder& adder) {
  return [captured = &adder](std::uint64_t& sum, const Value&) -> std::optional<Value> {
    sum += captured->amount;
    return std::nullopt;
  };
}
template <class Value>
auto answering(const Adder& adder) {
  return [captured = &adder](std::uint64_t& sum, Value value) {
    sum += captured->amount;
    text_of(value)[0] ^= ' ';  // select, SELECT
    return value;
  };
}

auto answering_in_place(const Adder& adder) {
  return [captured = &adder](std::uint64_t& sum, std::string& value) {
    sum += captured->amount;
    value[0] ^= ' ';
  };
}

template <class Chain>
void pass(benchmark::State& state, const Chain& chain, std::size_t listeners) {
  std::uint64_t sum = 0;
  std::string value = statement;
  while (state.KeepRunningBatch(batch))
    emissions_in_all_layouts(chain, turns, sum, value);
  check_sum(state, sum, listeners);
}

/// One pass with a value that counts; the figures are per listener.
template <class Chain>
void count_copies(benchmark::State& state, const Chain& chain, std::size_t listeners) {
  std::uint64_t sum = 0;
  Counted value(statement);
  chain(sum, value);  // a thread's first dispatch takes another path
  Counted::copies = 0;
  Counted::moves = 0;
  chain(sum, value);
  const auto count = static_cast<double>(listeners);
  state.counters["copies"] = static_cast<double>(Counted::copies) / count;
  state.counters["moves"] = static_cast<double>(Counted::moves) / count;
}

/// Ours with the listeners that `make` makes, for a string and for a value that counts.
template <class Make, class... Options>
void add_our_chain(Row& row, std::size_t listeners, Make make, Options... options) {
  row.by("ours", [=](benchmark::State& state) {
    const auto chain = std::make_unique<OurChain>();
    for (std::size_t i = 0; i < listeners; ++i) {
      event::listen<ChainEvents::text>(
          *chain, make.template operator()<std::string>(adders[i]), options...);
      event::listen<ChainEvents::counted>(
          *chain, make.template operator()<Counted>(adders[i]), options...);
    }
    pass(state, *chain, listeners);
    count_copies(state, *chain, listeners);
  });
}

/// The loop by hand, with the same listeners.
template <template <class> class Loop, class Make>
void add_loop(Row& row, std::size_t listeners, Make make) {
  row.by("by_hand", [=](benchmark::State& state) {
    const auto loop = std::make_unique<Loop<std::string>>();
    const auto counting = std::make_unique<Loop<Counted>>();
    for (std::size_t i = 0; i < listeners; ++i) {
      loop->add(make.template operator()<std::string>(adders[i]));
      counting->add(make.template operator()<Counted>(adders[i]));
    }
    pass(state, *loop, listeners);
    count_copies(state, *counting, listeners);
  });
}

template <class Signal, class Make>
void add_signal(Row& row, std::size_t listeners, Make make) {
  row.by(Signal::name, [=](benchmark::State& state) {
    const auto signal = std::make_unique<Signal>();
    for (std::size_t i = 0; i < listeners; ++i) signal->add(make(adders[i]));
    pass(state, *signal, listeners);
  });
}

/// The rivals' signals, which cannot hand one listener's answer to the next.
template <class Signature, class Make>
void add_signals(Row& row, std::size_t listeners, Make make) {
  add_signal<Signals2Of<Signature>>(row, listeners, make);
#ifdef HARK_BENCH_SIGCXX
  add_signal<SigCxxOf<Signature>>(row, listeners, make);
#endif
}

template <class Value>
using ByReference = FunctionsOf<void(std::uint64_t&, const Value&)>;

void add_unchanged(Rows& rows, const std::string& listeners_of, std::size_t listeners) {
  const auto make = []<class Value>(const Adder& adder) { return looking<Value>(adder); };
  Row& row = rows.add("chain",
                      "unchanged_" + listeners_of,
                      "listeners that look; by hand: passed by reference");
  add_our_chain(row, listeners, make);
  add_loop<ByReference>(row, listeners, make);
  using Signature = void(std::uint64_t&, const std::string&);
  if (listeners == 1) {
    add_signal<FunctionOf<Signature>>(row, listeners, looking<std::string>);
  }
  add_signals<Signature>(row, listeners, looking<std::string>);
}

void add_declined(Rows& rows, const std::string& listeners_of, std::size_t listeners) {
  const auto make = []<class Value>(const Adder& adder) {
    return declining<Value>(adder);
  };
  Row& row = rows.add("chain",
                      "declined_" + listeners_of,
                      "listeners that may answer and do not, by std::optional");
  add_our_chain(row, listeners, make, event::retval);
  add_loop<ByOptional>(row, listeners, make);
}

void add_answered(Rows& rows, const std::string& listeners_of, std::size_t listeners) {
  const auto make = []<class Value>(const Adder& adder) {
    return answering<Value>(adder);
  };
  Row& row = rows.add("chain",
                      "answered_" + listeners_of,
                      "listeners that return another string; signals: in place");
  add_our_chain(row, listeners, make, event::retval);
  add_loop<ByMove>(row, listeners, make);
  add_signals<void(std::uint64_t&, std::string&)>(row, listeners, answering_in_place);
}

}  // namespace

void add_emit_rows(Rows& rows) {
  add_counts(rows);
  add_class_level(rows);
  add_nested(rows);
  add_after_others(rows);
  add_instructions(rows);
  for (const std::size_t listeners : {1U, 4U}) {
    const std::string name = listener_count(listeners);
    add_unchanged(rows, name, listeners);
    add_declined(rows, name, listeners);
    add_answered(rows, name, listeners);
  }
}

}  // namespace bench
