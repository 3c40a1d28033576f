// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio/async_result.hpp>
#include <hark/asio/async_transaction.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/engine/connection.hpp>
#include <hark/error.hpp>

#include <memory>
#include <utility>

namespace hark {
namespace detail {

namespace {

constexpr const char* stream_results = "stream_results";

}  // namespace

bool streams(const Connection& connection) {
  return is_set(connection.get_execution_options(), stream_results);
}

/// While it lives the connection streams, and nobody hears of it.
class StreamScope {
 public:
  explicit StreamScope(Connection& connection) : connection_(connection) {
    if (streams(connection)) return;
    ExecutionOptions merged = connection.get_execution_options();
    merged.insert_or_assign(stream_results, true);
    set_ = std::make_shared<const ExecutionOptions>(std::move(merged));
    before_ = std::exchange(connection.options_, set_);
  }
  StreamScope(const StreamScope&) = delete;
  StreamScope& operator=(const StreamScope&) = delete;
  ~StreamScope() {
    if (set_ == nullptr) return;
    if (connection_.options_ == set_) {
      connection_.options_ = std::move(before_);
    } else {
      forget_in_changed();
    }
  }

 private:
  /// A listener has set options meanwhile.
  void forget_in_changed() noexcept {
    try {
      ExecutionOptions changed = connection_.get_execution_options();
      changed.erase(stream_results);
      connection_.options_ = std::make_shared<const ExecutionOptions>(std::move(changed));
    } catch (...) {
      report_lost_error("setting stream_results back failed");
    }
  }

  Connection& connection_;
  SharedExecutionOptions set_;  // null: it streamed before
  SharedExecutionOptions before_;
};

AsyncResult stream(AsyncSession& session,
                   const Clause& clause,
                   const ParameterSet& parameters) {
  Connection& connection = session.connection();
  const StreamScope streaming(connection);
  return make_result.streamed(session,
                              [&] { return connection.execute(clause, parameters); });
}

}  // namespace detail

void AsyncResult::throw_not_buffered() const {
  if (session_ == nullptr) throw ResourceClosedError("this result is closed");
  throw InvalidRequestError(
      "these rows are streamed: fetch them with async_fetchmany() or async_all()");
}

/// Where that takes no time, here; else in the background, when what was begun is done.
void AsyncResult::leave() noexcept {
  if (session_->is_idle() && (!is_streamed_ || result_.closed())) return;
  try {
    session_->start_in_background(
        [result = std::make_shared<Result>(std::move(result_))](
            detail::AsyncSession& /*session*/) mutable { result.reset(); });
  } catch (...) {
    detail::report_lost_error("closing a result failed");
  }
}

template <class T>
void detail::AsyncTransactionOf<T>::roll_back_in_background() noexcept {
  if (transaction_ == nullptr) return;
  if (session_->is_idle() && !transaction_->is_active()) return transaction_.reset();
  try {
    session_->start_in_background(
        [transaction = std::move(transaction_)](AsyncSession& /*session*/) mutable {
          transaction.reset();
        });
  } catch (...) {
    report_lost_error("rolling a transaction back failed");
  }
}

template class detail::AsyncTransactionOf<Transaction>;
template class detail::AsyncTransactionOf<TwoPhaseTransaction>;

}  // namespace hark
