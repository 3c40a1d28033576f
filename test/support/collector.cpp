// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/collector.hpp"

#include <hark/detail/mutex.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <list>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

namespace hark::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using hark::detail::Lock;

// -- certificates -----------------------------------------------------------------------

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using File = std::unique_ptr<std::FILE, Freer<std::fclose>>;

void add_name(X509_NAME* name, const std::string& common_name) {
  X509_NAME_add_entry_by_txt(name,
                             "CN",
                             MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()),
                             -1,
                             -1,
                             0);
}

void add_extension(X509& certificate, int kind, const std::string& value) {
  X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(&certificate, made, -1);
  X509_EXTENSION_free(made);
}

/// A certificate of this day, not yet signed.
Certificate make_certificate(EVP_PKEY& key,
                             const std::string& subject,
                             const std::string& issuer,
                             long serial) {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 24 * 3600);
  X509_set_pubkey(made.get(), &key);
  add_name(X509_get_subject_name(made.get()), subject);
  add_name(X509_get_issuer_name(made.get()), issuer);
  return made;
}

File opened(const std::string& path) { return File(std::fopen(path.c_str(), "wb")); }

// -- one connection ---------------------------------------------------------------------

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                          : letter;
  });
  return text;
}

std::string head_of(const Collector::Answer& answer) {
  return "HTTP/1.1 " + std::to_string(answer.status) +
         " Whatever\r\nContent-Type: application/json\r\n" + answer.header +
         "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n";
}

/// Writes until the peer has enough of it.
template <class Stream>
void write_for_ever(Stream& stream, std::string_view start, std::string_view rest) {
  error_code error;
  asio::write(stream, asio::buffer(start), error);
  while (!error) asio::write(stream, asio::buffer(rest), error);
}

}  // namespace

struct Collector::State {
  explicit State(const Options& options)
      : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), options.port)),
        port(acceptor.local_endpoint().port()) {
    if (options.certificates.key.empty()) return;
    secure.emplace(asio::ssl::context::tls_server);
    secure->use_certificate_chain_file(options.certificates.certificate);
    secure->use_private_key_file(options.certificates.key, asio::ssl::context::pem);
  }

  void accept_all() {
    for (std::size_t number = 0;; ++number) {
      tcp::socket socket(context);
      error_code error;
      acceptor.accept(socket, error);
      const Lock lock(mutex);
      if (error || is_over) return;
      sockets.insert(socket.native_handle());
      threads.emplace_back([this, number, taken = std::move(socket)]() mutable {
        serve(std::move(taken), number);
      });
    }
  }

  void serve(tcp::socket socket, std::size_t number) {
    const auto handle = socket.native_handle();
    if (secure) {
      asio::ssl::stream<tcp::socket&> stream(socket, *secure);
      error_code error;
      stream.handshake(asio::ssl::stream_base::server, error);
      if (!error) serve_stream(stream, number);
    } else {
      serve_stream(socket, number);
    }
    const Lock lock(mutex);
    sockets.erase(handle);
    error_code ignored;
    socket.close(ignored);
  }

  template <class Stream>
  void serve_stream(Stream& stream, std::size_t number) {
    boost::beast::flat_buffer buffer;
    for (;;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(std::uint64_t{64} << 20);
      error_code error;
      http::read(stream, buffer, parser, error);
      if (error) return;
      const Answer chosen = note(parser.release(), number);
      if (!say(stream, chosen)) return;
    }
  }

  /// Notes a request, and tells what is to become of it.
  Answer note(http::request<http::string_body> request, std::size_t connection) {
    const Lock lock(mutex);
    Answer chosen = otherwise;
    if (!answers.empty()) {
      chosen = std::move(answers.front());
      answers.pop_front();
    }
    Request noted{.target = std::string(request.target()),
                  .headers = {},
                  .body = std::move(request.body()),
                  .connection = connection,
                  .is_accepted = chosen.status == 200 && chosen.raw.empty() &&
                                 chosen.how != Answer::How::none_and_close &&
                                 chosen.how != Answer::How::endless_header &&
                                 chosen.how != Answer::How::silence};
    for (const auto& field : request)
      noted.headers[lower(std::string(field.name_string()))] = std::string(field.value());
    requests.push_back(std::move(noted));
    changed.notify_all();
    return chosen;
  }

  /// Returns: does the connection go on?
  template <class Stream>
  bool say(Stream& stream, const Answer& chosen) {
    error_code error;
    if (!chosen.raw.empty()) {
      asio::write(stream, asio::buffer(chosen.raw), error);
      return false;
    }
    const std::string text = head_of(chosen) + chosen.body;
    const std::string_view half(text.data(), text.size() - chosen.body.size() / 2 - 1);
    switch (chosen.how) {
      case Answer::How::whole:
        asio::write(stream, asio::buffer(text), error);
        return !error;
      case Answer::How::whole_and_close:
        asio::write(stream, asio::buffer(text), error);
        return false;
      case Answer::How::half_and_close:
        asio::write(stream, asio::buffer(half), error);
        return false;
      case Answer::How::endless_header:
        write_for_ever(stream, "HTTP/1.1 200 OK\r\n", "X-More: and more of it\r\n");
        return false;
      case Answer::How::endless_body:
        write_for_ever(stream, "HTTP/1.1 200 OK\r\n\r\n", "and more, and more of it");
        return false;
      case Answer::How::silence:
        wait_for_end();
        return false;
      case Answer::How::none_and_close:
        return false;
    }
    return false;
  }

  void wait_for_end() {
    const Lock lock(mutex);
    while (!is_over) changed.wait(mutex);
  }

  void stop() {
    {
      const Lock lock(mutex);
      is_over = true;
      changed.notify_all();
      for (const auto handle : sockets) ::shutdown(handle, SHUT_RDWR);
      ::shutdown(acceptor.native_handle(), SHUT_RDWR);  // wakes who accepts
    }
    accepting.join();
    for (std::thread& thread : threads) thread.join();
  }

  asio::io_context context{};
  tcp::acceptor acceptor;
  const std::uint16_t port;
  std::optional<asio::ssl::context> secure{};
  std::thread accepting{};

  hark::detail::Mutex mutex;
  std::condition_variable_any changed;
  bool is_over HARK_GUARDED_BY(mutex) = false;
  std::deque<Answer> answers HARK_GUARDED_BY(mutex);
  Answer otherwise HARK_GUARDED_BY(mutex);
  std::vector<Request> requests HARK_GUARDED_BY(mutex);
  std::set<tcp::socket::native_handle_type> sockets HARK_GUARDED_BY(mutex);
  std::list<std::thread> threads{};  // of who accepts, until that has ended
};

Certificates make_certificates(const std::string& folder, const std::string& dns_name) {
  const Key authority_key(EVP_EC_gen("P-256"));
  const Key server_key(EVP_EC_gen("P-256"));
  const std::string authority_name = "hark's tests";
  const Certificate authority =
      make_certificate(*authority_key, authority_name, authority_name, 1);
  add_extension(*authority, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(authority.get(), authority_key.get(), EVP_sha256());
  const Certificate server = make_certificate(*server_key, dns_name, authority_name, 2);
  add_extension(*server, NID_subject_alt_name, "DNS:" + dns_name);
  X509_sign(server.get(), authority_key.get(), EVP_sha256());

  Certificates made{.authority = folder + "/authority.pem",
                    .certificate = folder + "/certificate.pem",
                    .key = folder + "/key.pem"};
  PEM_write_X509(opened(made.authority).get(), authority.get());
  PEM_write_X509(opened(made.certificate).get(), server.get());
  PEM_write_PrivateKey(
      opened(made.key).get(), server_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return made;
}

Collector::Collector() : Collector(Options{}) {}

Collector::Collector(const Options& options) : state_(std::make_unique<State>(options)) {
  state_->accepting = std::thread([state = state_.get()] { state->accept_all(); });
}

Collector::~Collector() { state_->stop(); }

std::uint16_t Collector::port() const noexcept { return state_->port; }

std::string Collector::url() const {
  return (state_->secure ? "https://localhost:" : "http://127.0.0.1:") +
         std::to_string(state_->port) + "/v1/traces";
}

void Collector::answer(Answer answer) {
  const Lock lock(state_->mutex);
  state_->answers.push_back(std::move(answer));
}

void Collector::answer_all(Answer answer) {
  const Lock lock(state_->mutex);
  state_->otherwise = std::move(answer);
}

std::vector<Collector::Request> Collector::requests() const {
  const Lock lock(state_->mutex);
  return state_->requests;
}

std::vector<Collector::Request> Collector::wait_for_requests(std::size_t count) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const Lock lock(state_->mutex);
  while (state_->requests.size() < count) {
    if (state_->changed.wait_until(state_->mutex, deadline) == std::cv_status::timeout)
      throw std::runtime_error("the collector has waited in vain");
  }
  return state_->requests;
}

}  // namespace hark::test
