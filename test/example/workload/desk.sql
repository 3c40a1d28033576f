-- SPDX-License-Identifier: MIT
--
-- Days at the desk: lending, returning, asking. Some of it goes wrong, as it does.

-- 2025-03-03

BEGIN;
SELECT id, name FROM member WHERE email = 'clara@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 13 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (19, 3, '2025-03-03', '2025-04-03');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'david@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 27 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (45, 4, '2025-03-03', '2025-04-03');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'yusuf@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 23 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (35, 24, '2025-03-03', '2025-04-03');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'pablo@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 14 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (22, 16, '2025-03-03', '2025-04-03');
COMMIT;

SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%an%' ORDER BY b.title LIMIT 5;
SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%The%' ORDER BY b.title LIMIT 20;
SELECT id, title, year FROM book WHERE id IN (2, 10, 34, 35);

-- 2025-03-04

BEGIN;
SELECT id, name FROM member WHERE email = 'jonas@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 8 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (12, 10, '2025-03-04', '2025-04-04');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'wanda@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 24 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (38, 23, '2025-03-04', '2025-04-04');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'qiu@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 31 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (53, 17, '2025-03-04', '2025-04-04');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'felix@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 30 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (52, 6, '2025-03-04', '2025-04-04');
COMMIT;

SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%The%' ORDER BY b.title LIMIT 20;
SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%an%' ORDER BY b.title LIMIT 20;
SELECT id, title, year FROM book WHERE id IN (13, 15, 40, 41);

-- 2025-03-05

BEGIN;
SELECT id, name FROM member WHERE email = 'hiro@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 34 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (60, 8, '2025-03-05', '2025-04-05');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'yusuf@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 21 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (33, 24, '2025-03-05', '2025-04-05');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'grace@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 43 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (77, 7, '2025-03-05', '2025-04-05');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'pablo@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 31 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (55, 16, '2025-03-05', '2025-04-05');
COMMIT;

-- Somebody else has it: the copy is lent already, and the transaction is given up.
BEGIN;
SELECT id, name FROM member WHERE email = 'zoe@example.org';
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (12, 25, '2025-03-05', '2025-04-05');
ROLLBACK;

SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%Die%' ORDER BY b.title LIMIT 5;
SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%of%' ORDER BY b.title LIMIT 10;
SELECT id, title, year FROM book WHERE id IN (13, 23, 29, 39);

UPDATE loan SET returned = '2025-03-05' WHERE copy_id = 12 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-05' WHERE copy_id = 19 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-05' WHERE copy_id = 22 AND returned IS NULL;

-- 2025-03-06

BEGIN;
SELECT id, name FROM member WHERE email = 'yusuf@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 28 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (49, 24, '2025-03-06', '2025-04-06');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'lena@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 8 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (11, 12, '2025-03-06', '2025-04-06');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'hiro@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 10 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (15, 8, '2025-03-06', '2025-04-06');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'hiro@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 39 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (72, 8, '2025-03-06', '2025-04-06');
COMMIT;

-- A box of books is taken back from the list, book by book; the last one is no book.
BEGIN;
SAVEPOINT one_book;
INSERT INTO book (author_id, title, year) VALUES (20, 'The Voyage Out', 1915);
RELEASE one_book;
SAVEPOINT one_book;
INSERT INTO book (author_id, title, year) VALUES (20, 'Night and Day', 1919);
RELEASE one_book;
SAVEPOINT one_book;
INSERT INTO book (author_id, title, year) VALUES (20, 'A paper bag', 20);
ROLLBACK TO one_book;
RELEASE one_book;
COMMIT;

SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%The%' ORDER BY b.title LIMIT 10;
SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%The%' ORDER BY b.title LIMIT 10;
SELECT id, title, year FROM book WHERE id IN (1, 6, 8, 23, 31, 40);

UPDATE loan SET returned = '2025-03-06' WHERE copy_id = 11 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-06' WHERE copy_id = 15 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-06' WHERE copy_id = 33 AND returned IS NULL;

-- 2025-03-07

BEGIN;
SELECT id, name FROM member WHERE email = 'marta@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 17 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (26, 13, '2025-03-07', '2025-04-07');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'pablo@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 15 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (23, 16, '2025-03-07', '2025-04-07');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'noor@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 28 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (48, 14, '2025-03-07', '2025-04-07');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'clara@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 35 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (62, 3, '2025-03-07', '2025-04-07');
COMMIT;

-- The page of open loans asks for each title by itself.
SELECT l.id, l.copy_id, l.member_id, l.due FROM loan AS l WHERE l.returned IS NULL ORDER BY l.id;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 23;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 26;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 35;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 38;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 45;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 48;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 49;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 52;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 53;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 55;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 60;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 62;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 72;
SELECT b.title, a.name FROM copy AS c JOIN book AS b ON b.id = c.book_id JOIN author AS a ON a.id = b.author_id WHERE c.id = 77;

-- The same in one query.
SELECT l.id, l.due, b.title, a.name, m.name
  FROM loan AS l JOIN copy AS c ON c.id = l.copy_id JOIN book AS b ON b.id = c.book_id
  JOIN author AS a ON a.id = b.author_id JOIN member AS m ON m.id = l.member_id
  WHERE l.returned IS NULL ORDER BY l.id;

SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%le%' ORDER BY b.title LIMIT 10;
SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%Die%' ORDER BY b.title LIMIT 20;
SELECT id, title, year FROM book WHERE id IN (2, 9, 11);

UPDATE loan SET returned = '2025-03-07' WHERE copy_id = 23 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-07' WHERE copy_id = 26 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-07' WHERE copy_id = 35 AND returned IS NULL;

-- 2025-03-08

BEGIN;
SELECT id, name FROM member WHERE email = 'elif@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 38 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (69, 5, '2025-03-08', '2025-04-08');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'umar@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 13 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (19, 21, '2025-03-08', '2025-04-08');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'tara@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 40 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (73, 20, '2025-03-08', '2025-04-08');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'vera@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 29 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (50, 22, '2025-03-08', '2025-04-08');
COMMIT;

-- A member leaves while books are out: the database says no.
DELETE FROM member WHERE id = 21;

-- Somebody types.
SELECT titel FROM book WHERE id = 1;

SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%The%' ORDER BY b.title LIMIT 20;
SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%an%' ORDER BY b.title LIMIT 5;
SELECT id, title, year FROM book WHERE id IN (1, 42);

UPDATE loan SET returned = '2025-03-08' WHERE copy_id = 19 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-08' WHERE copy_id = 38 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-08' WHERE copy_id = 45 AND returned IS NULL;

-- 2025-03-09

BEGIN;
SELECT id, name FROM member WHERE email = 'david@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 13 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (18, 4, '2025-03-09', '2025-04-09');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'noor@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 17 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (26, 14, '2025-03-09', '2025-04-09');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'grace@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 3 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (4, 7, '2025-03-09', '2025-04-09');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'ines@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 10 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (15, 9, '2025-03-09', '2025-04-09');
COMMIT;

SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%of%' ORDER BY b.title LIMIT 20;
SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%The%' ORDER BY b.title LIMIT 20;
SELECT id, title, year FROM book WHERE id IN (9, 17, 27, 35);

UPDATE loan SET returned = '2025-03-09' WHERE copy_id = 4 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-09' WHERE copy_id = 15 AND returned IS NULL;
UPDATE loan SET returned = '2025-03-09' WHERE copy_id = 18 AND returned IS NULL;

-- 2025-03-10

BEGIN;
SELECT id, name FROM member WHERE email = 'ben@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 28 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (47, 2, '2025-03-10', '2025-04-10');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'olga@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 36 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (64, 15, '2025-03-10', '2025-04-10');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'qiu@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 7 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (9, 17, '2025-03-10', '2025-04-10');
COMMIT;

BEGIN;
SELECT id, name FROM member WHERE email = 'rosa@example.org';
SELECT c.id, c.shelf FROM copy AS c
  WHERE c.book_id = 8 AND NOT EXISTS (
    SELECT 1 FROM loan WHERE copy_id = c.id AND returned IS NULL);
INSERT INTO loan (copy_id, member_id, lent, due) VALUES (11, 18, '2025-03-10', '2025-04-10');
COMMIT;

SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%an%' ORDER BY b.title LIMIT 20;
SELECT b.id, b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id
  WHERE b.title LIKE '%Die%' ORDER BY b.title LIMIT 10;
SELECT id, title, year FROM book WHERE id IN (1, 10, 39);


-- The end of the week.
SELECT a.name, count(*) AS lent FROM loan AS l
  JOIN copy AS c ON c.id = l.copy_id JOIN book AS b ON b.id = c.book_id
  JOIN author AS a ON a.id = b.author_id
  GROUP BY a.id ORDER BY lent DESC, a.name LIMIT 10;

WITH RECURSIVE day(at) AS (
  VALUES ('2025-03-03') UNION ALL SELECT date(at, '+1 day') FROM day WHERE at < '2025-03-10')
SELECT day.at, count(j.at) FROM day LEFT JOIN journal AS j ON j.at = day.at GROUP BY day.at;

SELECT m.name, count(l.id) AS loans, sum(l.returned IS NULL) AS out
  FROM member AS m LEFT JOIN loan AS l ON l.member_id = m.id
  GROUP BY m.id HAVING loans > 0 ORDER BY loans DESC, m.name;
