import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Secret } from '../../../shared/config/secret.ts';
import { theService } from '../../../shared/model/caller.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { createOperationWatch } from '../../../shared/record/operationWatch.ts';
import { elsewhere } from '../../contracts/record/databaseUnderTest.ts';
import { migrationsDirectory, request } from '../../contracts/record/request.ts';

const logger = pino({ level: 'silent' });
/** A signal that never aborts: one for each, because each request has its own. */
const never = () => new AbortController().signal;

let directory: string;
let owner: OperationRecord;
let onlooker: OperationRecord;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'watch-'));
  const url = new Secret(`file:${join(directory, 'staging.db')}`);
  owner = await openRecord(url, { migrationsDirectory });
  onlooker = await openRecord(url, { migrationsDirectory, worker: elsewhere });
});
afterAll(async () => {
  await owner.close();
  await onlooker.close();
  await rm(directory, { recursive: true });
});

test('two hundred clients that wait for an operation of another process cost one read at a time', async () => {
  const operation = await owner.create(request);
  const asked: string[][] = [];
  const watch = createOperationWatch(
    {
      ...onlooker,
      async findSome(ids) {
        asked.push([...ids]);
        // The change comes after the first poll, so that all still wait at the second.
        if (asked.length === 2) await owner.claim(operation.id);
        return onlooker.findSome(ids);
      },
    },
    logger,
  );
  await Promise.all(Array.from({ length: 200 }, () => watch.whenPhaseChanged(operation, never())));
  watch.close();
  expect(asked).toEqual([[operation.id], [operation.id]]);
});

test('a change that this process makes is notified without a query', async () => {
  const operation = await owner.create(request);
  const refuse = () => Promise.reject(new Error('The database was asked.'));
  const watch = createOperationWatch({ ...owner, findSome: refuse }, logger);
  const told = watch.whenPhaseChanged(operation, never());
  await owner.claim(operation.id);
  await told;
  watch.close();
});

test('a wait ends at its limit and when the watch is closed, and none starts after that', async () => {
  const operation = await owner.create(request);
  const watch = createOperationWatch(owner, logger);
  const enough = new AbortController();
  const [impatient, patient] = [
    watch.whenPhaseChanged(operation, enough.signal),
    watch.whenPhaseChanged(operation, never()),
  ];
  enough.abort();
  await impatient;
  watch.close();
  await patient;
  await watch.whenPhaseChanged(operation, never());
});

test('a wait that begins with a newer phase outlasts the waits that end with that phase', async () => {
  const queued = await owner.create(request);
  const watch = createOperationWatch(onlooker, logger);
  const first = watch.whenPhaseChanged(queued, never());
  const executing = await owner.claim(queued.id);
  if (!executing) throw new Error('It was not claimed');
  const second = watch.whenPhaseChanged(executing, never());
  await first;
  await owner.complete(queued.id, { outcome: 'staged' });
  await second;
  watch.close();
});

test('a change elsewhere that is announced is notified without waiting for the next poll', async () => {
  const operation = await owner.create(request);
  const refuse = () => Promise.reject(new Error('The looks are not waited for.'));
  const watch = createOperationWatch({ ...onlooker, findSome: refuse }, logger);
  const told = watch.whenPhaseChanged(operation, never());
  await owner.claim(operation.id);
  await watch.refresh(operation.id);
  await told;
  watch.close();
});

test('an unwatched operation is not read when a change of it is announced', async () => {
  const { id } = await owner.create(request);
  const read: string[] = [];
  const find = async (asked: string) => {
    read.push(asked);
    return onlooker.find(asked, theService);
  };
  const watch = createOperationWatch({ ...onlooker, find }, logger);
  await watch.refresh(id);
  watch.close();
  expect(read).toEqual([]);
});
