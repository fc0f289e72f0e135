/** Lets others wait until there is nothing to do. */
export interface Idleness {
  /** To be called when something has ended. */
  look(): void;
  /** Resolves when there is nothing to do, or when so many ms are over. */
  whenIdle(timeoutMs?: number): Promise<void>;
}

/** Tells those who wait for it when there is nothing to do any more. */
export function createIdleness(isIdle: () => boolean): Idleness {
  const waiters = new Set<() => void>();
  return {
    look() {
      if (isIdle()) for (const tell of waiters) tell();
    },
    async whenIdle(timeoutMs) {
      if (isIdle()) return;
      await new Promise<void>((resolve) => {
        const timer = timeoutMs === undefined ? undefined : setTimeout(() => tell(), timeoutMs);
        const tell = () => {
          clearTimeout(timer);
          waiters.delete(tell);
          resolve();
        };
        waiters.add(tell);
      });
    },
  };
}
