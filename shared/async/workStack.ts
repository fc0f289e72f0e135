/** Work that adds more work, last in, first out: in a tree, this keeps the amount of pending work small. */
export interface WorkStack {
  add(work: () => Promise<void>): void;
  /**
   * Runs all pending and added work, with limited concurrency, and starts none after the first failure. Resolves when
   * no work is in progress. @throws the first failure, and what `checkStop` throws
   */
  run(checkStop: () => void): Promise<void>;
}

/** Room for `places` pieces of work at once. */
export function createWorkStack(places: number): WorkStack {
  const waiting: (() => Promise<void>)[] = [];
  const going = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const begin = (work: () => Promise<void>) => {
    const ended = work()
      .catch((error: unknown) => void failures.push(error))
      .finally(() => void going.delete(ended));
    going.add(ended);
  };
  return {
    add: (work) => void waiting.push(work),
    async run(checkStop) {
      try {
        while (waiting.length > 0 || going.size > 0) {
          checkStop();
          const work = going.size < places ? waiting.pop() : undefined;
          if (work) begin(work);
          else await Promise.race(going);
          if (failures.length > 0) throw failures[0];
        }
      } finally {
        await Promise.all(going);
      }
    },
  };
}
