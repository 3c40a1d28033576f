// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/error.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/detail/flow.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dbapi/copied_rows.hpp"

namespace hark::dbapi {
namespace {

using hark::detail::current_suspender;
using hark::detail::Suspender;
using hark::detail::WorkRef;

/// Who may call the driver: one at a time. It is held while the driver is called, and never
/// by a fiber that is suspended.
///
/// Fibers are served in the order of coming; threads, which cannot wait for a fiber, whenever
/// they find it free.
/// Thread safety: shared objects safe.
class Turns {
 public:
  /// A fiber that waits. Its destructor leaves the queue.
  class Waiter {
   public:
    Waiter(Turns& turns, Suspender& flow) noexcept : turns_(turns), flow_(flow) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      if (is_queued_.load(std::memory_order_acquire)) turns_.leave_queue(*this);
    }

    /// Suspends until its turn may have come.
    void wait() {
      while (turns_.must_wait(*this)) static_cast<void>(flow_.park(std::nullopt));
    }

   private:
    friend class Turns;
    Turns& turns_;
    Suspender& flow_;
    std::atomic<bool> is_queued_{false};
    // Guarded by the mutex of Turns.
    Waiter* previous_ = nullptr;
    Waiter* next_ = nullptr;
  };

  /// Blocks.
  void enter() noexcept {
    std::unique_lock lock(mutex_);
    ++threads_;
    is_free_.wait(lock, [this] { return !is_busy_; });
    --threads_;
    is_busy_ = true;
  }
  /// Before all who wait.
  bool try_enter() noexcept {
    const std::lock_guard lock(mutex_);
    return !std::exchange(is_busy_, true);
  }
  /// In its turn. On whatever thread.
  bool try_enter(Waiter& waiter) noexcept {
    const std::lock_guard lock(mutex_);
    if (is_busy_ || (first_ != nullptr && first_ != &waiter)) return false;
    if (first_ == &waiter) remove(waiter);
    is_busy_ = true;
    return true;
  }
  void leave() noexcept {
    const std::lock_guard lock(mutex_);
    is_busy_ = false;
    wake_next();
  }

 private:
  /// It is in the queue then.
  bool must_wait(Waiter& waiter) noexcept {
    const std::lock_guard lock(mutex_);
    if (!is_busy_ && (first_ == nullptr || first_ == &waiter)) return false;
    if (waiter.is_queued_.load(std::memory_order_relaxed)) return true;
    waiter.previous_ = last_;
    (last_ == nullptr ? first_ : last_->next_) = &waiter;
    last_ = &waiter;
    waiter.is_queued_.store(true, std::memory_order_relaxed);
    return true;
  }
  void leave_queue(Waiter& waiter) noexcept {
    const std::lock_guard lock(mutex_);
    remove(waiter);
    if (!is_busy_) wake_next();
  }
  void remove(Waiter& waiter) noexcept {
    (waiter.previous_ == nullptr ? first_ : waiter.previous_->next_) = waiter.next_;
    (waiter.next_ == nullptr ? last_ : waiter.next_->previous_) = waiter.previous_;
    waiter.previous_ = nullptr;
    waiter.next_ = nullptr;
    waiter.is_queued_.store(false, std::memory_order_release);
  }
  /// The first fiber comes for its turn, and so does a thread: who is late waits on.
  void wake_next() noexcept {
    if (threads_ != 0) is_free_.notify_one();
    if (first_ != nullptr) first_->flow_.unpark();
  }

  std::mutex mutex_;
  std::condition_variable is_free_;
  // Guarded by mutex_.
  bool is_busy_ = false;
  unsigned threads_ = 0;  // that wait
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

/// One call of the driver that a fiber waits for: what is told to interrupt() where the fiber
/// is cancelled. Another call, by another fiber, is not meant.
///
/// Thread safety: shared objects safe.
class Call final : public Connection {
 public:
  explicit Call(Connection& driver) noexcept : driver_(driver) {}

  /// False: it was interrupted, and is not to be begun.
  bool start() noexcept {
    const std::lock_guard lock(mutex_);
    is_running_ = !is_interrupted_;
    return is_running_;
  }
  void end() noexcept {
    const std::lock_guard lock(mutex_);
    is_running_ = false;
  }
  void interrupt() noexcept override {
    const std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    if (is_running_) driver_.interrupt();
  }
  bool interrupt_blocks() const noexcept override { return driver_.interrupt_blocks(); }

  // Nobody calls them.
  CursorPtr cursor() override { return nullptr; }
  void begin() override {}
  void commit() override {}
  void rollback() override {}
  bool ping() override { return true; }
  void close_cursors() noexcept override {}
  void close() override {}

 private:
  Connection& driver_;
  std::mutex mutex_;
  bool is_running_ = false;      // guarded by mutex_
  bool is_interrupted_ = false;  // guarded by mutex_
};

/// What becomes of a call whose flow is cancelled.
enum class Kind : std::uint8_t {
  may_fail,    ///< the driver is told to interrupt()
  takes_time,  ///< it waits for its turn no more, but what was begun takes its time
  must_be_done
};

class OffloadedCursor;

/// A driver's connection as an offloaded one and its cursors share it.
///
/// Thread safety: as Connection, and calls of several threads and fibers take turns.
class Shared {
 public:
  explicit Shared(std::shared_ptr<Connection> driver) noexcept
      : driver_(std::move(driver)) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared();

  Connection& driver() const noexcept { return *driver_; }

  /// Does `work` in its turn: here, or where a fiber runs on a thread that may block.
  template <class Work>
  void call(Kind kind, Work work) {
    if (Suspender* const flow = current_suspender())
      return call_elsewhere(*flow, kind, work);
    turns_.enter();
    do_in_turn(work);
  }
  /// The same for what takes no time, so that a fiber does it, too.
  template <class Work>
  void call_briefly(Kind kind, Work work) {
    Suspender* const flow = current_suspender();
    if (flow == nullptr) {
      turns_.enter();
    } else if (!turns_.try_enter()) {
      return call_elsewhere(*flow, kind, work);
    }
    do_in_turn(work);
  }
  /// For noexcept functions. Requires: `work` does not throw.
  template <class Work>
  void finish(bool is_brief, Work work) noexcept {
    try {
      is_brief ? call_briefly(Kind::must_be_done, work) : call(Kind::must_be_done, work);
    } catch (...) {
      hark::detail::report_lost_error("ending what a cursor has open failed");
    }
  }

  bool is_connected() noexcept {
    if (!turns_.try_enter()) return true;  // somebody is using it
    const bool answer = driver_->is_connected();
    turns_.leave();
    return answer;
  }
  bool in_transaction() noexcept {
    if (!turns_.try_enter()) return was_in_transaction_.load(std::memory_order_relaxed);
    const bool answer = driver_->in_transaction();
    turns_.leave();
    return answer;
  }

  /// A cursor that was made before the last cut is cut off.
  std::uint64_t cuts() const noexcept { return cuts_.load(std::memory_order_acquire); }
  void cut() noexcept { cuts_.fetch_add(1, std::memory_order_acq_rel); }

  /// Cursors that are lent.
  std::atomic<std::size_t> lent{0};
  std::atomic<OffloadedCursor*> spare{nullptr};
  /// Those that hold one of the driver's, linked; in turn.
  OffloadedCursor* holders = nullptr;
  bool has_holders() const noexcept {
    return holding.load(std::memory_order_relaxed) != 0;
  }
  std::atomic<std::size_t> holding{0};
  /// In turn: the driver's cursors are given back.
  void let_all_go() noexcept;
  /// Requires: all cursors are cut off.
  void drop_driver() noexcept {
    finish(false, [this] {
      let_all_go();
      driver_.reset();
    });
  }

 private:
  template <class Work>
  void do_in_turn(Work& work) {
    struct Leave {
      Shared& self;
      ~Leave() { self.leave(); }
    };
    const Leave leave{*this};
    work();
  }
  void leave() noexcept {
    was_in_transaction_.store(driver_ != nullptr && driver_->in_transaction(),
                              std::memory_order_relaxed);
    turns_.leave();
  }
  void call_elsewhere(Suspender& flow, Kind kind, WorkRef work);

  std::shared_ptr<Connection> driver_;  // null: dropped
  Turns turns_;
  std::atomic<std::uint64_t> cuts_{0};
  std::atomic<bool> was_in_transaction_{false};
};

[[noreturn]] void throw_not_begun() {
  throw OperationalError("the operation was cancelled before the driver was called",
                         {.is_cancelled = true});
}

/// What the driver throws passes through. What the wait throws does not: the connection is as
/// it was, and need not be given up.
void Shared::call_elsewhere(Suspender& flow, Kind kind, WorkRef work) {
  Call call(*driver_);
  Turns::Waiter waiter(turns_, flow);
  std::exception_ptr failure;
  bool is_over = false;
  const auto attempt = [&]() noexcept {
    if (!turns_.try_enter(waiter)) return;
    is_over = true;
    try {
      if (!call.start()) throw_not_begun();
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    call.end();
    leave();
  };
  bool blocks = false;
  while (!is_over && !blocks) {
    try {
      waiter.wait();
      flow.run_elsewhere(attempt, kind == Kind::may_fail ? &call : nullptr);
    } catch (const hark::Error&) {
      if (is_over) break;  // nobody could tell the flow
      if (kind != Kind::must_be_done) throw_not_begun();
      // There is no loop any more that this thread would be needed for.
      blocks = flow.is_abandoned();
    } catch (const std::bad_alloc&) {
      if (kind != Kind::must_be_done) throw;
      blocks = true;
    }
  }
  if (blocks) {
    turns_.enter();
    do_in_turn(work);
  }
  if (failure != nullptr) std::rethrow_exception(failure);
}

/// Is the exception that is handled one?
bool is_cancellation() noexcept {
  try {
    throw;
  } catch (const hark::Error& error) {
    return error.is_cancelled();
  } catch (...) {
    return false;
  }
}

// -- cursors ----------------------------------------------------------------------------

/// On a thread it fetches rows as the driver does. On a fiber it copies them.
///
/// Recycled by its connection.
class OffloadedCursor final : public Cursor {
 public:
  void lend(const std::shared_ptr<Shared>& shared) {
    shared_ = shared;
    cuts_ = shared_->cuts();
    shared_->lent.fetch_add(1, std::memory_order_relaxed);
    shared_->call_briefly(Kind::takes_time, [this] { static_cast<void>(hold()); });
  }

  void execute(const Operation& operation, ParameterRow parameters) override;
  void executemany(std::string_view operation, ParameterRows& rows) override;
  void setinputsizes(std::span<const std::int64_t> sizes) override;
  std::string_view statement() const noexcept override { return statement_; }
  std::size_t column_count() const noexcept override { return present_.size(); }
  std::string_view column_name(std::size_t column) const override;
  const std::shared_ptr<const ColumnNames>& column_names() const override;
  bool fetch() override;
  bool fetch(std::span<ValueView> cells) override;
  ValueView value(std::size_t column) const override {
    return has_row_ && column < present_.size() ? present_[column] : ValueView();
  }
  std::int64_t rowcount() const noexcept override { return rowcount_; }
  std::int64_t lastrowid() const noexcept override { return lastrowid_; }
  void close() noexcept override;
  void release() noexcept override;

  /// In turn.
  void let_go() noexcept;

 private:
  /// How many rows of a stream are copied at once, and how many bytes.
  static constexpr std::size_t rows_at_once = 256;
  static constexpr std::size_t bytes_at_once = std::size_t{256} * 1024;
  static constexpr std::size_t longest_kept_text = 4096;

  void begin_statement();
  void require_whole();
  void fetch_elsewhere();
  [[noreturn]] void throw_cut() const;

  // In turn:
  Cursor& hold();
  void note(const Cursor& cursor);
  void note_counts(const Cursor& cursor) noexcept;
  template <class Execute>
  void execute_in_turn(Execute execute);
  void copy(bool all);

  std::shared_ptr<Shared> shared_;  // null: it is spare
  std::uint64_t cuts_ = 0;
  // In turn:
  CursorPtr driver_;  // null: what is to be known of the statement was copied
  OffloadedCursor* previous_ = nullptr;
  OffloadedCursor* next_ = nullptr;

  std::atomic<bool> holds_{false};  // one of the driver's
  bool is_open_ = false;            // is a statement open in the driver?
  bool has_row_ = false;            // in present_
  bool is_lost_ = false;            // were rows lost when it was cut off?
  CopiedRows rows_;
  std::exception_ptr failure_;  // after those rows
  std::vector<ValueView> present_;
  std::string statement_;
  std::shared_ptr<const ColumnNames> names_;  // null: there are none
  std::int64_t rowcount_ = -1;
  std::int64_t lastrowid_ = 0;
};

Shared::~Shared() { delete spare.load(std::memory_order_acquire); }

void Shared::let_all_go() noexcept {
  while (holders != nullptr) holders->let_go();
}

Cursor& OffloadedCursor::hold() {
  if (driver_ != nullptr) return *driver_;
  if (cuts_ != shared_->cuts()) throw_cut();
  driver_ = shared_->driver().cursor();
  next_ = std::exchange(shared_->holders, this);
  if (next_ != nullptr) next_->previous_ = this;
  shared_->holding.fetch_add(1, std::memory_order_relaxed);
  holds_.store(true, std::memory_order_relaxed);
  return *driver_;
}

void OffloadedCursor::let_go() noexcept {
  if (driver_ == nullptr) return;
  driver_->close();
  driver_.reset();
  (previous_ == nullptr ? shared_->holders : previous_->next_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  previous_ = nullptr;
  next_ = nullptr;
  shared_->holding.fetch_sub(1, std::memory_order_relaxed);
  holds_.store(false, std::memory_order_relaxed);
}

void OffloadedCursor::note(const Cursor& cursor) {
  statement_.assign(cursor.statement());
  const std::size_t columns = cursor.column_count();
  present_.resize(columns);
  names_ = columns == 0 ? nullptr : cursor.column_names();
  note_counts(cursor);
}

void OffloadedCursor::note_counts(const Cursor& cursor) noexcept {
  rowcount_ = cursor.rowcount();
  lastrowid_ = cursor.lastrowid();
}

template <class Execute>
void OffloadedCursor::execute_in_turn(Execute execute) {
  Cursor& cursor = hold();
  try {
    execute(cursor);
    note(cursor);
  } catch (...) {
    let_go();
    throw;
  }
  is_open_ = !present_.empty();
  if (!is_open_) let_go();
}

/// Rows, until there is none, or where these are not `all` until it is enough.
void OffloadedCursor::copy(bool all) {
  try {
    for (std::size_t rows = 0; driver_->fetch(present_); ++rows) {
      rows_.add(present_);
      if (!all && (rows + 1 == rows_at_once || rows_.bytes() >= bytes_at_once)) return;
    }
    note_counts(*driver_);
  } catch (...) {
    // The rows before it come first, unless nobody wants them any more.
    if (all || is_cancellation()) {
      rows_.clear();
      is_open_ = false;
      let_go();
      throw;
    }
    failure_ = std::current_exception();
  }
  is_open_ = false;
  let_go();
}

/// Nothing is left of the last one.
void OffloadedCursor::begin_statement() {
  if (cuts_ != shared_->cuts()) throw_cut();
  rows_.clear();
  failure_ = nullptr;
  has_row_ = false;
  is_lost_ = false;
  is_open_ = false;
  present_.clear();
  statement_.clear();
  names_ = nullptr;
  rowcount_ = -1;
}

void OffloadedCursor::execute(const Operation& operation, ParameterRow parameters) {
  begin_statement();
  const bool copies = current_suspender() != nullptr;
  shared_->call(Kind::may_fail, [&] {
    execute_in_turn([&](Cursor& cursor) { cursor.execute(operation, parameters); });
    if (copies && is_open_) copy(!operation.streams);
  });
}

void OffloadedCursor::executemany(std::string_view operation, ParameterRows& rows) {
  begin_statement();
  shared_->call(Kind::may_fail, [&] {
    execute_in_turn([&](Cursor& cursor) { cursor.executemany(operation, rows); });
  });
}

void OffloadedCursor::setinputsizes(std::span<const std::int64_t> sizes) {
  if (cuts_ != shared_->cuts()) throw_cut();
  shared_->call_briefly(Kind::takes_time, [&] { hold().setinputsizes(sizes); });
}

std::string_view OffloadedCursor::column_name(std::size_t column) const {
  if (column >= present_.size())
    throw InterfaceError("the cursor has no column " + std::to_string(column));
  return names_->at(column);
}

const std::shared_ptr<const ColumnNames>& OffloadedCursor::column_names() const {
  static const auto none = std::make_shared<const ColumnNames>();
  return names_ == nullptr ? none : names_;
}

void OffloadedCursor::throw_cut() const {
  throw ProgrammingError("the cursor was cut off: its connection was closed",
                         {.is_disconnect = true});
}

/// Where it was cut off, rows that were not fetched are lost.
void OffloadedCursor::require_whole() {
  if (cuts_ == shared_->cuts()) return;
  is_lost_ = is_lost_ || is_open_ || !rows_.empty() || failure_ != nullptr;
  is_open_ = false;
  rows_.clear();
  failure_ = nullptr;
  has_row_ = false;
  if (is_lost_) throw_cut();
}

void OffloadedCursor::fetch_elsewhere() {
  rows_.clear();
  shared_->call(Kind::may_fail, [this] {
    if (driver_ == nullptr) throw_cut();
    copy(false);
  });
}

bool OffloadedCursor::fetch() {
  has_row_ = false;
  require_whole();
  if (rows_.empty() && is_open_) {
    if (current_suspender() == nullptr) {
      shared_->call(Kind::may_fail, [this] {
        if (driver_ == nullptr) throw_cut();
        has_row_ = driver_->fetch(present_);
        if (has_row_) return;
        is_open_ = false;
        note_counts(*driver_);
        let_go();
      });
      return has_row_;
    }
    fetch_elsewhere();
  }
  has_row_ = rows_.next(present_);
  if (!has_row_ && failure_ != nullptr)
    std::rethrow_exception(std::exchange(failure_, nullptr));
  return has_row_;
}

bool OffloadedCursor::fetch(std::span<ValueView> cells) {
  if (!OffloadedCursor::fetch()) return false;
  std::copy_n(present_.begin(), cells.size(), cells.begin());
  return true;
}

void OffloadedCursor::close() noexcept {
  rows_.clear();
  failure_ = nullptr;
  has_row_ = false;
  is_lost_ = false;
  const bool is_open = std::exchange(is_open_, false);
  if (!holds_.load(std::memory_order_relaxed)) return;
  shared_->finish(!is_open, [this] { let_go(); });
}

void OffloadedCursor::release() noexcept {
  close();
  const std::shared_ptr<Shared> shared = std::move(shared_);
  present_.clear();
  statement_.clear();
  if (statement_.capacity() > longest_kept_text) statement_.shrink_to_fit();
  names_ = nullptr;
  rowcount_ = -1;
  lastrowid_ = 0;
  delete shared->spare.exchange(this, std::memory_order_acq_rel);
  shared->lent.fetch_sub(1, std::memory_order_relaxed);
}

// -- the connection ---------------------------------------------------------------------

class OffloadedConnection final : public Connection {
 public:
  explicit OffloadedConnection(std::shared_ptr<Connection> driver)
      : shared_(std::make_shared<Shared>(std::move(driver))) {}

  ~OffloadedConnection() override {
    shared_->cut();
    if (!is_closed_) shared_->drop_driver();
  }

  CursorPtr cursor() override {
    OffloadedCursor* spare = shared_->spare.exchange(nullptr, std::memory_order_acq_rel);
    CursorPtr made(spare == nullptr ? new OffloadedCursor : spare);
    static_cast<OffloadedCursor&>(*made).lend(shared_);
    return made;
  }

  void begin() override {
    shared_->call(Kind::may_fail, [this] { driver().begin(); });
  }
  void set_autocommit(bool on) override {
    shared_->call(Kind::may_fail, [this, on] { driver().set_autocommit(on); });
  }
  void commit() override {
    shared_->call(Kind::may_fail, [this] { driver().commit(); });
  }
  void rollback() override {
    shared_->call(Kind::must_be_done, [this] { driver().rollback(); });
  }
  bool ping() override {
    bool answer = false;
    shared_->call(Kind::may_fail, [&] { answer = driver().ping(); });
    return answer;
  }
  bool is_connected() noexcept override { return shared_->is_connected(); }
  bool in_transaction() const noexcept override { return shared_->in_transaction(); }

  void close_cursors() noexcept override {
    if (shared_->lent.load(std::memory_order_relaxed) == 0) return;
    shared_->cut();
    shared_->finish(!shared_->has_holders(), [this] {
      shared_->let_all_go();
      driver().close_cursors();
    });
  }

  void close() override {
    is_closed_ = true;
    shared_->cut();
    shared_->call(Kind::must_be_done, [this] {
      shared_->let_all_go();
      driver().close();
    });
  }

  void interrupt() noexcept override { driver().interrupt(); }
  bool interrupt_blocks() const noexcept override { return driver().interrupt_blocks(); }
  bool suspends() const noexcept override { return true; }
  Connection& driver_connection() noexcept override {
    return driver().driver_connection();
  }

 private:
  Connection& driver() const noexcept { return shared_->driver(); }

  const std::shared_ptr<Shared> shared_;
  bool is_closed_ = false;
};

}  // namespace

std::shared_ptr<Connection> offload(std::shared_ptr<Connection> connection) {
  if (connection->suspends()) return connection;
  return std::make_shared<OffloadedConnection>(std::move(connection));
}

}  // namespace hark::dbapi
