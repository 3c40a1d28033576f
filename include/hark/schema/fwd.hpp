// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

namespace hark {

class CheckConstraint;
class Column;
class ColumnCollectionConstraint;
class Computed;
class Constraint;
class DDL;
class DDLCompiler;
class DDLElement;
class DefaultClause;
class FetchedValue;
class ForeignKey;
class ForeignKeyConstraint;
class Identity;
class Index;
class Inspector;
class MetaData;
class PrimaryKeyConstraint;
class SchemaItem;
class Sequence;
class Table;
class Type;
class UniqueConstraint;
struct DDLEvents;
struct DDLOptions;
struct ReflectedColumn;

namespace detail {
class TableBuilder;
struct SchemaAccess;
}  // namespace detail

}  // namespace hark
