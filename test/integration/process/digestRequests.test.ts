import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const gibibyte = 1024 ** 3;

let directory: string;
let service: StagingService;

beforeAll(async () => {
  directory = await makeDataDirectory();
  service = await startStagingService(directory, { SHUTDOWN_TIMEOUT: '1' });
});
afterAll(async () => {
  await service.kill();
  await removeDataDirectory(directory);
});

async function makeSparse(name: string, bytes: number): Promise<void> {
  await using file = await open(join(service.sourceStorage, name), 'w');
  await file.write('sky');
  await file.truncate(bytes);
}

function askForDigest(name: string, signal: AbortSignal | null = null) {
  const headers = { 'want-digest': 'md5, adler32' };
  return fetch(`${service.url}/download/${name}`, { method: 'HEAD', headers, signal });
}

/** How many bytes the service has read so far, from files or their holes. */
function bytesRead(): number {
  const counters = readFileSync(`/proc/${service.process.pid}/io`, 'utf8');
  return Number(/^rchar: (\d+)$/m.exec(counters)?.[1]);
}

/** Resolves when less than 4 MiB have been read for a second, which a computation reads quickly on any machine. */
async function waitUntilQuiet(): Promise<void> {
  let last = { bytes: bytesRead(), at: Date.now() };
  await waitFor(() => {
    const bytes = bytesRead();
    if (bytes - last.bytes > 4 * 1024 * 1024) last = { bytes, at: Date.now() };
    return Date.now() - last.at > 1000;
  });
}

test('computing a digest stops when no client waits for it', async () => {
  await makeSparse('endless', 400 * gibibyte);
  const start = bytesRead();
  const [one, other] = [new AbortController(), new AbortController()];
  const answers = [one, other].map(({ signal }) => askForDigest('endless', signal).catch(() => 'gone'));
  await waitFor(() => bytesRead() - start > 64 * 1024 ** 2);
  one.abort();
  const afterOne = bytesRead();
  await waitFor(() => bytesRead() - afterOne > 64 * 1024 ** 2);
  other.abort();
  expect(await Promise.all(answers)).toEqual(['gone', 'gone']);
  await waitUntilQuiet();
});

test('many clients that request the digests of a file cost one read of it, and later ones none', async () => {
  const bytes = 256 * 1024 ** 2;
  await makeSparse('cube', bytes);
  const start = bytesRead();
  const answers = await Promise.all(Array.from({ length: 10 }, () => askForDigest('cube')));
  const digests = answers.map(({ headers }) => headers.get('digest'));
  expect(new Set(digests).size).toBe(1);
  expect(digests[0]).toMatch(/^md5=.*,adler32=/);
  expect((await askForDigest('cube')).headers.get('digest')).toBe(digests[0]);
  expect(bytesRead() - start).toBeLessThan(1.5 * bytes);
});

test('digests are of one version: another file of the same name, size and time has its own', async () => {
  const path = join(service.sourceStorage, 'versions');
  const content = (letter: string) => Buffer.alloc(1024 ** 2, letter);
  await writeFile(path, content('a'));
  await using file = await open(path, 'r+');
  const { atime, mtime } = await file.stat();
  const first = (await askForDigest('versions')).headers.get('digest');
  await file.write(content('b'), 0, 1024 ** 2, 0);
  await file.utimes(atime, mtime);
  expect((await askForDigest('versions')).headers.get('digest')).not.toBe(first);
});

test('for a range no digests are computed', async () => {
  await makeSparse('endless', 400 * gibibyte);
  const start = bytesRead();
  const headers = { 'want-digest': 'md5', range: 'bytes=0-2' };
  const part = await fetch(`${service.url}/download/endless`, { headers });
  expect([part.status, part.headers.get('digest'), await part.text()]).toEqual([206, null, 'sky']);
  expect(bytesRead() - start).toBeLessThan(16 * 1024 ** 2);
});

// The last one: it ends the service.
test('digests of endless files block nothing: copies run, the service is ready, and stops in time', async () => {
  await makeSparse('endless', 400 * gibibyte);
  await makeSparse('other', 400 * gibibyte);
  await makeSparse('large', 64 * 1024 ** 2);
  const start = bytesRead();
  const waiting = ['endless', 'other', 'endless'].map((name) => askForDigest(name).catch(() => undefined));
  await waitFor(() => bytesRead() - start > 64 * 1024 ** 2);
  const client = clientOf(service.url);
  const staged = (await client.stage('local_copy', 'large', 'large')).staged();
  expect(staged.operation).toMatchObject({ outcome: 'staged' });
  expect(JSON.parse((await client.get('/readyz')).text)).toMatchObject({
    status: 'ready',
    checks: { storage_threads: 'ok' },
  });
  const ended = once(service.process, 'exit');
  service.process.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  await Promise.all(waiting);
});
