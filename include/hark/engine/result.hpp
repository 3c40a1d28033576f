// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/ending.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/engine/row.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark {

template <class T, class Owner>
class Rows;

/// What a statement returned. Rows are fetched as they are asked for.
///
///     for (const auto& [id, name] : result.rows<std::int64_t, std::string_view>()) { … }
///     for (hark::RowView row : result) { row.get<std::string>("name"); }
///     Track track = connection.execute(by_id, {{"id", 7}}).one<Track>();
///
/// Typed rows are tuples, plain structs (the columns in the order of their fields) or
/// single values; NULL is std::optional. What is kept longer than a row owns what it
/// holds; in a loop, std::string_view and std::span look at the driver's own bytes.
///
/// Throws: every function that fetches: ResourceClosedError when the statement returns no
/// rows or the result was closed; DataError for a value that does not convert; what the
/// driver throws, wrapped. The row that did not convert is lost, the next one follows.
/// Lifetime: when its Connection ends, it is closed.
/// Thread safety: the connection's thread.
/// Source: SQLAlchemy lib/sqlalchemy/engine/cursor.py, CursorResult.
class Result {
 public:
  Result(Result&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)),
        next_(other.next_),
        link_(other.link_),
        cursor_(std::move(other.cursor_)),
        columns_(std::exchange(other.columns_, nullptr)),
        width_(other.width_),
        rows_fetched_(other.rows_fetched_),
        execution_(other.execution_),
        announcement_(std::exchange(other.announcement_, std::nullopt)),
        state_(std::exchange(other.state_, State::closed)),
        left_(std::move(other.left_)) {
    if (connection_ == nullptr) return;
    *link_ = this;
    if (next_ != nullptr) next_->link_ = &next_;
  }
  Result& operator=(Result&& other) noexcept;
  [[gnu::hot]] ~Result() {
    if (announcement_) [[unlikely]]
      tell_end();
    unlink();
  }

  bool returns_rows() const noexcept { return width_ != 0; }
  const Columns& columns() const {
    if (columns_ == nullptr) columns_ = shared_columns().get();
    return *columns_;
  }

  /// Rows changed; -1: it is not known.
  std::int64_t rowcount() const noexcept {
    if (cursor_) return cursor_->rowcount();
    return left_ ? left_->rowcount : -1;
  }
  std::int64_t lastrowid() const noexcept {
    if (cursor_) return cursor_->lastrowid();
    return left_ ? left_->lastrowid : 0;
  }

  // -- rows of their own ----------------------------------------------------------------

  /// The next row; empty: there is none.
  std::optional<Row> fetchone();
  std::vector<Row> fetchmany(std::size_t most);
  std::vector<Row> fetchall();

  /// All that are left.
  std::vector<Row> all() { return fetchall(); }
  /// The first one, and closes; empty: there is none.
  std::optional<Row> first();
  /// The only one, and closes.
  ///
  /// Throws: NoResultFound, MultipleResultsFound.
  Row one();
  /// The same; empty: there is none.
  std::optional<Row> one_or_none();
  /// The first column of the first row, and closes; empty: there is no row.
  std::optional<dbapi::Value> scalar();

  // -- typed rows -----------------------------------------------------------------------

  template <class... Ts>
  using RowOf = typename detail::RowType<Ts...>::type;

  template <class... Ts>
  requires(sizeof...(Ts) != 0) std::vector<RowOf<Ts...>> all() {
    return gather<RowOf<Ts...>>([this](auto& row) { return this->read(row); });
  }

  template <class... Ts>
  requires(sizeof...(Ts) != 0) [[gnu::hot]] std::optional<RowOf<Ts...>> first() {
    RowOf<Ts...> row;  // all of it is read
    const bool is_found = read(rows_kept(row));
    close();
    if (!is_found) return std::nullopt;
    return row;
  }

  /// Throws: NoResultFound, MultipleResultsFound.
  template <class... Ts>
  requires(sizeof...(Ts) != 0) [[gnu::hot]] RowOf<Ts...> one() {
    RowOf<Ts...> row;  // all of it is read
    if (!read(rows_kept(row))) throw_no_row();
    expect_no_more();
    return row;
  }

  /// Throws: MultipleResultsFound.
  template <class... Ts>
  requires(sizeof...(Ts) != 0) std::optional<RowOf<Ts...>> one_or_none() {
    RowOf<Ts...> row;  // all of it is read
    if (!read(rows_kept(row))) return std::nullopt;
    expect_no_more();
    return row;
  }

  /// The first column of the first row, and closes; empty: there is no row, or it is
  /// NULL.
  template <class T>
  std::optional<T> scalar() {
    static_assert(!detail::is_optional<T>, "hark: scalar<T>() is a std::optional<T>");
    std::optional<T> value;
    if (!read_first(rows_kept(value))) value.reset();
    close();
    return value;
  }

  /// The same of the only row.
  ///
  /// Throws: NoResultFound, MultipleResultsFound; DataError for NULL.
  template <class T>
  T scalar_one() {
    T value{};
    if (!read_first(rows_kept(value))) throw_no_row();
    expect_no_more();
    return value;
  }

  /// The first column of all rows.
  template <class T>
  std::vector<T> scalars() {
    return gather<T>([this](T& value) { return this->read_first(value); });
  }

  /// The rows one after the other, as they are fetched: for `for`, once.
  template <class... Ts>
  Rows<RowOf<Ts...>, Result&> rows() & {
    expect_width(detail::width_of<RowOf<Ts...>>());
    return Rows<RowOf<Ts...>, Result&>(*this);
  }
  template <class... Ts>
  Rows<RowOf<Ts...>, Result> rows() && {
    expect_width(detail::width_of<RowOf<Ts...>>());
    return Rows<RowOf<Ts...>, Result>(std::move(*this));
  }

  // -- untyped rows, as they are fetched --------------------------------------------------

  struct iterator;
  /// Goes to the next row. To be called once.
  iterator begin();
  static std::default_sentinel_t end() noexcept { return {}; }

  /// Gives the cursor's locks back. Again: no effect.
  void close() noexcept {
    if (state_ == State::open && cursor_ != nullptr) cursor_->close();
    finish(State::closed);
  }
  bool closed() const noexcept { return state_ == State::closed; }

 private:
  friend class AsyncResult;
  friend class Connection;
  friend class RowView;
  template <class T, class Owner>
  friend class Rows;
  enum class State : std::uint8_t { open, exhausted, closed };
  /// What the cursor knew when its connection ended.
  struct Left {
    std::shared_ptr<const Columns> columns;
    std::int64_t rowcount;
    std::int64_t lastrowid;
  };

  /// Of nothing: closed.
  Result() noexcept : state_(State::closed) {}
  /// `execution` is 0 where nobody waits for the end.
  Result(Connection& connection, dbapi::CursorPtr cursor, std::uint64_t execution);

  /// Goes to the next row; false: there is none.
  [[gnu::hot]] bool next();
  /// The same, and reads the row, which has as many columns as there are cells.
  [[gnu::hot]] bool next(std::span<dbapi::ValueView> cells);
  /// The same for a row's first column.
  bool next(dbapi::ValueView& cell);
  template <class Fetch>
  bool advance(const Fetch& fetch);
  void finish(State state) noexcept {
    state_ = state;
    if (announcement_) tell_end();
  }
  void tell_end(std::exception_ptr error = nullptr) noexcept;
  void link(Connection& connection) noexcept;
  [[gnu::hot]] void unlink() noexcept {
    if (connection_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    connection_ = nullptr;
    next_ = nullptr;
  }
  void leave_connection() noexcept;
  [[noreturn]] void fail();
  [[gnu::cold]] void require_open() const;
  [[noreturn]] void throw_closed() const;
  [[noreturn]] void throw_no_row();
  [[gnu::hot]] void expect_no_more();
  [[noreturn]] void throw_more_rows() const;
  const std::shared_ptr<const Columns>& shared_columns() const;

  template <class T>
  static T& rows_kept(T& row) noexcept {
    static_assert(!detail::row_is_borrowed<T>(),
                  "hark: a row that is kept owns what it holds: std::string, not "
                  "std::string_view; std::vector<std::byte>, not std::span");
    return row;
  }

  /// Everything that `read` reads.
  template <class T, class Read>
  static std::vector<T> gather(Read read) {
    std::vector<T> rows;
    if constexpr (std::is_same_v<T, bool>) {  // a std::vector<bool> has no elements
      for (bool value = false; read(value);) rows.push_back(value);
    } else {
      while (read(rows_kept(rows.emplace_back()))) {
      }
      rows.pop_back();
    }
    return rows;
  }

  [[gnu::cold]] void expect_width(std::size_t width) const;

  detail::Origin origin() const;

  /// The next row; false: there is none.
  template <class T>
  bool read(T& row) {
    detail::Cells<detail::width_of<T>()> cells;
    if (!next(cells)) return false;
    detail::read_row(cells.data(), row, [this] { return origin(); });
    return true;
  }

  template <class T>
  bool read_first(T& value) {
    dbapi::ValueView cell;
    if (!next(cell)) return false;
    detail::read_column(cell, value, 0, [this] { return origin(); });
    return true;
  }

  Connection* connection_ = nullptr;          // null: it has ended
  Result* next_ = nullptr;                    // of the same connection
  Result** link_ = nullptr;                   // what points to this one; with connection_
  dbapi::CursorPtr cursor_;                   // null: its connection has ended
  mutable const Columns* columns_ = nullptr;  // null: nobody has asked yet
  std::size_t width_ = 0;
  std::uint64_t rows_fetched_ = 0;
  std::uint64_t execution_ = 0;
  std::optional<detail::Announcement> announcement_;  // empty: nobody waits for the end
  State state_ = State::open;
  std::unique_ptr<Left> left_;  // where cursor_ is null
};

/// Walks a Result's rows. Made by it.
struct Result::iterator {
  using value_type = RowView;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  explicit iterator(Result& result) : result_(&result), has_row_(result.next()) {}
  RowView operator*() const noexcept { return RowView(*result_); }
  iterator& operator++() {
    has_row_ = result_->next();
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const iterator& one, std::default_sentinel_t) noexcept {
    return !one.has_row_;
  }

 private:
  Result* result_;
  bool has_row_;
};

inline Result::iterator Result::begin() { return iterator(*this); }

/// The rows of a Result as they are fetched, each a T; an input range.
///
/// Lifetime: a row is valid until the next one.
template <class T, class Owner>
class Rows {
 public:
  explicit Rows(Owner&& result) : result_(std::forward<Owner>(result)) {}

  struct iterator {
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    explicit iterator(Rows& rows) : rows_(&rows), has_row_(rows.read()) {}
    const T& operator*() const noexcept { return rows_->row_; }
    const T* operator->() const noexcept { return &rows_->row_; }
    iterator& operator++() {
      has_row_ = rows_->read();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& one, std::default_sentinel_t) noexcept {
      return !one.has_row_;
    }

   private:
    Rows* rows_;
    bool has_row_;
  };

  iterator begin() { return iterator(*this); }
  static std::default_sentinel_t end() noexcept { return {}; }

 private:
  bool read() { return result_.read(row_); }

  Owner result_;
  T row_{};
};

}  // namespace hark
