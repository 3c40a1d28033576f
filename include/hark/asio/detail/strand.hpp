// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/require.hpp>

#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

namespace hark::detail {

/// Lets tasks run one after the other, in the order of their coming, on the threads of an
/// executor: a boost::asio::strand into which a thread steps, where nobody is in it, for two
/// atomic operations and without memory.
///
/// Thread safety: shared objects safe.
class Strand final : public std::enable_shared_from_this<Strand> {
 public:
  /// A thread's time in it. What came meanwhile is posted behind it.
  class Turn {
   public:
    /// Of this thread, if it runs for the executor: now, or not at all.
    [[gnu::hot]] explicit Turn(Strand& strand) noexcept;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (left_ != nullptr) left_->leave();
    }
    /// False: others are in it.
    explicit operator bool() const noexcept { return is_given_; }

   private:
    friend class Strand;
    Strand* left_;  // null: this thread had its turn already, or does not get one
    bool is_given_;
  };

  explicit Strand(boost::asio::any_io_executor executor) noexcept
      : executor_(std::move(executor)) {}
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  /// Has this thread its turn?
  [[gnu::hot]] bool is_here() const noexcept;
  const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

  /// Calls `act` when its turn has come: not in this call. It is destroyed uncalled where the
  /// executor has gone.
  ///
  /// Throws: std::bad_alloc.
  template <class Act>
  void post(Act act) {
    add(ActTask<Act>::make(std::move(act)), true);
  }
  /// The same, in this call where this thread runs for the executor and nobody is in the strand.
  ///
  /// Throws: as post(); what `act` throws.
  template <class Act>
  void dispatch(Act act) {
    add(ActTask<Act>::make(std::move(act)), false);
  }

 private:
  /// What waits for its turn. One of run() and drop() ends its life.
  class Task {
   public:
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    virtual void run() = 0;
    virtual void drop() noexcept = 0;

   protected:
    constexpr Task() = default;
    constexpr virtual ~Task() = default;

   private:
    friend class Strand;
    Task* next_ = nullptr;
  };

  template <class Act>
  class ActTask final : public Task {
    using Allocator = boost::asio::recycling_allocator<ActTask>;

   public:
    static ActTask& make(Act&& act) {
      ActTask* const memory = Allocator().allocate(1);
      return *new (static_cast<void*>(memory)) ActTask(std::move(act));
    }
    void run() override {
      Act act(std::move(act_));
      destroy();
      act();
    }
    void drop() noexcept override {
      [[maybe_unused]] const Act act(std::move(act_));
      destroy();
    }

   private:
    static_assert(std::is_nothrow_move_constructible_v<Act>);
    explicit ActTask(Act&& act) noexcept : act_(std::move(act)) {}
    ~ActTask() override = default;
    void destroy() noexcept {
      this->~ActTask();
      Allocator().deallocate(this, 1);
    }

    Act act_;
  };

  class Drain;

  static Task* nobody_waits() noexcept;
  [[gnu::hot]] bool enter() noexcept;
  [[gnu::hot]] void leave() noexcept;
  void add(Task& task, bool posts);
  void pass_on(bool posts);
  void take_waiting() noexcept;
  [[gnu::hot]] Task* take_ready() noexcept;
  void drop_all() noexcept;

  const boost::asio::any_io_executor executor_;
  // Null: nobody is in it. Else those who wait, the last first, or nobody_waits().
  std::atomic<Task*> waiting_{nullptr};
  std::atomic<const void*> owner_{nullptr};  // its thread; null: none
  Task* ready_ = nullptr;  // the first of those whose turn has come; who is in it has it
};

/// For what else is to run on a Strand.
class StrandExecutor {
 public:
  StrandExecutor(std::shared_ptr<Strand> strand,
                 boost::asio::any_io_executor executor) noexcept
      : strand_(std::move(strand)), executor_(std::move(executor)) {}

  template <class Property>
  auto query(const Property& property) const
      -> decltype(boost::asio::query(std::declval<const boost::asio::any_io_executor&>(),
                                     property)) {
    return boost::asio::query(executor_, property);
  }
  StrandExecutor require(boost::asio::execution::blocking_t::never_t property) const {
    return {strand_, boost::asio::require(executor_, property), true};
  }
  StrandExecutor prefer(boost::asio::execution::blocking_t::possibly_t property) const {
    return {strand_, boost::asio::prefer(executor_, property), false};
  }
  template <class Property>
  auto prefer(const Property& property) const -> std::enable_if_t<
      boost::asio::can_prefer_v<const boost::asio::any_io_executor&, Property>,
      StrandExecutor> {
    return {strand_, boost::asio::prefer(executor_, property), always_posts_};
  }

  template <class Function>
  void execute(Function&& function) const {
    if (!always_posts_ && strand_->is_here()) {
      std::decay_t<Function> here(std::forward<Function>(function));
      return std::move(here)();
    }
    auto later = [act = std::decay_t<Function>(
                      std::forward<Function>(function))]() mutable { std::move(act)(); };
    always_posts_ ? strand_->post(std::move(later)) : strand_->dispatch(std::move(later));
  }

  friend bool operator==(const StrandExecutor& one,
                         const StrandExecutor& other) noexcept {
    return one.strand_ == other.strand_ && one.executor_ == other.executor_ &&
           one.always_posts_ == other.always_posts_;
  }
  friend bool operator!=(const StrandExecutor& one,
                         const StrandExecutor& other) noexcept {
    return !(one == other);
  }

 private:
  StrandExecutor(std::shared_ptr<Strand> strand,
                 boost::asio::any_io_executor executor,
                 bool always_posts) noexcept
      : strand_(std::move(strand)),
        executor_(std::move(executor)),
        always_posts_(always_posts) {}

  std::shared_ptr<Strand> strand_;
  boost::asio::any_io_executor executor_;  // keeps its context running, if that is wanted
  bool always_posts_ = false;
};

}  // namespace hark::detail
