import type { StagingError } from '../../errors/stagingError.ts';
import type { ShareBandwidth } from '../../storage/bandwidth.ts';
import { Progress } from '../../storage/progress.ts';
import type { RunContext } from './runOperation.ts';

interface Running {
  readonly progress: Progress;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** The operations that run in this process: none at first. */
export function createRunningOperations(shareBandwidth: ShareBandwidth) {
  const running = new Map<string, Running>();
  /** Stops these operations if they run, with this reason. Resolves when they have ended. */
  const stop = async (ids: Iterable<string>, reason: StagingError) => {
    const stopped = [...ids].map((id) => running.get(id)).filter((operation) => operation !== undefined);
    for (const { abort } of stopped) abort.abort(reason);
    await Promise.all(stopped.map(({ ended }) => ended));
  };
  return {
    /** Starts work, which must not reject. Resolves when it has ended and is removed from here. */
    begin(id: string, work: (context: RunContext) => Promise<void>) {
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
    /** Resolves when the operation has ended; undefined when it is not running. */
    whenEnded: (id: string) => running.get(id)?.ended,
    stop,
    stopAll: (reason: StagingError) => stop(running.keys(), reason),
    /** How many bytes an operation has moved so far; 0 when it is not running. */
    bytesMoved: (id: string) => running.get(id)?.progress.bytesDone ?? 0,
    progress: () => new Map([...running].map(([id, { progress }]) => [id, progress.toRecord()])),
    get size() {
      return running.size;
    },
  };
}
