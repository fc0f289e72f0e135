import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { publishedTwice } from './manyFiles.ts';

describeWith('redis', 'a service that returns from workers to in-process execution, on SQLite', (redis) => {
  let directory: string;
  let running: StagingService[];
  beforeEach(async () => {
    directory = await makeDataDirectory();
    running = [];
    await writeFile(join(directory, 'source_storage', 'small'), 'small');
    await makeSlowFile(join(directory, 'source_storage', 'large'), untilAborted);
  });
  afterEach(async () => {
    await Promise.all(running.map((service) => service.kill()));
    await removeDataDirectory(directory);
  });

  const start = async (settings: NodeJS.ProcessEnv = {}) => {
    const service = await startStagingService(directory, {
      ...slowCopies,
      LOGGING_LEVEL: 'INFO',
      ...settings,
    });
    running.push(service);
    return service;
  };
  const startWithQueue = () =>
    start({ EXECUTOR: 'bullmq', REDIS_URL: redis.url, QUEUE_NAME: directory.replaceAll(/\W/g, '-') });
  const request = async ({ url }: StagingService, endpoint: string, source: string, target: string) => {
    const body = { local_path_on_storage: source, relative_path: target };
    const answer = await clientOf(url).post(`/stage/${endpoint}?username=kim`, body, {
      prefer: 'respond-async',
    });
    return acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id;
  };
  /** Makes the service of a queue accept requests, and stops it: no worker has run any of them. */
  const leaveInQueue = async (requests: readonly (readonly [string, string, string])[]) => {
    const service = await startWithQueue();
    const ids: string[] = [];
    for (const [endpoint, source, target] of requests) {
      ids.push(await request(service, endpoint, source, target));
    }
    expect(await service.stop()).toBe(0);
    return ids;
  };
  const phaseOf = async ({ url }: StagingService, id: string) => (await clientOf(url).operation(id)).phase;
  const waitForPhase = (service: StagingService, id: string, phase: string) =>
    waitFor(async () => (await phaseOf(service, id)) === phase);

  test('operations queued for workers are run once by one of two services that start at the same time', async () => {
    const ids = await leaveInQueue(
      Array.from({ length: 40 }, (_, index) => ['local', 'small', `small-${index}`] as const),
    );
    const services = await Promise.all([start(), start()]);
    const [one] = services;
    for (const id of ids) await waitForPhase(one, id, 'COMPLETED');
    for (const operation of await clientOf(one.url).operations()) {
      expect(operation).toMatchObject({ outcome: 'staged', attempts: 1 });
    }
    const output = services.map((service) => service.output()).join('');
    expect(output.split('\n').filter((line) => line.includes('"outcome":"staged"'))).toHaveLength(ids.length);
    expect(publishedTwice(output)).toEqual([]);
  });

  test('a service claims only operations of its own functions, and one with a queue claims none', async () => {
    const [copy = '', link = ''] = await leaveInQueue([
      ['local', 'small', 'copy'],
      ['symlink', 'small', 'link'],
    ]);
    const links = await start({ FUNCTIONS: 'stageSymlink,operations' });
    await waitForPhase(links, link, 'COMPLETED');
    const queued = await startWithQueue();
    // By then it would have swept, as this one has done, which started later.
    await request(queued, 'local', 'small', 'other');
    expect(await phaseOf(queued, copy)).toBe('QUEUED');
    await queued.stop();
    const all = await start();
    await waitForPhase(all, copy, 'COMPLETED');
  });

  test('when it is stopped, queued operations stay queued, and running ones are interrupted', async () => {
    const [large = '', small = ''] = await leaveInQueue([
      ['local', 'large', 'large'],
      ['local', 'small', 'small'],
    ]);
    const stopped = await start({ CONCURRENCY: '1', SHUTDOWN_TIMEOUT: '0' });
    await waitForPhase(stopped, large, 'EXECUTING');
    expect(await stopped.stop()).toBe(0);
    const next = await start();
    expect(await clientOf(next.url).operation(large)).toMatchObject({
      phase: 'ERROR',
      error_code: 'INTERRUPTED',
    });
    await waitForPhase(next, small, 'COMPLETED');
  });

  test('a queued operation can be aborted immediately', async () => {
    const [large = '', small = ''] = await leaveInQueue([
      ['local', 'large', 'large'],
      ['local', 'small', 'small'],
    ]);
    const service = await start({ CONCURRENCY: '1' });
    await waitForPhase(service, large, 'EXECUTING');
    for (const id of [small, large]) {
      const answer = await fetch(`${service.url}/operations/${id}`, { method: 'DELETE' });
      expect(answer.status).toBe(200);
    }
    expect(await clientOf(service.url).operation(small)).toMatchObject({
      phase: 'ABORTED',
      started_at: null,
    });
  });
});
