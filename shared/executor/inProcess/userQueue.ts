/** The operations of one user that wait, first come, first served, and what the user's account says. */
export interface UserQueue {
  /** What the user's operations have cost, in bytes, on the clock of the whole queue. */
  chargedBytes: number;
  /** How many operations of the user run. */
  running: number;
  readonly size: number;
  /** False when it waits here already. */
  add(id: string): boolean;
  shift(): string | undefined;
  /** False when it does not wait here. */
  remove(id: string): boolean;
  removeAll(): string[];
  /** When the oldest came, by the monotonic clock, in ms; undefined when none waits. */
  oldestQueuedAt(): number | undefined;
}

/** An empty queue. An operation in it is an entry of a map and nothing else, as there may be 100,000 of them. */
export function createUserQueue(): UserQueue {
  /** When each came, in whole ms, which fit into the entry itself. A map keeps the order in which they came. */
  const queuedAt = new Map<string, number>();
  // Looking for the first entry anew each time would step over all that were taken before it; this stays where it is.
  let entries = queuedAt.entries();
  /** The first one, which `entries` has passed. */
  let first: [string, number] | undefined;

  const peek = () => {
    if (first) return first;
    let next = entries.next();
    if (next.done) {
      // One that has come to its end stays there, whatever comes after.
      entries = queuedAt.entries();
      next = entries.next();
    }
    first = next.done ? undefined : next.value;
    return first;
  };
  const remove = (id: string) => {
    if (first?.[0] === id) first = undefined;
    return queuedAt.delete(id);
  };
  return {
    chargedBytes: 0,
    running: 0,
    get size() {
      return queuedAt.size;
    },
    add(id) {
      if (queuedAt.has(id)) return false;
      queuedAt.set(id, Math.round(performance.now()));
      return true;
    },
    shift() {
      const id = peek()?.[0];
      if (id !== undefined) remove(id);
      return id;
    },
    remove,
    removeAll() {
      const ids = [...queuedAt.keys()];
      queuedAt.clear();
      first = undefined;
      return ids;
    },
    oldestQueuedAt: () => peek()?.[1],
  };
}
