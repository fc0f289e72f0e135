import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fleet, startFleet } from '../test/integration/workers/fleet.ts';
import {
  findFaults,
  type ManyFiles,
  publishedTwice,
  readRecord,
  requestAll,
  writeSources,
} from '../test/integration/workers/manyFiles.ts';
import { commandRedis, crashRedis } from '../test/services/redis.ts';

/**
 * Robustness and throughput of queue workers: `npx tsx bench/workers.ts chaos 10000`, `npx tsx bench/workers.ts
 * throughput 1000`.
 */
const [what = 'chaos', countGiven = '10000'] = process.argv.slice(2);
const files: ManyFiles = { count: Number(countGiven), sizeBytes: () => 4096 };

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Three workers; for half a minute one is killed every two seconds, and Redis and MariaDB once each. */
async function chaos(): Promise<void> {
  await using fleet = await startFleet(3, { LOGGING_LEVEL: 'INFO' });
  await using record = readRecord(fleet.databaseUrl);
  await writeSources(fleet, files);
  const begin = performance.now();
  const seconds = () => ((performance.now() - begin) / 1000).toFixed(1);
  const tell = async (event: string) =>
    void say(`${seconds()} s: ${event}; ${JSON.stringify(await record.countByPhase())}`);
  const requested = requestAll(fleet, files, 'kim').then(() => tell('all requests are accepted'));
  for (let kill = 1; kill <= 15; kill += 1) {
    await delay(2000);
    await fleet.replaceOldestWorker();
    await tell(`kill ${kill}`);
    if (kill === 5) {
      await commandRedis(fleet.redis, 'FLUSHALL');
      await crashRedis(fleet.redis);
      await tell('Redis crashed and has lost everything');
    }
    if (kill === 10) {
      await fleet.mariadb.killAndRestart();
      await tell('MariaDB crashed and is back');
    }
  }
  await requested;
  await untilDone(record, files.count, tell);
  say(`operations that a worker died of: ${await record.deaths()} deaths`);
  say(`faults: ${JSON.stringify(await findFaults(fleet, files, 'kim'))}`);
  say(`published twice: ${JSON.stringify(publishedTwice(fleet.workerOutput()))}`);
}

/** The same files with one worker and with three, alternately. */
async function throughput(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    for (const workers of [1, 3]) {
      // Requested before any worker runs, so that only their work is measured.
      await using fleet = await startFleet(0);
      await using record = readRecord(fleet.databaseUrl);
      await writeSources(fleet, files);
      await requestAll(fleet, files, 'kim');
      await measure(fleet, record, workers);
    }
  }
}

async function measure(fleet: Fleet, record: ReturnType<typeof readRecord>, workers: number): Promise<void> {
  for (let count = 0; count < workers; count += 1) fleet.startWorker();
  while (((await record.countByPhase())['COMPLETED'] ?? 0) === 0) await delay(20);
  const begin = performance.now();
  await untilDone(record, files.count, async () => undefined);
  const seconds = (performance.now() - begin) / 1000;
  say(`${workers} workers: ${(files.count / seconds).toFixed(0)} operations a second`);
}

async function untilDone(
  record: ReturnType<typeof readRecord>,
  count: number,
  tell: (event: string) => Promise<void>,
): Promise<void> {
  let told = performance.now();
  for (;;) {
    const phases = await record.countByPhase();
    if ((phases['COMPLETED'] ?? 0) >= count && Object.keys(phases).length === 1)
      return tell('all are completed');
    if (phases['ERROR']) say(`ERROR: ${JSON.stringify(phases)}`);
    if (performance.now() - told > 5000) {
      told = performance.now();
      await tell('waiting');
    }
    await delay(100);
  }
}

await (what === 'throughput' ? throughput() : chaos());
