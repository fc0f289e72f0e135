import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { StagingError } from '../../errors/stagingError.ts';
import { displayName } from '../../model/fileName.ts';
import { builtFile } from '../../process/build.ts';
import { IoError, type TaskOutcome } from '../io/ioFailure.ts';
import { sourceErrorFromCode, targetErrorFromCode } from '../io/storageErrors.ts';
import { Progress, type ProgressMemory } from '../progress.ts';
import type * as worker from './storageTasks.ts';

type Tasks = typeof worker;
type TaskName = keyof Tasks;
type ResultOf<Name extends TaskName> =
  ReturnType<Tasks[Name]> extends Promise<infer Outcome>
    ? Outcome extends { result: infer Result }
      ? Result
      : never
    : never;

/** Threads for work that would block the main one: copying, digesting, linking and measuring. */
export interface StorageThreads {
  /** How many concurrent tasks are useful. */
  readonly parallelism: number;
  /** Runs one task in a thread, and passes these ports to it. @throws IoError */
  run<Name extends TaskName>(
    name: Name,
    task: Parameters<Tasks[Name]>[0],
    ports?: readonly MessagePort[],
  ): Promise<ResultOf<Name>>;
  /** @throws an error with the code ETIMEDOUT when there are tasks, and none has made progress for a minute */
  checkWorking(): void;
  close(): Promise<void>;
}

/** How many tasks a thread has when they mostly wait for bandwidth, which it can do for many at the same time. */
const tasksWhenLimited = 1000;

/** A thread that has not polled its stop signal for this long, in ms, hangs: its storage does not answer. */
const hangsAfterMs = 60_000;

/** The options of a pool: by default it has a thread for each processor, with one task at a time. */
interface PoolOptions {
  readonly parallelism?: number;
  /** How many tasks a thread has at the same time: several if they mostly wait for the network. */
  readonly tasksPerThread?: number;
  /** Whether bandwidth is limited. */
  readonly isLimited?: boolean;
}

/** Creates the pool; threads start when there is work, and idle ones end. */
export function createStorageThreads({
  parallelism = Math.max(2, availableParallelism()),
  tasksPerThread = 1,
  isLimited = false,
}: PoolOptions = {}): StorageThreads {
  const activity = watchActivity(hangsAfterMs);
  let pool: Promise<Piscina> | undefined;
  return {
    parallelism,
    async run(name, task, ports = []) {
      pool ??= createPool(parallelism, isLimited ? tasksWhenLimited : tasksPerThread);
      using _task = activity.begin('progressMemory' in task ? task.progressMemory : undefined);
      const running = (await pool).run(task, { name, transferList: [...ports] });
      const outcome: TaskOutcome<ResultOf<typeof name>> = await running;
      if ('failure' in outcome) throw new IoError(outcome.failure);
      return outcome.result;
    },
    checkWorking: activity.check,
    close: async () => (await pool)?.destroy(),
  };
}

/** Detects when tasks exist and none begins, ends or polls its stop signal. */
function watchActivity(limitMs: number) {
  const tasks = new Set<Progress>();
  let events = 0n;
  let last = { activity: 0n, seenAt: 0 };
  return {
    begin(memory: ProgressMemory | undefined): Disposable {
      const progress = new Progress(memory);
      tasks.add(progress);
      events += 1n;
      return {
        [Symbol.dispose]() {
          tasks.delete(progress);
          events += 1n + progress.checks;
        },
      };
    },
    check(): void {
      const now = performance.now();
      const activity = [...tasks].reduce((sum, { checks }) => sum + checks, events);
      if (tasks.size === 0 || activity !== last.activity) last = { activity, seenAt: now };
      if (now - last.seenAt < limitMs) return;
      throw Object.assign(new Error('The storage threads hang'), { code: 'ETIMEDOUT' });
    },
  };
}

async function createPool(maxThreads: number, concurrentTasksPerWorker: number): Promise<Piscina> {
  // Loaded on demand: many requests need no thread, and a cold start need not load it.
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: builtFile('storageTasks').href,
    minThreads: 0,
    maxThreads,
    concurrentTasksPerWorker,
    idleTimeout: 10_000,
    // A folder that one thread opened may be closed by another, and its descriptor number be reused.
    trackUnmanagedFds: false,
    // They hold little memory for long; without a limit their garbage accumulates.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
}

/**
 * A failure of a task, in a thread or here, as the corresponding StagingError; `path` is its source or target, for
 * messages.
 * Other errors are returned unchanged.
 */
export function fromThread(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof IoError)) return thrown;
  const { side, code, name } = thrown.failure;
  const place = name === '' ? path : `${path}/${displayName(name)}`;
  switch (code) {
    case 'CHANGED':
      return new StagingError('SOURCE_CHANGED', { path: place });
    case 'KIND':
      return new StagingError('SOURCE_KIND_UNSUPPORTED', { path: place, kind: 'special file' });
    case 'DISTURBED':
      return new StagingError('TARGET_DISTURBED', { path: place });
    case 'STOPPED':
      return new StagingError('ABORTED');
    default:
      return side === 'source'
        ? sourceErrorFromCode(code, place, thrown)
        : targetErrorFromCode(code, place, thrown);
  }
}
