/** Tasks in progress, and their failures. */
function trackTasks() {
  const going = new Set<Promise<void>>();
  const failures: unknown[] = [];
  return {
    going,
    /** Resolves when it has ended, with or without success; never rejects. */
    start(work: () => Promise<void>): Promise<void> {
      const ended = work()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => void going.delete(ended));
      going.add(ended);
      return ended;
    },
    throwFirst(): void {
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Tasks that run beside a loop which adds them: with limited concurrency, and none started after the first failure. */
export type TaskPool = ReturnType<typeof createTaskPool>;

/** A pool for `places` concurrent tasks. */
export function createTaskPool(places: number) {
  const { going, start, throwFirst } = trackTasks();
  /** Waits until no task runs, regardless of failures. */
  const settle = async () => {
    while (going.size > 0) await Promise.all(going);
  };
  return {
    /**
     * Starts a task as soon as a place is free.
     * @returns a promise that resolves when the task has ended, with or without success, and never rejects
     * @throws the first failure of any task so far
     */
    async begin(work: () => Promise<void>) {
      while (going.size >= places) await Promise.race(going);
      throwFirst();
      return { ended: start(work) };
    },
    /** Waits until no task runs. @throws the first failure */
    async finish() {
      await settle();
      throwFirst();
    },
    settle,
  };
}

/**
 * Work that adds more work, last in, first out: in a tree, this keeps the amount of pending work small. Room for `places`
 * pieces of work at once.
 */
export function createWorkStack(places: number) {
  const { going, start, throwFirst } = trackTasks();
  const waiting: (() => Promise<void>)[] = [];
  return {
    add: (work: () => Promise<void>) => void waiting.push(work),
    /**
     * Runs all pending and added work, with limited concurrency, and starts none after the first failure. Resolves when
     * no work is in progress. @throws the first failure, and what `checkStop` throws
     */
    async run(checkStop: () => void): Promise<void> {
      try {
        while (waiting.length > 0 || going.size > 0) {
          checkStop();
          const work = going.size < places ? waiting.pop() : undefined;
          if (work) void start(work);
          else await Promise.race(going);
          throwFirst();
        }
      } finally {
        await Promise.all(going);
      }
    },
  };
}
