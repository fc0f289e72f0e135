import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const pieceBytes = 64 * 1024;
const cube = randomBytes(100 * pieceBytes);

let directory: string;
let service: StagingService;

beforeEach(async () => {
  directory = await makeDataDirectory();
  service = await startStagingService(directory);
  await writeFile(join(service.sourceStorage, 'cube.fits'), cube);
});
afterEach(async () => {
  await service.stop();
  await removeDataDirectory(directory);
});

async function read(index: number, username: string, file = 'cube.fits') {
  const start = index * pieceBytes;
  const headers = { range: `bytes=${start}-${start + pieceBytes - 1}` };
  const answer = await fetch(`${service.url}/download/${file}?username=${username}`, { headers });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

async function operationsOf(username: string) {
  return (await clientOf(service.url).operations(`&username=${username}`)).map((operation) => [
    operation.phase,
    operation.bytes_done,
    operation.range_requests,
  ]);
}

test('hundreds of concurrent range requests of one client are one operation, and each answer is right', async () => {
  const pieces = Array.from({ length: 100 }, (_, index) => index);
  const answers = await Promise.all(pieces.map((index) => read(index, 'alice')));
  for (const [index, { status, bytes }] of answers.entries()) {
    expect(status).toBe(206);
    expect(bytes.equals(cube.subarray(index * pieceBytes, (index + 1) * pieceBytes))).toBe(true);
  }
  expect((await read(7, 'bob')).status).toBe(206);
  await waitFor(async () => (await operationsOf('alice'))[0]?.[1] === cube.length);
  expect(await operationsOf('alice')).toEqual([['COMPLETED', cube.length, 100]]);
  expect(await operationsOf('bob')).toEqual([['COMPLETED', pieceBytes, null]]);
});

test('the last reads before the service stops are recorded', async () => {
  for (const index of [1, 2, 3]) await read(index, 'alice');
  await service.stop();
  service = await startStagingService(directory);
  expect(await operationsOf('alice')).toEqual([['COMPLETED', 3 * pieceBytes, 3]]);
});

test('a new version of the file starts another operation, and a failed request is an operation of its own', async () => {
  await read(0, 'alice');
  await read(1, 'alice');
  const other = randomBytes(2 * pieceBytes);
  await writeFile(join(service.sourceStorage, 'cube.fits'), other);
  expect((await read(0, 'alice')).bytes.equals(other.subarray(0, pieceBytes))).toBe(true);
  expect((await read(1, 'alice')).bytes.equals(other.subarray(pieceBytes))).toBe(true);
  expect((await read(2, 'alice')).status).toBe(416);
  await waitFor(async () => (await operationsOf('alice'))[1]?.[2] === 2);
  expect(await operationsOf('alice')).toEqual([
    ['ERROR', 0, null],
    ['COMPLETED', 2 * pieceBytes, 2],
    ['COMPLETED', 2 * pieceBytes, 2],
  ]);
});
