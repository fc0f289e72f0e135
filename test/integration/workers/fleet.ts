import { join } from 'node:path';
import { freePort } from '../../services/freePort.ts';
import { createDatabase, type KillableMariaDb, startMariaDb } from '../../services/mariadb.ts';
import { commandRedis, type KillableRedis, startRedis } from '../../services/redis.ts';
import { makeServicesDirectory } from '../../services/servicesDirectory.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
  startWorkerProcess,
  type WorkerProcess,
} from '../../services/staging/stagingService.ts';

/** Processes that stage together, with their own MariaDB. Any of them may be killed. */
export interface Fleet extends AsyncDisposable {
  /** The address for requests, also after the service was killed and restarted. */
  readonly url: string;
  readonly sourceStorage: string;
  readonly userAreas: string;
  readonly databaseUrl: string;
  /** Aborted when the fleet is disposed of. */
  readonly signal: AbortSignal;
  /** The processes that can be killed (SIGKILL), and are restarted immediately. */
  readonly kill: Readonly<Record<string, () => Promise<void>>>;
  /** The output of processes that run operations, including killed ones. */
  output(): string;
  /** The scheduled maintenance of processes that do not live between requests. */
  runSchedule?(): Promise<void>;
  /** Stops all processes that stage. */
  stop(): Promise<void>;
  /** Restarts them, with a number of workers. */
  start(workerCount: number): Promise<void>;
}

/** The database and the queue of a suite's fleets, which use them one after the other and may kill them. */
export interface FleetServices extends AsyncDisposable {
  readonly mariadb: KillableMariaDb;
  readonly redis: KillableRedis;
}

/** Starts them, apart from those of the run, which other suites use. */
export async function startFleetServices(): Promise<FleetServices> {
  const directory = await makeServicesDirectory();
  const [mariadb, redis] = await Promise.all([
    startMariaDb(directory, { isDurable: true }),
    startRedis(directory),
  ]);
  return {
    mariadb,
    redis,
    async [Symbol.asyncDispose]() {
      await Promise.all([mariadb.stop(), redis.stop()]);
      await directory.remove();
    },
  };
}

/** The data of one fleet, and its empty database; `remove` removes the data. */
export async function prepareFleet({ mariadb }: FleetServices) {
  const dataDirectory = await makeDataDirectory();
  const settings = {
    DATABASE_URL: await createDatabase(mariadb.address),
    SOURCE_STORAGE_PATH: join(dataDirectory, 'source_storage'),
    TARGET_STORAGE_PATH: join(dataDirectory, 'user_areas'),
    LOGGING_LEVEL: 'INFO',
  };
  const ending = new AbortController();
  return {
    dataDirectory,
    settings,
    ofFleet: {
      sourceStorage: settings.SOURCE_STORAGE_PATH,
      userAreas: settings.TARGET_STORAGE_PATH,
      databaseUrl: settings.DATABASE_URL,
      signal: ending.signal,
    },
    endRequests: () => ending.abort(),
    // It inspects the database.
    remove: () => removeDataDirectory(dataDirectory),
  };
}

/**
 * Starts a service, and a number of workers if `EXECUTOR` is `bullmq`, which is the default. Everything is removed when
 * the fleet is disposed of.
 */
export async function startFleet(
  fleetServices: FleetServices,
  workerCount: number,
  environment: NodeJS.ProcessEnv = {},
): Promise<Fleet> {
  const { dataDirectory, ofFleet, endRequests, remove, ...base } = await prepareFleet(fleetServices);
  const EXECUTOR = environment['EXECUTOR'] ?? 'bullmq';
  const redis = EXECUTOR === 'bullmq' ? await emptyRedis(fleetServices) : undefined;
  const PORT = `${await freePort()}`;
  const settings = { ...base.settings, EXECUTOR, ...redis?.settings, ...environment };
  const startService = () => startStagingService(dataDirectory, { ...settings, PORT });
  const services: StagingService[] = [await startService()];
  const all: WorkerProcess[] = [];
  const workers = new Set<WorkerProcess>();
  const startWorker = () => {
    const worker = startWorkerProcess(dataDirectory, settings);
    all.push(worker);
    workers.add(worker);
    void worker.ended.then(() => workers.delete(worker));
  };
  const killWorkers = async (some: Iterable<WorkerProcess>) => {
    for (const worker of some) worker.process.kill('SIGKILL');
    await Promise.all([...some].map(({ ended }) => ended));
  };
  const killService = () => services.at(-1)?.kill();
  const startWorkers = (count: number) => {
    for (let started = 0; started < count; started += 1) startWorker();
  };
  startWorkers(workerCount);
  return {
    ...ofFleet,
    url: `http://127.0.0.1:${PORT}`,
    kill: {
      async service() {
        await killService();
        services.push(await startService());
      },
      MariaDB: fleetServices.mariadb.killAndRestart,
      ...(redis && {
        /** The oldest one. */
        async worker() {
          await killWorkers([...workers].slice(0, 1));
          startWorker();
        },
        ...redis.kill,
      }),
    },
    output: () => [...services, ...all].map((process) => process.output()).join(''),
    /** By SIGTERM: their operations may end. */
    async stop() {
      for (const worker of workers) worker.process.kill('SIGTERM');
      await Promise.all([services.at(-1)?.stop(), ...[...workers].map(({ ended }) => ended)]);
    },
    async start(count) {
      services.push(await startService());
      startWorkers(count);
    },
    async [Symbol.asyncDispose]() {
      endRequests();
      await Promise.all([killWorkers(workers), killService()]);
      await remove();
    },
  };
}

async function emptyRedis({ redis }: FleetServices) {
  const flush = () => commandRedis(redis.address, 'FLUSHALL');
  await flush();
  return {
    settings: { REDIS_URL: redis.address.url },
    kill: {
      Redis: redis.killAndRestart,
      /** It loses all its data. */
      async lossyRedis() {
        await flush();
        await redis.killAndRestart();
      },
    },
  };
}
