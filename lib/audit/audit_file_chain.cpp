// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/audit_file_chain.hpp"

#include <hark/error.hpp>

#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstddef>
#include <span>

#include "audit/json_text.hpp"

namespace hark::audit {
namespace {

void require(bool is_fine) {
  if (!is_fine) throw Error("SHA-256 cannot be computed: OpenSSL refuses");
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<unsigned> digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  return std::nullopt;
}

}  // namespace

std::string hex_of(const LineHash& hash) {
  std::string text;
  append_hex(text, hash);
  return text;
}

std::optional<LineHash> hash_of(std::string_view hex) noexcept {
  LineHash hash{};
  if (hex.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t at = 0; at < hash.size(); ++at) {
    const auto high = digit_of(hex[2 * at]);
    const auto low = digit_of(hex[2 * at + 1]);
    if (!high || !low) return std::nullopt;
    hash[at] = static_cast<unsigned char>(*high << 4U | *low);
  }
  return hash;
}

std::optional<HashedLine> split_line(std::string_view line) noexcept {
  if (line.size() < hash_suffix || !line.ends_with("\"}")) return std::nullopt;
  const std::string_view body = line.substr(0, line.size() - hash_suffix);
  const std::string_view suffix = line.substr(body.size());
  if (!suffix.starts_with(hash_key)) return std::nullopt;
  const auto hash = hash_of(suffix.substr(hash_key.size(), 2 * LineHash().size()));
  if (!hash) return std::nullopt;
  return HashedLine{body, *hash};
}

struct HashChain::Digest {
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> type{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> plain{EVP_MD_CTX_new(),
                                                                &EVP_MD_CTX_free};
  std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac{
      EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free};
  // Null: there is no key.
  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> keyed{nullptr,
                                                                  &EVP_MAC_CTX_free};

  void use_key(const std::string& key) {
    require(mac != nullptr);
    keyed.reset(EVP_MAC_CTX_new(mac.get()));
    std::string name = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string("digest", name.data(), 0),
        OSSL_PARAM_construct_end()};
    require(keyed != nullptr &&
            EVP_MAC_init(keyed.get(), bytes_of(key), key.size(), parameters) == 1);
  }

  LineHash of(std::span<const unsigned char> first, std::string_view second) const {
    LineHash hash;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    if (keyed != nullptr) {
      std::size_t size = 0;
      require(EVP_MAC_init(keyed.get(), nullptr, 0, nullptr) == 1 &&
              EVP_MAC_update(keyed.get(), first.data(), first.size()) == 1 &&
              EVP_MAC_update(keyed.get(), bytes_of(second), second.size()) == 1 &&
              EVP_MAC_final(keyed.get(), hash.data(), &size, hash.size()) == 1);
    } else {
      require(EVP_DigestInit_ex2(plain.get(), type.get(), nullptr) == 1 &&
              EVP_DigestUpdate(plain.get(), first.data(), first.size()) == 1 &&
              EVP_DigestUpdate(plain.get(), second.data(), second.size()) == 1 &&
              EVP_DigestFinal_ex(plain.get(), hash.data(), nullptr) == 1);
    }
    return hash;
  }
};

HashChain::HashChain(const std::string& key) : digest_(std::make_unique<Digest>()) {
  require(digest_->type != nullptr && digest_->plain != nullptr);
  if (key.empty()) return;
  digest_->use_key(key);
  constexpr std::size_t id_digits = 16;
  key_id_ = hex_of(digest_->of({}, "hark audit key")).substr(0, id_digits);
}

HashChain::~HashChain() = default;

LineHash HashChain::next(const LineHash& previous, std::string_view body) {
  return digest_->of(previous, body);
}

}  // namespace hark::audit
