// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/faults/ending_checker.hpp"

#include <memory>
#include <tuple>

namespace hark::test {
namespace {

using C = ConnectionEvents;

struct Open {
  const EndingChecker* checker;
  std::string_view end;
};

/// What this thread has announced, and is still at.
std::vector<Open>& open_here() {
  thread_local std::vector<Open> all;
  return all;
}

}  // namespace

void EndingChecker::complain(std::string what) {
  const std::lock_guard lock(mutex_);
  complaints_ += std::move(what) + '\n';
}

void EndingChecker::announce(std::string_view end) {
  open_here().push_back({this, end});
  const std::lock_guard lock(mutex_);
  ++announced_;
}

void EndingChecker::hear(std::string_view end, const Ending& ending) {
  if ((ending.outcome == Outcome::ok) != (ending.error == nullptr))
    complain(std::string(end) + " does not tell the truth");
  if (open_here().empty() || open_here().back().checker != this ||
      open_here().back().end != end) {
    complain(std::string(end) + " ends what was not announced last");
  } else {
    open_here().pop_back();
  }
  const std::lock_guard lock(mutex_);
  heard_.emplace_back(end, ending.outcome);
}

template <class Announcement, class End>
void EndingChecker::pair(Engine& engine) {
  event::listen<Announcement>(engine, [this] { announce(End::id); });
  event::listen<End>(engine, [this](auto&&... arguments) {
    hear(End::id, std::get<sizeof...(arguments) - 1>(std::tie(arguments...)));
  });
}

void EndingChecker::watch(Engine& engine) {
  pair<C::before_execute, C::execute_end>(engine);
  pair<C::before_cursor_execute, C::cursor_execute_end>(engine);
  pair<C::begin, C::begin_end>(engine);
  pair<C::commit, C::commit_end>(engine);
  pair<C::rollback, C::rollback_end>(engine);
  pair<C::savepoint, C::savepoint_end>(engine);
  pair<C::release_savepoint, C::release_savepoint_end>(engine);
  pair<C::rollback_savepoint, C::rollback_savepoint_end>(engine);
  pair<C::begin_twophase, C::begin_twophase_end>(engine);
  pair<C::prepare_twophase, C::prepare_twophase_end>(engine);
  pair<C::rollback_twophase, C::rollback_twophase_end>(engine);
  pair<C::commit_twophase, C::commit_twophase_end>(engine);

  event::listen<DialectEvents::do_connect>(engine, [this] {
    announce(PoolEvents::connect_end::id);
    return std::unique_ptr<dbapi::Connection>();
  });
  event::listen<PoolEvents::connect_end>(
      engine, [this](dbapi::Connection* opened, ConnectionRecord&, const Ending& ending) {
        hear(PoolEvents::connect_end::id, ending);
        const std::lock_guard lock(mutex_);
        opened_ += opened != nullptr ? 1 : 0;
      });
  event::listen<PoolEvents::close>(engine, [this] {
    const std::lock_guard lock(mutex_);
    ++closed_;
  });
  event::listen<PoolEvents::checkout_end>(engine, [this] {
    const std::lock_guard lock(mutex_);
    ++checkouts_;
  });

  event::listen<C::after_cursor_execute>(engine,
                                         [this](Connection&,
                                                dbapi::Cursor& cursor,
                                                const std::string&,
                                                const dbapi::Parameters&,
                                                ExecutionContext& context) {
                                           if (cursor.column_count() == 0) return;
                                           const std::lock_guard lock(mutex_);
                                           results_.insert(context.id());
                                         });
  event::listen<C::result_end>(
      engine, [this](Connection&, std::uint64_t execution, const ResultEnding& ending) {
        if ((ending.outcome == Outcome::ok) != (ending.error == nullptr))
          complain("result_end does not tell the truth");
        std::unique_lock lock(mutex_);
        heard_.emplace_back(C::result_end::id, ending.outcome);
        const bool was_open = results_.erase(execution) == 1;
        lock.unlock();
        if (!was_open) complain("result_end ends no result");
      });
}

std::string EndingChecker::complaints(bool is_idle) const {
  const std::lock_guard lock(mutex_);
  std::string all = complaints_;
  if (!is_idle) return all;
  std::size_t ended = 0;
  for (const auto& [end, outcome] : heard_) ended += end != C::result_end::id ? 1 : 0;
  if (ended != announced_)
    all += std::to_string(announced_) + " announcements have " + std::to_string(ended) +
           " ends\n";
  if (!results_.empty())
    all += std::to_string(results_.size()) + " results have no end\n";
  return all;
}

std::vector<Outcome> EndingChecker::outcomes_of(std::string_view end) const {
  const std::lock_guard lock(mutex_);
  std::vector<Outcome> outcomes;
  for (const auto& [name, outcome] : heard_) {
    if (name == end) outcomes.push_back(outcome);
  }
  return outcomes;
}

std::size_t EndingChecker::checkouts() const {
  const std::lock_guard lock(mutex_);
  return checkouts_;
}

std::size_t EndingChecker::open() const {
  const std::lock_guard lock(mutex_);
  return opened_ - closed_;
}

void EndingChecker::forget() {
  const std::lock_guard lock(mutex_);
  heard_.clear();
  announced_ = 0;
}

}  // namespace hark::test
