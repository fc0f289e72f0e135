/** Tasks that run beside a loop which adds them: with limited concurrency, and none started after the first failure. */
export interface TaskPool {
  /**
   * Starts a task as soon as a place is free.
   * @returns a promise that resolves when the task has ended, with or without success, and never rejects
   * @throws the first failure of any task so far
   */
  begin(work: () => Promise<void>): Promise<{ readonly ended: Promise<void> }>;
  /** Waits until no task runs. @throws the first failure */
  finish(): Promise<void>;
  /** Waits until no task runs, regardless of failures. */
  settle(): Promise<void>;
}

/** A pool for `places` concurrent tasks. */
export function createTaskPool(places: number): TaskPool {
  const going = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const throwFirst = () => {
    if (failures.length > 0) throw failures[0];
  };
  const settle = async () => {
    while (going.size > 0) await Promise.all(going);
  };
  return {
    async begin(work) {
      while (going.size >= places) await Promise.race(going);
      throwFirst();
      const ended = work()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => void going.delete(ended));
      going.add(ended);
      return { ended };
    },
    async finish() {
      await settle();
      throwFirst();
    },
    settle,
  };
}

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
