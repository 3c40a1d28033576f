// SPDX-License-Identifier: MIT

// Listening and disconnecting. A plain call has no listeners that come and go, and no
// rival has class-level ones: they are left out. The two std::function rows have neither
// handles nor locks and are here for scale.

#include <memory>
#include <vector>

#include "event/benchmarks.hpp"
#include "support/subjects.hpp"

namespace bench {
namespace {

/// Adds a listener and takes it out, until the harness has enough.
template <class Subject, class F>
void come_and_go(benchmark::State& state, Subject& subject, F listener) {
  for (auto _ : state) {
    auto connection = subject.add(listener);
    connection.disconnect();
  }
}

template <class Subject>
void add_lambda(Row& row, std::size_t others) {
  row.by(Subject::name, [others](benchmark::State& state) {
    const auto subject = std::make_unique<Subject>();
    fill(*subject, others);
    come_and_go(state, *subject, adding(adders[others]));
  });
}

template <class Subject>
void add_pointer(Row& row, std::size_t others) {
  row.by(Subject::name, [others](benchmark::State& state) {
    const auto subject = std::make_unique<Subject>();
    for (std::size_t i = 0; i < others; ++i) static_cast<void>(subject->add(pointers[i]));
    come_and_go(state, *subject, pointers[others]);
  });
}

struct Populous;

void add_class_level(Rows& rows) {
  for (const std::size_t objects : {0U, 100'000U}) {
    Row& row = rows.add("listen",
                        "on_class_" + std::to_string(objects) + "_objects",
                        "listen on a class with so many live objects, and disconnect");
    row.by("ours", [objects](benchmark::State& state) {
      const std::vector<Target<Populous>> alive(objects);
      for (auto _ : state) {
        auto subscription =
            event::listen(event::every<Target<Populous>>, "work", adding(adders[0]));
        subscription.disconnect();
      }
    });
  }
}

}  // namespace

void add_listen_rows(Rows& rows) {
  for (const std::size_t others : {0U, 8U, 64U}) {
    const std::string name = std::to_string(others) + "_others";
    Row& lambdas =
        rows.add("listen", name, "listen and disconnect, beside so many others");
    for_each_signal(
        [&]<class Subject>(Subject*) { add_lambda<Subject>(lambdas, others); });
    if (others == 0) add_lambda<Function>(lambdas, others);
    Row& by_pointer =
        rows.add("listen", name + "_pointers", "the same, all function pointers");
    for_each_signal(
        [&]<class Subject>(Subject*) { add_pointer<Subject>(by_pointer, others); });
    if (others == 0) add_pointer<Function>(by_pointer, others);
  }
  add_class_level(rows);
}

}  // namespace bench
