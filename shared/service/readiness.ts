import { open, opendir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { memoizeFor } from '../async/coalesce.ts';
import { StagingError, systemErrorCode } from '../errors/stagingError.ts';
import type { Dependencies } from './dependencies.ts';

/** The dependencies of the readiness checks; a function that copies nothing has no threads. */
export type Checked = Pick<Dependencies, 'config' | 'operations' | 'logger' | 'queue'> &
  Partial<Pick<Dependencies, 'threads' | 'objectThreads' | 'smallCopies'>>;

/** Reported, but does not affect readiness: while Redis is down, operations wait in the database. */
const dispensable = ['redis'];

/** Whether the service can work, and the components that it needs, each with `ok` or its failure. */
export interface Readiness {
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** How long a readiness is cached, in ms: the checks write, and anybody may request them. */
const readyMs = 2000;

/** Creates the check of the readiness, cached for two seconds. */
export function createReadiness({ logger, ...checked }: Checked): () => Promise<Readiness> {
  const check = async ([name, look]: [string, Check]): Promise<[string, string]> => {
    try {
      await look();
      return [name, 'ok'];
    } catch (err) {
      logger.warn({ err, check: name }, 'not ready');
      const reason = err instanceof StagingError ? err.message : systemErrorCode(err);
      return [name, `failed: ${reason ?? 'unknown error'}`];
    }
  };
  return memoizeFor<void, Readiness>(readyMs, async () => {
    const results = await Promise.all(Object.entries(readinessChecks(checked)).map(check));
    const isReady = results.every(([name, result]) => result === 'ok' || dispensable.includes(name));
    return { isReady, checks: Object.fromEntries(results) };
  });
}

type Check = () => Promise<unknown>;

interface ReadinessChecks {
  readonly database: Check;
  readonly source_storage: Check;
  readonly target_storage: Check;
  /** Whether the copying threads make progress; not in a function that copies nothing. */
  readonly storage_threads?: Check;
  /** If there is a queue of workers. */
  readonly redis?: Check;
}

/** One check for each component; it throws when that is unusable. */
export function readinessChecks({
  config,
  operations,
  queue,
  threads,
  objectThreads,
  smallCopies,
}: Omit<Checked, 'logger'>): ReadinessChecks {
  return {
    // By writing: a read-only database passes every other check.
    database: () => operations.ping(),
    source_storage: () => readDirectory(config.sourceStoragePath),
    target_storage: () => writeToDirectory(config.targetStoragePath),
    ...(threads && {
      async storage_threads() {
        threads.checkWorking();
        objectThreads?.checkWorking();
        smallCopies?.checkWorking();
      },
    }),
    ...(queue && { redis: () => queue.ping() }),
  };
}

async function readDirectory(path: string): Promise<void> {
  const directory = await opendir(path);
  await directory.close();
}

/** By writing: a full or read-only file system passes every other check. */
async function writeToDirectory(path: string): Promise<void> {
  const probe = join(path, `.readiness.${uuid()}.part`);
  const file = await open(probe, 'wx', 0o600);
  try {
    await file.writeFile('ok');
  } finally {
    await file.close();
    await unlink(probe);
  }
}
