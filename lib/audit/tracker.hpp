// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/audit/options.hpp>
#include <hark/audit/subscription.hpp>
#include <hark/engine.hpp>
#include <hark/event/subscription.hpp>
#include <hark/schema/events.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audit/delivery.hpp"
#include "audit/failure.hpp"
#include "audit/request_state.hpp"

namespace hark::audit::detail {

/// An event of a Connection that is under way.
struct Open {
  RequestPtr request;
  EventHandle event{};
  EventKind kind = EventKind::custom;
  std::chrono::steady_clock::time_point start{};
  std::uint64_t execution_id = 0;         // of a statement
  const dbapi::Cursor* cursor = nullptr;  // of a statement
  const void* target = nullptr;           // of DDL and of a reflection
  std::string text{};                  // a savepoint's name; of a statement with rows to
                                       // come what was executed instead; empty: nothing
  std::chrono::nanoseconds elapsed{};  // of a statement whose result is open
  Outcome outcome = Outcome::ok;       // that it keeps; ok: that of its end
  bool is_beginning = false;           // its BEGIN is under way
  bool is_ending = false;              // its COMMIT or ROLLBACK is under way
  bool is_prepared = false;
};

/// What a tracker knows of a Connection.
///
/// Thread safety: that of the Connection, `connection_id` apart.
struct ConnectionState {
  std::atomic<std::uint64_t> connection_id{0};
  const Dialect* dialect = nullptr;
  std::uint64_t dbapi_connection_id = 0;
  RequestPtr own;  // its life; null: it was lost, or there is none
  bool has_own = false;
  std::chrono::steady_clock::time_point own_start{};
  Outcome own_outcome = Outcome::ok;
  std::shared_ptr<const Failure> own_failure;
  std::vector<std::shared_ptr<RequestState>> attached;  // the one in force is the last
  std::vector<Open> open;                               // the innermost is the last
  std::vector<Open> results;                            // statements with rows to come
  std::chrono::nanoseconds waited{};                    // of the checkout under way
  RequestPtr acquiring;                                 // of the same

  Open* find(EventKind kind) noexcept;
  Open* find_execution(std::uint64_t id) noexcept;
};

/// Of its DBAPI connection; 0: it has none.
std::uint64_t dbapi_id_of(Connection& connection);

class Companion;

/// Listens to engines, makes events of what it hears, and gives them to a Delivery.
///
/// Held by its listeners, and by Subscriptions. Nothing of it throws: what memory lacks for
/// is a loss.
/// Thread safety: shared objects safe.
class Tracker : public std::enable_shared_from_this<Tracker> {
 public:
  /// `engine` null: every one.
  static std::shared_ptr<Tracker> make(Engine* engine,
                                       std::shared_ptr<Handler> handler,
                                       const Options& options,
                                       const boost::asio::any_io_executor& executor);
  Tracker(Engine* engine,
          std::shared_ptr<Handler> handler,
          const Options& options,
          const boost::asio::any_io_executor& executor);
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;
  ~Tracker();

  /// Trackers that are in use. None: no lock is taken.
  static std::vector<std::shared_ptr<Tracker>> all();

  /// Takes the listeners out, ends what is open, delivers. Again: no effect.
  void close() noexcept;
  bool is_open() const noexcept { return is_open_.load(std::memory_order_acquire); }
  bool tracks(const Engine& engine) const noexcept;
  bool wants(EventKind kind) const noexcept { return options_.kinds.contains(kind); }
  Delivery& delivery() noexcept { return delivery_; }
  Statistics statistics() const noexcept;

  std::shared_ptr<const Database> database_of(Engine& engine);
  /// The thread's request of that engine (null: of any) that this tracker knows; null:
  /// there is none.
  const RequestPtr* request_of_thread(const Dialect* dialect) const noexcept;
  /// From now on what the Connection does belongs to the request.
  void attach(Connection& connection, const std::shared_ptr<RequestState>& request);

 private:
  using Clock = std::chrono::steady_clock;
  using Connections = std::unordered_map<std::uint64_t, std::unique_ptr<ConnectionState>>;
  template <class Target>
  friend class Listening;

  /// A checkout that is no Connection's.
  struct Raw {
    RequestPtr request;
    Clock::time_point start{};
  };

  /// Runs `act`; where it throws, that is a loss.
  template <class Act>
  void guarded(const Act& act) noexcept;

  /// An engine is over: another one may have its dialect's address.
  void forget(const Dialect* dialect) noexcept;

  // -- connections, by their ids
  ConnectionState* find(std::uint64_t id) noexcept;
  ConnectionState& state_of(Connection& connection);
  ConnectionState& new_state(Connection& connection);
  void forget(ConnectionState& state) noexcept;
  ConnectionState* acquiring_here() noexcept;

  // -- events of a Connection
  const RequestPtr& request_of(ConnectionState& state, Connection& connection);
  void open_own(ConnectionState& state, Connection& connection);
  static std::uint64_t parent_of(const ConnectionState& state,
                                 EventKind kind,
                                 const RequestPtr& request) noexcept;
  static EventNote note_of(const ConnectionState& state,
                           EventKind kind,
                           const RequestPtr& request) noexcept;
  Open& start(ConnectionState& state, const RequestPtr& request, const EventNote& note);
  Open& start(Connection& connection, EventKind kind, std::string_view name = {});
  void finish(const Open& open, const EndNote& note) noexcept;
  /// Ends it, and before it what is within it.
  void end(ConnectionState& state, const Open& open, const EndNote& note);
  void end_within(ConnectionState& state,
                  std::size_t place,
                  Outcome outcome,
                  Clock::time_point now);
  void await_result(ConnectionState& state, const Open& open, const EndNote& note);
  /// May messages of that engine show values? Null: it is not known.
  bool shows_values_of(const Engine* engine) const noexcept;
  /// `parameters`: whose values its message must not have; null: none's.
  EndNote end_of(const Ending& ending,
                 const Engine* engine,
                 const dbapi::Parameters* parameters = nullptr) const;
  void over(ConnectionState& state) noexcept;

  // -- what listeners hear
  void acquire(Connection& connection);
  void acquire_end(Connection& connection, const Ending& ending);
  void connection_closed(Connection& connection);
  void before_execution(Connection& connection,
                        const dbapi::Cursor& cursor,
                        std::string_view statement,
                        const dbapi::Parameters& parameters,
                        const ExecutionContext& context);
  void execution_end(Connection& connection,
                     const ExecutionContext& context,
                     const Ending& ending);
  void result_end(Connection& connection,
                  std::uint64_t execution_id,
                  const ResultEnding& ending);
  void begin(Connection& connection, EventKind kind, std::string_view name);
  void begin_end(Connection& connection, EventKind kind, const Ending& ending);
  void ending_begins(Connection& connection, EventKind kind);
  void transaction_end(Connection& connection,
                       EventKind kind,
                       std::string_view ended_by,
                       const Ending& ending);
  void savepoint(Connection& connection, const std::string& name);
  void savepoint_end(Connection& connection,
                     const std::string& name,
                     std::string_view ended_by,
                     const Ending& ending);
  void prepared(Connection& connection, const Ending& ending);
  void on_schema(EventKind kind,
                 std::string_view verb,
                 const SchemaItem& target,
                 Connection& connection);
  void on_schema_end(EventKind kind,
                     const SchemaItem& target,
                     Connection& connection,
                     const Ending& ending);
  void failed(const ExceptionContext& told);

  // -- what listeners of pools hear
  void connect_end(const dbapi::Connection* connection, const Ending& ending);
  void checkout_end(const dbapi::Connection* connection,
                    const Ending& ending,
                    std::chrono::nanoseconds waited);
  void raw_checkout_end(const dbapi::Connection* connection,
                        const Ending& ending,
                        std::chrono::nanoseconds waited);
  void given_back(const dbapi::Connection* connection,
                  const std::exception_ptr& error) noexcept;

  void listen(Engine* engine);

  // Constant after construction.
  const std::uint64_t id_;
  const Options options_;
  const Dialect* const dialect_;                    // of its engine; null: of every one
  const std::shared_ptr<const Database> database_;  // of its engine; null: of every one

  std::atomic<bool> is_open_{true};
  std::atomic<std::uint64_t> lost_{0};   // for want of memory
  std::atomic<std::size_t> watched_{0};  // DBAPI connections whose return is awaited
  Delivery delivery_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Connections connections_;
  std::vector<Connections::node_type> spare_;
  std::unordered_map<const Dialect*, std::shared_ptr<const Database>> databases_;
  std::unordered_map<std::uint64_t, Raw> raw_;                // by the DBAPI connection
  std::unordered_map<std::uint64_t, std::uint64_t> adopted_;  // Connections, by the same
  std::vector<event::Subscription> listeners_;
  std::weak_ptr<Companion> companion_;
};

template <class Act>
void Tracker::guarded(const Act& act) noexcept {
  try {
    act();
  } catch (...) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace hark::audit::detail
