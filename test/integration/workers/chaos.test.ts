import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';
import { type Fleet, type FleetServices, startFleet, startFleetServices } from './fleet.ts';
import { startLambdaFleet } from './lambdaFleet.ts';
import {
  findFaults,
  type ManyFiles,
  publishedTwice,
  type RecordReader,
  readRecord,
  requestAll,
  writeSources,
} from './manyFiles.ts';

/** `KILLED_OPERATIONS=10000` kills processes while this number of operations runs, and takes minutes. */
const count = Number(process.env['KILLED_OPERATIONS'] ?? 300);

const largeEvery = Math.max(6, Math.round(count / 50));
const smallFiles: ManyFiles = { count, sizeBytes: () => 2000 };
/** Some are large enough that a process is killed in the middle of them. */
const files: ManyFiles = {
  count,
  sizeBytes: (number) => (number % largeEvery === 0 ? 8 * 1024 ** 2 : 2000),
};

/** With this number of consecutive failures, a busy machine takes minutes. */
const limitMs = 160_000 + count * 60;

const concurrency = 4;
const settings = { CONCURRENCY: `${concurrency}` };

/**
 * A fleet for each bell, the parts of it that are killed, and whether others run the operations of a killed process
 * again.
 */
const bells = [
  {
    bell: 'the fair queue of a service',
    start: (services: FleetServices) => startFleet(services, 0, { ...settings, EXECUTOR: 'in-process' }),
    killed: ['service', 'MariaDB', 'service', 'MariaDB', 'service'],
    isRunAgain: false,
  },
  {
    bell: 'Redis and three workers',
    start: (services: FleetServices) => startFleet(services, 3, settings),
    killed: ['worker', 'service', 'worker', 'lossyRedis', 'worker', 'MariaDB', 'worker', 'Redis', 'worker'],
    isRunAgain: true,
  },
  {
    bell: 'invocations of a function',
    start: (services: FleetServices) => startLambdaFleet(services, 3, settings),
    killed: ['worker', 'service', 'worker', 'MariaDB', 'worker', 'service', 'worker'],
    isRunAgain: false,
  },
] as const;

/** The bells that lose notifications without a listener. */
const lossyBells = [
  {
    bell: 'Redis',
    workers: 3,
    start: (services: FleetServices) => startFleet(services, 0),
    lose: (fleet: Fleet) => fleet.kill['lossyRedis']?.(),
  },
  {
    bell: 'invocations',
    workers: 3,
    start: (services: FleetServices) => startLambdaFleet(services, 0),
    lose: async () => undefined,
  },
];

// Both are needed, but the suite starts its own: others use those of the run.
describeWith('mariadb', 'with MariaDB', () => {
  describeWith('redis', `${count} operations`, () => {
    let services: FleetServices;
    beforeAll(async () => {
      services = await startFleetServices();
    });
    afterAll(async () => services[Symbol.asyncDispose]());

    test.each(bells)(
      'announced by $bell survive when everything is killed: none is lost, and none is staged twice',
      async ({ start, killed, isRunAgain }) => {
        await using fleet = await start(services);
        await using record = readRecord(fleet.databaseUrl);
        await writeSources(fleet, files);
        const requested = requestAll(fleet, files, 'kim');
        // It is awaited below, unless the test fails before: then it ends with the fleet.
        requested.catch(() => undefined);
        const step = count / (killed.length + 1);
        for (const [index, name] of killed.entries()) {
          await waitFor(async () => (await endedOf(fleet, record)) >= (index + 1) * step, limitMs);
          await fleet.kill[name]?.();
        }
        await requested;
        await waitFor(async () => (await endedOf(fleet, record)) >= count, limitMs);

        const operations = await record.operations();
        expect(operations).toHaveLength(count);
        const failed = operations.filter(({ phase }) => phase !== 'COMPLETED');
        expect(failed.filter(({ errorCode }) => errorCode !== 'INTERRUPTED')).toEqual([]);
        expect(failed.length).toBeLessThanOrEqual(isRunAgain ? 0 : killed.length * concurrency);
        await expectStaged(fleet, files, new Set(failed.map(({ relativePath }) => relativePath ?? '')));
        // Otherwise nothing has died in the middle of an operation, and the test has shown nothing.
        const deaths = operations.reduce((sum, { workerDeaths }) => sum + workerDeaths, failed.length);
        expect(deaths).toBeGreaterThan(0);
      },
      2 * limitMs,
    );

    test.each(lossyBells)(
      'queued when everything is stopped run after the next start, regardless of what $bell has lost',
      async ({ start, workers, lose }) => {
        await using fleet = await start(services);
        await using record = readRecord(fleet.databaseUrl);
        await writeSources(fleet, smallFiles);
        await requestAll(fleet, smallFiles, 'kim');
        await fleet.stop();
        expect(await record.countByPhase()).toEqual({ QUEUED: count });
        await lose(fleet);
        await fleet.start(workers);
        await waitFor(async () => (await endedOf(fleet, record)) >= count, limitMs);
        expect(await record.countByPhase()).toEqual({ COMPLETED: count });
        await expectStaged(fleet, smallFiles);
      },
      2 * limitMs,
    );
  });
});

/** The number of ended ones; none while the database is unavailable. */
async function endedOf(fleet: Fleet, record: RecordReader): Promise<number> {
  await fleet.runSchedule?.();
  const { COMPLETED = 0, ERROR = 0 } = await record.countByPhase();
  return COMPLETED + ERROR;
}

/** Everything is staged, completely and once, and nothing else; only failed ones may be missing. */
async function expectStaged(
  fleet: Fleet,
  requested: ManyFiles,
  failed: ReadonlySet<string> = new Set(),
): Promise<void> {
  const faults = await findFaults(fleet, requested, 'kim');
  const isOfFailed = (fault: string) =>
    [...failed].some((path) => fault.endsWith(`/kim/${path} is not there`));
  expect(faults.filter((fault) => !isOfFailed(fault))).toEqual([]);
  expect(publishedTwice(fleet.output())).toEqual([]);
  await waitFor(async () => (await inTheMaking(fleet.userAreas)).length === 0);
}
