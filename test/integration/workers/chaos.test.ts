import { expect, test } from '@jest/globals';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { commandRedis, crashRedis } from '../../services/redis.ts';
import { startFleet } from './fleet.ts';
import { findFaults, publishedTwice, readRecord, requestAll, writeSources } from './manyFiles.ts';

const files = {
  count: 300,
  // Large enough that a worker is killed in the middle of some.
  sizeBytes: (number: number) => (number % 6 === 0 ? 8 * 1024 ** 2 : 2000),
};

/** How many operations must have ended before the next thing is broken. */
const step = 30;

/** So much is broken, one thing after another, that a busy machine takes minutes. */
const limitMs = 160_000;

// Both are needed, of which the suite starts its own: others use those of the run.
describeWith('mariadb', 'with MariaDB', () => {
  describeWith('redis', 'three workers on one Redis and one MariaDB', () => {
    test(
      'lose nothing when they are killed, Redis loses everything and MariaDB crashes',
      async () => {
        await using fleet = await startFleet(3, { CONCURRENCY: '4', LOGGING_LEVEL: 'INFO' });
        await using record = readRecord(fleet.databaseUrl);
        await writeSources(fleet, files);
        const requested = requestAll(fleet, files, 'kim');
        // It is awaited below, unless the test fails before: then it ends with the service.
        requested.catch(() => undefined);

        const completed = async () => (await record.countByPhase())['COMPLETED'] ?? 0;
        const mishaps = [
          () => fleet.replaceOldestWorker(),
          () => fleet.replaceOldestWorker(),
          async () => {
            await commandRedis(fleet.redis, 'FLUSHALL');
            await crashRedis(fleet.redis);
          },
          () => fleet.replaceOldestWorker(),
          () => fleet.mariadb.killAndRestart(),
          () => fleet.replaceOldestWorker(),
          () => fleet.replaceOldestWorker(),
        ];
        for (const [index, mishap] of mishaps.entries()) {
          await waitFor(async () => (await completed()) >= (index + 1) * step, limitMs);
          await mishap();
        }
        await requested;
        await waitFor(async () => {
          const { COMPLETED = 0, ...others } = await record.countByPhase();
          return COMPLETED >= files.count && Object.keys(others).length === 0;
        }, limitMs);
        expect(await findFaults(fleet, files, 'kim')).toEqual([]);
        expect(publishedTwice(fleet.workerOutput())).toEqual([]);
        // Else no worker has died in the middle of anything, and the test has shown nothing.
        expect(await record.deaths()).toBeGreaterThan(0);
      },
      limitMs + 20_000,
    );
  });
});
