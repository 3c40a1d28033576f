// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/delivery.hpp"

#include <hark/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <typeinfo>
#include <utility>
#include <vector>

#include "audit/inside.hpp"
#include "audit/queue.hpp"
#include "audit/quiet_thread.hpp"
#include "audit/watch.hpp"
#include "event/reporting.hpp"

namespace hark::audit::detail {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr nanoseconds nap = 1ms;
/// After so many calls others get the executor.
constexpr unsigned calls_in_a_row = 64;

std::string class_of(const Handler& handler) {
  const char* const name = typeid(handler).name();
  int status = 0;
  char* const demangled = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string made = status == 0 ? demangled : name;
  std::free(demangled);  // NOLINT(cppcoreguidelines-no-malloc)
  return made;
}

std::string_view name_of_call(const Item& item) noexcept {
  if (item.event == nullptr) return item.is_end ? "request_end" : "request_start";
  return item.is_end ? "event_end" : "event_start";
}

Syntax syntax_of(const std::shared_ptr<const Database>& database) noexcept {
  return database == nullptr ? Syntax::any : audit::syntax_of(database->system);
}

std::exception_ptr too_long(std::string_view call, nanoseconds timeout) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  return std::make_exception_ptr(TimeoutError("timed out: " + std::string(call) +
                                              " took longer than " +
                                              std::to_string(count.count()) + " ms"));
}

}  // namespace

/// The queue, and the one who empties it: a coroutine on an executor, which runs while there
/// is something to do; or, inline, whoever has filled it.
struct Delivery::Shared final : Queue, std::enable_shared_from_this<Shared> {
  /// A run of the pump: where its executor is destroyed there is none any more.
  struct Run {
    explicit Run(std::shared_ptr<Shared> of) noexcept : shared(std::move(of)) {}
    Run(Run&& other) noexcept = default;
    Run& operator=(Run&&) = delete;
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() {
      if (shared == nullptr) return;
      shared->is_starting ? shared->note_rest() : shared->leave();
    }
    std::shared_ptr<Shared> shared;
  };

  Shared(std::shared_ptr<Handler> of, const Options& given);

  bool is_inline() const noexcept { return options().policy == QueuePolicy::inline_; }
  bool is_inside() const noexcept { return Inside::is_in(this); }
  /// Inline no handler's work is: who is in its own turn must not wait for another's.
  bool is_recorded_here() const noexcept {
    return is_inline() ? !Inside::is_in_any() : !is_inside();
  }

  // The pump.
  void start_pump() noexcept override;
  void rouse_pump() noexcept override;
  void take_executor() noexcept;
  void lose_executor() noexcept;
  asio::awaitable<void> pump(Run run);
  asio::awaitable<void> empty(Watch& watch);
  asio::awaitable<void> sleep(asio::steady_timer& timer);
  void leave() noexcept {
    give_up();
    if (!is_finished()) finish();
  }
  void finish() noexcept;

  // Inline.
  bool take_turn(steady_clock::time_point deadline) noexcept;
  void give_turn() noexcept;
  void drain() noexcept;
  template <class Work>
  void run_here(Work work) noexcept;

  // One call.
  void prepare(Item& item);
  void prepare_start(OpenEvent& event);
  void prepare_end(OpenEvent& event);
  static void settle(Item& item) noexcept;
  void put_away(Item& item) noexcept;
  void call_plain(Item& item);
  asio::awaitable<void> call_awaitable(Item& item);
  template <class Call>
  bool run_plain(std::string_view name, Call call) noexcept;
  asio::awaitable<void> call_flush();
  template <class Call>
  asio::awaitable<bool> run_awaitable(std::string_view name, Call call, Watch& watch);
  void deliver_plain(Item& item) noexcept;
  asio::awaitable<void> deliver_awaitable(Item& item, Watch& watch);
  void flush_plain() noexcept;
  asio::awaitable<void> flush_awaitable(Watch& watch);
  void report(std::string_view call, const std::exception_ptr& error) noexcept;

  // Constant after construction, but for the handler at the end.
  std::shared_ptr<Handler> handler;
  PlainHandler* const plain;
  AwaitableHandler* const awaitable;
  const std::string label;
  asio::io_context* own_context = nullptr;  // the thread's

  // The consumer's.
  StatementCache statements;
  asio::steady_timer* nap_timer = nullptr;           // while it sleeps
  std::unique_ptr<asio::io_context> inline_context;  // of coroutines

  std::atomic<bool> is_starting{false};  // a pump; it cannot fail otherwise meanwhile
  std::mutex executor_mutex;
  asio::any_io_executor executor;  // guarded by it; inline, and when it is over: none

  std::mutex turn_mutex;
  std::condition_variable turn_given;
  bool is_taken = false;  // guarded by turn_mutex

  std::mutex thread_mutex;
  std::thread thread;  // guarded by thread_mutex
};

Delivery::Shared::Shared(std::shared_ptr<Handler> of, const Options& given)
    : Queue(given,
            // A coroutine is cancelled first.
            std::min(given.call_timeout, longest_timeout) *
                (of->awaitable() == nullptr ? 1 : 2)),
      handler(std::move(of)),
      plain(handler->plain()),
      awaitable(handler->awaitable()),
      label(class_of(*handler)) {
  if (is_inline() && awaitable != nullptr)
    inline_context = std::make_unique<asio::io_context>(1);
}

void Delivery::Shared::report(std::string_view call,
                              const std::exception_ptr& error) noexcept {
  const Inside inside(this);  // who hears of it may do work, too
  note_failure(error);
  event::detail::report_failure({.event = call,
                                 .label = label,
                                 .place = {},
                                 .error = error,
                                 .failures = statistics().failures});
}

void Delivery::Shared::prepare(Item& item) {
  OpenRequest& request = *item.request;
  if (item.event != nullptr) {
    item.is_end ? prepare_end(*item.event) : prepare_start(*item.event);
  } else if (item.is_end) {
    std::shared_ptr<const Statement> none;
    read_end(item.bytes, request.record.attributes, none, statements, Syntax::any);
    request.record.outcome = request.end_fields.outcome;
    request.record.elapsed = request.end_fields.elapsed;
    if (request.end_fields.failure != nullptr)
      request.record.failure = *request.end_fields.failure;
  } else {
    read_request(item.bytes, request.record);
  }
}

void Delivery::Shared::prepare_start(OpenEvent& event) {
  event.told = std::make_unique<OpenEvent::Told>();
  EventEnd& record = event.told->record;
  const OpenRequest& request = *event.start.request;
  record.id = event.id;
  record.request_id = request.record.id;
  record.parent_id = event.parent_id;
  record.kind = event.kind;
  record.start = event.moment;
  record.database = request.record.database;
  record.connection_id = event.connection_id;
  record.dbapi_connection_id = event.dbapi_connection_id;
  record.execution_id = event.execution_id;
  record.thread_id = event.thread_id;
  record.payload.swap(event.payload);
  read_event(event.start.bytes,
             record,
             statements,
             syntax_of(record.database),
             options().redaction);
}

void Delivery::Shared::prepare_end(OpenEvent& event) {
  EventEnd& record = event.told->record;
  const EndFields& end = event.end_fields;
  read_end(event.end.bytes,
           record.attributes,
           record.statement,
           statements,
           syntax_of(record.database));
  record.outcome = end.outcome;
  record.elapsed = end.elapsed;
  if (end.failure != nullptr) record.failure = *end.failure;
  record.rows = end.rows;
  record.waited = end.waited;
  record.open = end.open;
  record.ended_by = end.ended_by;
}

void Delivery::Shared::settle(Item& item) noexcept {
  if (item.is_end) return;
  if (item.event != nullptr) {
    item.event->fate = Fate::told;
    ++item.request->record.events;
  } else {
    item.request->fate = Fate::told;
  }
}

/// Destroys what is left of it, where the handler was called or not.
void Delivery::Shared::put_away(Item& item) noexcept {
  const Inside inside(this);
  if (item.bytes.capacity() > largest_kept) Bytes().swap(item.bytes);
  if (item.event != nullptr) {
    OpenEvent& event = *item.event;
    event.payload.reset();
    if (item.is_end || event.fate != Fate::told) event.told.reset();
    if (item.is_end) event.end_fields.failure.reset();
  } else if (item.is_end) {
    item.request->context.reset();
  }
}

void Delivery::Shared::call_plain(Item& item) {
  OpenRequest& request = *item.request;
  Context* const context = request.context.get();
  if (item.event == nullptr) {
    if (item.is_end) {
      plain->call(request.record, context);
    } else {
      request.context = plain->call(request.record);
    }
    return;
  }
  OpenEvent::Told& told = *item.event->told;
  if (item.is_end) {
    plain->call(told.record, context, told.context.get());
  } else {
    told.context = plain->call(static_cast<const EventStart&>(told.record), context);
  }
}

asio::awaitable<void> Delivery::Shared::call_awaitable(Item& item) {
  OpenRequest& request = *item.request;
  Context* const context = request.context.get();
  if (item.event == nullptr) {
    if (item.is_end) {
      co_await awaitable->call(request.record, context);
    } else {
      request.context = co_await awaitable->call(request.record);
    }
    co_return;
  }
  OpenEvent::Told& told = *item.event->told;
  if (item.is_end) {
    co_await awaitable->call(told.record, context, told.context.get());
  } else {
    told.context =
        co_await awaitable->call(static_cast<const EventStart&>(told.record), context);
  }
}

template <class Call>
bool Delivery::Shared::run_plain(std::string_view name, Call call) noexcept {
  const Inside inside(this);
  const auto begin = steady_clock::now();
  try {
    call();
    if (steady_clock::now() - begin > options().call_timeout)
      report(name, too_long(name, options().call_timeout));
    return true;
  } catch (...) {
    report(name, std::current_exception());
    return false;
  }
}

void Delivery::Shared::deliver_plain(Item& item) noexcept {
  run_plain(name_of_call(item), [&] {
    prepare(item);
    call_plain(item);
    settle(item);
  });
  put_away(item);
}

void Delivery::Shared::flush_plain() noexcept {
  note_flush(run_plain("flush", [&] { plain->call_flush(); }));
}

/// What is called is a coroutine even where the handler's function is none, so that what it
/// does and throws by itself is the call's, too.
asio::awaitable<void> Delivery::Shared::call_flush() { co_await awaitable->call_flush(); }

template <class Call>
asio::awaitable<bool> Delivery::Shared::run_awaitable(std::string_view name,
                                                      Call call,
                                                      Watch& watch) {
  const asio::any_io_executor inside_executor(
      InsideExecutor(co_await asio::this_coro::executor, this));
  std::exception_ptr error;
  watch.begin();
  try {
    co_await asio::co_spawn(
        inside_executor,
        call(),
        asio::bind_cancellation_slot(watch.slot(), asio::use_awaitable));
  } catch (...) {
    error = std::current_exception();
  }
  const bool is_too_long = watch.end();
  if (error != nullptr)
    report(name, is_too_long ? too_long(name, options().call_timeout) : error);
  co_return error == nullptr;
}

asio::awaitable<void> Delivery::Shared::deliver_awaitable(Item& item, Watch& watch) {
  if (run_plain(name_of_call(item), [&] { prepare(item); }) &&
      co_await run_awaitable(
          name_of_call(item), [&] { return call_awaitable(item); }, watch))
    settle(item);
  put_away(item);
}

asio::awaitable<void> Delivery::Shared::flush_awaitable(Watch& watch) {
  note_flush(co_await run_awaitable(
      "flush", [this] { return call_flush(); }, watch));
}

void Delivery::Shared::start_pump() noexcept {
  try {
    const std::lock_guard lock(executor_mutex);
    if (executor) {
      is_starting = true;
      asio::post(executor, [run = Run(shared_from_this()), on = executor]() mutable {
        Shared& self = *run.shared;
        asio::co_spawn(on, self.pump(std::move(run)), asio::detached);
      });
      is_starting = false;
      return;
    }
  } catch (...) {  // there is no memory: the next event starts it again
    is_starting = false;
    return;
  }
  leave();
}

void Delivery::Shared::rouse_pump() noexcept {
  try {
    const std::lock_guard lock(executor_mutex);
    if (!executor) return;
    asio::post(executor, [self = shared_from_this()] {
      if (self->nap_timer != nullptr) self->nap_timer->cancel();
    });
  } catch (...) {  // it wakes up by itself soon
  }
}

/// Nobody uses it any more, nor is about to.
void Delivery::Shared::take_executor() noexcept {
  asio::any_io_executor last;
  const std::lock_guard lock(executor_mutex);
  last.swap(executor);
}

/// Its context is being destroyed; what it was about to run will be.
void Delivery::Shared::lose_executor() noexcept {
  take_executor();
  if (give_up() && !is_finished()) finish();
}

asio::awaitable<void> Delivery::Shared::pump(Run run) {
  try {
    const auto watch = std::make_shared<Watch>(co_await asio::this_coro::executor,
                                               options().call_timeout);
    co_await empty(*watch);
    watch->stop();
  } catch (...) {  // there is no memory: the next event starts it again
    note_rest();
  }
  // It ends by itself: there is no need to leave.
  const std::shared_ptr<Shared> last = std::move(run.shared);
}

asio::awaitable<void> Delivery::Shared::empty(Watch& watch) {
  const asio::any_io_executor executor_here = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor_here);
  Item* done = nullptr;
  for (unsigned calls = 1;; ++calls) {
    const Step step = next(done);
    done = step.item;
    switch (step.what) {
      case Step::What::deliver:
        if (plain != nullptr) {
          deliver_plain(*step.item);
        } else {
          co_await deliver_awaitable(*step.item, watch);
        }
        break;
      case Step::What::skip:
        put_away(*step.item);
        break;
      case Step::What::finish:
      case Step::What::flush:
        if (plain != nullptr) {
          flush_plain();
        } else {
          co_await flush_awaitable(watch);
        }
        if (step.what == Step::What::flush) break;
        [[fallthrough]];
      case Step::What::leave:
        finish();
        co_return;
      case Step::What::sleep:
        co_await sleep(timer);
        break;
      case Step::What::rest:
        co_return;
    }
    if (own_context == nullptr && calls % calls_in_a_row == 0)
      co_await asio::post(executor_here, asio::use_awaitable);
  }
}

asio::awaitable<void> Delivery::Shared::sleep(asio::steady_timer& timer) {
  boost::system::error_code roused;
  timer.expires_after(nap);
  nap_timer = &timer;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, roused));
  nap_timer = nullptr;
}

/// Of the pump, after which it does not come back, or of what is left of it.
void Delivery::Shared::finish() noexcept {
  {
    const Inside inside(this);
    clean_up();
    inline_context = nullptr;
    handler = nullptr;
  }
  if (own_context != nullptr) own_context->stop();
  note_finish();
}

bool Delivery::Shared::take_turn(steady_clock::time_point deadline) noexcept {
  std::unique_lock lock(turn_mutex);
  if (!turn_given.wait_until(lock, deadline, [&] { return !is_taken; })) return false;
  is_taken = true;
  return true;
}

void Delivery::Shared::give_turn() noexcept {
  const std::lock_guard lock(turn_mutex);
  is_taken = false;
  turn_given.notify_one();
}

template <class Work>
void Delivery::Shared::run_here(Work work) noexcept {
  try {
    inline_context->restart();
    const auto watch =
        std::make_shared<Watch>(inline_context->get_executor(), options().call_timeout);
    asio::co_spawn(
        *inline_context,
        [&]() -> asio::awaitable<void> {
          co_await work(*watch);
          watch->stop();
        },
        asio::detached);
    inline_context->run();
  } catch (...) {
    report("inline", std::current_exception());
  }
}

void Delivery::Shared::drain() noexcept {
  const auto flush_here = [&] {
    if (plain != nullptr) {
      flush_plain();
    } else {
      run_here([&](Watch& watch) { return flush_awaitable(watch); });
    }
  };
  Item* done = nullptr;
  for (;;) {
    if (is_overdue()) give_up();  // nobody else would
    const Step step = next(done);
    done = step.item;
    switch (step.what) {
      case Step::What::deliver:
        if (plain != nullptr) {
          deliver_plain(*step.item);
        } else {
          run_here([&](Watch& watch) { return deliver_awaitable(*step.item, watch); });
        }
        break;
      case Step::What::skip:
        put_away(*step.item);
        break;
      case Step::What::flush:
        flush_here();
        break;
      case Step::What::finish:
        flush_here();
        finish();
        return;
      case Step::What::leave:
        finish();
        return;
      case Step::What::sleep:
      case Step::What::rest:
        return;
    }
  }
}

/// Tells deliveries that the context of their executor is being destroyed, so that nobody
/// uses it any more.
class Delivery::EndOfContext final : public asio::execution_context::service {
 public:
  using key_type = EndOfContext;
  static asio::execution_context::id id;  // NOLINT(readability-identifier-naming)

  explicit EndOfContext(asio::execution_context& context) : service(context) {}

  static void tell(const std::shared_ptr<Shared>& delivery) {
    auto& self = asio::use_service<EndOfContext>(
        asio::query(delivery->executor, asio::execution::context));
    const std::lock_guard lock(self.mutex_);
    auto& deliveries = self.deliveries_;
    deliveries.erase(std::remove_if(deliveries.begin(),
                                    deliveries.end(),
                                    [](const auto& known) { return known.expired(); }),
                     deliveries.end());
    deliveries.push_back(delivery);
  }

 private:
  void shutdown() override {
    std::vector<std::weak_ptr<Shared>> deliveries;
    {
      const std::lock_guard lock(mutex_);
      deliveries.swap(deliveries_);
    }
    for (const auto& known : deliveries) {
      if (const auto delivery = known.lock()) delivery->lose_executor();
    }
  }

  std::mutex mutex_;
  std::vector<std::weak_ptr<Shared>> deliveries_;  // guarded by mutex_
};

asio::execution_context::id Delivery::EndOfContext::id;

/// Inline one thread at a time records, and delivers what it has recorded.
class Delivery::Turn {
 public:
  explicit Turn(Shared& shared) noexcept
      // A handler's call is in its turn already.
      : shared_(shared),
        is_taken_(shared.is_inline() && !shared.is_inside() &&
                  shared.take_turn(latest())) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!is_taken_) return;
    shared_.drain();
    shared_.give_turn();
  }

 private:
  /// In a call of another one's handler it does not wait, as that one may wait for it: what
  /// ends there is delivered by the next turn.
  static steady_clock::time_point latest() noexcept {
    const auto now = steady_clock::now();
    return Inside::is_in_any() ? now : now + longest_timeout;
  }

  Shared& shared_;
  const bool is_taken_;
};

Delivery::Delivery(std::shared_ptr<Handler> handler,
                   const Options& options,
                   const asio::any_io_executor& executor)
    : shared_(std::make_shared<Shared>(std::move(handler), options)) {
  if (shared_->is_inline()) return;
  if (executor) {
    shared_->executor = asio::make_strand(executor);
    EndOfContext::tell(shared_);
    return;
  }
  auto context = std::make_unique<asio::io_context>(1);
  shared_->executor = context->get_executor();
  shared_->own_context = context.get();
  shared_->thread = quiet_thread([shared = shared_, context = std::move(context)] {
    pthread_setname_np(pthread_self(), "hark-audit");
    const auto work = asio::make_work_guard(*context);
    while (!context->stopped()) {
      try {
        context->run();
      } catch (...) {  // of what a handler has left running
        shared->report("run", std::current_exception());
      }
    }
    shared->take_executor();
  });
}

Delivery::~Delivery() {
  stop();
  const std::lock_guard lock(shared_->thread_mutex);
  // The handler itself has let go of the last handle.
  if (shared_->thread.joinable()) shared_->thread.detach();
}

RequestPtr Delivery::start_request(const RequestNote& note) noexcept {
  if (!shared_->is_recorded_here()) return nullptr;
  const Turn turn(*shared_);
  return shared_->start_request(note);
}

EventHandle Delivery::start_event(const RequestPtr& request,
                                  const EventNote& note) noexcept {
  if (!shared_->is_recorded_here()) return {};
  const Turn turn(*shared_);
  return shared_->start_event(request, note, nullptr);
}

void Delivery::end_event(const RequestPtr& request,
                         EventHandle event,
                         const EndNote& note) noexcept {
  if (event.id == 0) return;
  const Turn turn(*shared_);
  shared_->end_event(request, event, note);
}

void Delivery::point(const RequestPtr& request,
                     const EventNote& note,
                     const EndNote& end) noexcept {
  if (!shared_->is_recorded_here()) return;
  const Turn turn(*shared_);
  shared_->start_event(request, note, &end);
}

void Delivery::end_request(const RequestPtr& request, const EndNote& note) noexcept {
  if (request == nullptr) return;
  const Turn turn(*shared_);
  shared_->end_request(request, note);
}

std::uint64_t Delivery::id_of(const RequestPtr& request) noexcept {
  return request == nullptr ? 0 : request->record.id;
}

bool Delivery::flush(steady_clock::time_point deadline) noexcept {
  if (shared_->is_inside()) return false;
  const std::uint64_t flush = shared_->ask_flush();
  if (shared_->is_inline() && shared_->take_turn(deadline)) {
    shared_->drain();
    shared_->give_turn();
  }
  return shared_->wait_for_flush(flush, deadline);
}

void Delivery::stop() noexcept {
  const auto deadline = shared_->begin_stop();
  if (shared_->is_inside()) return;  // who called goes on, and finishes
  if (shared_->is_inline() && shared_->take_turn(deadline)) {
    shared_->drain();
    shared_->give_turn();
  }
  const bool is_finished = shared_->wait_until_finished(deadline);
  if (!is_finished) shared_->give_up();
  std::thread thread;
  {
    const std::lock_guard lock(shared_->thread_mutex);
    thread.swap(shared_->thread);
  }
  if (!thread.joinable()) return;
  is_finished ? thread.join() : thread.detach();
}

Statistics Delivery::statistics() const noexcept { return shared_->statistics(); }

std::exception_ptr Delivery::last_error() const noexcept { return shared_->last_error(); }

}  // namespace hark::audit::detail
