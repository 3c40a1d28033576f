// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The example service, test/example/service.cpp, as its clients and its operators know it.

#include <hark/postgresql.hpp>

#include <boost/asio.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/folder.hpp"
#include "support/program.hpp"
#include "support/server.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

namespace service {

using boost::asio::ip::tcp;
using nlohmann::json;
using namespace std::chrono_literals;

/// Waits for what another process does, and tells nobody of.
template <class Condition>
void await(const char* what, Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + 120s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) throw std::runtime_error(what);
    std::this_thread::sleep_for(5ms);
  }
}

struct Response {
  int status = 0;
  std::string request_id;
  bool is_last = false;
  json body;
};

std::string get(const std::string& target, const std::string& id = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" +
         (id.empty() ? "" : "X-Request-Id: " + id + "\r\n") + "\r\n";
}

std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: posted\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A connection that is kept.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(context_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }

  void send(const std::string& request) {
    boost::asio::write(socket_, boost::asio::buffer(request));
  }
  Response receive() {
    const std::size_t head =
        boost::asio::read_until(socket_, boost::asio::dynamic_buffer(read_), "\r\n\r\n");
    std::istringstream lines(read_.substr(0, head));
    read_.erase(0, head);
    Response made;
    std::size_t length = 0;
    std::string line;
    lines >> line >> made.status;
    while (std::getline(lines, line)) {
      const auto value = [&](std::string_view name) {
        return line.starts_with(name)
                   ? line.substr(name.size(), line.size() - name.size() - 1)
                   : std::string();
      };
      if (auto id = value("X-Request-Id: "); !id.empty()) made.request_id = std::move(id);
      if (auto size = value("Content-Length: "); !size.empty()) length = std::stoul(size);
      if (value("Connection: ") == "close") made.is_last = true;
    }
    if (read_.size() < length)
      boost::asio::read(socket_,
                        boost::asio::dynamic_buffer(read_),
                        boost::asio::transfer_exactly(length - read_.size()));
    made.body = json::parse(read_.substr(0, length));
    read_.erase(0, length);
    return made;
  }
  Response ask(const std::string& request) {
    send(request);
    return receive();
  }

 private:
  boost::asio::io_context context_;
  tcp::socket socket_;
  std::string read_;
};

/// The service, running.
class Service {
 public:
  explicit Service(const std::string& url, std::vector<std::string> options = {})
      : program_(arguments(url, folder_.path("audit.jsonl"), std::move(options)), {}) {
    await("the service tells no port", [&] { return program_.output().ends_with('\n'); });
    const std::string said = program_.output();
    port_ = static_cast<std::uint16_t>(std::stoul(said.substr(said.rfind(':') + 1)));
  }

  std::uint16_t port() const { return port_; }
  Response ask(const std::string& request) { return Client(port_).ask(request); }
  void tell_to_stop() { program_.send(SIGTERM); }
  Finished stop() {
    tell_to_stop();
    return program_.wait();
  }
  Finished wait() { return program_.wait(); }
  /// What it has recorded.
  std::vector<json> audit() const {
    std::vector<json> made;
    std::istringstream lines(folder_.read("audit.jsonl"));
    for (std::string line; std::getline(lines, line);) made.push_back(json::parse(line));
    return made;
  }

 private:
  static std::vector<std::string> arguments(const std::string& url,
                                            const std::string& audit,
                                            std::vector<std::string> options) {
    std::vector<std::string> made{url, "--sample", "--audit", audit};
    made.insert(made.end(), options.begin(), options.end());
    return made;
  }

  Folder folder_;
  Program program_;
  std::uint16_t port_ = 0;
};

/// While it lives, nobody can read tracks.
class Lock {
 public:
  explicit Lock(Engine& engine) : connection_(engine.connect()) {
    connection_.execute("LOCK TABLE track IN ACCESS EXCLUSIVE MODE");
  }

 private:
  Connection connection_;
};

/// The statements that wait for a lock.
std::vector<std::string> waiting(Engine& engine) {
  Connection connection = engine.connect();
  return connection
      .execute(
          "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
          "AND datname = current_database()")
      .scalars<std::string>();
}

void await_waiting(Engine& engine, std::size_t count) {
  await("as many statements do not wait for the lock",
        [&] { return waiting(engine).size() == count; });
}

class ServiceTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (!IsSkipped()) engine_ = std::make_unique<Engine>(URL(url()), EngineOptions());
  }
  Engine& engine() { return *engine_; }

 private:
  std::unique_ptr<Engine> engine_;
};

TEST_F(ServiceTest, AnswersManyAtOnceAndRecordsWhoseStatementsTheyWere) {
  constexpr int count = 200;
  Service service(url(), {"--deadline", "300000", "--connections", "8"});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < count; ++i)
    clients.push_back(std::make_unique<Client>(service.port()));

  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < count; ++i) {
      clients[static_cast<std::size_t>(i)]->send(
          get("/tracks/" + std::to_string(i % 3 + 1),
              "r" + std::to_string(round) + "-" + std::to_string(i)));
    }
    for (int i = 0; i < count; ++i) {
      const Response response = clients[static_cast<std::size_t>(i)]->receive();
      ASSERT_EQ(response.status, 200) << response.body;
      EXPECT_EQ(response.body.at("id"), i % 3 + 1);
      EXPECT_EQ(response.request_id,
                "r" + std::to_string(round) + "-" + std::to_string(i));
      EXPECT_FALSE(response.is_last);
    }
  }
  clients.clear();
  EXPECT_EQ(service.stop().code, 0);

  std::map<std::uint64_t, std::string> requests;  // the client's name by the record's
  std::set<std::string> seen;
  for (const json& line : service.audit()) {
    if (line.at("type") == "request_start" && line.contains("attributes"))
      requests[line.at("id")] = line.at("attributes").value("request_id", "");
    if (line.at("type") != "event_start" || line.at("kind") != "statement") continue;
    if (requests.empty()) continue;  // tables are made before anybody asks
    const std::string id = requests[line.at("request")];
    EXPECT_NE(id, "") << line;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 2U * count);
}

TEST_F(ServiceTest, TakesOrdersAsAWholeOrNotAtAll) {
  Service service(url());
  Client client(service.port());

  const Response taken =
      client.ask(post("/orders", R"({"customer": "ada@example.org", "tracks": [1, 2]})"));
  const Response refused = client.ask(
      post("/orders", R"({"customer": "ada@example.org", "tracks": [1, 99]})"));

  EXPECT_EQ(taken.status, 201);
  EXPECT_EQ(taken.body.at("cents"), 99 + 149);
  EXPECT_EQ(refused.status, 409);
  Connection connection = engine().connect();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM orders").scalar_one<int>(), 1);
  EXPECT_EQ(connection.execute("SELECT count(*) FROM order_line").scalar_one<int>(), 2);
}

TEST_F(ServiceTest, SaysWhatIsWrongWithARequest) {
  Service service(url());
  Client client(service.port());
  const std::vector<std::pair<std::string, int>> cases{
      {get("/artists"), 200},
      {get("/artists?limit=1"), 200},
      {get("/artists?limit=0"), 400},
      {get("/artists?limit=1;DROP"), 400},
      {get("/artists?"), 200},
      {get("/tracks/"), 400},
      {get("/tracks/1x"), 400},
      {get("/tracks/99999999999999999999"), 400},
      {get("/tracks/77"), 404},
      {get("/"), 404},
      {get("/orders"), 405},
      {post("/tracks/1", ""), 405},
      {post("/orders", ""), 400},
      {post("/orders", "[]"), 400},
      {post("/orders", R"({"customer": 1, "tracks": [1]})"), 400},
      {post("/orders", R"({"customer": "a", "tracks": []})"), 400},
      {post("/orders", R"({"customer": "a", "tracks": ["1"]})"), 400},
      {post("/orders", R"({"customer": "a", "tracks": [99999999999999999999]})"), 400},
      {post("/orders", R"({"customer": "a\u0000b", "tracks": [1]})"), 400},
      {post("/orders", std::string(100'000, ' ')), 413},
  };
  for (const auto& [request, status] : cases) {
    const Response response = client.ask(request);
    EXPECT_EQ(response.status, status) << request.substr(0, 200) << response.body;
    EXPECT_EQ(response.body.contains("error"), status >= 400);
    EXPECT_FALSE(response.request_id.empty());
  }
}

TEST_F(ServiceTest, NamesARequestItselfWhereTheCallersNameCouldEndAComment) {
  Service service(url());
  for (const std::string& id : {std::string("*/ DROP TABLE track --"),
                                std::string("a b"),
                                std::string(65, 'a'),
                                std::string("\xc3\xa9")}) {
    const Response response = service.ask(get("/tracks/1", id));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.request_id.size(), 32U);
    EXPECT_EQ(response.request_id.find_first_not_of("0123456789abcdef"),
              std::string::npos);
  }
}

TEST_F(ServiceTest, TellsTheServerWhoseStatementItIs) {
  Service service(url());
  Client client(service.port());
  {
    const Lock lock(engine());
    client.send(get("/tracks/1", "mine-17"));
    await_waiting(engine(), 1);
    EXPECT_TRUE(waiting(engine()).front().ends_with("/* request_id=mine-17 */"));
  }
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(ServiceTest, EndsStatementsWhoseClientHasGone) {
  Service service(url(), {"--deadline", "300000", "--connections", "2"});
  {
    const Lock lock(engine());
    for (int i = 0; i < 5; ++i) {
      auto client = std::make_unique<Client>(service.port());
      client->send(get("/tracks/1"));
      await_waiting(engine(), 1);
      client.reset();
      await_waiting(engine(), 0);
    }
  }
  EXPECT_EQ(service.ask(get("/tracks/1")).status, 200);
  EXPECT_EQ(service.stop().code, 0);
}

TEST_F(ServiceTest, EndsWhatTakesTooLongOnTheServerToo) {
  Service service(url(), {"--deadline", "500"});
  const Lock lock(engine());
  EXPECT_EQ(service.ask(get("/tracks/1")).status, 504);
  await_waiting(engine(), 0);
}

TEST_F(ServiceTest, AnswersWhatWasBegunWhenItIsToldToStop) {
  constexpr std::size_t count =
      5;  // each has a connection, so that it is seen to have begun
  Service service(url(), {"--deadline", "300000", "--connections", "5"});
  const Client idle(service.port());
  std::vector<std::unique_ptr<Client>> clients;
  {
    const Lock lock(engine());
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<Client>(service.port()));
      clients.back()->send(get("/tracks/1"));
    }
    await_waiting(engine(), count);

    service.tell_to_stop();
    await("it goes on to accept clients", [&] {
      try {
        Client(service.port());
        return false;
      } catch (const boost::system::system_error&) {
        return true;
      }
    });
  }
  for (const auto& client : clients) {
    const Response response = client->receive();
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.is_last);
  }
  EXPECT_EQ(service.wait().code, 0);
}

class ServiceServerTest : public PostgresServerTest {};

TEST_F(ServiceServerTest, SaysThatTheDatabaseIsDownAndGoesOnWhenItIsBack) {
  PostgresServer server;
  Service service(server.url());
  Client client(service.port());
  EXPECT_EQ(client.ask(get("/tracks/1")).status, 200);

  server.stop();
  EXPECT_EQ(client.ask(get("/tracks/1")).status, 503);
  EXPECT_EQ(client.ask(post("/orders", R"({"customer": "a", "tracks": [1]})")).status,
            503);
  server.start();

  EXPECT_EQ(client.ask(get("/tracks/1")).status, 200);
  EXPECT_EQ(service.stop().code, 0);
}

}  // namespace service
}  // namespace
}  // namespace hark::test
