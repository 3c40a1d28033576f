// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// A shop of music on the web: HTTP by Boost.Beast, answers from a database by hark::AsyncEngine,
// one thread.
//
//   hark_example_service postgresql:///music --sample --port 8080 --audit audit.jsonl
//   curl localhost:8080/tracks/1
//   curl localhost:8080/artists?limit=10 -H 'X-Request-Id: mine-17'
//   curl localhost:8080/orders -d '{"customer": "ada@example.org", "tracks": [1, 2]}'
//
// SIGTERM and SIGINT let it finish what it has begun; then it exits with 0.

#include <hark/postgresql.hpp>
#include <hark/sqlite.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "service_music.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

/// The completion token that throws nothing.
constexpr auto as_result = asio::experimental::as_tuple(use_awaitable);

/// How long a client may take to ask, or to take its answer.
constexpr auto patience = 120s;
constexpr std::size_t largest_body = 64 * 1024;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

/// Ends when the client has gone.
asio::awaitable<void> gone(tcp::socket& socket) {
  const auto [error] = co_await socket.async_wait(tcp::socket::wait_read, as_result);
  char next = 0;
  error_code peeked;
  if (!error &&
      socket.receive(asio::buffer(&next, 1), tcp::socket::message_peek, peeked) > 0) {
    // It does not wait for the answer with its next request: who has gone is found out then.
    asio::steady_timer never(socket.get_executor(),
                             asio::steady_timer::time_point::max());
    co_await never.async_wait(use_awaitable);
  }
}

Response response_of(const music::Answer& answer,
                     const Request& request,
                     const std::string& id) {
  Response made(static_cast<http::status>(answer.status), request.version());
  made.set(http::field::content_type, "application/json");
  made.set("X-Request-Id", id);
  if (answer.status == 503) made.set(http::field::retry_after, "1");
  made.keep_alive(request.keep_alive());
  made.body() = answer.body;
  made.prepare_payload();
  return made;
}

class Server {
 public:
  /// `grace`: for what is under way at the end.
  Server(asio::io_context& context,
         music::Shop& shop,
         std::uint16_t port,
         std::chrono::milliseconds grace)
      : shop_(shop),
        grace_(grace),
        acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), port)),
        signals_(context, SIGTERM, SIGINT),
        last_has_left_(context, asio::steady_timer::time_point::max()) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  /// Answers until a signal comes, and then what was begun. False: that took too long.
  asio::awaitable<bool> run() {
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    co_await signals_.async_wait(use_awaitable);
    is_stopping_ = true;
    acceptor_.close();
    for (beast::tcp_stream* const each : idle_) {
      error_code ignored;
      if (each->socket().available(ignored) == 0) each->cancel();
    }
    last_has_left_.expires_after(grace_);
    if (present_ != 0) co_await last_has_left_.async_wait(as_result);
    co_return present_ == 0;
  }

 private:
  /// Of the coroutines that use the server.
  class Present {
   public:
    explicit Present(Server& server) : server_(server) { ++server_.present_; }
    Present(const Present&) = delete;
    Present& operator=(const Present&) = delete;
    ~Present() {
      if (--server_.present_ == 0 && server_.is_stopping_)
        server_.last_has_left_.cancel();
    }

   private:
    Server& server_;
  };

  asio::awaitable<void> accept() {
    const Present present(*this);
    while (!is_stopping_) {
      auto [error, socket] = co_await acceptor_.async_accept(as_result);
      if (!error) {
        asio::co_spawn(socket.get_executor(), serve(std::move(socket)), asio::detached);
      } else if (!is_stopping_) {  // too many clients: some will leave
        asio::steady_timer pause(acceptor_.get_executor(), 100ms);
        co_await pause.async_wait(as_result);
      }
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    const Present present(*this);
    try {
      beast::tcp_stream stream(std::move(socket));
      co_await talk(stream);
    } catch (const std::exception& error) {
      std::cerr << "a client was left: " << error.what() << '\n';
    }
  }

  /// Answers one request after the other.
  asio::awaitable<void> talk(beast::tcp_stream& stream) {
    beast::flat_buffer buffer;
    bool goes_on = !is_stopping_;
    while (goes_on) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(largest_body);
      stream.expires_after(patience);
      idle_.insert(&stream);
      const auto [error, size] =
          co_await http::async_read(stream, buffer, parser, as_result);
      idle_.erase(&stream);
      stream.expires_never();
      if (error) {
        if (error == http::error::body_limit) co_await refuse_body(stream, parser.get());
        break;
      }
      const Request request = parser.release();
      const std::string id = music::request_id_of(request["X-Request-Id"]);
      const auto answer = co_await answer_while_there(stream.socket(), request, id);
      if (!answer) break;
      Response response = response_of(*answer, request, id);
      if (is_stopping_) response.keep_alive(false);
      goes_on = co_await write(stream, response) && response.keep_alive();
    }
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  /// Empty: the client has gone, and what was begun for it was cancelled.
  asio::awaitable<std::optional<music::Answer>> answer_while_there(
      tcp::socket& socket, const Request& request, const std::string& id) {
    using namespace asio::experimental::awaitable_operators;
    music::Question question{std::string(request.method_string()),
                             std::string(request.target()),
                             request.body(),
                             id};
    auto first = co_await (shop_.answer(std::move(question)) || gone(socket));
    if (first.index() != 0) co_return std::nullopt;
    co_return std::get<0>(std::move(first));
  }

  static asio::awaitable<void> refuse_body(beast::tcp_stream& stream,
                                           const Request& request) {
    const music::Answer answer{413, R"({"error":"that is too large"})"};
    Response response =
        response_of(answer, request, music::request_id_of(request["X-Request-Id"]));
    response.keep_alive(false);
    bool goes_on = co_await write(stream, response);
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    // A socket that is closed with something unread takes the answer back.
    std::array<char, 4096> rest{};
    while (goes_on) {
      const auto [error, size] =
          co_await stream.async_read_some(asio::buffer(rest), as_result);
      goes_on = !error;
    }
  }

  static asio::awaitable<bool> write(beast::tcp_stream& stream, Response& response) {
    stream.expires_after(patience);
    const auto [error, size] = co_await http::async_write(stream, response, as_result);
    co_return !error;
  }

  music::Shop& shop_;
  const std::chrono::milliseconds grace_;
  tcp::acceptor acceptor_;
  asio::signal_set signals_;
  asio::steady_timer last_has_left_;
  std::set<beast::tcp_stream*> idle_;  // those whose client has asked for nothing
  std::size_t present_ = 0;
  bool is_stopping_ = false;
};

struct Arguments {
  std::string url;
  music::Options shop;
  std::uint16_t port = 0;  // 0: any that is free
  bool has_sample = false;
};

template <class Number>
Number number_of(const std::string& text) {
  Number number{};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument(text + " is not such a number");
  return number;
}

Arguments read(int count, char** texts) {
  Arguments made;
  for (int at = 1; at < count; ++at) {
    const std::string name = texts[at];
    const auto value = [&]() -> std::string {
      if (++at == count) throw std::invalid_argument(name + " wants a value");
      return texts[at];
    };
    if (name == "--port") {
      made.port = number_of<std::uint16_t>(value());
    } else if (name == "--audit") {
      made.shop.audit_file = value();
    } else if (name == "--deadline") {
      made.shop.deadline = std::chrono::milliseconds(number_of<std::uint32_t>(value()));
    } else if (name == "--connections") {
      made.shop.connections = number_of<std::uint16_t>(value());
    } else if (name == "--sample") {
      made.has_sample = true;
    } else if (name.starts_with("-") || !made.url.empty()) {
      throw std::invalid_argument("what is " + name + "?");
    } else {
      made.url = name;
    }
  }
  if (made.url.empty()) throw std::invalid_argument("which database?");
  return made;
}

asio::awaitable<int> serve(asio::io_context& context, Arguments arguments) {
  music::Shop shop(context.get_executor(), arguments.url, arguments.shop);
  if (arguments.has_sample) co_await shop.set_up();
  Server server(context, shop, arguments.port, arguments.shop.deadline + patience);
  std::cout << "http://127.0.0.1:" << server.port() << std::endl;
  const bool all_were_answered = co_await server.run();
  if (!all_were_answered) std::quick_exit(EXIT_FAILURE);
  co_await shop.close();
  co_return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** texts) {
  try {
    Arguments arguments = read(count, texts);
    asio::io_context context(1);
    int code = EXIT_FAILURE;
    std::exception_ptr failure;
    asio::co_spawn(context,
                   serve(context, std::move(arguments)),
                   [&](std::exception_ptr thrown, int returned) {
                     failure = std::move(thrown);
                     code = returned;
                   });
    context.run();
    if (failure != nullptr) std::rethrow_exception(failure);
    return code;
  } catch (const std::invalid_argument& error) {
    std::cerr << error.what() << "\nusage: " << texts[0]
              << " URL [--port N] [--audit FILE] [--deadline MS] [--connections N] "
                 "[--sample]\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
