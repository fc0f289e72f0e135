import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pino from 'pino';
import {
  createRangeReads,
  type RangeRead,
  type RangeReads,
} from '../../../../functions/downloadFile/ranges/rangeReads.ts';
import { Secret } from '../../../../shared/config/secret.ts';
import { theService } from '../../../../shared/model/caller.ts';
import { openRecord } from '../../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../../shared/record/operationRecord.ts';
import { migrationsDirectory, request } from '../../../contracts/record/request.ts';
import { waitFor } from '../../../contracts/waitFor.ts';

const intervals = { continuedMs: 40, recordedMs: 5 };

let directory: string;
let operations: OperationRecord;
let reads: RangeReads;
let close: () => Promise<void>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ranges-'));
  operations = await openRecord(new Secret(`file:${directory}/staging.db`), { migrationsDirectory });
  const services = {
    operations,
    shareBandwidth: () => undefined,
    logger: pino({ enabled: false }),
    atShutDown(closeReads: typeof close) {
      close = closeReads;
    },
  };
  reads = createRangeReads(services, intervals);
});
afterAll(async () => {
  await close();
  await operations.close();
  await rm(directory, { recursive: true });
});

/** A reading whose first request has sent 5 bytes, and which another request continues. */
async function beginReading(key: string): Promise<{ readonly id: string; readonly read: RangeRead }> {
  const { id } = await operations.create({ ...request, method: 'direct_download' });
  await operations.claim(id);
  await operations.complete(id, { outcome: 'staged', bytesDone: 5 });
  const read = reads.begin(key, Promise.resolve(id));
  await reads.firstEnded(key, read, true);
  read.running = 1;
  read.requests = 2;
  return { id, read };
}

const bytesOf = async (id: string) => (await operations.find(id, theService))?.bytesDone;

test('bytes count that are sent long after the last request, also after a pause', async () => {
  const { id, read } = await beginReading('slow');
  read.progress.addBytes(1);
  await waitFor(async () => (await bytesOf(id)) === 6);
  await sleep(2 * intervals.continuedMs);
  read.progress.addBytes(2);
  await waitFor(async () => (await bytesOf(id)) === 8);
  expect(reads.find('slow')).toBe(read);
  read.running = 0;
  await waitFor(() => reads.find('slow') === undefined);
});

test('and after another reading of the same file has begun', async () => {
  const { id, read } = await beginReading('replaced');
  await waitFor(async () => (await bytesOf(id)) === 5);
  const next = await beginReading('replaced');
  await sleep(2 * intervals.recordedMs);
  read.progress.addBytes(3);
  read.running = 0;
  await waitFor(async () => (await bytesOf(id)) === 8);
  next.read.running = 0;
});
