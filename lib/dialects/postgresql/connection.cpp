// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/detail/counter.hpp>

#include <libpq-fe.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <utility>

#include "dialects/postgresql/batch.hpp"
#include "dialects/postgresql/connect.hpp"
#include "dialects/postgresql/driver.hpp"
#include "dialects/postgresql/failure.hpp"
#include "dialects/postgresql/pipeline.hpp"

namespace hark::postgresql {
namespace {

[[noreturn]] void throw_closed() {
  throw dbapi::InterfaceError("the connection is closed", {.is_disconnect = true});
}

std::string_view command_tag(const PGresult* result) noexcept {
  return PQcmdStatus(const_cast<PGresult*>(result));
}

constexpr std::string_view no_such_statement = "26000";
constexpr std::string_view canceled = "57014";

constexpr std::size_t most_spent = 16'384;  // bytes

constinit hark::detail::Counter numbers_ahead;

/// Names may mean something else from then on. CREATE TABLE AS has the tag of its SELECT.
bool makes_relation(std::string_view tag) noexcept {
  return tag == "CREATE TABLE" || tag == "CREATE VIEW" || tag.starts_with("SELECT");
}

/// Did it fail because the server no longer has what was prepared, or has it for another
/// schema?
bool is_stale(const PGresult* result) noexcept {
  const std::string_view sqlstate = field_of(result, PG_DIAG_SQLSTATE);
  if (sqlstate == no_such_statement) return true;
  return sqlstate == "0A000" &&
         field_of(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery";
}

std::shared_ptr<const Columns> make_columns(const PGresult* result) {
  auto columns = std::make_shared<Columns>();
  auto names = std::make_shared<dbapi::ColumnNames>();
  columns->fit_binary = true;
  for (int i = 0; i < PQnfields(result); ++i) {
    names->emplace_back(PQfname(result, i));
    columns->decoders.push_back(decoder_of(PQftype(result, i)));
    columns->fit_binary =
        columns->fit_binary && is_readable_in_binary(PQftype(result, i));
  }
  columns->names = std::move(names);
  return columns;
}

}  // namespace

void FreeCancel::operator()(pg_cancel* cancel) const noexcept { PQfreeCancel(cancel); }

// -- life -------------------------------------------------------------------------------

Connection::Connection(const ConnectOptions& options)
    : handle_(open_connection(options)), statements_(options.statement_cache_size) {
  cancel_.reset(PQgetCancel(handle_.get()));
  PQsetNoticeReceiver(handle_.get(), &Connection::receive_notice, this);
  // Days and times are read in this style.
  if (!parameter_status("DateStyle").starts_with("ISO")) run("SET DateStyle = ISO");
}

Connection::~Connection() { close_cursors(); }

void Connection::close() {
  for (const auto& cursor : cursors_) cursor->cut();
  statements_.clear();
  streaming_ = nullptr;
  begins_ = false;
  ahead_.clear();
  spent_.reset();
  is_pipelining_ = false;
  wire_.close();
}

void Connection::close_lent_cursors() noexcept {
  drop_stream(true);
  try {
    settle_ahead();
  } catch (...) {  // who uses it next is told
    is_pipelining_ = false;
    wire_.close();
  }
  ahead_.clear();
  // A cursor that somebody still holds lives on, closed.
  for (auto& cursor : cursors_) {
    if (is_free(*cursor)) continue;
    cursor->cut();
    cursor->connection_ = nullptr;
    static_cast<void>(cursor.release());
  }
  std::erase(cursors_, nullptr);
  lent_ = 0;
}

bool Connection::is_free(const Cursor& cursor) const noexcept {
  const Cursor* each = free_;
  while (each != nullptr && each != &cursor) each = each->next_free_;
  return each != nullptr;
}

void Connection::make_cursor() {
  cursors_.push_back(std::make_unique<Cursor>(*this));
  free_ = cursors_.back().get();
}

/// Nobody needs it: where it is small, freeing it waits until the next statement has been sent,
/// and the server is waited for anyhow, or until the connection comes to rest.
void Connection::spend(ResultHandle result) noexcept {
  if (result != nullptr && PQresultMemorySize(result.get()) <= most_spent)
    spent_ = std::move(result);
}

dbapi::CursorPtr Connection::cursor() {
  require_open();
  if (free_ == nullptr) [[unlikely]]
    make_cursor();
  Cursor* const cursor = std::exchange(free_, free_->next_free_);
  ++lent_;
  return dbapi::CursorPtr(cursor);
}

void Connection::require_open() const {
  if (handle_ == nullptr) throw_closed();
}

void Connection::throw_lost(std::string_view sql) const {
  throw_failure(
      message_of(handle_.get()),
      {.statement = std::string(sql), .sqlstate = "08006", .is_disconnect = true});
}

/// libpq has refused it, before anything was sent.
void Connection::throw_unsent(std::string_view sql) const {
  if (PQstatus(handle_.get()) == CONNECTION_BAD) throw_lost(sql);
  throw dbapi::ProgrammingError(message_of(handle_.get()),
                                {.statement = std::string(sql)});
}

void Connection::throw_error(const pg_result* result, std::string_view sql) const {
  throw_failure(
      handle_.get(), result, sql, is_interrupted_.load(std::memory_order_relaxed));
}

/// What was prepared is gone from the server, or is for another schema.
void Connection::drop_stale(const pg_result* result) {
  if (field_of(result, PG_DIAG_SQLSTATE) == no_such_statement) {
    statements_.forget_prepared();
  } else {
    statements_.discard_prepared();
  }
}

/// Did a statement fail because of that?
bool Connection::drops_stale(const pg_result* result, const Statement& statement) {
  if (is_success(result) || statement.name.empty() || !is_stale(result)) return false;
  drop_stale(result);
  return true;
}

/// A statement has failed. What was prepared keeps the types that its parameters had then,
/// so that it may fail where a new one would not.
void Connection::throw_failed(const pg_result* result, CachedText& text) {
  const std::string_view sqlstate = field_of(result, PG_DIAG_SQLSTATE);
  if (is_stale(result)) {
    drop_stale(result);
  } else if (sqlstate.starts_with("22") || sqlstate.starts_with("42")) {
    statements_.give_up(text);
  }
  throw_error(result, text.sql);
}

void Connection::require_success(const pg_result* result, std::string_view sql) const {
  if (!is_success(result)) throw_error(result, sql);
}

// -- transactions -----------------------------------------------------------------------

bool Connection::is_idle() const noexcept {
  // What was sent ahead are transactions of their own.
  return is_pipelining_ || PQtransactionStatus(handle_.get()) == PQTRANS_IDLE;
}

bool Connection::in_transaction() const noexcept {
  return begins_ || (handle_ != nullptr && !is_idle());
}

bool Connection::is_at_rest() const noexcept {
  return streaming_ == nullptr && ahead_.empty() && handle_ != nullptr && is_idle();
}

/// A transaction that has done nothing is none, so that BEGIN can wait for its first
/// statement, and travel with it.
void Connection::begin() {
  require_open();
  if (is_autocommit_) return;
  if (!is_idle()) {
    if (PQstatus(handle_.get()) == CONNECTION_BAD) throw_lost("BEGIN");
    return;  // two Connections share it, as in a StaticPool: they share the transaction
  }
  begins_ = true;
  is_prepared_ = false;
}

void Connection::begin_now() {
  require_unprepared();
  if (!begins_) return;
  run(begin_sql_.c_str());
  begins_ = false;
}

void Connection::commit() {
  require_open();
  is_prepared_ = false;
  if (std::exchange(begins_, false)) return;
  if (is_busy()) settle();
  switch (PQtransactionStatus(handle_.get())) {
    case PQTRANS_IDLE:
      return;
    case PQTRANS_INERROR:
      throw dbapi::InternalError(
          "the transaction has failed, and cannot be committed: roll it back",
          {.statement = "COMMIT", .sqlstate = "25P02"});
    case PQTRANS_UNKNOWN:
      throw_lost("COMMIT");
    default:
      break;
  }
  const ResultHandle result = run("COMMIT");
  changed_schema_ = false;
  if (command_tag(result.get()) == "ROLLBACK") {
    throw dbapi::InternalError("the server has rolled the transaction back",
                               {.statement = "COMMIT", .sqlstate = "40000"});
  }
}

void Connection::rollback() {
  require_open();
  is_prepared_ = false;
  if (std::exchange(begins_, false)) return;
  if (streaming_ != nullptr) drop_stream(true);
  if (is_idle()) return;
  run("ROLLBACK");
  if (std::exchange(changed_schema_, false)) statements_.discard_prepared();
}

void Connection::set_isolation_level(std::string_view level) {
  isolation_level_ = level;
  begin_sql_ = "BEGIN";
  if (!level.empty()) begin_sql_ += " ISOLATION LEVEL " + isolation_level_;
}

std::string Connection::isolation_level() {
  if (is_autocommit_) return "AUTOCOMMIT";
  if (!isolation_level_.empty() && is_idle()) return isolation_level_;
  const ResultHandle result = run("SHOW transaction_isolation");
  std::string level = PQgetvalue(result.get(), 0, 0);
  std::transform(level.begin(), level.end(), level.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return level;
}

// -- statements -------------------------------------------------------------------------

/// What came next would be in no transaction.
void Connection::require_unprepared() const {
  if (!is_prepared_) return;
  throw dbapi::InternalError(
      "the transaction is prepared: commit it or roll it back before anything else",
      {.sqlstate = "25P01"});
}

/// SQL of the driver's own, by the simple protocol.
ResultHandle Connection::run(const char* sql) {
  require_open();
  if (is_busy()) settle();
  settle_ahead();
  is_interrupted_.store(false, std::memory_order_relaxed);
  ResultHandle result = wire_.exec(sql);
  if (result == nullptr) throw_lost(sql);
  require_success(result.get(), sql);
  return result;
}

/// Executes with the parameters in row_; `statement` becomes what was executed.
ResultHandle Connection::execute(CachedText& text, Statement*& statement) {
  const EncodedParameters parameters = row_.all();
  statement = &statements_.find_or_add(text, parameters);
  if (is_prepared_ && !text.is_outside) [[unlikely]]
    require_unprepared();
  const bool may_be_stale = !statement->name.empty() || gives_up();
  if (text.is_outside) [[unlikely]]
    return exchange_outside(text, *statement, parameters);
  const bool is_alone = begins_ || is_idle();
  const bool was_due = begins_;
  ResultHandle result = exchange(text, *statement, parameters);
  if (!is_success(result.get()) && may_be_stale && is_stale(result.get())) [[unlikely]] {
    drop_stale(result.get());
    statement = &statements_.add(text, parameters);
    // Nothing but this statement would be lost with the transaction.
    if (!is_alone) return result;
    if (was_due) {
      run("ROLLBACK");
      begins_ = true;
    }
    result = exchange(text, *statement, parameters);
  }
  return result;
}

bool Connection::gives_up() noexcept {
  return !statements_.due().empty() &&
         PQtransactionStatus(handle_.get()) != PQTRANS_INERROR;
}

/// BEGIN waits for another statement.
ResultHandle Connection::exchange_outside(const CachedText& text,
                                          const Statement& statement,
                                          const EncodedParameters& parameters) {
  settle_ahead();
  is_interrupted_.store(false, std::memory_order_relaxed);
  send(text, statement, parameters);
  return read_one();
}

ResultHandle Connection::exchange(const CachedText& text,
                                  Statement& statement,
                                  const EncodedParameters& parameters) {
  settle_ahead();
  is_interrupted_.store(false, std::memory_order_relaxed);
  const bool prepares = is_to_be_prepared(statement);
  // Some statements refuse to be sent with another one.
  if (!begins_ && gives_up() && is_idle()) [[unlikely]]
    give_up_now();
  if (begins_ || prepares || gives_up()) [[unlikely]]
    return exchange_in_pipeline(text, statement, parameters, prepares);
  send(text, statement, parameters);
  return read_one();
}

// -- what is sent ahead -----------------------------------------------------------------

bool Connection::can_send_ahead(const dbapi::Operation& operation) const noexcept {
  // Threads would block where the server cannot get rid of its answers.
  return hark::detail::current_suspender() != nullptr && handle_ != nullptr &&
         is_autocommit_ && !is_prepared_ && !is_busy() && is_idle() &&
         operation.key != 0 && !operation.streams && (ahead_.empty() || is_pipelining_);
}

/// What is prepared alone: anything else has more to be sent with it.
std::uint64_t Connection::send_ahead(const dbapi::Operation& operation,
                                     dbapi::ParameterRow parameters) {
  if (!can_send_ahead(operation) || !statements_.due().empty()) return 0;
  CachedText& text = statements_.find_or_add(operation.text, operation.key);
  if (!text.is_of_rows) return 0;
  row_ahead_.clear();
  row_ahead_.add(parameters, {});
  const EncodedParameters encoded = row_ahead_.all();
  const Statement* const statement = text.find(encoded);
  if (statement == nullptr || statement->name.empty()) return 0;
  wire_.begin_sending();
  if (!is_pipelining_ && PQenterPipelineMode(handle_.get()) == 0) return 0;
  if (!std::exchange(is_pipelining_, true)) may_be_hit_ = false;
  const std::uint64_t number = numbers_ahead.next();
  try {
    ahead_.push_back({number, statement->columns, nullptr});
    send(text, *statement, encoded);
  } catch (...) {  // who executes it is told
    if (!ahead_.empty() && ahead_.back().number == number) ahead_.pop_back();
    if (ahead_.empty()) leave_pipeline();
    return 0;
  }
  // Each has its own: what fails takes no other one with it.
  if (PQpipelineSync(handle_.get()) == 0) wire_.close();
  return number;
}

/// What was sent under that number, which is the next one; others have lost their turn.
Connection::Ahead Connection::take_ahead(std::uint64_t number) {
  const bool is_there = !ahead_.empty() && number >= ahead_.front().number &&
                        number <= ahead_.back().number;
  while (is_there && !ahead_.empty()) {
    if (ahead_.front().result == nullptr) ahead_.front().result = read_ahead();
    Ahead taken = std::move(ahead_.front());
    ahead_.pop_front();
    if (ahead_.empty()) leave_pipeline();
    if (taken.number == number) return taken;
  }
  throw dbapi::OperationalError(
      "the connection on which this statement was sent is another one now",
      {.sqlstate = "08007", .is_disconnect = true});
}

ResultHandle Connection::execute_ahead(std::uint64_t number,
                                       CachedText& text,
                                       Statement*& statement) {
  if (is_interrupted_.exchange(false, std::memory_order_relaxed)) may_be_hit_ = true;
  Ahead ahead = take_ahead(number);
  const EncodedParameters parameters = row_.all();
  statement = &statements_.find_or_add(text, parameters);
  if (is_success(ahead.result.get())) [[likely]] {
    if (statement->columns != ahead.columns) [[unlikely]] {
      other_ahead_ = {.columns = std::move(ahead.columns)};
      statement = &other_ahead_;
    }
    return std::move(ahead.result);
  }
  if (is_stale(ahead.result.get())) {
    drop_stale(ahead.result.get());
    statement = &statements_.add(text, parameters);
    return exchange(text, *statement, parameters);
  }
  const bool was_hit = may_be_hit_ && !is_interrupted_.load(std::memory_order_relaxed) &&
                       field_of(ahead.result.get(), PG_DIAG_SQLSTATE) == canceled;
  return was_hit ? exchange(text, *statement, parameters) : std::move(ahead.result);
}

/// The next one that is on its way, up to its end.
ResultHandle Connection::read_ahead() {
  ResultHandle result = wire_.get_result();
  if (result == nullptr) throw_lost({});
  int ends = 0;
  while (ends < 2 && PQstatus(handle_.get()) != CONNECTION_BAD) {
    const ResultHandle rest = wire_.get_result();
    if (PQresultStatus(rest.get()) == PGRES_PIPELINE_SYNC) break;
    ends = rest == nullptr ? ends + 1 : 0;
  }
  return result;
}

void Connection::keep_ahead() {
  for (Ahead& each : ahead_) {
    if (each.result == nullptr) each.result = read_ahead();
  }
  leave_pipeline();
}

void Connection::leave_pipeline() noexcept {
  if (!std::exchange(is_pipelining_, false)) return;
  PQexitPipelineMode(handle_.get());
}

// -- what is sent -----------------------------------------------------------------------

void Connection::send(const CachedText& text,
                      const Statement& statement,
                      const EncodedParameters& parameters) {
  wire_.begin_sending();
  const auto count = static_cast<int>(parameters.count);
  const int format =
      statement.columns != nullptr && statement.columns->fit_binary ? 1 : 0;
  const int is_sent = statement.name.empty() ? PQsendQueryParams(handle_.get(),
                                                                 text.sql.c_str(),
                                                                 count,
                                                                 parameters.types,
                                                                 parameters.values,
                                                                 parameters.lengths,
                                                                 parameters.formats,
                                                                 0)
                                             : PQsendQueryPrepared(handle_.get(),
                                                                   statement.name.c_str(),
                                                                   count,
                                                                   parameters.values,
                                                                   parameters.lengths,
                                                                   parameters.formats,
                                                                   format);
  if (is_sent == 0) [[unlikely]]
    throw_unsent(text.sql);
  spent_.reset();
}

/// The result of what was sent last, and nothing else is on its way.
ResultHandle Connection::read_one() {
  ResultHandle result = wire_.get_result();
  if (result == nullptr) throw_lost({});
  while (wire_.get_next_result() != nullptr) {
    if (PQstatus(handle_.get()) == CONNECTION_BAD) break;
  }
  return result;
}

/// What is to be given up, in a round trip of its own.
void Connection::give_up_now() {
  const std::vector<std::string> names = std::exchange(statements_.due(), {});
  Pipeline pipeline(*this);
  for (const std::string& name : names) pipeline.send("DEALLOCATE " + name);
  static_cast<void>(pipeline.finish());
}

/// In one round trip: BEGIN where it is due, what is to be given up, the preparation where
/// it pays, and the statement.
ResultHandle Connection::exchange_in_pipeline(const CachedText& text,
                                              Statement& statement,
                                              const EncodedParameters& parameters,
                                              bool prepares) {
  Pipeline pipeline(*this);
  const bool begins = begins_;
  if (begins) pipeline.send(begin_sql_);
  std::vector<std::string> given_up;
  if (gives_up()) given_up.swap(statements_.due());
  for (const std::string& name : given_up) pipeline.send("DEALLOCATE " + name);
  if (prepares) {
    statement.name = statements_.next_name();
    pipeline.prepare(statement, text.sql);
  }
  pipeline.send(text, statement, parameters);
  std::vector<ResultHandle> results;
  try {
    results = pipeline.finish();
  } catch (...) {
    if (prepares) statement.name.clear();
    throw;
  }
  // A statement may have ended the transaction in which it was the first.
  if (begins && is_success(results.front().get())) begins_ = false;
  auto each = results.begin() + (begins ? 1 : 0);
  for (std::string& name : given_up) {
    const PGresult* const result = (each++)->get();
    const bool is_gone =
        is_success(result) || field_of(result, PG_DIAG_SQLSTATE) == no_such_statement;
    if (!is_gone) statements_.due().push_back(std::move(name));
  }
  if (prepares && !is_success((each++)->get())) statement.name.clear();
  const auto failed =
      std::find_if(results.begin(), results.end(), [](const auto& result) {
        return !is_success(result.get());
      });
  return std::move(failed == results.end() ? results.back() : *failed);
}

void Connection::prepare_now(const CachedText& text, Statement& statement) {
  Pipeline pipeline(*this);
  Statement named{.types = statement.types, .name = statements_.next_name()};
  pipeline.prepare(named, text.sql);
  const std::vector<ResultHandle> results = pipeline.finish();
  require_success(results.front().get(), text.sql);
  statement.name = std::move(named.name);
}

std::shared_ptr<const Columns> Connection::columns_of(const pg_result* result,
                                                      Statement& statement) const {
  if (statement.columns != nullptr) return statement.columns;
  std::shared_ptr<const Columns> columns = make_columns(result);
  if (!statement.name.empty()) statement.columns = columns;
  return columns;
}

/// What a statement has done to what was prepared.
void Connection::note_effects(const pg_result* result) {
  const std::string_view tag = command_tag(result);
  const auto begins_with = [&](std::string_view word) { return tag.starts_with(word); };
  if (begins_with("INSERT") || begins_with("UPDATE") || begins_with("DELETE")) return;
  if (tag == "DISCARD ALL" || tag == "DEALLOCATE ALL") {
    statements_.forget_prepared();
  } else if (begins_with("ALTER") || begins_with("DROP") || makes_relation(tag)) {
    changed_schema_ = !is_idle();
    statements_.discard_prepared();
  } else if (tag == "PREPARE TRANSACTION") {
    is_prepared_ = !is_autocommit_;
  } else if (tag == "COMMIT PREPARED" || tag == "ROLLBACK PREPARED") {
    is_prepared_ = false;
  } else if (tag == "COMMIT" || tag == "ROLLBACK") {
    if (tag == "ROLLBACK" && changed_schema_) statements_.discard_prepared();
    // What comes next is in a transaction again, whoever has ended the last one.
    if (!is_autocommit_ && is_idle()) begins_ = true;
  }
}

// -- a stream of rows -------------------------------------------------------------------

/// Another statement is to be executed: what is under way comes to its end.
///
/// Throws: ProgrammingError where that has to wait for rows.
void Connection::settle() {
  if (is_copying_) {
    throw dbapi::ProgrammingError(
        "the rows of a COPY are on their way: what makes them executes nothing on the "
        "same connection");
  }
  if (streaming_ != nullptr) finish_stream();
  if (batch_ != nullptr) batch_->settle();
}

/// Another statement is to be executed: the rest of the rows is kept.
void Connection::finish_stream() noexcept {
  Cursor* const cursor = std::exchange(streaming_, nullptr);
  cursor->keep_rest();
}

/// Nobody wants the rest of the rows.
void Connection::drop_stream(bool cancels) noexcept {
  Cursor* const cursor = std::exchange(streaming_, nullptr);
  if (cursor == nullptr || handle_ == nullptr) return;
  if (cancels) wire_.cancel(cancel_.get());
  wire_.drain();
  cursor->cut();
}

// -- the other side ---------------------------------------------------------------------

bool Connection::ping() {
  if (handle_ == nullptr) return false;
  if (is_busy()) settle();
  settle_ahead();
  const ResultHandle result = wire_.exec("");
  return PQresultStatus(result.get()) == PGRES_EMPTY_QUERY;
}

/// What has come unasked is a notification, or the server's last words.
bool Connection::is_connected() noexcept {
  if (handle_ == nullptr || is_ending_ || PQstatus(handle_.get()) == CONNECTION_BAD)
    return false;
  if (is_busy() || is_pipelining_) return true;  // its rows would be mistaken for news
  char peeked = 0;
  for (;;) {
    const auto got = recv(PQsocket(handle_.get()), &peeked, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (got == 0 || PQconsumeInput(handle_.get()) == 0) return false;
    static_cast<void>(PQisBusy(handle_.get()));  // reads what has come
    if (is_ending_ || PQstatus(handle_.get()) == CONNECTION_BAD) return false;
  }
}

void Connection::interrupt() noexcept {
  is_interrupted_.store(true, std::memory_order_relaxed);
  std::array<char, 256> ignored{};
  PQcancel(cancel_.get(), ignored.data(), static_cast<int>(ignored.size()));
}

void Connection::replace(std::unique_ptr<NoticeHandler> handler) {
  notice_handler_ = std::move(handler);
}

void Connection::receive_notice(void* connection, const pg_result* result) {
  auto& self = *static_cast<Connection*>(connection);
  self.is_ending_ = self.is_ending_ || ends_session(result);
  if (self.notice_handler_ == nullptr) return;
  try {
    const auto field = [&](int which) { return std::string(field_of(result, which)); };
    self.notice_handler_->hear({.severity = field(PG_DIAG_SEVERITY_NONLOCALIZED),
                                .sqlstate = field(PG_DIAG_SQLSTATE),
                                .message = field(PG_DIAG_MESSAGE_PRIMARY),
                                .detail = field(PG_DIAG_MESSAGE_DETAIL),
                                .hint = field(PG_DIAG_MESSAGE_HINT)});
  } catch (...) {
    hark::detail::report_lost_error("a handler of notices has thrown");
  }
}

void Connection::take_notifications() {
  while (PGnotify* const notify = PQnotifies(handle_.get())) {
    const std::unique_ptr<PGnotify, void (*)(PGnotify*)> owner(
        notify, [](PGnotify* each) { PQfreemem(each); });
    notifications_.push_back({.channel = notify->relname,
                              .payload = notify->extra,
                              .backend_pid = notify->be_pid});
  }
}

std::optional<Notification> Connection::wait_for_notification(
    std::chrono::milliseconds timeout) {
  require_open();
  if (is_busy()) settle();
  settle_ahead();
  constexpr std::chrono::milliseconds most = std::chrono::hours(24 * 365 * 100);
  const auto deadline = std::chrono::steady_clock::now() + std::min(timeout, most);
  for (;;) {
    if (PQconsumeInput(handle_.get()) == 0) throw_lost("LISTEN");
    take_notifications();
    if (!notifications_.empty()) break;
    const bool is_over = deadline <= std::chrono::steady_clock::now();
    if (is_over || !wire_.wait_for_news(deadline)) return std::nullopt;
  }
  Notification oldest = std::move(notifications_.front());
  notifications_.pop_front();
  return oldest;
}

int Connection::server_version() const noexcept {
  return handle_ == nullptr ? 0 : PQserverVersion(handle_.get());
}

int Connection::backend_pid() const noexcept {
  return handle_ == nullptr ? 0 : PQbackendPID(handle_.get());
}

std::string Connection::parameter_status(const std::string& name) const {
  require_open();
  const char* const value = PQparameterStatus(handle_.get(), name.c_str());
  return value == nullptr ? "" : value;
}

}  // namespace hark::postgresql
