// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

namespace hark {

class AssertionPool;
class ConnectionFairy;
class ConnectionRecord;
class Engine;
class NullPool;
class Pool;
class PoolReservation;
class PooledConnection;
class QueuePool;
class SingletonThreadPool;
class StaticPool;
struct PoolEvents;

namespace detail {

class IdleRecords;

}  // namespace detail

}  // namespace hark
