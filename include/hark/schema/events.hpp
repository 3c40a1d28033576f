// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/ending.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/event/events.hpp>
#include <hark/event/signal.hpp>
#include <hark/schema/fwd.hpp>

#include <vector>

namespace hark {

/// The circumstances of CREATE and DROP.
struct DDLOptions {
  bool checkfirst = false;  ///< is what is there already left alone?
  /// Of create_all and drop_all: what is created or dropped, in that order. Null for a
  /// Table and an Index.
  const std::vector<Table*>* tables = nullptr;
  bool is_metadata_operation = false;  ///< a part of create_all or drop_all?
};

/// What happens to MetaData, Tables, Columns and their like.
///
/// Every item is a target, and every class of items, a base class included:
/// `event::listen(event::every<Constraint>, "after_parent_attach", f)`. A listener takes
/// the item as what it was registered on: `[](Table& table, Connection& connection) {…}`.
/// For every event: it runs on the thread that does the work, no lock of hark's is held,
/// and the references are valid during the call.
/// Source: SQLAlchemy lib/sqlalchemy/sql/events.py, DDLEvents.
struct DDLEvents : event::Events<DDLEvents> {
  /// A table, an index or the tables of a MetaData are about to be created.
  ///
  /// When:     before CREATE is sent, and after it was asked what is there already. Not
  ///           for what is left alone; for MetaData also where nothing is to be done.
  /// Throwing: the exception reaches the caller, and nothing more is created; on an
  ///           Engine the transaction is rolled back.
  /// Source:   DDLEvents.before_create.
  struct before_create
      : event::signal<
            "before_create",
            void(SchemaItem& target, Connection& connection, const DDLOptions& options)> {
    template <class Target>
    using signature_on = void(Target&, Connection&, const DDLOptions&);
  };

  /// The same has been created.
  ///
  /// When:     after the table's indexes and comments, in the same transaction. Not where
  ///           it failed.
  /// Throwing: the exception reaches the caller, and nothing more is created; on an
  ///           Engine the transaction is rolled back.
  /// Source:   DDLEvents.after_create.
  struct after_create
      : event::signal<
            "after_create",
            void(SchemaItem& target, Connection& connection, const DDLOptions& options)> {
    template <class Target>
    using signature_on = void(Target&, Connection&, const DDLOptions&);
  };

  /// The creation that before_create announced is over.
  ///
  /// When:     once for each before_create, after after_create or when it failed.
  /// Throwing: the exception reaches the caller where the creation succeeded.
  struct create_end : event::signal<"create_end",
                                    void(SchemaItem& target,
                                         Connection& connection,
                                         const DDLOptions& options,
                                         const Ending& ending)> {
    template <class Target>
    using signature_on = void(Target&, Connection&, const DDLOptions&, const Ending&);
  };

  /// A table, an index or the tables of a MetaData are about to be dropped.
  ///
  /// When:     before DROP is sent, and after it was asked what is there. Not for what is
  ///           not there; for MetaData also where nothing is to be done.
  /// Throwing: the exception reaches the caller, and nothing more is dropped; on an
  ///           Engine the transaction is rolled back.
  /// Source:   DDLEvents.before_drop.
  struct before_drop
      : event::signal<
            "before_drop",
            void(SchemaItem& target, Connection& connection, const DDLOptions& options)> {
    template <class Target>
    using signature_on = void(Target&, Connection&, const DDLOptions&);
  };

  /// The same has been dropped.
  ///
  /// When:     right after it, in the same transaction. Not where it failed.
  /// Throwing: the exception reaches the caller, and nothing more is dropped; on an
  ///           Engine the transaction is rolled back.
  /// Source:   DDLEvents.after_drop.
  struct after_drop
      : event::signal<
            "after_drop",
            void(SchemaItem& target, Connection& connection, const DDLOptions& options)> {
    template <class Target>
    using signature_on = void(Target&, Connection&, const DDLOptions&);
  };

  /// The dropping that before_drop announced is over.
  ///
  /// When:     once for each before_drop, after after_drop or when it failed.
  /// Throwing: the exception reaches the caller where the dropping succeeded.
  struct drop_end : event::signal<"drop_end",
                                  void(SchemaItem& target,
                                       Connection& connection,
                                       const DDLOptions& options,
                                       const Ending& ending)> {
    template <class Target>
    using signature_on = void(Target&, Connection&, const DDLOptions&, const Ending&);
  };

  /// An item is about to become a part of another: a Table of its MetaData, a Column of
  /// its Table, a ForeignKey of its Column.
  ///
  /// When:     before anything is changed. A Table does not know its name yet.
  /// Throwing: the exception reaches the caller, and nothing was attached.
  /// Source:   DDLEvents.before_parent_attach.
  struct before_parent_attach
      : event::signal<"before_parent_attach",
                      void(SchemaItem& target, SchemaItem& parent)> {
    template <class Target>
    using signature_on = void(Target&, typename Target::parent_type&);
  };

  /// An item has become a part of another.
  ///
  /// When:     right after it; for a Table when all that it was declared with is attached.
  /// Throwing: the exception reaches the caller. A Table that is being declared is taken
  ///           out of its MetaData; another item stays.
  /// Source:   DDLEvents.after_parent_attach.
  struct after_parent_attach
      : event::signal<"after_parent_attach",
                      void(SchemaItem& target, SchemaItem& parent)> {
    template <class Target>
    using signature_on = void(Target&, typename Target::parent_type&);
  };

  /// Tables are about to be read from the database: MetaData::reflect(), or
  /// reflect_table().
  ///
  /// When:     before the database is asked, once for each call; those that a foreign key
  ///           refers to are read within it. Not for a table that is declared already.
  ///           `target` is the MetaData, or a Table that has nothing but its name and
  ///           schema: the one that will be declared is another object.
  /// Throwing: the exception reaches the caller, and nothing is declared.
  /// Differs:  SQLAlchemy has none.
  struct before_reflect
      : event::signal<"before_reflect",
                      void(SchemaItem& target, Connection& connection)> {
    template <class Target>
    using signature_on = void(Target&, Connection&);
  };

  /// The reading that before_reflect announced is over.
  ///
  /// When:     once for each before_reflect, with the same `target`, also where it failed.
  /// Throwing: the exception reaches the caller where the reading succeeded; the tables
  ///           stay declared.
  /// Differs:  SQLAlchemy has none.
  struct reflect_end
      : event::signal<
            "reflect_end",
            void(SchemaItem& target, Connection& connection, const Ending& ending)> {
    template <class Target>
    using signature_on = void(Target&, Connection&, const Ending&);
  };

  /// A column was found in the database, and is about to become a Column.
  ///
  /// When:     for each column of a table that is reflected, first on its MetaData, then
  ///           on the Table; what is changed in `column_info` counts.
  /// Throwing: the exception reaches the caller, and the table is not declared.
  /// Source:   DDLEvents.column_reflect.
  /// Differs:  `column_info` is a copy: what the Inspector keeps is not changed.
  struct column_reflect
      : event::signal<
            "column_reflect",
            void(Inspector& inspector, Table& table, ReflectedColumn& column_info)> {};

  /// A column has joined its table's implicit primary key: internal.
  ///
  /// When:     between before_parent_attach and after_parent_attach of the column.
  /// Throwing: the exception reaches the caller.
  /// Source:   DDLEvents, _sa_event_column_added_to_pk_constraint.
  struct column_added_to_pk_constraint
      : event::signal<"_hark_event_column_added_to_pk_constraint",
                      void(SchemaItem& constraint, Column& column)> {};

  using all = event::list<before_create,
                          after_create,
                          create_end,
                          before_drop,
                          after_drop,
                          drop_end,
                          before_parent_attach,
                          after_parent_attach,
                          before_reflect,
                          reflect_end,
                          column_reflect,
                          column_added_to_pk_constraint>;
};

}  // namespace hark
