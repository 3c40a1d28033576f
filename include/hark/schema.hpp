// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

/// Tables, their DDL, and reflection.
#include <hark/engine.hpp>
#include <hark/schema/ddl.hpp>
#include <hark/schema/ddl_compiler.hpp>
#include <hark/schema/inspector.hpp>
#include <hark/schema/metadata.hpp>
