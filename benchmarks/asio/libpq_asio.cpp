// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "asio/contestants.hpp"
#include "asio/coroutines.hpp"
#include "engine/libpq.hpp"

namespace bench {
namespace {

/// A connection that does not block.
class Link {
 public:
  using Socket = asio::posix::stream_descriptor;

  Link(asio::io_context& context, const std::string& url)
      : connection_(raw_postgresql::open(url)),
        socket_(context, PQsocket(connection_.get())) {
    raw_postgresql::prepare(
        connection_.get(), statement, statements_that_find("$1").front());
    if (PQsetnonblocking(connection_.get(), 1) != 0) fail();
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { socket_.release(); }

  asio::awaitable<std::uint64_t> find(std::size_t turn) {
    PGconn* const handle = connection_.get();
    raw_postgresql::Parameters<1> parameters;
    parameters.set_number(0, id_in_turn(turn));
    if (PQsendQueryPrepared(handle,
                            statement,
                            1,
                            parameters.values(),
                            parameters.lengths(),
                            parameters.formats(),
                            1) == 0)
      fail();
    for (int left = PQflush(handle); left != 0; left = PQflush(handle)) {
      if (left < 0) fail();
      co_await socket_.async_wait(Socket::wait_write, use_awaitable);
    }
    raw_postgresql::Result result;
    for (;;) {
      while (PQisBusy(handle) != 0) {
        co_await socket_.async_wait(Socket::wait_read, use_awaitable);
        if (PQconsumeInput(handle) == 0) fail();
      }
      PGresult* const next = PQgetResult(handle);
      if (next == nullptr) break;
      result.reset(next);
    }
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) fail();
    co_return sum_of(raw_postgresql::read(result.get(), 0));
  }

 private:
  static constexpr const char* statement = "find";
  [[noreturn]] void fail() const {
    throw std::runtime_error(PQerrorMessage(connection_.get()));
  }

  raw_postgresql::ConnectionPtr connection_;
  Socket socket_;
};

/// Connections, and the coroutines that wait for one in a queue.
class Links {
 public:
  Links(const std::string& url, std::size_t count)
      : idle_(context_.get_executor(), count) {
    for (std::size_t i = 0; i < count; ++i) {
      give_back(*all_.emplace_back(std::make_unique<Link>(context_, url)));
    }
  }

  asio::awaitable<std::uint64_t> find_one(std::size_t turn) {
    Link* const link = co_await idle_.async_receive(use_awaitable);
    const std::uint64_t sum = co_await link->find(turn);
    give_back(*link);
    co_return sum;
  }
  void give_back(Link& link) { idle_.try_send(boost::system::error_code(), &link); }

  asio::io_context& context() noexcept { return context_; }
  Link& first() noexcept { return *all_.front(); }

 private:
  asio::io_context context_{1};
  std::vector<std::unique_ptr<Link>> all_;
  asio::experimental::channel<void(boost::system::error_code, Link*)> idle_;
};

asio::awaitable<std::uint64_t> find_some(Links& links, std::size_t first) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < finds_per_coroutine; ++i)
    sum += co_await links.find_one(first + i);
  co_return sum;
}

asio::awaitable<std::uint64_t> find_in_a_row(Link& link) {
  std::uint64_t sum = 0;
  for (std::size_t turn = 0; turn < finds_in_a_row; ++turn)
    sum += co_await link.find(turn);
  co_return sum;
}

}  // namespace

AsyncContestant libpq_and_asio() {
  return {.name = "libpq",
          .find_many = [](const std::string& url) -> Act {
            const auto links = std::make_shared<Links>(url, connection_count);
            return {[links](std::size_t) {
              return sum_of_coroutines(
                  links->context(), coroutine_count, [&](std::size_t i) {
                    return find_some(*links, i * finds_per_coroutine);
                  });
            }};
          },
          .find_in_a_row = [](const std::string& url) -> Act {
            const auto links = std::make_shared<Links>(url, 1);
            return {[links](std::size_t) {
              return sum_of_coroutines(links->context(), 1, [&](std::size_t) {
                return find_in_a_row(links->first());
              });
            }};
          }};
}

}  // namespace bench
