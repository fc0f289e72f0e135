// The composition root: the dependencies of a process, its start, shutdown and readiness. Everything is created here
// once and passed on; imports have no side effects.

import { constants } from 'node:fs';
import { access, lstat, mkdir, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/configError.ts';
import type { WorkerQueue } from '../executor/bullmq/redisBell.ts';
import type { Executor } from '../executor/executor.ts';
import type { InvocationBell } from '../executor/lambda/invocationBell.ts';
import type { Identity } from '../identity/identity.ts';
import { createLogger } from '../logging/logger.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import type { OperationWatch } from '../record/operationWatch.ts';
import type { UserAreas } from '../staging/target/targetBase.ts';
import type { ShareBandwidth } from '../storage/bandwidth.ts';
import type { SharedReads } from '../storage/copy/sharedReads.ts';
import type { SmallCopies } from '../storage/copy/smallCopies.ts';
import { doOverlap } from '../storage/mounted/overlap.ts';
import { createSourceStorage, type SourceStorage } from '../storage/mounted/sourceStorage.ts';
import type { StorageThreads } from '../storage/threads/threadPool.ts';

/**
 * The dependencies of functions: created once per process and passed to every app. A function that needs only some of
 * them creates fewer, and has a smaller bundle: this file creates the common ones, `recordDependencies.ts` adds the
 * record, and `stagingDependencies.ts` everything else.
 */
export interface Dependencies extends CommonDependencies {
  readonly operations: OperationRecord;
  /** Reports changes of operations; one for all functions of a process. */
  readonly operationWatch: OperationWatch;
  readonly identity: Identity;
  readonly sourceStorage: SourceStorage;
  readonly userAreas: UserAreas;
  readonly sharedReads: SharedReads;
  readonly smallCopies: SmallCopies;
  readonly threads: StorageThreads;
  /** Separate threads for objects, so that a slow object store does not delay copies of mounted files. */
  readonly objectThreads: StorageThreads;
  /** The share of each transfer in the bandwidth of this process. */
  readonly shareBandwidth: ShareBandwidth;
  readonly executor: Executor;
  /** The queue of workers, if there is one. */
  readonly queue?: WorkerQueue | undefined;
  /** Runs operations in other invocations of the function, if configured. */
  readonly invocations?: InvocationBell | undefined;
}

/** The dependencies of every function. */
export interface CommonDependencies {
  readonly config: Config;
  readonly logger: Logger;
  isShuttingDown(): boolean;
  /** Registers a function that closes something at the end, in reverse order of creation. */
  atShutDown(close: () => Promise<void>): void;
  /**
   * Registers periodic maintenance of operations and batches, for processes that do not live between requests. It must
   * not reject.
   */
  onSchedule(look: () => Promise<void>): void;
  /** Runs all registered maintenance, one after the other. */
  runMaintenance(): Promise<void>;
  /**
   * Stops accepting requests, gives running operations SHUTDOWN_TIMEOUT to end or interrupts them, closes everything.
   */
  shutDown(): Promise<void>;
}

/** Creates the dependencies of every function, and the service's own directories. */
export async function createDependencies(config: Config): Promise<CommonDependencies> {
  await makeDirectories(config);
  const { logger, close } = createLogger(config);
  const closers = [close];
  const tasks: (() => Promise<void>)[] = [];
  let isShuttingDown = false;
  return {
    config,
    logger,
    isShuttingDown: () => isShuttingDown,
    atShutDown: (closer) => void closers.push(closer),
    onSchedule: (look) => void tasks.push(look),
    async runMaintenance() {
      for (const look of tasks) await look();
    },
    async shutDown() {
      isShuttingDown = true;
      for (const closer of closers.toReversed()) await closer();
    },
  };
}

/**
 * Creates the dependencies of functions that only read the source storage, or create files there. @throws ConfigError
 */
export async function createSourceDependencies(
  config: Config,
): Promise<CommonDependencies & Pick<Dependencies, 'sourceStorage'>> {
  const dependencies = await createDependencies(config);
  return { ...dependencies, sourceStorage: await openSourceStorage(config) };
}

/** The source storage, if it is readable. @throws ConfigError */
export async function openSourceStorage({ sourceStoragePath, identity }: Config): Promise<SourceStorage> {
  await checkDirectory('SOURCE_STORAGE_PATH', sourceStoragePath, constants.R_OK | constants.X_OK);
  const closed = identity.projects.flatMap(({ sources }) => sources);
  return createSourceStorage(sourceStoragePath, closed);
}

/**
 * Ensures that user areas can be created, and are separate from the source storage; warns when they belong to the
 * service's own user. @throws ConfigError
 */
export async function checkUserAreas(config: Config, logger: Logger): Promise<void> {
  const { sourceStoragePath, targetStoragePath } = config;
  await checkDirectory('TARGET_STORAGE_PATH', targetStoragePath, constants.W_OK | constants.X_OK);
  if (await doOverlap(sourceStoragePath, targetStoragePath)) {
    throw new ConfigError(
      `TARGET_STORAGE_PATH is "${targetStoragePath}", and must lie neither in SOURCE_STORAGE_PATH ` +
        `("${sourceStoragePath}") nor above it, also not by a link or a mount`,
    );
  }
  await warnOfSharedUser(config, logger);
}

async function makeDirectories(config: Config): Promise<void> {
  await mkdir(config.dataDirectory, { recursive: true });
  const { sourceStoragePath, targetStoragePath, hasDefaultStorages } = config;
  if (hasDefaultStorages.source) await mkdir(sourceStoragePath, { recursive: true });
  if (hasDefaultStorages.target) await mkdir(targetStoragePath, { recursive: true });
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

/** How many entries of the storage are checked: usually all areas have the same kind of owner. */
const maxEntries = 100;

/**
 * Warns when user areas belong to the service's own user. Users with the same uid can enter its workspace, and change
 * verified data before it is published. The default storage of a trial belongs to the service, and so do root's areas.
 */
async function warnOfSharedUser(
  { targetStoragePath, hasDefaultStorages }: Config,
  logger: Logger,
): Promise<void> {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0 || hasDefaultStorages.target) return;
  const areas = await areasOf(uid, targetStoragePath);
  if (areas.length === 0) return;
  logger.warn(
    { uid, areas: areas.slice(0, 3) },
    'user areas are owned by the user that the service runs as: other processes of that user can change data while it is ' +
      'staged. See "Users and ownership" in docs/operations-guide.md',
  );
}

/** The user areas that belong to this user, among the first entries of the storage. */
async function areasOf(uid: number, storagePath: string): Promise<string[]> {
  const names: string[] = [];
  const entries = await opendir(storagePath);
  for await (const { name } of entries) {
    // User areas are never hidden.
    if (!name.startsWith('.')) names.push(name);
    if (names.length === maxEntries) break;
  }
  const owned = names.map(async (name) => {
    const entry = await lstat(join(storagePath, name)).catch(() => undefined);
    return entry?.isDirectory() && entry.uid === uid ? [name] : [];
  });
  return (await Promise.all(owned)).flat().sort();
}
