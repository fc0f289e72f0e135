import { join } from 'node:path';
import { createDatabase, type KillableMariaDb, startMariaDb } from '../../services/mariadb.ts';
import { type Redis, startRedis } from '../../services/redis.ts';
import { makeServicesDirectory } from '../../services/servicesDirectory.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
  startWorkerProcess,
  type WorkerProcess,
} from '../../services/stagingService.ts';

/** A service and its workers, on a MariaDB and a Redis of their own, which may be killed. */
export interface Fleet extends AsyncDisposable {
  readonly service: StagingService;
  readonly mariadb: KillableMariaDb;
  readonly redis: Redis;
  readonly databaseUrl: string;
  /** Those that run. */
  readonly workers: Set<WorkerProcess>;
  /** What all workers have written, also those that were killed. */
  workerOutput(): string;
  startWorker(environment?: NodeJS.ProcessEnv): WorkerProcess;
  /** Kills the oldest worker, and puts another one in its place. */
  replaceOldestWorker(): Promise<void>;
}

/** Starts a fleet of so many workers; all that it needs is gone when it is disposed of. */
export async function startFleet(workerCount: number, environment: NodeJS.ProcessEnv = {}): Promise<Fleet> {
  const directory = await makeServicesDirectory();
  const [mariadb, redis] = await Promise.all([
    startMariaDb(directory, { isDurable: true }),
    startRedis(directory),
  ]);
  const dataDirectory = await makeDataDirectory();
  const settings = {
    EXECUTOR: 'bullmq',
    DATABASE_URL: await createDatabase(mariadb.address),
    REDIS_URL: redis.address.url,
    SOURCE_STORAGE_PATH: join(dataDirectory, 'source_storage'),
    TARGET_STORAGE_PATH: join(dataDirectory, 'user_areas'),
    ...environment,
  };
  const service = await startStagingService(dataDirectory, settings);
  const all: WorkerProcess[] = [];
  const workers = new Set<WorkerProcess>();
  const startWorker = (own: NodeJS.ProcessEnv = {}) => {
    const worker = startWorkerProcess(dataDirectory, { ...settings, ...own });
    all.push(worker);
    workers.add(worker);
    void worker.ended.then(() => workers.delete(worker));
    return worker;
  };
  for (let count = 0; count < workerCount; count += 1) startWorker();
  return {
    service,
    mariadb,
    redis: redis.address,
    databaseUrl: settings.DATABASE_URL,
    workers,
    startWorker,
    workerOutput: () => all.map((worker) => worker.output()).join(''),
    async replaceOldestWorker() {
      const [oldest] = workers;
      oldest?.process.kill('SIGKILL');
      await oldest?.ended;
      startWorker();
    },
    async [Symbol.asyncDispose]() {
      for (const worker of workers) worker.process.kill('SIGKILL');
      await Promise.all([...all.map(({ ended }) => ended), service.kill()]);
      // It looks into the database.
      await removeDataDirectory(dataDirectory);
      await Promise.all([mariadb.stop(), redis.stop()]);
      await directory.remove();
    },
  };
}
