import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';
import { makeSlowFile, slowBytes, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
  startWorkerProcess,
} from '../../services/staging/stagingService.ts';
import { batchClientOf } from '../batches/batchClient.ts';
import { findFaults, type ManyFiles, nameOf, publishedTwice, writeSources } from './manyFiles.ts';

/** `KILLED_OPERATIONS=10000` is the number of operations queued when their service is stopped. */
const waitingCount = Number(process.env['KILLED_OPERATIONS'] ?? 1100);

/** A busy machine takes minutes for a thousand operations. */
const limitMs = Math.max(170_000, waitingCount * 60);

const filesOf = (count: number, sizeBytes = 2000): ManyFiles => ({ count, sizeBytes: () => sizeBytes });

describeWith('mariadb', 'operations queued in the record', (mariadb) => {
  let directory: string;
  let databaseUrl: string;
  let running: StagingService[];
  beforeEach(async () => {
    directory = await makeDataDirectory();
    databaseUrl = await createDatabase(mariadb);
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((service) => service.kill()));
    await removeDataDirectory(directory);
  });

  const start = async (settings: NodeJS.ProcessEnv = {}) => {
    const environment = { DATABASE_URL: databaseUrl, LOGGING_LEVEL: 'INFO', ...settings };
    const service = await startStagingService(directory, environment);
    running.push(service);
    return service;
  };
  const output = () => running.map((service) => service.output()).join('');
  /** Requests all of the files in one batch. */
  const begin = async (service: StagingService, { count }: ManyFiles) => {
    const items = Array.from({ length: count }, (_, number) => ({
      local_path_on_storage: nameOf(number),
      relative_path: nameOf(number),
    }));
    const { id } = await batchClientOf(() => service.url).begin('method=local_copy&username=kim', { items });
    return id;
  };
  const countsOf = async (service: StagingService, id: string) =>
    (await batchClientOf(() => service.url).look(id, '?limit=1')).counts;
  const waitForEnd = (service: StagingService, id: string) =>
    waitFor(async () => {
      const { PENDING, QUEUED, EXECUTING } = await countsOf(service, id);
      return PENDING + QUEUED + EXECUTING === 0;
    }, limitMs);

  test(
    'many that are queued when their service is stopped run after its next start, and a client is answered so',
    async () => {
      const files = filesOf(waitingCount);
      const stopped = await start({ ...slowCopies, CONCURRENCY: '1', SHUTDOWN_TIMEOUT: '0' });
      await writeSources(stopped, files);
      await makeSlowFile(join(stopped.sourceStorage, 'large'), untilAborted);
      await writeFile(join(stopped.sourceStorage, 'small'), 'small');
      const { stage, operations } = clientOf(stopped.url);
      const large = stage('local_copy', 'large', 'large', 'ann');
      await waitFor(async () => (await operations('&phase=EXECUTING')).length === 1);
      const batch = await begin(stopped, files);
      const small = stage('local_copy', 'small', 'small', 'bob');
      await waitFor(async () => (await operations('&username=bob')).length === 1);
      await waitFor(async () => (await countsOf(stopped, batch)).QUEUED === files.count);
      expect(await stopped.stop()).toBe(0);
      expect((await large).problem().code).toBe('INTERRUPTED');
      const told = (await small).problem();
      expect([(await small).status, told.code]).toEqual([503, 'OPERATION_CONTINUES']);
      expect(told.detail).toContain(`/operations/${told.operation_id}`);

      const next = await start();
      await waitForEnd(next, batch);
      expect(await countsOf(next, batch)).toMatchObject({ COMPLETED: files.count });
      expect(await findFaults(next, files, 'kim')).toEqual([]);
      expect(publishedTwice(output())).toEqual([]);
      const ofBob = await clientOf(next.url).operation(told.operation_id ?? '');
      expect(ofBob).toMatchObject({ phase: 'COMPLETED', attempts: 1 });
    },
    limitMs + 10_000,
  );

  test(
    'a service that is killed in the middle of hundreds loses none: running ones are closed, the others run',
    async () => {
      const files = filesOf(400);
      const killed = await start();
      await writeSources(killed, files);
      const batch = await begin(killed, files);
      await waitFor(async () => (await countsOf(killed, batch)).COMPLETED > 50);
      await killed.kill();
      const next = await start();
      await waitForEnd(next, batch);
      const { COMPLETED, ERROR } = await countsOf(next, batch);
      expect(COMPLETED + ERROR).toBe(files.count);
      // Not more than ran concurrently.
      expect(ERROR).toBeLessThanOrEqual(8);
      // It may have been killed after it had published a file, and before that was recorded.
      const missing = await findFaults(next, files, 'kim');
      expect(missing.filter((fault) => !fault.endsWith('is not there'))).toEqual([]);
      expect(missing.length).toBeLessThanOrEqual(ERROR);
      const failed = await clientOf(next.url).operations('&phase=ERROR');
      expect(failed.filter(({ error_code }) => error_code !== 'INTERRUPTED')).toEqual([]);
      if (ERROR > 0) await batchClientOf(() => next.url).retry(batch);
      await waitForEnd(next, batch);
      expect(await findFaults(next, files, 'kim')).toEqual([]);
      expect(publishedTwice(output())).toEqual([]);
    },
    limitMs + 10_000,
  );

  test(
    'two services on one database share operations requested from one of them, and run each once',
    async () => {
      const files = filesOf(150, slowBytes(0.125));
      const settings = { ...slowCopies, CONCURRENCY: '1' };
      const [asked, other] = await Promise.all([start(settings), start(settings)]);
      await writeSources(asked, files);
      const batch = await begin(asked, files);
      await waitForEnd(asked, batch);
      expect(await countsOf(asked, batch)).toMatchObject({ COMPLETED: files.count });
      expect(await findFaults(other, files, 'kim')).toEqual([]);
      expect(publishedTwice(output())).toEqual([]);
      for (const service of [asked, other]) expect(service.output()).toContain('"outcome":"staged"');
    },
    limitMs + 10_000,
  );

  describeWith('redis', 'and workers', (redis) => {
    test(
      'a service and a worker that are killed in the middle of hundreds lose none, and all are run once',
      async () => {
        const files = filesOf(400);
        const settings = {
          EXECUTOR: 'bullmq',
          REDIS_URL: redis.url,
          QUEUE_NAME: directory.replaceAll(/\W/g, '-'),
          DATABASE_URL: databaseUrl,
          LOGGING_LEVEL: 'INFO',
        };
        const startWorker = () => startWorkerProcess(directory, settings);
        const workers = [startWorker(), startWorker()];
        try {
          const killed = await start(settings);
          await writeSources(killed, files);
          const batch = await begin(killed, files);
          await waitFor(async () => (await countsOf(killed, batch)).COMPLETED > 30, limitMs);
          workers[0]?.process.kill('SIGKILL');
          await killed.kill();
          const next = await start(settings);
          workers.push(startWorker());
          await waitForEnd(next, batch);
          expect(await countsOf(next, batch)).toMatchObject({ COMPLETED: files.count });
          expect(await findFaults(next, files, 'kim')).toEqual([]);
          expect(publishedTwice(workers.map((worker) => worker.output()).join(''))).toEqual([]);
        } finally {
          for (const worker of workers) worker.process.kill('SIGKILL');
          await Promise.all(workers.map(({ ended }) => ended));
        }
      },
      limitMs + 10_000,
    );
  });
});
