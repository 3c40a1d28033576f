// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>

#include <cstddef>
#include <string>

/// The members of JSON lines that an event is told by, each with a comma in front. What is
/// known from a start is left out.
namespace hark::audit {

void append_members(std::string& to, const RequestStart& request);
/// `known`: its request's database.
void append_members(std::string& to, const EventStart& event, const Database* known);
/// `known`, `known_attributes`: its start's statement, and how many attributes that had.
void append_members(std::string& to,
                    const EventEnd& event,
                    const Statement* known,
                    std::size_t known_attributes);
void append_members(std::string& to, const RequestEnd& end, std::size_t known_attributes);

}  // namespace hark::audit
