// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// What include/hark/dialects/README.md shows, on real servers.

#include <hark/mysql.hpp>
#include <hark/postgresql.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;

class PostgresExample : public PostgresTest {};
class MySqlExample : public MySqlTest {};

using Orders = std::vector<std::tuple<int, std::string>>;

Orders make_orders(int count) {
  Orders orders;
  for (int i = 1; i <= count; ++i) orders.emplace_back(i, "order " + std::to_string(i));
  return orders;
}

void make_table(Engine& engine) {
  engine.begin([](Connection& connection) {
    connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, what VARCHAR(40))");
  });
}

TEST_F(PostgresExample, BulkLoad) {
  Engine engine = create_engine(url());
  make_table(engine);
  const Orders orders = make_orders(250);
  engine.begin([&](Connection& connection) {
    // [bulk]
    connection.execute("INSERT INTO orders VALUES (:id, :what)",
                       orders);  // any range of rows
    connection.execute("DELETE FROM orders");
    connection.execute("COPY orders (id, what) FROM STDIN",
                       orders);  // PostgreSQL's own way
    // [/bulk]
    EXPECT_EQ(connection.execute("SELECT count(*) FROM orders").scalar_one<int>(), 250);
  });
}

TEST_F(PostgresExample, Streaming) {
  Engine engine = create_engine(url());
  Connection connection = engine.connect();
  long sum = 0;
  // [stream]
  connection.execution_options({{"stream_results", true}});
  for (const auto& [number] :
       connection.execute("SELECT generate_series(1, 100000)").rows<std::tuple<int>>())
    sum += number;
  // [/stream]
  EXPECT_EQ(sum, 5'000'050'000);
}

TEST_F(PostgresExample, Notifications) {
  Engine engine = create_engine(url());
  std::optional<postgresql::Notification> heard;
  // [notify]
  Connection listener = engine.connect();
  listener.exec_driver_sql("LISTEN orders");
  listener.commit();
  engine.begin([](Connection& other) { other.exec_driver_sql("NOTIFY orders, '17'"); });
  heard = postgresql::driver_connection(listener).wait_for_notification(10s);
  // [/notify]
  ASSERT_TRUE(heard.has_value());
  EXPECT_EQ(heard->channel, "orders");
  EXPECT_EQ(heard->payload, "17");
}

TEST_F(PostgresExample, ParameterTypes) {
  Engine engine = create_engine(url());
  Connection connection = engine.connect();
  // [sizes]
  constexpr std::int64_t jsonb = 3802;  // pg_type's number
  event::listen(engine, "do_setinputsizes", [](InputSizes& sizes) {
    for (InputSize& size : sizes) {
      if (size.name == "document") size.type = jsonb;
    }
  });
  // [/sizes]
  EXPECT_EQ(connection.execute("SELECT pg_typeof(:document)::text", {{"document", "{}"}})
                .scalar_one<std::string>(),
            "jsonb");
}

TEST_F(PostgresExample, TwoPhases) {
  Engine engine = create_engine(url());
  make_table(engine);
  Connection connection = engine.connect();
  // [twophase]
  hark::TwoPhaseTransaction transaction = connection.begin_twophase("payment-17");
  connection.execute("INSERT INTO orders VALUES (17, 'a bicycle')");
  transaction
      .prepare();  // from here on the database keeps it, whatever happens to the program
  transaction.commit();
  // After a crash, from any connection:
  for (const std::string& xid : connection.recover_twophase())
    connection.rollback_prepared(xid);
  // [/twophase]
  EXPECT_EQ(connection.execute("SELECT count(*) FROM orders").scalar_one<int>(), 1);
}

TEST_F(PostgresExample, LostConnections) {
  Engine engine = create_engine(url());
  make_table(engine);
  int placed = 0;
  // [lost]
  const auto place_order = [&engine](int id) {
    for (int attempt = 0;; ++attempt) {
      try {
        return engine.begin([id](hark::Connection& connection) {
          connection.execute(
              "INSERT INTO orders VALUES (:id, 'a bicycle') ON CONFLICT DO NOTHING",
              {{"id", id}});
        });
      } catch (const hark::Error& error) {
        // Class 40: deadlocks, and transactions that could not be serialized.
        const bool is_worth_it =
            error.is_disconnect() || error.sqlstate().starts_with("40");
        if (!is_worth_it || attempt == 3) throw;
      }
    }
  };
  // [/lost]
  Connection killer = engine.connect();
  engine.begin([](Connection& other) { other.execute("SELECT 1"); });
  killer.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
      "pg_backend_pid() AND datname = current_database()");
  place_order(17);
  place_order(18);
  placed = killer.execute("SELECT count(*) FROM orders").scalar_one<int>();
  EXPECT_EQ(placed, 2);
}

TEST_F(MySqlExample, BulkLoad) {
  Engine engine = create_engine(url());
  make_table(engine);
  const Orders orders = make_orders(250);
  engine.begin([&](Connection& connection) {
    connection.execute("INSERT INTO orders VALUES (:id, :what)", orders);
    EXPECT_EQ(connection.execute("SELECT count(*) FROM orders").scalar_one<int>(), 250);
  });
}

TEST_F(MySqlExample, TwoPhases) {
  Engine engine = create_engine(url());
  make_table(engine);
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase();
  connection.execute("INSERT INTO orders VALUES (17, 'a bicycle')");
  transaction.prepare();
  transaction.commit();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM orders").scalar_one<int>(), 1);
}

}  // namespace
}  // namespace hark::test
