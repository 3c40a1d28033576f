// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// The parser of URLs: what it accepts is rendered to what parses to the same, without its
// password unless it is asked for; and what SQLite makes of it names the same file.
#include <hark/dialects/sqlite/dialect.hpp>
#include <hark/engine/url.hpp>
#include <hark/error.hpp>

#include <optional>
#include <string>
#include <tuple>

#include "fuzz/fuzz.hpp"

namespace hark::test {
namespace {

auto parts_of(const URL& url) {
  return std::tie(url.drivername,
                  url.username,
                  url.password,
                  url.host,
                  url.port,
                  url.database,
                  url.query);
}

std::optional<URL> parsed(std::string_view text) {
  try {
    return URL(text);
  } catch (const ArgumentError& error) {
    // One of a few sentences, none of which has a part of the text.
    require(std::string_view(error.what()).size() < 150, "errors show no password");
    return std::nullopt;
  }
}

void expect_round_trip(const URL& url) {
  const std::optional<URL> again = parsed(url.render(false));
  require(again && parts_of(*again) == parts_of(url),
          "a rendered URL parses to the same");
}

void expect_hidden_password(URL url) {
  const std::string shown = url.render();
  if (url.password) url.password = "another";
  require(url.render() == shown, "no password is rendered");
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      plain +=
          static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// The name of the file in `file:name?a=b` and `file:///name?a=b`.
std::string file_in(std::string_view uri) {
  require(uri.starts_with("file:"), "a URI begins with file:");
  uri.remove_prefix(5);
  if (uri.starts_with("//")) uri.remove_prefix(2);
  require(uri.find('#') == std::string_view::npos, "a URI has no fragment");
  return decoded(uri.substr(0, uri.find('?')));
}

void expect_same_file(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return;
  URL url("sqlite://?mode=rw");
  url.database = name;
  const std::string target = sqlite::Dialect().connect_arguments(url).target;
  require(file_in(target) == (name.empty() ? ":memory:" : name), "a URI names its file");
}

void expect_clear_answer(URL url) {
  url.drivername = "sqlite";
  try {
    sqlite::Dialect().connect_arguments(url);
  } catch (const ArgumentError&) {
  }
}

}  // namespace
}  // namespace hark::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hark::test;
  const std::string_view text = text_of(data, size);
  if (const auto url = parsed(text)) {
    expect_round_trip(*url);
    expect_hidden_password(*url);
    expect_clear_answer(*url);
  }
  expect_same_file(text);
  return 0;
}
