// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hark::audit {

/// Of a line: SHA-256 over the hash of the line before and the line, or HMAC-SHA-256.
using LineHash = std::array<unsigned char, 32>;

/// What is behind a line: its own hash.
inline constexpr std::string_view hash_key = R"(,"hash":")";
inline constexpr std::size_t hash_suffix = hash_key.size() + 64 + 2;

std::string hex_of(const LineHash& hash);
/// Empty: it is none.
std::optional<LineHash> hash_of(std::string_view hex) noexcept;

/// A line apart from its hash; empty: it ends in none.
struct HashedLine {
  std::string_view body;  ///< what the hash is made of
  LineHash hash;
};
std::optional<HashedLine> split_line(std::string_view line) noexcept;

/// Makes the hashes of a chain.
///
/// Thread safety: one thread at a time.
class HashChain {
 public:
  /// Empty: the chain has no key.
  explicit HashChain(const std::string& key);
  HashChain(const HashChain&) = delete;
  HashChain& operator=(const HashChain&) = delete;
  ~HashChain();

  LineHash next(const LineHash& previous, std::string_view body);
  /// Tells keys apart without telling them; empty: there is none.
  const std::string& key_id() const noexcept { return key_id_; }

 private:
  struct Digest;
  std::unique_ptr<Digest> digest_;
  std::string key_id_;
};

}  // namespace hark::audit
