// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/detail/session.hpp>
#include <hark/engine/clause.hpp>
#include <hark/engine/parameter_set.hpp>
#include <hark/engine/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hark {

namespace detail {

template <class T>
std::vector<T> fetch_some(Result& result, std::size_t most) {
  std::vector<T> some;
  if (most == 0) return some;
  auto rows = result.rows<T>();
  // No row is fetched that would not be kept.
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    some.push_back(*row);
    if (some.size() == most) break;
  }
  return some;
}

}  // namespace detail

/// What a statement of an AsyncConnection returned.
///
///     for (const auto& [id, name] : result.rows<std::int64_t, std::string_view>()) { … }
///     auto some = co_await result.async_fetchmany<Track>(100, asio::use_awaitable);
///
/// Where its rows are buffered, as async_execute() has them, they are read as those of a
/// Result, without waiting; where they are streamed, the `async_` functions fetch them.
///
/// Throws: as Result; InvalidRequestError where rows that are streamed would be waited for.
/// Thread safety: as its AsyncConnection: read, moved and dropped while no operation is under
/// way on that, or on its strand. Where the next one is begun before this one's handler is
/// called, that runs on the connection's strand.
/// Lifetime: it does not move while an operation of its own is under way. When its Connection
/// ends, it is closed.
/// Source: SQLAlchemy lib/sqlalchemy/ext/asyncio/result.py, AsyncResult.
class AsyncResult {
 public:
  AsyncResult() noexcept = default;
  AsyncResult(AsyncResult&& other) noexcept = default;
  AsyncResult& operator=(AsyncResult&& other) noexcept {
    AsyncResult old(std::move(*this));
    session_ = std::move(other.session_);
    result_ = std::move(other.result_);
    is_streamed_ = other.is_streamed_;
    return *this;
  }
  [[gnu::hot]] ~AsyncResult() {
    if (session_ != nullptr) leave();
  }

  bool returns_rows() const noexcept {
    return session_ != nullptr && result_.returns_rows();
  }
  const Columns& columns() const { return present().columns(); }
  /// Rows changed; -1: it is not known.
  std::int64_t rowcount() const noexcept { return result_.rowcount(); }
  std::int64_t lastrowid() const noexcept { return result_.lastrowid(); }
  bool closed() const noexcept { return result_.closed(); }
  bool is_streamed() const noexcept { return is_streamed_; }

  // -- rows that are there ----------------------------------------------------------------

  std::optional<Row> fetchone() { return buffered().fetchone(); }
  std::vector<Row> fetchmany(std::size_t most) { return buffered().fetchmany(most); }
  std::vector<Row> fetchall() { return buffered().fetchall(); }
  template <class... Ts>
  auto all() {
    return buffered().template all<Ts...>();
  }
  template <class... Ts>
  auto first() {
    return buffered().template first<Ts...>();
  }
  template <class... Ts>
  auto one() {
    return buffered().template one<Ts...>();
  }
  template <class... Ts>
  auto one_or_none() {
    return buffered().template one_or_none<Ts...>();
  }
  template <class T>
  std::optional<T> scalar() {
    return buffered().template scalar<T>();
  }
  template <class T>
  T scalar_one() {
    return buffered().template scalar_one<T>();
  }
  template <class T>
  std::vector<T> scalars() {
    return buffered().template scalars<T>();
  }
  /// For `for`, once. Lifetime: this object's.
  template <class... Ts>
  auto rows() & {
    return buffered().template rows<Ts...>();
  }
  /// The same of a result that nobody keeps: they have it.
  template <class... Ts>
  auto rows() && {
    return std::move(buffered()).template rows<Ts...>();
  }
  Result::iterator begin() { return buffered().begin(); }
  static std::default_sentinel_t end() noexcept { return {}; }

  // -- rows that are fetched --------------------------------------------------------------

  /// Completion: void(std::exception_ptr, std::optional<Row>); empty: there is none.
  template <class Token>
  auto async_fetchone(Token&& token) {
    return fetch<std::optional<Row>>([](Result& result) { return result.fetchone(); },
                                     std::forward<Token>(token));
  }
  /// Completion: void(std::exception_ptr, std::vector<Row>); fewer than `most`: there are no
  /// more.
  template <class Token>
  auto async_fetchmany(std::size_t most, Token&& token) {
    return fetch<std::vector<Row>>(
        [most](Result& result) { return result.fetchmany(most); },
        std::forward<Token>(token));
  }
  /// The same as values of one type. Completion: void(std::exception_ptr, std::vector<T>).
  template <class T, class Token>
  auto async_fetchmany(std::size_t most, Token&& token) {
    return fetch<std::vector<T>>(
        [most](Result& result) { return detail::fetch_some<T>(result, most); },
        std::forward<Token>(token));
  }
  /// All that are left. Completion: void(std::exception_ptr, std::vector<Row>).
  template <class Token>
  auto async_all(Token&& token) {
    return fetch<std::vector<Row>>([](Result& result) { return result.all(); },
                                   std::forward<Token>(token));
  }
  /// The same as values of one type. Completion: void(std::exception_ptr, std::vector<T>).
  template <class T, class Token>
  auto async_all(Token&& token) {
    return fetch<std::vector<T>>([](Result& result) { return result.template all<T>(); },
                                 std::forward<Token>(token));
  }
  /// Gives the cursor's locks back. Again: no effect. Completion: void(std::exception_ptr).
  template <class Token>
  auto async_close(Token&& token) {
    return fetch<void>([](Result& result) { result.close(); },
                       std::forward<Token>(token));
  }

  /// The Result within.
  ///
  /// Throws: InvalidRequestError where its rows are streamed.
  Result& buffered() {
    if (is_streamed_ || session_ == nullptr) throw_not_buffered();
    return result_;
  }

 private:
  friend struct detail::MakeAsyncResult;
  template <class Execute>
  AsyncResult(detail::AsyncSession& session, const Execute& execute)
      : session_(session.shared_from_this()), result_(execute()) {}

  const Result& present() const {
    if (session_ == nullptr) throw_not_buffered();
    return result_;
  }
  [[noreturn]] void throw_not_buffered() const;
  [[gnu::hot]] void leave() noexcept;

  template <class R, class Fetch, class Token>
  auto fetch(Fetch fetch, Token&& token) {
    return detail::async_start<R>(
        session_,
        [this, fetch](detail::AsyncSession& /*session*/) -> R {
          if (session_ == nullptr) throw_not_buffered();
          return fetch(result_);
        },
        std::forward<Token>(token));
  }

  std::shared_ptr<detail::AsyncSession> session_;  // null: moved from, or made of nothing
  Result result_;
  bool is_streamed_ = false;
};

namespace detail {

/// Do the connection's options say that rows are streamed?
[[gnu::hot]] bool streams(const Connection& connection);

struct MakeAsyncResult {
  /// Of what `execute()` returns: its rows are streamed where the connection's options say so.
  template <class Execute>
  AsyncResult operator()(AsyncSession& session, const Execute& execute) const {
    AsyncResult made(session, execute);
    made.is_streamed_ = made.result_.returns_rows() && streams(session.connection());
    return made;
  }
  /// They are.
  template <class Execute>
  AsyncResult streamed(AsyncSession& session, const Execute& execute) const {
    AsyncResult made(session, execute);
    made.is_streamed_ = true;
    return made;
  }
};
inline constexpr MakeAsyncResult make_result;

AsyncResult stream(AsyncSession& session,
                   const Clause& clause,
                   const ParameterSet& parameters);

}  // namespace detail

}  // namespace hark
