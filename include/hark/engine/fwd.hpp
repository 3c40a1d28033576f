// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

namespace hark {

class ClauseElement;
class Connection;
class Dialect;
class Engine;
class ExceptionContext;
class ExecutionContext;
class Result;
class Row;
class RowView;
class TextClause;
class Transaction;
class TwoPhaseTransaction;
class URL;
struct ConnectionEvents;
struct DialectEvents;

}  // namespace hark
