import type { StagingError } from '../../errors/stagingError.ts';
import type { OperationProgress } from '../../model/operation.ts';
import type { ShareBandwidth } from '../../storage/bandwidth.ts';
import { Progress } from '../../storage/progress.ts';
import { progressOf, type RunContext } from './runOperation.ts';

/** The operations that run in this process. */
export interface RunningOperations {
  /** Starts work, which must not reject. Resolves when it has ended and is removed from here. */
  begin(id: string, work: (context: RunContext) => Promise<void>): Promise<void>;
  /** Resolves when the operation has ended; undefined when it is not running. */
  whenEnded(id: string): Promise<void> | undefined;
  /** Stops these operations if they run, with this reason. Resolves when they have ended. */
  stop(ids: readonly string[], reason: StagingError): Promise<void>;
  stopAll(reason: StagingError): Promise<void>;
  /** How many bytes an operation has moved so far; 0 when it is not running. */
  bytesMoved(id: string): number;
  /** Their progress. */
  progress(): ReadonlyMap<string, OperationProgress>;
  readonly size: number;
}

interface Running {
  readonly progress: Progress;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Lazily created. */
export function createRunningOperations(shareBandwidth: ShareBandwidth): RunningOperations {
  const running = new Map<string, Running>();
  const stop = async (ids: Iterable<string>, reason: StagingError) => {
    const stopped = [...ids].map((id) => running.get(id)).filter((operation) => operation !== undefined);
    for (const { abort } of stopped) abort.abort(reason);
    await Promise.all(stopped.map(({ ended }) => ended));
  };
  return {
    begin(id, work) {
      const context = {
        progress: new Progress({ bandwidth: shareBandwidth() }),
        abort: new AbortController(),
      };
      const { progress, abort } = context;
      // It cannot have ended yet, because work starts with an asynchronous call.
      const ended = work({ progress, signal: abort.signal }).then(() => void running.delete(id));
      running.set(id, { ...context, ended });
      return ended;
    },
    whenEnded: (id) => running.get(id)?.ended,
    stop,
    stopAll: (reason) => stop(running.keys(), reason),
    bytesMoved: (id) => running.get(id)?.progress.bytesDone ?? 0,
    progress: () => new Map([...running].map(([id, { progress }]) => [id, progressOf(progress)])),
    get size() {
      return running.size;
    },
  };
}
