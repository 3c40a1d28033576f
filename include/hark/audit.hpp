// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

/// The audit, but for the handlers that ship: they are in hark/audit/handlers.
#include <hark/audit/event.hpp>
#include <hark/audit/event_handler.hpp>
#include <hark/audit/options.hpp>
#include <hark/audit/redaction.hpp>
#include <hark/audit/request.hpp>
#include <hark/audit/request_executor.hpp>
#include <hark/audit/subscription.hpp>
#include <hark/audit/use_event_handler.hpp>
