// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

/// The event framework: declare families, make targets, listen.

#include <hark/error.hpp>
#include <hark/event/events.hpp>
#include <hark/event/listen.hpp>
#include <hark/event/listeners.hpp>
#include <hark/event/method.hpp>
#include <hark/event/options.hpp>
#include <hark/event/place.hpp>
#include <hark/event/report.hpp>
#include <hark/event/signal.hpp>
#include <hark/event/subscription.hpp>
#include <hark/event/target.hpp>
