-- SPDX-License-Identifier: Apache-2.0
-- Some 100,000 rows through most of what SQLite can do. Everything is deterministic: "random"
-- values come from arithmetic, and floating-point results are rounded where libraries may differ.

.bail on
.headers on
PRAGMA page_size = 4096;

CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  region TEXT CHECK (region IN ('north', 'south', 'east', 'west')),
  credit REAL DEFAULT 0
);
CREATE TABLE sale (
  id INTEGER PRIMARY KEY,
  customer INTEGER NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  day TEXT NOT NULL,
  item TEXT NOT NULL,
  amount INTEGER NOT NULL,
  price INTEGER NOT NULL,
  total INTEGER GENERATED ALWAYS AS (amount * price) STORED
);
CREATE TABLE log (at INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, old, new);

-- Bulk inserts.
BEGIN;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO customer (id, name, region)
SELECT i, printf('customer %05d', i * 7919 % 100000),
       CASE i * 31 % 4 WHEN 0 THEN 'north' WHEN 1 THEN 'south' WHEN 2 THEN 'east' ELSE 'west' END
FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO sale (customer, day, item, amount, price)
SELECT i * 7907 % 2000 + 1, date('2020-01-01', (i * 911 % 1461) || ' days'),
       printf('item %03d', i * 263 % 500), i % 9 + 1, (i * 48271 % 9973) + 100
FROM n;
COMMIT;
SELECT count(*) AS sales, sum(total) AS total, min(day), max(day) FROM sale;

-- Indexes change plans, not answers.
SELECT sum(total) AS before_index FROM sale WHERE item = 'item 042' AND day >= '2022-01-01';
CREATE INDEX sale_item_day ON sale (item, day);
CREATE INDEX sale_customer ON sale (customer);
CREATE INDEX big_sale ON sale (total) WHERE total > 80000;
ANALYZE;
SELECT sum(total) AS after_index FROM sale WHERE item = 'item 042' AND day >= '2022-01-01';
SELECT count(*) AS big FROM sale WHERE total > 85000;
EXPLAIN QUERY PLAN SELECT sum(total) FROM sale WHERE item = 'item 042' AND day >= '2022-01-01';

-- Joins, grouping, ordering, compound selects.
SELECT region, count(DISTINCT customer) AS customers, count(*) AS sales, sum(total) AS total,
       printf('%.4f', avg(total)) AS mean
FROM sale JOIN customer ON customer.id = sale.customer
GROUP BY region HAVING count(*) > 10 ORDER BY total DESC;
SELECT name, sum(total) AS spent FROM customer LEFT JOIN sale ON customer.id = sale.customer
GROUP BY customer.id ORDER BY spent DESC, name LIMIT 10;
SELECT item FROM sale WHERE amount = 9 INTERSECT SELECT item FROM sale WHERE price > 10050
EXCEPT SELECT item FROM sale WHERE total < 200 ORDER BY item LIMIT 8;
SELECT strftime('%Y-%m', day) AS month, sum(total) FROM sale GROUP BY month ORDER BY month;

-- Window functions.
WITH monthly AS (
  SELECT substr(day, 1, 7) AS month, region, sum(total) AS total
  FROM sale JOIN customer ON customer.id = sale.customer GROUP BY month, region
)
SELECT month, region, total,
       rank() OVER (PARTITION BY month ORDER BY total DESC) AS place,
       sum(total) OVER (PARTITION BY region ORDER BY month ROWS UNBOUNDED PRECEDING) AS running,
       total - lag(total) OVER (PARTITION BY region ORDER BY month) AS change,
       printf('%.2f', avg(total) OVER (PARTITION BY region ORDER BY month
                                       ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING)) AS smoothed
FROM monthly ORDER BY region, month;
SELECT item, ntile(4) OVER (ORDER BY sum(total)) AS quarter FROM sale GROUP BY item ORDER BY item LIMIT 20;

-- Triggers, views, upserts, RETURNING, savepoints.
CREATE TRIGGER credit_log AFTER UPDATE OF credit ON customer
BEGIN
  INSERT INTO log (what, old, new) VALUES ('credit of ' || new.name, old.credit, new.credit);
END;
CREATE VIEW spending AS
SELECT customer.id, name, total(sale.total) AS spent FROM customer JOIN sale ON sale.customer = customer.id
GROUP BY customer.id;
UPDATE customer SET credit = (SELECT total(total) / 100 FROM sale WHERE sale.customer = customer.id)
WHERE id % 10 = 3;
SELECT count(*), max(spent) FROM spending WHERE name LIKE '%7';
SELECT count(*), printf('%.2f', sum(new)) FROM log;
INSERT INTO customer (id, name, region) VALUES (5, 'new', 'east'), (90001, 'newer', 'west')
ON CONFLICT (id) DO UPDATE SET name = name || ' & ' || excluded.name RETURNING id, name;
SAVEPOINT outer_one;
DELETE FROM sale WHERE amount < 5;
SAVEPOINT inner_one;
UPDATE sale SET price = price + 1;
ROLLBACK TO inner_one;
SELECT count(*), sum(total) FROM sale;
ROLLBACK TO outer_one;
RELEASE outer_one;
SELECT count(*), sum(total) FROM sale;
PRAGMA foreign_keys = ON;
DELETE FROM customer WHERE id BETWEEN 100 AND 199;
SELECT changes(), (SELECT count(*) FROM sale);

-- Recursion: a sudoku-like search and the Mandelbrot set.
WITH RECURSIVE
  place (queens, row) AS (
    SELECT '', 0 UNION ALL
    SELECT queens || digit, row + 1 FROM place, (SELECT value AS digit FROM json_each('[1,2,3,4,5,6,7]'))
    WHERE row < 7 AND NOT EXISTS (
      SELECT 1 FROM json_each('[1,2,3,4,5,6,7]') AS earlier
      WHERE earlier.value <= row
        AND (substr(queens, earlier.value, 1) + 0 = digit
             OR abs(substr(queens, earlier.value, 1) - digit) = row + 1 - earlier.value))
  )
SELECT count(*) AS solutions, min(queens), max(queens) FROM place WHERE row = 7;
WITH RECURSIVE
  xs (x) AS (VALUES (-2.0) UNION ALL SELECT x + 0.05 FROM xs WHERE x < 1.2),
  ys (y) AS (VALUES (-1.0) UNION ALL SELECT y + 0.1 FROM ys WHERE y < 1.0),
  m (step, cx, cy, x, y) AS (
    SELECT 0, x, y, 0.0, 0.0 FROM xs, ys UNION ALL
    SELECT step + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM m
    WHERE x * x + y * y < 4.0 AND step < 28),
  slowest (step, cx, cy) AS (SELECT max(step), cx, cy FROM m GROUP BY cx, cy),
  line (text) AS (SELECT group_concat(substr(' .+*#', 1 + min(step / 7, 4), 1), '') FROM slowest GROUP BY cy)
SELECT group_concat(rtrim(text), x'0a') AS mandelbrot FROM line;

-- JSON, full text, R-tree, strings, blobs, functions.
SELECT json_group_object(region, total) FROM (
  SELECT region, sum(total) AS total FROM sale JOIN customer ON customer.id = sale.customer
  GROUP BY region ORDER BY region);
SELECT json_extract('{"a":[1,2,{"b":"c\u00e9"}]}', '$.a[2].b'), json_set('{"x":1}', '$.y', json('[2,3]'));
CREATE VIRTUAL TABLE note USING fts5 (title, body);
INSERT INTO note SELECT item, group_concat('sold ' || amount || ' on ' || day, '; ') FROM (
  SELECT * FROM sale WHERE id % 50 = 0 ORDER BY id) GROUP BY item;
SELECT title, snippet(note, 1, '<', '>', '...', 6) FROM note WHERE note MATCH '"2021 05" OR 1460' ORDER BY rowid LIMIT 5;
SELECT count(*) FROM note WHERE note MATCH 'sold NOT 9';
CREATE VIRTUAL TABLE area USING rtree (id, x0, x1, y0, y1);
INSERT INTO area SELECT id, id * 37 % 1000, id * 37 % 1000 + 5, id * 91 % 1000, id * 91 % 1000 + 9 FROM customer;
SELECT count(*), min(id), max(id) FROM area WHERE x1 >= 200 AND x0 <= 260 AND y1 >= 300 AND y0 <= 420;
SELECT hex(zeroblob(4)), quote(x'00ff'), upper('straße'), replace('mississippi', 'ss', 'SS'),
       instr('hypervisor', 'visor'), unicode('π'), char(955, 8364), typeof(1.0), 7 / 2, -7 % 3, 1 << 40;
SELECT round(sqrt(2), 12), round(exp(1), 12), round(ln(10), 12), round(sin(1), 12), round(pow(2, 0.5), 12),
       9223372036854775807 + 1.0, 0.1 + 0.2, 1e300 * 1e10, cast('12abc' AS INTEGER), 5e-324;
SELECT julianday('2003-10-19'), strftime('%j %W %w', '2006-10-21'), datetime(1066176000, 'unixepoch', '+1 month');

-- Errors leave the database as it was, and the script goes on.
.bail off
INSERT INTO customer (id, name, region) VALUES (90002, 'nowhere', 'up');
INSERT INTO sale (customer, day, item, amount, price) VALUES (150, '2020-01-01', 'x', 1, 1);
SELECT no_such_column FROM sale;

-- Other shapes of output, and the file as a whole.
.mode json
SELECT id, name, region FROM customer WHERE id IN (1, 2, 3);
.mode box
SELECT id, name, credit FROM customer WHERE id IN (3, 13, 23);
.mode insert log
SELECT * FROM log LIMIT 3;
.mode list
.headers off
CREATE TABLE digest AS SELECT customer, group_concat(id, '-') AS ids FROM (SELECT * FROM sale ORDER BY id) GROUP BY customer;
DELETE FROM sale WHERE id % 3 = 0;
VACUUM;
VACUUM INTO 'copy.db';
SELECT 'integrity: ' || integrity_check FROM pragma_integrity_check;
.dump log
