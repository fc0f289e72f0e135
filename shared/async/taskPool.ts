/** Work that goes on beside a loop which feeds it: a bounded amount at once, and none begun after the first failure. */
export interface TaskPool {
  /**
   * Begins some work as soon as there is a place for it.
   * @returns what ends when the work has ended, well or badly, and never rejects
   * @throws the first failure of any work so far
   */
  begin(work: () => Promise<void>): Promise<{ readonly ended: Promise<void> }>;
  /** Waits until nothing is going on. @throws the first failure */
  finish(): Promise<void>;
  /** Waits until nothing is going on, whatever failed. */
  settle(): Promise<void>;
}

/** Room for `places` pieces of work at once. */
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
