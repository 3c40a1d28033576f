// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

/// What the headers of the signal tables say of their events.
namespace hark::cli {

struct EventParameter {
  std::string_view type;  ///< as it is written: "dbapi::Connection&"
  std::string_view name;
  bool is_answer;  ///< may a listener replace it?
};

/// A labelled paragraph of a comment: "When", and its text.
struct EventParagraph {
  std::string_view label;
  std::string_view text;
};

struct EventDocumentation {
  std::string_view family;
  std::string_view name;
  std::string_view kind;    ///< the base of its declaration: "signal", "chain", "first"
  std::string_view result;  ///< of the signature: "void"
  std::string_view summary;
  std::span<const EventParameter> parameters;
  std::span<const EventParagraph> paragraphs;
};

struct FamilyDocumentation {
  std::string_view name;
  std::string_view summary;
  std::span<const EventParagraph> paragraphs;
};

/// The text under a label; empty: there is none.
constexpr std::string_view paragraph(std::span<const EventParagraph> paragraphs,
                                     std::string_view label) noexcept {
  for (const EventParagraph& each : paragraphs) {
    if (each.label == label) return each.text;
  }
  return {};
}

}  // namespace hark::cli
