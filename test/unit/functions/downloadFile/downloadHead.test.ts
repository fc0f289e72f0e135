import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { createDigestQueue } from '../../../../functions/downloadFile/head/digestQueue.ts';
import { answerFileHead, maxDigestsMs } from '../../../../functions/downloadFile/head/downloadHead.ts';
import { Secret } from '../../../../shared/config/secret.ts';
import { parseSourcePath } from '../../../../shared/model/paths.ts';
import { openRecord } from '../../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../../shared/record/operationRecord.ts';
import { openMounted } from '../../../../shared/storage/mounted/mountedSource.ts';
import { createSourceStorage } from '../../../../shared/storage/mounted/sourceStorage.ts';
import { createStorageThreads } from '../../../../shared/storage/threads/threadPool.ts';
import { elsewhere } from '../../../contracts/record/databaseUnderTest.ts';
import { migrationsDirectory } from '../../../contracts/record/request.ts';

const bytesOf = { endless: 400 * 1024 ** 3, large: 1024 ** 2 };

let directory: string;
let record: OperationRecord;
// One thread, which digests one file at a time.
const threads = createStorageThreads({ parallelism: 1 });
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'head-'));
  for (const [name, bytes] of Object.entries(bytesOf)) {
    await writeFile(join(directory, name), 'sky');
    await truncate(join(directory, name), bytes);
  }
  const databaseUrl = new Secret(`file:${join(directory, 'staging.db')}`);
  record = await openRecord(databaseUrl, { migrationsDirectory, worker: elsewhere });
});
afterAll(async () => {
  await threads.close();
  await record.close();
  await rm(directory, { recursive: true });
});

test("an answer waits for digests no longer than proxies' timeouts, and nothing computes them afterwards", async () => {
  expect(maxDigestsMs).toBeLessThan(60_000);
  const services = { digestQueue: createDigestQueue(record, threads, []) };
  const app = express().head('/:name/:digestsMs', async (request, response) => {
    const path = parseSourcePath(request.params.name, directory);
    await using source = await openMounted(path, createSourceStorage(directory));
    if (source.kind !== 'file') throw new Error('It is a file');
    const { signal } = new AbortController();
    const digestsMs = Number(request.params.digestsMs);
    await answerFileHead({ ...services, digestsMs }, { request, response, username: 'ada', signal }, source);
    response.end();
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const ask = async (path: string) => {
    const { status, headers } = await fetch(url + path, {
      method: 'HEAD',
      headers: { 'want-digest': 'md5' },
    });
    return [status, Number(headers.get('content-length')), headers.get('digest')];
  };
  expect(await ask('/endless/300')).toEqual([200, bytesOf.endless, null]);
  expect(await ask('/large/50000')).toEqual([200, bytesOf.large, expect.stringMatching(/^md5=/)]);
  server.close();
});
