import { raceAbort, withResolvers } from '../../async/abortSignals.ts';
import { Progress } from '../../storage/progress.ts';
import { createFairQueue } from './fairQueue.ts';

/** A user who waits for a turn, until the signal aborts. */
export interface WaitingUser {
  readonly username: string;
  readonly signal: AbortSignal;
}

/**
 * Turns for work that reads a lot of data, on a limited number of places: fair between users by the bytes that they have
 * read.
 */
export function createTurns(places: number) {
  const waiting = new Map<string, () => void>();
  const progresses = new Map<string, Progress>();
  const queue = createFairQueue({ places, bytesMoved: (id) => progresses.get(id)?.bytesDone ?? 0 });
  let count = 0;
  const beginNext = () => {
    for (let id = queue.dequeue(); id !== undefined; id = queue.dequeue()) waiting.get(id)?.();
  };
  return {
    /**
     * Waits for a turn and does the work, which reports the bytes that it reads. @throws the signal's reason; errors of
     * the work
     */
    async take<Result>(
      { username, signal }: WaitingUser,
      work: (progress: Progress) => Promise<Result>,
    ): Promise<Result> {
      count += 1;
      const id = String(count);
      const progress = new Progress();
      const { promise: turn, resolve } = withResolvers();
      waiting.set(id, resolve);
      progresses.set(id, progress);
      queue.add(id, username);
      beginNext();
      try {
        await raceAbort(turn, signal);
        return await work(progress);
      } finally {
        if (!queue.remove(id)) queue.end(id);
        waiting.delete(id);
        progresses.delete(id);
        beginNext();
      }
    },
  };
}
