// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/audit/options.hpp>

#include <boost/container/vector.hpp>

#include "audit/note.hpp"
#include "audit/statement.hpp"

/// What views in notes show, as bytes: cut at the limits of Options, in one buffer that is
/// used again.
namespace hark::audit::detail {

using Bytes = boost::container::vector<char>;  // grows without filling

// They replace what is in `to`. Throws: std::bad_alloc; `to` is then of no use.
void write_request(Bytes& to, const RequestNote& note, const Options& options);
void write_event(Bytes& to, const EventNote& note, const Options& options);
void write_end(Bytes& to, const EndNote& note, const Options& options);
/// Has it anything for write_end()?
inline bool has_bytes(const EndNote& note) noexcept {
  return !note.statement.empty() || note.attributes != nullptr;
}

// What was written, and after redaction. Throws: anything that the rules throw is a value
// that is left out; else std::bad_alloc.
void read_request(const Bytes& from, RequestStart& to);
void read_event(const Bytes& from,
                EventStart& to,
                StatementCache& statements,
                Syntax syntax,
                const RedactionRules& rules);
/// Adds to `attributes`; replaces `statement` where there is another one.
void read_end(const Bytes& from,
              Attributes& attributes,
              std::shared_ptr<const Statement>& statement,
              StatementCache& statements,
              Syntax syntax);

}  // namespace hark::audit::detail
