import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { type Config, ConfigError } from './config/config.ts';
import { createInProcessExecutor, type Executor } from './executor/inProcess.ts';
import { createLogger } from './logging/logger.ts';
import { findMigrationsDirectory } from './operations/migrationsDirectory.ts';
import { openDatabase } from './operations/openDatabase.ts';
import type { OperationRepository } from './operations/repository.ts';
import { watchInterrupted } from './staging/interruptedOperations.ts';
import { createTargetLocks } from './staging/targetLocks.ts';
import type { UserAreas } from './staging/userAreaPlace.ts';
import { createSourceStorage, type SourceStorage } from './storage/sourceStorage.ts';
import { createSpaceReservations } from './storage/spaceReservations.ts';
import { createStorageThreads, type StorageThreads } from './storage/storageThreads.ts';

/** What every function stands on: made once in a process, handed to every app. */
export interface Dependencies {
  readonly config: Config;
  readonly logger: Logger;
  readonly operations: OperationRepository;
  readonly sourceStorage: SourceStorage;
  readonly userAreas: UserAreas;
  readonly threads: StorageThreads;
  readonly executor: Executor;
  isShuttingDown(): boolean;
  /** Takes no more requests, lets running operations end in SHUTDOWN_TIMEOUT or interrupts them, closes everything. */
  shutDown(): Promise<void>;
}

/**
 * Makes the dependencies: the storages are checked, the database is brought up to date, and operations that an
 * earlier process left unfinished are closed.
 * @throws ConfigError, StagingError DATABASE_UNAVAILABLE
 */
export async function createDependencies(config: Config): Promise<Dependencies> {
  await makeDirectories(config);
  const { logger, close: closeLog } = createLogger(config);
  const operations = await openDatabase(config.databaseUrl, {
    migrationsDirectory: findMigrationsDirectory(),
  });
  const threads = createStorageThreads();
  const sourceStorage = createSourceStorage(config.sourceStoragePath);
  const userAreas = {
    targetStoragePath: config.targetStoragePath,
    threads,
    space: createSpaceReservations(),
  };
  const procedure = { sourceStorage, threads, targetLocks: createTargetLocks(), digests: config.digests };
  const executor = createInProcessExecutor({
    operations,
    procedure,
    logger,
    concurrency: config.concurrency,
  });
  const { jupyterHub } = config;
  const stopWatching = await watchInterrupted({ operations, userAreas, jupyterHub, logger });
  let isShuttingDown = false;
  return {
    config,
    logger,
    operations,
    sourceStorage,
    userAreas,
    threads,
    executor,
    isShuttingDown: () => isShuttingDown,
    async shutDown() {
      isShuttingDown = true;
      await stopWatching();
      await executor.shutDown(config.shutdownTimeoutMs);
      await threads.close();
      await operations.close();
      await closeLog();
    },
  };
}

/** Makes the directories that are ours to make; one that was named must be there. */
async function makeDirectories(config: Config): Promise<void> {
  await mkdir(config.dataDirectory, { recursive: true });
  const { sourceStoragePath, targetStoragePath, hasDefaultStorages } = config;
  if (hasDefaultStorages.source) await mkdir(sourceStoragePath, { recursive: true });
  if (hasDefaultStorages.target) await mkdir(targetStoragePath, { recursive: true });
  await checkDirectory('SOURCE_STORAGE_PATH', sourceStoragePath, constants.R_OK | constants.X_OK);
  await checkDirectory('TARGET_STORAGE_PATH', targetStoragePath, constants.W_OK | constants.X_OK);
}

async function checkDirectory(setting: string, path: string, permission: number): Promise<void> {
  const needed = permission & constants.W_OK ? 'exists and can be written' : 'exists and can be read';
  const message = `${setting} is "${path}", and must be a directory that ${needed}`;
  const isUsable = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isUsable) throw new ConfigError(message);
  await access(path, permission).catch((cause: unknown) => {
    throw new ConfigError(message, { cause });
  });
}
