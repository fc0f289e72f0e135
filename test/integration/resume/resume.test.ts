import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseLog } from '../../../shared/storage/io/checkpointLog.ts';
import { makeDataDirectory, removeDataDirectory } from '../../services/staging/stagingService.ts';
import { type Attempt, listing, startAttempt, whenLogged } from './attempts.ts';
import { checkpointBytes } from './checkpointBytes.ts';

const mebibytes = 120;
const sizeBytes = mebibytes * 1024 ** 2 + 12_345;

let directory: string;
let attempts: Attempt[];
beforeEach(async () => {
  directory = await makeDataDirectory();
  attempts = [];
  await mkdir(join(directory, 'user_areas', 'rosa'));
  await writeSource();
});
afterEach(async () => {
  for (const attempt of attempts) await attempt.kill();
  await removeDataDirectory(directory);
});

const source = () => join(directory, 'source_storage', 'large');
const target = () => join(directory, 'user_areas', 'rosa', 'copy');
function start(attempt: number): Attempt {
  const started = startAttempt(directory, attempt, 'large');
  attempts.push(started);
  return started;
}

async function writeSource(): Promise<void> {
  await using file = await open(source(), 'w');
  const block = randomFillSync(Buffer.alloc(1024 ** 2));
  for (let index = 0; index < mebibytes; index += 1) {
    block.writeUInt32LE(index);
    await file.write(block);
  }
  await file.write(block, 0, 12_345);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Kills a first attempt in the middle; returns its part, and its number of checkpoints. */
async function killInTheMidst(): Promise<{ part: string; log: string; stretches: number }> {
  const first = start(1);
  const { part, log } = await whenLogged(directory, 4);
  await first.kill();
  const stretches = parseLog(await readFile(log, 'latin1'))?.states.length ?? 0;
  expect(stretches).toBeGreaterThanOrEqual(4);
  return { part, log, stretches };
}

/** The copy exists, complete, and nothing else. */
async function expectWhole(ended: Awaited<ReturnType<Attempt['ended']>>): Promise<void> {
  const digest = await sha256(source());
  expect(ended).toMatchObject({ error: null, outcome: 'staged', bytesDone: sizeBytes });
  expect(ended.digests?.sha256).toBe(digest);
  expect(await sha256(target())).toBe(digest);
  expect(await listing(directory)).toEqual(['copy']);
  expect((await stat(target())).mode & 0o777).toBe(0o400);
}

test('a killed copy is resumed from its last checkpoint, and has the digests of the whole file', async () => {
  const { stretches } = await killInTheMidst();
  const ended = await start(2).ended();
  await expectWhole(ended);
  const rest = sizeBytes - stretches * checkpointBytes;
  expect(ended.writtenBytes).toBeGreaterThanOrEqual(rest);
  expect(ended.writtenBytes).toBeLessThan(rest + checkpointBytes);
});

test('a copy that was stopped by its process is continued on another machine, and only the rest is written', async () => {
  const first = startAttempt(directory, 1, 'large', { WORKER: 'elsewhere/00000000-1/1/1' });
  attempts.push(first);
  const { log } = await whenLogged(directory, 4);
  first.process.kill('SIGTERM');
  expect((await first.ended()).error).toBe('INTERRUPTED');
  const left = parseLog(await readFile(log, 'latin1'));
  expect(left?.isClosed).toBe(true);
  const ended = await start(2).ended();
  await expectWhole(ended);
  const rest = sizeBytes - (left?.states.length ?? 0) * checkpointBytes;
  expect(ended.writtenBytes).toBeLessThan(rest + checkpointBytes);
});

test('a resumed copy uses only the bytes before a damaged range of the part file', async () => {
  const { part, stretches } = await killInTheMidst();
  await using file = await open(part, 'r+');
  await file.write('damaged', 2 * checkpointBytes + 1000);
  const ended = await start(2).ended();
  await expectWhole(ended);
  const rest = sizeBytes - 2 * checkpointBytes;
  expect(stretches).toBeGreaterThan(2);
  expect(ended.writtenBytes).toBeGreaterThanOrEqual(rest);
  expect(ended.writtenBytes).toBeLessThan(rest + checkpointBytes);
});

test('a part of another version of the source is not used', async () => {
  await killInTheMidst();
  const { atime, mtime } = await stat(source());
  await using file = await open(source(), 'r+');
  await file.write('changed', 1000);
  // Only its ctime shows that.
  await utimes(source(), atime, mtime);
  const ended = await start(2).ended();
  await expectWhole(ended);
  expect(ended.writtenBytes).toBeGreaterThanOrEqual(sizeBytes);
});

test('a file that a user has put in the place of the part is not used', async () => {
  const { part } = await killInTheMidst();
  await copyFile(part, `${part}.other`);
  await rename(`${part}.other`, part);
  const ended = await start(2).ended();
  await expectWhole(ended);
  expect(ended.writtenBytes).toBeGreaterThanOrEqual(sizeBytes);
});

test('a writer that only seemed dead can change nothing, before or after its successor has published', async () => {
  const first = start(1);
  await whenLogged(directory, 4);
  first.process.kill('SIGSTOP');
  const ended = await start(2).ended();
  await expectWhole(ended);
  expect(ended.writtenBytes).toBeGreaterThanOrEqual(sizeBytes);
  // The bytes that it may read from now on are different.
  const { atime, mtime } = await stat(source());
  const digest = await sha256(target());
  await using file = await open(source(), 'r+');
  await file.write(Buffer.alloc(1024 ** 2), 0, 1024 ** 2, sizeBytes - 2 * 1024 ** 2);
  await utimes(source(), atime, mtime);
  await writeFile(join(directory, 'closed'), '');
  first.process.kill('SIGCONT');
  expect((await first.ended()).error).not.toBeNull();
  expect(await sha256(target())).toBe(digest);
  expect(await listing(directory)).toEqual(['copy']);
});

test('an attempt that is killed while resuming can be resumed again', async () => {
  await killInTheMidst();
  const second = start(2);
  const { log } = await whenLogged(directory, 8);
  await second.kill();
  const stretches = parseLog(await readFile(log, 'latin1'))?.states.length ?? 0;
  const ended = await start(3).ended();
  await expectWhole(ended);
  expect(ended.writtenBytes).toBeLessThan(sizeBytes - (stretches - 1) * checkpointBytes);
});
