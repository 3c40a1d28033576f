// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/handlers/otlp_http.hpp"

#include <hark/error.hpp>
#include <hark/version.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

namespace hark::audit::detail {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Request = http::request<http::span_body<const char>>;
using Parser = http::response_parser<http::string_body>;

constexpr std::uint32_t max_header_bytes = 16 << 10;
constexpr std::uint64_t max_body_bytes = 64 << 10;

// -- the endpoint -----------------------------------------------------------------------

[[noreturn]] void throw_bad_endpoint(std::string_view why) {
  throw ArgumentError("the endpoint of a collector " + std::string(why));
}

std::uint16_t read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    throw_bad_endpoint("has a port that is none");
  return port;
}

/// Takes "host", "host:port", "[address]" and "[address]:port" apart.
void read_authority(HttpEndpoint& endpoint, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    throw_bad_endpoint(
        "has a user or a password: give them in a header, where they are not shown");
  }
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) throw_bad_endpoint("has a [ without a ]");
  const std::size_t colon = authority.find(':', bracket);
  endpoint.host = authority.substr(0, colon);
  if (bracket != 0) endpoint.host = authority.substr(1, bracket - 1);
  if (endpoint.host.empty()) throw_bad_endpoint("has no host");
  endpoint.port = endpoint.is_secure ? 443 : 80;
  if (colon != std::string_view::npos)
    endpoint.port = read_port(authority.substr(colon + 1));
  endpoint.authority = authority;
}

bool is_visible(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char letter) {
    return letter > ' ' && letter < '\x7f';
  });
}

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view separators = "\"(),/:;<=>?@[\\]{}";
  return !text.empty() && is_visible(text) &&
         text.find_first_of(separators) == std::string_view::npos;
}

bool is_field_value(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte < ' ' && byte != '\t') || byte == 0x7f;
  });
}

bool is_ours(std::string_view header) {
  constexpr auto names = std::to_array<std::string_view>(
      {"host", "content-length", "content-type", "transfer-encoding", "connection"});
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return boost::beast::iequals(name, header);
  });
}

void check_headers(const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name))
      throw ArgumentError("a header for a collector has no valid name");
    if (!is_field_value(value)) {
      throw ArgumentError("the header '" + name +
                          "' for a collector has a value with control characters");
    }
    if (is_ours(name))
      throw ArgumentError("the header '" + name + "' for a collector is not to be given");
  }
}

// -- https ------------------------------------------------------------------------------

asio::ssl::context make_context(const std::string& ca_file) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  error_code error;
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(ca_file, error);
  }
  if (error) {
    throw ArgumentError(
        "cannot read the certificates that a collector's is checked with, " +
        (ca_file.empty() ? "the system's" : "'" + ca_file + "'") + ": " +
        error.message());
  }
  context.set_verify_mode(asio::ssl::verify_peer);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  return context;
}

bool is_address(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

// -- one exchange -----------------------------------------------------------------------

template <class Stream>
asio::awaitable<HttpAnswer> exchange(Stream& stream,
                                     Request& request,
                                     bool& keeps,
                                     error_code& error) {
  HttpAnswer answer;
  keeps = false;
  co_await http::async_write(
      stream, request, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return answer;
  boost::beast::flat_buffer buffer(max_header_bytes + max_body_bytes);
  Parser parser;
  parser.header_limit(max_header_bytes);
  parser.body_limit(max_body_bytes);
  co_await http::async_read_header(
      stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  // Its length may say at once that it is too long.
  const bool is_too_long = error == http::error::body_limit;
  if (error && !is_too_long) co_return answer;
  error.clear();
  answer.status = parser.get().result_int();
  answer.retry_after = parser.get()[http::field::retry_after];
  if (is_too_long) co_return answer;
  error_code body_error;
  co_await http::async_read(
      stream, buffer, parser, asio::redirect_error(asio::use_awaitable, body_error));
  answer.is_whole = !body_error;
  answer.body = std::move(parser.get().body());
  keeps = answer.is_whole && parser.get().keep_alive();
  co_return answer;
}

/// Does the error say that the server has closed a connection while it was idle?
bool is_stale(error_code error) noexcept {
  return error == http::error::end_of_stream || error == asio::error::eof ||
         error == asio::error::connection_reset || error == asio::error::broken_pipe ||
         error == asio::ssl::error::stream_truncated;
}

}  // namespace

HttpEndpoint read_http_endpoint(std::string_view url) {
  HttpEndpoint endpoint;
  constexpr std::string_view plain = "http://";
  constexpr std::string_view secure = "https://";
  endpoint.is_secure = url.starts_with(secure);
  if (!endpoint.is_secure && !url.starts_with(plain))
    throw_bad_endpoint("begins with neither https:// nor http://");
  const std::string_view scheme = endpoint.is_secure ? secure : plain;
  std::string_view rest = url.substr(scheme.size());
  rest = rest.substr(0, rest.find('#'));
  if (!is_visible(rest)) throw_bad_endpoint("has blanks, or what is not ASCII");
  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  read_authority(endpoint, rest.substr(0, slash));
  endpoint.target = rest.substr(slash);
  if (!endpoint.target.starts_with('/')) endpoint.target.insert(0, 1, '/');
  endpoint.shown = std::string(scheme) + endpoint.authority +
                   endpoint.target.substr(0, endpoint.target.find('?'));
  return endpoint;
}

/// Shared with the deadline's timer, which may be about to be heard when the client goes.
struct HttpClient::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor given_strand,
        HttpEndpoint given_endpoint,
        HttpHeaders given_headers)
      : strand(std::move(given_strand)),
        endpoint(std::move(given_endpoint)),
        headers(std::move(given_headers)),
        resolver(strand),
        timer(strand) {}

  asio::any_io_executor strand;
  HttpEndpoint endpoint;
  HttpHeaders headers;
  std::optional<asio::ssl::context> context{};
  tcp::resolver resolver;
  asio::steady_timer timer;
  std::optional<std::chrono::steady_clock::time_point>
      deadline{};        // of what is under way
  bool is_over = false;  // the deadline is
  std::optional<tcp::socket> plain{};
  std::optional<asio::ssl::stream<tcp::socket>> secure{};

  tcp::socket& socket() { return secure ? secure->next_layer() : *plain; }
  bool is_connected() const noexcept { return plain || secure; }

  void close() noexcept {
    secure.reset();
    plain.reset();
  }

  void give_up() {
    is_over = true;
    resolver.cancel();
    // The operation under way has an end then, which closes the rest.
    error_code ignored;
    if (is_connected()) socket().close(ignored);
  }

  void watch(std::chrono::steady_clock::time_point until) {
    deadline = until;
    timer.expires_at(until);
    timer.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (self && !error) self->give_up_if_over();
    });
  }

  /// The timer may be heard when what it was for is done.
  void give_up_if_over() {
    if (deadline && std::chrono::steady_clock::now() >= *deadline) give_up();
  }

  void throw_if_over() const {
    if (is_over) throw Error("there was no answer in time");
  }

  /// Throws: Error where `error` is one.
  void check(error_code error, std::string_view what) const {
    if (!error) return;
    throw_if_over();
    throw Error(std::string(what) + ": " + error.message());
  }

  asio::awaitable<tcp::resolver::results_type> resolve() {
    error_code error;
    auto found =
        co_await resolver.async_resolve(endpoint.host,
                                        std::to_string(endpoint.port),
                                        asio::redirect_error(asio::use_awaitable, error));
    check(error, "the host is not found");
    throw_if_over();
    co_return found;
  }

  asio::awaitable<void> connect() {
    const tcp::resolver::results_type found = co_await resolve();
    if (context) {
      secure.emplace(strand, *context);
    } else {
      plain.emplace(strand);
    }
    error_code error = asio::error::host_not_found;
    for (const auto& entry : found) {
      error_code ignored;
      socket().close(ignored);
      error.clear();
      co_await socket().async_connect(entry.endpoint(),
                                      asio::redirect_error(asio::use_awaitable, error));
      throw_if_over();
      if (!error) break;
    }
    check(error, "cannot connect");
    socket().set_option(tcp::no_delay(true), error);
    if (secure) co_await shake_hands();
  }

  asio::awaitable<void> shake_hands() {
    // What is named after the address is no name that a server could choose from.
    if (!is_address(endpoint.host))
      SSL_set_tlsext_host_name(secure->native_handle(), endpoint.host.c_str());
    error_code error;
    secure->set_verify_callback(asio::ssl::host_name_verification(endpoint.host), error);
    check(error, "cannot verify certificates");
    co_await secure->async_handshake(asio::ssl::stream_base::client,
                                     asio::redirect_error(asio::use_awaitable, error));
    throw_if_over();
    check(error, "no secure connection");
  }

  Request request_of(const std::string& body) const {
    Request request(http::verb::post, endpoint.target, 11);
    for (const auto& [name, value] : headers) request.insert(name, value);
    request.set(http::field::host, endpoint.authority);
    request.set(http::field::content_type, "application/json");
    if (request[http::field::user_agent].empty()) {
      request.set(http::field::user_agent,
                  std::string("OTel-OTLP-Exporter-hark/") + version);
    }
    request.body() = {body.data(), body.size()};
    request.prepare_payload();
    return request;
  }

  asio::awaitable<HttpAnswer> exchange_once(Request& request, error_code& error) {
    bool keeps = false;
    HttpAnswer answer;
    if (secure) {
      answer = co_await exchange(*secure, request, keeps, error);
    } else {
      answer = co_await exchange(*plain, request, keeps, error);
    }
    if (!keeps) close();
    co_return answer;
  }

  asio::awaitable<HttpAnswer> post(Request& request) {
    for (;;) {
      const bool is_reused = is_connected();
      if (!is_reused) co_await connect();
      error_code error;
      HttpAnswer answer = co_await exchange_once(request, error);
      if (!error) co_return answer;
      if (!is_reused || !is_stale(error)) check(error, "no answer");
    }
  }
};

HttpClient::HttpClient(asio::any_io_executor strand,
                       HttpEndpoint endpoint,
                       HttpHeaders headers,
                       const std::string& ca_file)
    : state_(std::make_shared<State>(
          std::move(strand), std::move(endpoint), std::move(headers))) {
  check_headers(state_->headers);
  if (state_->endpoint.is_secure) state_->context = make_context(ca_file);
}

HttpClient::~HttpClient() = default;

asio::awaitable<HttpAnswer> HttpClient::post(
    const std::string& body, std::chrono::steady_clock::time_point deadline) {
  State& state = *state_;
  Request request = state.request_of(body);
  state.is_over = false;
  state.watch(deadline);
  HttpAnswer answer;
  std::exception_ptr error;
  try {
    answer = co_await state.post(request);
  } catch (...) {
    error = std::current_exception();
    state.close();
  }
  state.deadline.reset();
  state.timer.cancel();
  if (error) std::rethrow_exception(error);
  co_return answer;
}

void HttpClient::hurry(std::chrono::steady_clock::time_point deadline) {
  if (state_->deadline && deadline < *state_->deadline) state_->watch(deadline);
}

}  // namespace hark::audit::detail
