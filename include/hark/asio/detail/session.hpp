// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/detail/operation.hpp>
#include <hark/asio/detail/strand.hpp>
#include <hark/asio/fwd.hpp>
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace hark::detail {

class AsyncFlow;

/// How a wait has ended.
enum class Woken : std::uint8_t { ready, timeout, cancelled, abandoned };

/// The operations that wait for their turn.
class AsyncQueue {
 public:
  AsyncQueue() noexcept = default;
  AsyncQueue(const AsyncQueue&) = delete;
  AsyncQueue& operator=(const AsyncQueue&) = delete;
  ~AsyncQueue();

  bool empty() const noexcept { return first_ == nullptr; }
  void add(AsyncOperation& operation) noexcept;
  /// Those of `from` come before all others.
  void add_first(AsyncQueue& from) noexcept;
  /// Null: there is none.
  AsyncOperation* take() noexcept;
  /// The one of that number; null: it is not there.
  AsyncOperation* take(std::uint64_t id) noexcept;
  bool has(std::uint64_t id) const noexcept;

 private:
  AsyncOperation* first_ = nullptr;
  AsyncOperation* last_ = nullptr;
};

/// A Connection, and the operations on it, which are done one after the other, each on a
/// fiber.
///
/// Thread safety: shared objects safe, but for the Connection: it is the fiber's, and while
/// no operation is under way the user's.
class AsyncSession final : public AsyncOwner,
                           public std::enable_shared_from_this<AsyncSession> {
 public:
  explicit AsyncSession(const boost::asio::any_io_executor& executor);
  ~AsyncSession() override;

  /// For one use more, which ends with the last copy of what it returns: then the engine keeps
  /// it for the next one.
  static std::shared_ptr<AsyncSession> use(std::unique_ptr<AsyncSession> session,
                                           std::shared_ptr<AsyncEngineState> engine);

  [[gnu::hot]] void start(AsyncOperation& operation) override;
  /// The first one, which was begun by a function that has returned: who waits for it may be
  /// told in this call. On a thread of the engine's executor.
  ///
  /// Throws: as start(); what the handler throws.
  void start_first(AsyncOperation& operation);
  void cancel(std::uint64_t operation) noexcept override;
  const boost::asio::any_io_executor& executor() const noexcept override {
    return executor_;
  }
  [[gnu::hot]] const OwnersContext& context() const noexcept override;
  Strand& strand() const noexcept { return *strand_; }

  /// Opens the Connection. On the fiber. Throws: as Engine::connect().
  void open();
  /// Throws: ResourceClosedError.
  Connection& connection() {
    if (!connection_) throw_closed();
    return *connection_;
  }
  /// Null: it was never opened, or is closed for good.
  Connection* connection_if_any() noexcept {
    return connection_ ? &*connection_ : nullptr;
  }
  /// Ends the Connection, and the last of what was left to do. On the fiber.
  void close();
  /// The same amid an exception: what goes wrong is reported.
  void close_after_failure() noexcept;
  AsyncEngineState& engine() const noexcept { return *engine_; }

  /// Is no operation under way, so that the Connection is the user's?
  /// Requires: none is begun meanwhile.
  bool is_idle() const noexcept {
    // One that arrives is counted there before it ceases to be counted here.
    return travelling_.load(std::memory_order_acquire) == 0 &&
           here_.load(std::memory_order_acquire) == 0;
  }

  /// Closes the Connection when what was begun is done; nobody waits for it.
  void close_in_background() noexcept;
  /// The same for any work, whose failure is reported.
  template <class Work>
  void start_in_background(Work work) {
    class Background final : public AsyncOperation {
     public:
      Background(Work&& given, const boost::asio::any_io_executor& executor)
          : work_(std::move(given)),
            keeps_running_(boost::asio::prefer(
                executor, boost::asio::execution::outstanding_work.tracked)) {}
      void act(AsyncSession& session) noexcept override {
        try {
          work_(session);
        } catch (...) {
          report_background_failure();
        }
      }
      void fail(std::exception_ptr /*failure*/) noexcept override {}
      void complete(bool /*posts*/) override { delete this; }
      void drop() noexcept override { delete this; }

     private:
      Work work_;
      const AsyncWork keeps_running_;
    };
    start(*new Background(std::move(work), executor_));
  }

  // -- on the strand ----------------------------------------------------------------------

  /// It was on its way, and is here.
  void arrive(AsyncOperation& operation) noexcept;
  /// The wait of that number is over. Throws: what the handler throws of an operation that ends
  /// with it.
  [[gnu::hot]] void wake(std::uint64_t wait, Woken how);
  void interrupt_done();
  /// What is done on the fiber from now on is on behalf of who began it so.
  [[gnu::hot]] void begin_work(const std::shared_ptr<void>& inherited) noexcept;

  // -- on any thread ----------------------------------------------------------------------

  /// An operation is on its way to the strand, and will arrive or be dropped.
  void note_travelling() noexcept { travelling_.fetch_add(1, std::memory_order_relaxed); }
  void drop_travelling(AsyncOperation& operation) noexcept;

 private:
  /// Ends a use.
  struct End {
    void operator()(AsyncSession* session) const noexcept;
  };

  bool is_reusable() noexcept;
  [[noreturn]] static void throw_closed();
  static void report_background_failure() noexcept;
  /// On the strand, so that nobody else counts.
  void count_here(int more) noexcept {
    here_.store(here_.load(std::memory_order_relaxed) + more, std::memory_order_release);
  }
  [[gnu::hot]] void enqueue(AsyncOperation& operation) noexcept;
  [[gnu::hot]] void run_queue() noexcept;
  /// It will not be done: nobody is to be told.
  void drop(AsyncOperation& operation) noexcept;
  [[gnu::hot]] bool begin(AsyncOperation& operation) noexcept;
  /// What the fiber does: the active operation of an AsyncSession.
  [[gnu::hot]] static void act(void* session) noexcept;
  [[gnu::hot]] AsyncOperation& finish() noexcept;
  void cancel_here(std::uint64_t operation);
  void drop_all() noexcept;
  void end_abandoned() noexcept;

  std::shared_ptr<AsyncEngineState> engine_;  // null: it is not in use
  const std::shared_ptr<Strand> strand_;
  const boost::asio::any_io_executor executor_;  // of the strand
  // On the strand alone.
  AsyncQueue queue_;
  AsyncOperation* active_ = nullptr;
  std::unique_ptr<AsyncFlow> flow_;  // null: no operation was ever under way
  std::optional<Connection> connection_;
  // Those that have arrived, and have not ended; the strand counts.
  std::atomic<std::int64_t> here_{0};
  std::atomic<std::int64_t> travelling_{0};  // those on their way to it
};

}  // namespace hark::detail
