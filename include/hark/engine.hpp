// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

/// Engines, connections, pools, and listening on them.
#include <hark/engine/connection.hpp>
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>
#include <hark/event.hpp>
#include <hark/pool/assertion_pool.hpp>
#include <hark/pool/null_pool.hpp>
#include <hark/pool/queue_pool.hpp>
#include <hark/pool/singleton_thread_pool.hpp>
#include <hark/pool/static_pool.hpp>
