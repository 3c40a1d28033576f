-- SPDX-License-Identifier: MIT
--
-- What stands on the shelves, and who is a member.

BEGIN;

INSERT INTO author (id, name) VALUES
  (1, 'Ada Lovelace'),
  (2, 'Jane Austen'),
  (3, 'Jorge Luis Borges'),
  (4, 'Emily Brontë'),
  (5, 'Italo Calvino'),
  (6, 'Anton Chekhov'),
  (7, 'Marie Curie'),
  (8, 'Charles Dickens'),
  (9, 'Fyodor Dostoevsky'),
  (10, 'George Eliot'),
  (11, 'Johann Wolfgang Goethe'),
  (12, 'Franz Kafka'),
  (13, 'Selma Lagerlöf'),
  (14, 'Stanisław Lem'),
  (15, 'Herman Melville'),
  (16, 'Mary Shelley'),
  (17, 'Leo Tolstoy'),
  (18, 'Mark Twain'),
  (19, 'Jules Verne'),
  (20, 'Virginia Woolf');

INSERT INTO book (id, author_id, title, year) VALUES
  (1, 2, 'Pride and Prejudice', 1813),
  (2, 2, 'Emma', 1815),
  (3, 2, 'Persuasion', 1817),
  (4, 3, 'Ficciones', 1944),
  (5, 3, 'El Aleph', 1949),
  (6, 4, 'Wuthering Heights', 1847),
  (7, 5, 'Le città invisibili', 1972),
  (8, 5, 'Se una notte d''inverno un viaggiatore', 1979),
  (9, 6, 'The Seagull', 1896),
  (10, 6, 'Uncle Vanya', 1897),
  (11, 6, 'The Cherry Orchard', 1904),
  (12, 7, 'Traité de radioactivité', 1910),
  (13, 8, 'Oliver Twist', 1838),
  (14, 8, 'David Copperfield', 1850),
  (15, 8, 'Bleak House', 1853),
  (16, 8, 'Great Expectations', 1861),
  (17, 9, 'Crime and Punishment', 1866),
  (18, 9, 'The Idiot', 1869),
  (19, 9, 'The Brothers Karamazov', 1880),
  (20, 10, 'Middlemarch', 1871),
  (21, 10, 'Silas Marner', 1861),
  (22, 11, 'Die Leiden des jungen Werthers', 1774),
  (23, 11, 'Faust', 1808),
  (24, 12, 'Die Verwandlung', 1915),
  (25, 12, 'Der Process', 1925),
  (26, 12, 'Das Schloss', 1926),
  (27, 13, 'Gösta Berlings saga', 1891),
  (28, 13, 'Nils Holgersson', 1906),
  (29, 14, 'Solaris', 1961),
  (30, 14, 'Cyberiada', 1965),
  (31, 14, 'Głos Pana', 1968),
  (32, 15, 'Moby-Dick; or, The Whale', 1851),
  (33, 15, 'Bartleby', 1853),
  (34, 16, 'Frankenstein', 1818),
  (35, 17, 'War and Peace', 1869),
  (36, 17, 'Anna Karenina', 1878),
  (37, 18, 'The Adventures of Tom Sawyer', 1876),
  (38, 18, 'Adventures of Huckleberry Finn', 1884),
  (39, 19, 'Voyage au centre de la Terre', 1864),
  (40, 19, 'Vingt mille lieues sous les mers', 1870),
  (41, 19, 'Le Tour du monde en quatre-vingts jours', 1872),
  (42, 20, 'Mrs Dalloway', 1925),
  (43, 20, 'To the Lighthouse', 1927),
  (44, 20, 'Orlando', 1928);

INSERT INTO copy (id, book_id, shelf) VALUES
  (1, 1, 'B3'),
  (2, 1, 'B7'),
  (3, 2, 'C2'),
  (4, 3, 'D6'),
  (5, 4, 'E9'),
  (6, 5, 'F1'),
  (7, 6, 'A7'),
  (8, 7, 'B2'),
  (9, 7, 'B4'),
  (10, 7, 'B2'),
  (11, 8, 'C1'),
  (12, 8, 'C2'),
  (13, 8, 'C4'),
  (14, 9, 'D7'),
  (15, 10, 'E4'),
  (16, 11, 'F9'),
  (17, 12, 'A5'),
  (18, 13, 'B3'),
  (19, 13, 'B9'),
  (20, 13, 'B2'),
  (21, 14, 'C9'),
  (22, 14, 'C3'),
  (23, 15, 'D4'),
  (24, 16, 'E2'),
  (25, 16, 'E9'),
  (26, 17, 'F1'),
  (27, 18, 'A8'),
  (28, 19, 'B6'),
  (29, 19, 'B8'),
  (30, 19, 'B8'),
  (31, 20, 'C5'),
  (32, 20, 'C4'),
  (33, 21, 'D4'),
  (34, 22, 'E5'),
  (35, 23, 'F6'),
  (36, 23, 'F8'),
  (37, 23, 'F5'),
  (38, 24, 'A2'),
  (39, 25, 'B3'),
  (40, 25, 'B6'),
  (41, 25, 'B3'),
  (42, 26, 'C7'),
  (43, 26, 'C1'),
  (44, 26, 'C2'),
  (45, 27, 'D6'),
  (46, 27, 'D6'),
  (47, 28, 'E8'),
  (48, 28, 'E2'),
  (49, 28, 'E2'),
  (50, 29, 'F8'),
  (51, 29, 'F2'),
  (52, 30, 'A5'),
  (53, 31, 'B5'),
  (54, 31, 'B7'),
  (55, 31, 'B6'),
  (56, 32, 'C8'),
  (57, 33, 'D3'),
  (58, 33, 'D2'),
  (59, 34, 'E1'),
  (60, 34, 'E4'),
  (61, 34, 'E5'),
  (62, 35, 'F4'),
  (63, 36, 'A7'),
  (64, 36, 'A8'),
  (65, 36, 'A2'),
  (66, 37, 'B8'),
  (67, 38, 'C9'),
  (68, 38, 'C5'),
  (69, 38, 'C3'),
  (70, 39, 'D9'),
  (71, 39, 'D5'),
  (72, 39, 'D7'),
  (73, 40, 'E7'),
  (74, 40, 'E4'),
  (75, 41, 'F2'),
  (76, 42, 'A3'),
  (77, 43, 'B4'),
  (78, 44, 'C8');

-- Members came one by one.
INSERT INTO member (id, name, email, joined) VALUES (1, 'Anna', 'anna@example.org', '2024-10-06');
INSERT INTO member (id, name, email, joined) VALUES (2, 'Ben', 'ben@example.org', '2020-05-01');
INSERT INTO member (id, name, email, joined) VALUES (3, 'Clara', 'clara@example.org', '2019-07-18');
INSERT INTO member (id, name, email, joined) VALUES (4, 'David', 'david@example.org', '2020-10-19');
INSERT INTO member (id, name, email, joined) VALUES (5, 'Elif', 'elif@example.org', '2020-03-23');
INSERT INTO member (id, name, email, joined) VALUES (6, 'Felix', 'felix@example.org', '2024-09-20');
INSERT INTO member (id, name, email, joined) VALUES (7, 'Grace', 'grace@example.org', '2023-11-24');
INSERT INTO member (id, name, email, joined) VALUES (8, 'Hiro', 'hiro@example.org', '2018-08-28');
INSERT INTO member (id, name, email, joined) VALUES (9, 'Ines', 'ines@example.org', '2024-11-26');
INSERT INTO member (id, name, email, joined) VALUES (10, 'Jonas', 'jonas@example.org', '2022-07-13');
INSERT INTO member (id, name, email, joined) VALUES (11, 'Kofi', 'kofi@example.org', '2021-07-04');
INSERT INTO member (id, name, email, joined) VALUES (12, 'Lena', 'lena@example.org', '2021-11-13');
INSERT INTO member (id, name, email, joined) VALUES (13, 'Marta', 'marta@example.org', '2018-04-03');
INSERT INTO member (id, name, email, joined) VALUES (14, 'Noor', 'noor@example.org', '2019-08-06');
INSERT INTO member (id, name, email, joined) VALUES (15, 'Olga', 'olga@example.org', '2018-06-20');
INSERT INTO member (id, name, email, joined) VALUES (16, 'Pablo', 'pablo@example.org', '2018-02-01');
INSERT INTO member (id, name, email, joined) VALUES (17, 'Qiu', 'qiu@example.org', '2022-03-18');
INSERT INTO member (id, name, email, joined) VALUES (18, 'Rosa', 'rosa@example.org', '2018-06-20');
INSERT INTO member (id, name, email, joined) VALUES (19, 'Sven', 'sven@example.org', '2018-02-28');
INSERT INTO member (id, name, email, joined) VALUES (20, 'Tara', 'tara@example.org', '2019-10-13');
INSERT INTO member (id, name, email, joined) VALUES (21, 'Umar', 'umar@example.org', '2019-11-09');
INSERT INTO member (id, name, email, joined) VALUES (22, 'Vera', 'vera@example.org', '2020-10-12');
INSERT INTO member (id, name, email, joined) VALUES (23, 'Wanda', 'wanda@example.org', '2021-02-04');
INSERT INTO member (id, name, email, joined) VALUES (24, 'Yusuf', 'yusuf@example.org', '2024-08-15');
INSERT INTO member (id, name, email, joined) VALUES (25, 'Zoe', 'zoe@example.org', '2021-08-10');

COMMIT;
