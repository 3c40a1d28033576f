// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/engine/url.hpp>

namespace hark::audit::detail {

/// What a URL tells of its database; no secret.
Database database_of(const URL& url);

}  // namespace hark::audit::detail
