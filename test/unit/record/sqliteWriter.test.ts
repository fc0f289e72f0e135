import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import Database from 'libsql';
import {
  createSqliteWriter,
  type SqliteWriter,
} from '../../../shared/record/database/sqlite/sqliteWriter.ts';

let directory: string;
let path: string;
let writer: SqliteWriter;
let reader: InstanceType<typeof Database>;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'writer-'));
  path = join(directory, 'test.db');
  reader = new Database(path);
  reader.exec('PRAGMA journal_mode = WAL');
  reader.exec('CREATE TABLE entries (name TEXT PRIMARY KEY, value)');
  writer = createSqliteWriter({ path, pragmas: ['busy_timeout = 5000', 'synchronous = FULL'] });
});
afterEach(async () => {
  await writer.close();
  reader.close();
  await rm(directory, { recursive: true });
});

const insert = (name: string, value: string | number | bigint | Date | null = null) =>
  writer.execute('INSERT INTO entries (name, value) VALUES (?, ?)', [name, value]);
const rows = () => reader.prepare('SELECT name, value FROM entries ORDER BY name').all();

test('a statement is visible to others when it resolves, with the number of rows that it changed', async () => {
  expect(await insert('a', 1)).toBe(1);
  expect(rows()).toEqual([{ name: 'a', value: 1 }]);
  await insert('b', 2);
  expect(await writer.execute('UPDATE entries SET value = ?', [3])).toBe(2);
  expect(await writer.execute('UPDATE entries SET value = ? WHERE name = ?', [4, 'c'])).toBe(0);
});

test('values keep their types, and a time becomes milliseconds since 1970', async () => {
  await insert('large', 2n ** 53n - 1n);
  await insert('nothing', null);
  await insert('text', "it's; -- text");
  await insert('time', new Date('2026-01-02T03:04:05.006Z'));
  expect(rows()).toEqual([
    { name: 'large', value: 2 ** 53 - 1 },
    { name: 'nothing', value: null },
    { name: 'text', value: "it's; -- text" },
    { name: 'time', value: Date.parse('2026-01-02T03:04:05.006Z') },
  ]);
});

test('statements that arrive during a commit share the next one', async () => {
  const first = insert('first');
  const others = Array.from({ length: 100 }, (_, index) => insert(`other ${index}`));
  await first;
  await Promise.race(others);
  expect(rows()).toHaveLength(101);
  await Promise.all(others);
});

test('a failed statement rejects with its reason, and the others of its commit are kept', async () => {
  await insert('taken');
  const results = await Promise.allSettled([
    insert('one'),
    insert('taken'),
    writer.execute('INSERT INTO nowhere (name) VALUES (?)', ['x']),
    insert('two'),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { cause: { kind: 'UniqueConstraintViolation' } } });
  expect(results[2]).toMatchObject({ reason: { cause: { kind: 'sqlite' } } });
  expect(rows()).toMatchObject([{ name: 'one' }, { name: 'taken' }, { name: 'two' }]);
});

test('after a SELECT, other connections and the writer itself can continue to write', async () => {
  await insert('a');
  expect(await writer.execute('SELECT * FROM entries', [])).toBe(0);
  reader.exec("INSERT INTO entries (name) VALUES ('by another')");
  expect(await insert('b')).toBe(1);
});

test('it waits for another connection that writes', async () => {
  reader.exec('BEGIN IMMEDIATE');
  const inserting = insert('patient');
  reader.exec("INSERT INTO entries (name) VALUES ('first')");
  reader.exec('COMMIT');
  expect(await inserting).toBe(1);
});

test('closing it completes all started statements', async () => {
  const inserting = Promise.all(Array.from({ length: 1200 }, (_, index) => insert(`${index}`)));
  await writer.close();
  await inserting;
  expect(rows()).toHaveLength(1200);
});

test('a database that was moved away is opened again at its path', async () => {
  reader.exec('PRAGMA journal_mode = DELETE');
  await insert('before');
  await copyFile(path, `${path}.copy`);
  await rename(path, `${path}.moved`);
  await rename(`${path}.copy`, path);
  await expect(insert('refused')).rejects.toThrow('SQLITE_READONLY');
  await insert('after');
  const written = new Database(path);
  expect(written.prepare('SELECT name FROM entries ORDER BY name').all()).toEqual([
    { name: 'after' },
    { name: 'before' },
  ]);
  written.close();
});
