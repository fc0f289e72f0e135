import type { Logger } from 'pino';
import type { OperationProgress } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';

/** How often operations that run or wait say that they live, in ms. */
const heartbeatMs = 10_000;

interface HeartbeatServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  /** How far the operations are that run here, by their ids. */
  progress(): ReadonlyMap<string, OperationProgress>;
}

/**
 * Tells the record that this process lives, while any operation runs here.
 * @returns what ends that
 */
export function sendHeartbeats({ operations, logger, progress }: HeartbeatServices): () => void {
  const send = async () => {
    const running = progress();
    if (running.size === 0) return;
    await operations
      .heartbeat(running)
      .catch((error: unknown) => logger.error({ err: error }, 'heartbeat failed'));
  };
  const timer = setInterval(() => void send(), heartbeatMs).unref();
  return () => clearInterval(timer);
}

/** How often a process looks whether one of its operations shall be aborted, in ms. */
const abortPollMs = 1000;

interface AbortServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  /** Whether an operation runs or waits here: otherwise there is nothing to look for. */
  isBusy(): boolean;
  abort(ids: readonly string[]): void;
}

/**
 * Aborts the operations of this process for which the record says so: any process may write that into it.
 * @returns what ends that
 */
export function pollAbortRequests({ operations, logger, isBusy, abort }: AbortServices): () => void {
  let isPolling = false;
  const poll = async () => {
    if (isPolling || !isBusy()) return;
    isPolling = true;
    try {
      const ids = (await operations.findAbortRequests()).map(({ id }) => id);
      if (ids.length > 0) abort(ids);
    } catch (error) {
      logger.warn({ err: error }, 'requests to abort could not be read; tried again soon');
    } finally {
      isPolling = false;
    }
  };
  const timer = setInterval(() => void poll(), abortPollMs).unref();
  return () => clearInterval(timer);
}

/** How often progress is written down, in ms. */
const writeMs = 1000;

interface ProgressServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  /** How far the operations are that run here, by their ids. */
  progress(): ReadonlyMap<string, OperationProgress>;
}

/**
 * Writes down once a second how far operations have come, of those that have come further since.
 * @returns what ends that
 */
export function writeProgress({ operations, logger, progress }: ProgressServices): () => void {
  let written: ReadonlyMap<string, OperationProgress> = new Map();
  let isWriting = false;
  const write = async () => {
    if (isWriting) return;
    const now = progress();
    const moved = new Map([...now].filter(([id, done]) => hasMoved(done, written.get(id))));
    written = now;
    if (moved.size === 0) return;
    isWriting = true;
    try {
      await operations.recordProgress(moved);
    } catch (error) {
      logger.warn({ err: error }, 'progress could not be written down');
    } finally {
      isWriting = false;
    }
  };
  const timer = setInterval(() => void write(), writeMs).unref();
  return () => clearInterval(timer);
}

/** An operation that has just begun has nothing to say yet. */
function hasMoved(
  now: OperationProgress,
  before: OperationProgress = { bytesDone: 0, filesDone: 0 },
): boolean {
  return (
    now.bytesDone !== before.bytesDone ||
    now.filesDone !== before.filesDone ||
    (now.bytesTotal ?? null) !== (before.bytesTotal ?? null) ||
    (now.filesTotal ?? null) !== (before.filesTotal ?? null)
  );
}
