-- SPDX-License-Identifier: MIT
--
-- A lending library: what it has, who borrows, what is lent.

PRAGMA foreign_keys = ON;

BEGIN;

CREATE TABLE author (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE book (
  id        INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL REFERENCES author(id),
  title     TEXT NOT NULL,
  year      INTEGER NOT NULL CHECK (year BETWEEN 1000 AND 2100)
);

CREATE TABLE copy (
  id      INTEGER PRIMARY KEY,
  book_id INTEGER NOT NULL REFERENCES book(id),
  shelf   TEXT NOT NULL
);

CREATE TABLE member (
  id     INTEGER PRIMARY KEY,
  name   TEXT NOT NULL,
  email  TEXT NOT NULL UNIQUE,
  joined TEXT NOT NULL
);

CREATE TABLE loan (
  id        INTEGER PRIMARY KEY,
  copy_id   INTEGER NOT NULL REFERENCES copy(id),
  member_id INTEGER NOT NULL REFERENCES member(id),
  lent      TEXT NOT NULL,
  due       TEXT NOT NULL,
  returned  TEXT
);

CREATE TABLE journal (
  at   TEXT NOT NULL,
  what TEXT NOT NULL
);

CREATE INDEX book_by_author ON book(author_id);
CREATE INDEX copy_by_book ON copy(book_id);
CREATE INDEX loan_by_member ON loan(member_id);
-- A copy is lent to one member at a time.
CREATE UNIQUE INDEX open_loan ON loan(copy_id) WHERE returned IS NULL;

CREATE TRIGGER note_loan AFTER INSERT ON loan BEGIN
  INSERT INTO journal VALUES (new.lent, 'lent ' || new.copy_id || ' to ' || new.member_id);
END;

CREATE TRIGGER note_return AFTER UPDATE OF returned ON loan
WHEN new.returned IS NOT NULL AND old.returned IS NULL BEGIN
  INSERT INTO journal VALUES (new.returned, 'back ' || new.copy_id);
END;

COMMIT;
