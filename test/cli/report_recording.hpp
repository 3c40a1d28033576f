// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hark::cli {

/// What a program did, as a handler is told it: at times that the test chooses.
class Recording {
 public:
  using Record = std::
      variant<audit::RequestStart, audit::EventStart, audit::EventEnd, audit::RequestEnd>;

  /// 2026-11-22 09:12:33 UTC
  static constexpr std::int64_t epoch = 1'795'338'753'000'000'000;

  void pass(std::chrono::nanoseconds time) { now_ += time.count(); }
  const std::vector<Record>& records() const noexcept { return records_; }

  audit::RequestStart begin_request(const std::string& name) {
    audit::RequestStart request;
    request.id = ++last_id_;
    request.name = name;
    request.start = moment(now_);
    request.database = database_;
    records_.emplace_back(request);
    return request;
  }

  void end_request(const audit::RequestStart& start,
                   Outcome outcome = Outcome::ok,
                   std::uint64_t lost = 0) {
    audit::RequestEnd end;
    static_cast<audit::RequestStart&>(end) = start;
    end.outcome = outcome;
    end.elapsed = moment(now_).wall - start.start.wall;
    end.lost = lost;
    records_.emplace_back(end);
  }

  /// An event of that kind, begun, to be ended.
  audit::EventEnd begin(const audit::RequestStart& request,
                        audit::EventKind kind,
                        std::uint64_t parent = 0) {
    audit::EventEnd event;
    event.request_id = request.id;
    event.parent_id = parent;
    event.kind = kind;
    return begin(std::move(event));
  }

  audit::EventEnd begin(audit::EventEnd event) {
    event.id = ++last_id_;
    event.start = moment(now_);
    records_.emplace_back(static_cast<const audit::EventStart&>(event));
    return event;
  }

  void end(audit::EventEnd event) {
    event.elapsed = moment(now_).wall - event.start.wall;
    records_.emplace_back(std::move(event));
  }

  /// A statement that takes so long.
  void execute(const audit::RequestStart& request,
               const std::string& sql,
               std::chrono::nanoseconds time,
               std::uint64_t rows = 1,
               std::uint64_t parent = 0) {
    audit::EventEnd event = statement(request, sql, parent);
    event.rows = rows;
    event = begin(std::move(event));
    pass(time);
    end(std::move(event));
  }

  void fail(const audit::RequestStart& request,
            const std::string& sql,
            audit::Failure failure) {
    audit::EventEnd event = begin(statement(request, sql));
    pass(std::chrono::microseconds(1));
    event.outcome = Outcome::error;
    event.failure = std::move(failure);
    end(std::move(event));
  }

  /// What a Delivery tells of what it has lost.
  void lose(const audit::RequestStart& request,
            const std::string& reason,
            std::uint64_t events,
            std::uint64_t requests) {
    audit::EventEnd lost;
    lost.request_id = request.id;
    lost.kind = audit::EventKind::lost;
    lost.name = reason;
    lost.attributes = {{"events", dbapi::Value(events)},
                       {"requests", dbapi::Value(requests)}};
    end(begin(std::move(lost)));
  }

  /// An event that is not begun as yet.
  static audit::EventEnd statement(const audit::RequestStart& request,
                                   const std::string& sql,
                                   std::uint64_t parent = 0) {
    audit::Statement made;
    made.text = sql;
    made.fingerprint = sql.substr(0, sql.find(" = "));
    made.operation = sql.substr(0, sql.find(' '));
    made.summary = made.operation;
    audit::EventEnd event;
    event.request_id = request.id;
    event.parent_id = parent;
    event.kind = audit::EventKind::statement;
    event.statement = std::make_shared<const audit::Statement>(std::move(made));
    return event;
  }

  static audit::Moment moment(std::int64_t since_epoch) {
    const std::chrono::nanoseconds passed(since_epoch);
    return {audit::WallTime(std::chrono::nanoseconds(epoch) + passed),
            audit::MonotonicTime(passed)};
  }

 private:
  std::int64_t now_ = 0;
  std::uint64_t last_id_ = 0;
  std::vector<Record> records_;
  std::shared_ptr<const audit::Database> database_ =
      std::make_shared<audit::Database>(audit::Database{
          .system = "sqlite", .name = "music.db", .url = "sqlite:///music.db"});
};

}  // namespace hark::cli
