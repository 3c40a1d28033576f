// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio/detail/strand.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace hark::detail {
namespace {

/// An address of this thread's own. Not for functions that suspend a fiber.
const void* this_thread() noexcept {
  constinit static thread_local char mark = 0;
  return &mark;
}

}  // namespace

/// The strand's time on one of the executor's threads, on its way there. Nobody else steps
/// into the strand meanwhile.
class Strand::Drain {
 public:
  explicit Drain(std::shared_ptr<Strand> strand) noexcept : strand_(std::move(strand)) {}
  Drain(Drain&&) noexcept = default;
  Drain& operator=(Drain&&) = delete;
  ~Drain() {
    if (strand_ != nullptr) strand_->drop_all();
  }

  /// Those who come meanwhile wait for the next one: others need the thread, too.
  void operator()() {
    const std::shared_ptr<Strand> strand = std::move(strand_);
    strand->owner_.store(this_thread(), std::memory_order_relaxed);
    const Leave leave{*strand};
    strand->take_waiting();
    while (Task* const task = strand->take_ready()) task->run();
  }

 private:
  struct Leave {
    Strand& strand;
    ~Leave() { strand.leave(); }
  };

  std::shared_ptr<Strand> strand_;
};

Strand::Turn::Turn(Strand& strand) noexcept {
  const bool is_here = strand.is_here();
  const bool has_entered = !is_here && strand.enter();
  left_ = has_entered ? &strand : nullptr;
  is_given_ = is_here || has_entered;
}

/// No task is there.
Strand::Task* Strand::nobody_waits() noexcept {
  class Nobody final : public Task {
   public:
    void run() override {}
    void drop() noexcept override {}
  };
  static constinit Nobody nobody;
  return &nobody;
}

bool Strand::is_here() const noexcept {
  return owner_.load(std::memory_order_relaxed) == this_thread();
}

bool Strand::enter() noexcept {
  Task* nobody = nullptr;
  if (!waiting_.compare_exchange_strong(
          nobody, nobody_waits(), std::memory_order_acquire, std::memory_order_relaxed))
    return false;
  owner_.store(this_thread(), std::memory_order_relaxed);
  return true;
}

void Strand::leave() noexcept {
  owner_.store(nullptr, std::memory_order_relaxed);
  if (ready_ == nullptr) {
    Task* expected = nobody_waits();
    if (waiting_.compare_exchange_strong(
            expected, nullptr, std::memory_order_release, std::memory_order_relaxed))
      return;
  }
  try {
    pass_on(true);
  } catch (...) {  // without memory they were dropped
  }
}

void Strand::add(Task& task, bool posts) {
  Task* seen = waiting_.load(std::memory_order_relaxed);
  do {
    task.next_ = seen == nobody_waits() ? nullptr : seen;
  } while (!waiting_.compare_exchange_weak(
      seen, &task, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (seen == nullptr) pass_on(posts);
}

/// Requires: this thread has the strand, and needs it no more.
void Strand::pass_on(bool posts) {
  if (posts) {
    boost::asio::post(executor_, Drain(shared_from_this()));
  } else {
    executor_.execute(Drain(shared_from_this()));
  }
}

/// Requires: ready_ is empty, or comes before all who wait.
void Strand::take_waiting() noexcept {
  Task* last = waiting_.exchange(nobody_waits(), std::memory_order_acq_rel);
  if (last == nobody_waits()) return;
  Task* first = nullptr;
  while (last != nullptr) {
    Task* const before = last->next_;
    last->next_ = first;
    first = last;
    last = before;
  }
  Task** end = &ready_;
  while (*end != nullptr) end = &(*end)->next_;
  *end = first;
}

Strand::Task* Strand::take_ready() noexcept {
  Task* const task = ready_;
  if (task != nullptr) ready_ = task->next_;
  return task;
}

/// The executor has gone.
void Strand::drop_all() noexcept {
  Task* expected = nullptr;
  do {
    take_waiting();
    while (Task* const task = take_ready()) task->drop();
    expected = nobody_waits();
  } while (!waiting_.compare_exchange_strong(
      expected, nullptr, std::memory_order_release, std::memory_order_relaxed));
}

}  // namespace hark::detail
