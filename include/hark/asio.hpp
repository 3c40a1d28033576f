// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

// The asynchronous engine, on Boost.Asio.
#include <hark/asio/async_connection.hpp>
#include <hark/asio/async_engine.hpp>
#include <hark/asio/async_result.hpp>
#include <hark/asio/async_transaction.hpp>
#include <hark/asio/awaitable_listener.hpp>
#include <hark/asio/cancel_after.hpp>
#include <hark/asio/read.hpp>
