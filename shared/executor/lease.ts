import type { Logger } from 'pino';
import { every } from '../async/interval.ts';
import type { OperationProgress } from '../model/operations/lifecycle.ts';
import type { OperationRecord } from '../record/operationRecord.ts';

/** How often a process sends the heartbeat of its operations, in ms. */
const heartbeatMs = 10_000;

/** How often a process polls for abort requests, in ms. */
const abortPollMs = 1000;

/** How often progress is recorded, in ms. */
const progressMs = 1000;

interface LeaseServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** The progress of the operations that run here, by their ids. */
  progress(): ReadonlyMap<string, OperationProgress>;
  /** Whether an operation runs or is queued here: otherwise there are no abort requests to poll for. */
  isBusy(): boolean;
  abort(ids: readonly string[]): void;
}

/**
 * Keeps the record and this process informed about the operations that run here: sends their heartbeats, records their
 * progress if it has changed, and aborts those whose abort is requested in the record, which any process may do.
 */
export function keepLease(services: LeaseServices): void {
  const { operations, logger, signal, progress, isBusy, abort } = services;
  const sendHeartbeat = async () => {
    const running = progress();
    if (running.size > 0) await operations.heartbeat(running);
  };
  const pollAbortRequests = async () => {
    if (!isBusy()) return;
    const ids = (await operations.findAbortRequests()).map(({ id }) => id);
    if (ids.length > 0) abort(ids);
  };
  let written: ReadonlyMap<string, OperationProgress> = new Map();
  const writeProgress = async () => {
    const now = progress();
    const moved = new Map([...now].filter(([id, done]) => hasMoved(done, written.get(id))));
    written = now;
    if (moved.size > 0) await operations.recordProgress(moved);
    await operations.recordStarts();
  };
  void every(heartbeatMs, sendHeartbeat, {
    signal,
    onError: (err) => logger.error({ err }, 'heartbeat failed'),
  });
  void every(progressMs, writeProgress, {
    signal,
    onError: (err) => logger.warn({ err }, 'could not record progress'),
  });
  void every(abortPollMs, pollAbortRequests, {
    signal,
    onError: (err) => logger.warn({ err }, 'could not read abort requests; retrying soon'),
  });
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
