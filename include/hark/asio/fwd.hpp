// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

namespace hark {

class AsyncConnection;
class AsyncEngine;
class AsyncResult;
class AsyncTransaction;
class AsyncTwoPhaseTransaction;

namespace detail {

class AsyncEngineState;
class AsyncOpening;
class AsyncOperation;
class AsyncSession;
class AsyncStatements;
struct MakeAsyncResult;
struct OpenConnection;

}  // namespace detail

}  // namespace hark
