import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import { StagingError } from '../../errors/stagingError.ts';
import { displayName } from '../../model/fileName.ts';
import { builtFile } from '../../process/builtFile.ts';
import { IoError, type IoFailure, type TaskOutcome } from '../io/ioFailure.ts';
import { sourceErrorFromCode, targetErrorFromCode } from '../storageErrors.ts';
import type * as worker from './storageTasks.ts';

type Tasks = typeof worker;
type TaskName = keyof Tasks;
type ResultOf<Name extends TaskName> =
  ReturnType<Tasks[Name]> extends Promise<infer Outcome>
    ? Outcome extends { result: infer Result }
      ? Result
      : never
    : never;

/** The failure of a thread; `failure` says where, for a caller with an alternative. */
export class ThreadError extends Error {
  readonly failure: IoFailure;

  constructor(failure: IoFailure) {
    super(`${failure.side}: ${failure.code}`);
    this.failure = failure;
  }
}

/** Threads for work that would block the main one: copying, digesting, linking and measuring. */
export interface StorageThreads {
  /** How many concurrent tasks are useful. */
  readonly parallelism: number;
  /** Runs one task in a thread. @throws ThreadError */
  run<Name extends TaskName>(name: Name, task: Parameters<Tasks[Name]>[0]): Promise<ResultOf<Name>>;
  close(): Promise<void>;
}

/** How many tasks a thread has when they mostly wait for bandwidth, which it can do for many at once. */
const tasksWhenLimited = 1000;

/** Creates the pool; threads start when there is work, and idle ones end. */
export function createStorageThreads({ isLimited = false } = {}): StorageThreads {
  const parallelism = Math.max(2, availableParallelism());
  let pool: Promise<Piscina> | undefined;
  return {
    parallelism,
    async run(name, task) {
      pool ??= createPool(parallelism, isLimited ? tasksWhenLimited : 1);
      const outcome: TaskOutcome<ResultOf<typeof name>> = await (await pool).run(task, { name });
      if ('failure' in outcome) throw new ThreadError(outcome.failure);
      return outcome.result;
    },
    close: async () => (await pool)?.destroy(),
  };
}

async function createPool(maxThreads: number, concurrentTasksPerWorker: number): Promise<Piscina> {
  // Loaded on demand: many requests need no thread, and a cold start need not wait for it.
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: builtFile('storageTasks').href,
    minThreads: 0,
    maxThreads,
    concurrentTasksPerWorker,
    idleTimeout: 10_000,
    // A folder that one of them opened may be closed by another, and its number be reused.
    trackUnmanagedFds: false,
    // They keep little for long; without a limit their garbage accumulates.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
}

/**
 * A failure of a task, in a thread or here, as the corresponding StagingError; `path` is the source, for messages.
 * Other errors are returned unchanged.
 */
export function fromThread(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof ThreadError || thrown instanceof IoError)) return thrown;
  const { side, code, name } = thrown.failure;
  const place = name === '' ? path : `${path}/${displayName(name)}`;
  switch (code) {
    case 'CHANGED':
      return new StagingError('SOURCE_CHANGED', { path: place });
    case 'KIND':
      return new StagingError('SOURCE_KIND_UNSUPPORTED', { path: place, kind: 'special file' });
    case 'STOPPED':
      return new StagingError('ABORTED');
    default:
      return side === 'source'
        ? sourceErrorFromCode(code, place, thrown)
        : targetErrorFromCode(code, place, thrown);
  }
}
