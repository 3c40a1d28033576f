// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>
#include <hark/version.hpp>

#include <cstdio>
#include <string>

int main() {
  hark::Engine engine = hark::create_engine("sqlite://");
  hark::MetaData metadata;
  hark::Table& word =
      metadata.table("word",
                     hark::Column("id", hark::Integer(), {.primary_key = true}),
                     hark::Column("text", hark::String(40), {.unique = true}));
  hark::event::listen(
      word, "after_create", hark::DDL("INSERT INTO %(table)s (text) VALUES ('hark')"));
  metadata.create_all(engine);

  hark::Connection connection = engine.connect();
  const auto text = connection.execute("SELECT text FROM word").scalar_one<std::string>();
  std::printf("%s %s\n", text.c_str(), hark::version);
}
