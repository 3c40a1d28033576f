// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/tracker.hpp"

#include <hark/detail/counter.hpp>
#include <hark/event/report.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "audit/database.hpp"

namespace hark::audit::detail {
namespace {

constinit hark::detail::Counter tracker_ids;

/// The trackers in use, for Requests. Lives as long as the process: threads may use it while
/// static objects are destroyed.
struct InUse {
  std::atomic<std::size_t> count{0};
  std::mutex mutex;
  std::vector<std::shared_ptr<Tracker>> trackers;  // guarded by mutex
};

InUse& in_use() {
  static auto* const made = new InUse;
  return *made;
}

std::vector<std::shared_ptr<Tracker>> copy_in_use() {
  InUse& all = in_use();
  const std::lock_guard lock(all.mutex);
  return all.trackers;
}

/// Trackers of every engine have nobody else who would end them.
struct CloseAtExit {
  CloseAtExit() = default;
  CloseAtExit(const CloseAtExit&) = delete;
  CloseAtExit& operator=(const CloseAtExit&) = delete;
  ~CloseAtExit() {
    try {
      for (const auto& tracker : copy_in_use()) tracker->close();
    } catch (...) {  // without memory there is nothing left to do
    }
  }
};

/// Where a thread has found a Connection the last time, for a few trackers.
struct Found {
  std::uint64_t tracker;
  std::uint64_t connection;
  ConnectionState* state;
};
constinit thread_local std::array<Found, 4> found_here{};

Found& found_of(std::uint64_t tracker) noexcept {
  return found_here[tracker % found_here.size()];
}

}  // namespace

/// What the engine of a Tracker keeps, and ends it when it is destroyed. It outlives a
/// Tracker that was closed, and keeps nothing of it.
class Companion {
 public:
  explicit Companion(std::weak_ptr<Tracker> tracker) noexcept
      : tracker_(std::move(tracker)) {}
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;
  ~Companion() {
    if (const auto tracker = tracker_.lock()) tracker->close();
  }

  /// Thread safety: the Tracker's, once.
  void leave() noexcept { tracker_.reset(); }

 private:
  std::weak_ptr<Tracker> tracker_;
};

std::uint64_t dbapi_id_of(Connection& connection) {
  if (connection.closed() || connection.invalidated()) return 0;
  const PooledConnection& pooled = connection.connection();
  return pooled.is_valid() ? pooled->id() : 0;
}

// -- life -------------------------------------------------------------------------------

std::shared_ptr<Tracker> Tracker::make(Engine* engine,
                                       std::shared_ptr<Handler> handler,
                                       const Options& options,
                                       const boost::asio::any_io_executor& executor) {
  auto made = std::make_shared<Tracker>(engine, std::move(handler), options, executor);
  InUse& all = in_use();
  {
    const std::lock_guard lock(all.mutex);
    all.trackers.push_back(made);
    ++all.count;
  }
  try {
    made->listen(engine);
    if (engine != nullptr) {
      const auto companion = std::make_shared<Companion>(made);
      engine->keep(companion);
      const std::lock_guard lock(made->mutex_);
      made->companion_ = companion;
    }
  } catch (...) {
    made->close();
    throw;
  }
  // Not before event's own static objects, which have to be there until then.
  static const CloseAtExit close_at_exit;
  return made;
}

Tracker::Tracker(Engine* engine,
                 std::shared_ptr<Handler> handler,
                 const Options& options,
                 const boost::asio::any_io_executor& executor)
    : id_(tracker_ids.next()),
      options_(options),
      dialect_(engine == nullptr ? nullptr : &engine->dialect()),
      database_(engine == nullptr ? nullptr
                                  : std::make_shared<const Database>(
                                        detail::database_of(engine->url()))),
      delivery_(std::move(handler), options, executor) {}

Tracker::~Tracker() = default;

std::vector<std::shared_ptr<Tracker>> Tracker::all() {
  if (in_use().count.load(std::memory_order_acquire) == 0) return {};
  return copy_in_use();
}

void Tracker::close() noexcept {
  std::vector<event::Subscription> listeners;
  std::shared_ptr<Companion> companion;  // null: its engine has let go of it
  if (is_open_.exchange(false)) {
    InUse& all = in_use();
    const std::lock_guard lock(all.mutex);
    // It is used, and so not destroyed here.
    all.count -= std::erase_if(
        all.trackers, [this](const auto& tracker) { return tracker.get() == this; });
  }
  {
    const std::lock_guard lock(mutex_);
    listeners.swap(listeners_);
    companion = std::exchange(companion_, {}).lock();
  }
  if (companion != nullptr) companion->leave();
  for (event::Subscription& listener : listeners) listener.disconnect();
  // Who is in a listener need not be waited for: it holds this tracker, and tells no more.
  delivery_.stop();
  if (!listeners.empty()) event::collect();
}

bool Tracker::tracks(const Engine& engine) const noexcept {
  return is_open() && (dialect_ == nullptr || dialect_ == &engine.dialect());
}

Statistics Tracker::statistics() const noexcept {
  Statistics told = delivery_.statistics();
  told.lost_events += lost_.load(std::memory_order_relaxed);
  return told;
}

// -- databases --------------------------------------------------------------------------

std::shared_ptr<const Database> Tracker::database_of(Engine& engine) {
  if (database_ != nullptr) return database_;
  const Dialect* const dialect = &engine.dialect();
  {
    const std::lock_guard lock(mutex_);
    const auto found = databases_.find(dialect);
    if (found != databases_.end()) return found->second;
  }
  /// Forgets the database when the engine is over.
  struct Forget {
    Forget(std::weak_ptr<Tracker> of, const Dialect* key) noexcept
        : tracker(std::move(of)), dialect(key) {}
    Forget(const Forget&) = delete;
    Forget& operator=(const Forget&) = delete;
    ~Forget() {
      if (const auto still = tracker.lock()) still->forget(dialect);
    }
    std::weak_ptr<Tracker> tracker;
    const Dialect* dialect;
  };
  auto made = std::make_shared<const Database>(detail::database_of(engine.url()));
  engine.keep(std::make_shared<Forget>(weak_from_this(), dialect));
  const std::lock_guard lock(mutex_);
  return databases_.try_emplace(dialect, std::move(made)).first->second;
}

void Tracker::forget(const Dialect* dialect) noexcept {
  const std::lock_guard lock(mutex_);
  databases_.erase(dialect);
}

// -- connections ------------------------------------------------------------------------

Open* ConnectionState::find(EventKind kind) noexcept {
  const auto found = std::find_if(
      open.rbegin(), open.rend(), [kind](const Open& each) { return each.kind == kind; });
  return found == open.rend() ? nullptr : &*found;
}

Open* ConnectionState::find_execution(std::uint64_t id) noexcept {
  const auto found = std::find_if(open.rbegin(), open.rend(), [id](const Open& each) {
    return each.execution_id == id;
  });
  return found == open.rend() ? nullptr : &*found;
}

ConnectionState* Tracker::find(std::uint64_t id) noexcept {
  Found& last = found_of(id_);
  if (last.tracker == id_ && last.connection == id &&
      last.state->connection_id.load(std::memory_order_relaxed) == id)
    return last.state;
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return nullptr;
  last = {.tracker = id_, .connection = id, .state = found->second.get()};
  return last.state;
}

/// States are used again, and none is destroyed before the tracker: what a thread has found
/// once can be looked at.
ConnectionState& Tracker::new_state(Connection& connection) {
  const std::uint64_t id = connection.id();
  ConnectionState* state = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) {
      spare_.reserve(connections_.size() + 1);  // forget() needs no memory
      state = connections_.try_emplace(id, std::make_unique<ConnectionState>())
                  .first->second.get();
    } else {
      Connections::node_type node = std::move(spare_.back());
      spare_.pop_back();
      node.key() = id;
      state = connections_.insert(std::move(node)).position->second.get();
    }
  }
  state->dialect = &connection.engine().dialect();
  state->connection_id.store(id, std::memory_order_relaxed);
  found_of(id_) = {.tracker = id_, .connection = id, .state = state};
  return *state;
}

/// Also of a Connection that was there before the tracker: its life ends, as far as can be
/// seen, when its DBAPI connection goes back.
ConnectionState& Tracker::state_of(Connection& connection) {
  if (ConnectionState* const known = find(connection.id())) return *known;
  ConnectionState& state = new_state(connection);
  state.dbapi_connection_id = dbapi_id_of(connection);
  if (state.dbapi_connection_id == 0) return state;
  const std::lock_guard lock(mutex_);
  if (adopted_.try_emplace(state.dbapi_connection_id, connection.id()).second) ++watched_;
  return state;
}

void Tracker::forget(ConnectionState& state) noexcept {
  const std::uint64_t id = state.connection_id.exchange(0, std::memory_order_relaxed);
  state.dbapi_connection_id = 0;
  state.own = nullptr;
  state.has_own = false;
  state.own_outcome = Outcome::ok;
  state.own_failure = nullptr;
  state.attached.clear();
  state.open.clear();
  state.results.clear();
  const std::lock_guard lock(mutex_);
  spare_.push_back(connections_.extract(id));  // which has room for all
}

const RequestPtr* Tracker::request_of_thread(const Dialect* dialect) const noexcept {
  for (const RequestState* each = current_request(); each != nullptr;
       each = each->outer.get()) {
    if (each->has_ended.load(std::memory_order_acquire)) continue;
    if (dialect != nullptr && each->dialect != dialect) continue;
    if (const RequestPtr* const known = each->known_to(*this)) return known;
  }
  return nullptr;
}

void Tracker::attach(Connection& connection,
                     const std::shared_ptr<RequestState>& request) {
  if (request->has_ended.load(std::memory_order_acquire)) return;
  auto& attached = state_of(connection).attached;
  std::erase_if(attached, [&](const auto& each) {
    return each == request || each->has_ended.load(std::memory_order_acquire);
  });
  attached.push_back(request);
}

}  // namespace hark::audit::detail
