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
