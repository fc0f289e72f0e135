import type { Logger } from 'pino';
import { every } from '../async/interval.ts';
import type { OperationProgress } from '../model/operation.ts';
import type { OperationRecord } from '../record/operationRecord.ts';

interface LeaseServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  /** Stops it. */
  readonly signal: AbortSignal;
}

interface ProgressServices extends LeaseServices {
  /** The progress of the operations that run here, by their ids. */
  progress(): ReadonlyMap<string, OperationProgress>;
}

/** How often a process sends the heartbeat of its operations, in ms. */
const heartbeatMs = 10_000;

/** Sends the heartbeat of this process to the record, while any operation runs here. */
export function sendHeartbeats({ operations, logger, signal, progress }: ProgressServices): void {
  const send = async () => {
    const running = progress();
    if (running.size > 0) await operations.heartbeat(running);
  };
  const onError = (error: unknown) => logger.error({ err: error }, 'heartbeat failed');
  void every(heartbeatMs, send, { signal, onError });
}

/** How often a process polls for abort requests, in ms. */
const abortPollMs = 1000;

interface AbortServices extends LeaseServices {
  /** Whether an operation runs or is queued here: otherwise there is nothing to poll for. */
  isBusy(): boolean;
  abort(ids: readonly string[]): void;
}

/** Aborts operations of this process whose abort is requested in the record, which any process may do. */
export function pollAbortRequests({ operations, logger, signal, isBusy, abort }: AbortServices): void {
  const poll = async () => {
    if (!isBusy()) return;
    const ids = (await operations.findAbortRequests()).map(({ id }) => id);
    if (ids.length > 0) abort(ids);
  };
  const onError = (error: unknown) =>
    logger.warn({ err: error }, 'could not read abort requests; retrying soon');
  void every(abortPollMs, poll, { signal, onError });
}

/** How often progress is recorded, in ms. */
const writeMs = 1000;

/** Records the progress of operations once a second, if it has changed. */
export function writeProgress({ operations, logger, signal, progress }: ProgressServices): void {
  let written: ReadonlyMap<string, OperationProgress> = new Map();
  const write = async () => {
    const now = progress();
    const moved = new Map([...now].filter(([id, done]) => hasMoved(done, written.get(id))));
    written = now;
    if (moved.size > 0) await operations.recordProgress(moved);
    await operations.recordStarts();
  };
  const onError = (error: unknown) => logger.warn({ err: error }, 'could not record progress');
  void every(writeMs, write, { signal, onError });
}

/** An operation that has just started has no progress yet. */
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
