/** The minimum cost of an operation, in bytes: about what a disk transfers in the time that a small file takes. */
export const leastCostBytes = 4 * 1024 * 1024;

/**
 * From this number of slots on, one is reserved for users without running operations: one user's long operations never
 * hold all slots.
 */
const placesToKeepOne = 4;

interface QueueOptions {
  readonly places: number;
  /** How many bytes a running operation has moved so far: the total is not known in advance. */
  bytesMoved(id: string): number;
}

/**
 * Start-time fair queueing (Goyal, Vin and Cheng, 1996), with users as flows: each user is charged for the bytes that
 * their operations move, while they move them, and the next slot goes to the user with the lowest charge. A new user
 * starts at the charge of the user served last, so that no user accumulates credit, and idle slots cost nothing. Keeps
 * only the id of an operation.
 */
export function createFairQueue({ places, bytesMoved }: QueueOptions) {
  const users = new Map<string, UserQueue>();
  const running = new Map<string, { readonly user: UserQueue; chargedBytes: number }>();
  const placesOfOne = places < placesToKeepOne ? places : places - 1;
  let size = 0;
  /** The charge of the user who got the last slot. */
  let clockBytes = 0;

  const charge = (id: string) => {
    const operation = running.get(id);
    if (!operation) return;
    // Never less than before: an operation that starts again has already been charged for its earlier bytes.
    const costBytes = Math.max(leastCostBytes, operation.chargedBytes, bytesMoved(id));
    operation.user.chargedBytes += costBytes - operation.chargedBytes;
    operation.chargedBytes = costBytes;
  };
  const next = () => {
    let least: UserQueue | undefined;
    for (const [name, user] of users) {
      if (user.size > 0) {
        const mayRun = user.running < placesOfOne;
        if (mayRun && (!least || user.chargedBytes < least.chargedBytes)) least = user;
      } else if (user.running === 0 && user.chargedBytes <= clockBytes) users.delete(name);
    }
    return least;
  };
  /** Adds an operation behind those of its user, unless it is queued already. */
  const add = (id: string, name: string) => {
    const user = users.get(name) ?? createUserQueue();
    users.set(name, user);
    if (user.size === 0) user.chargedBytes = Math.max(user.chargedBytes, clockBytes);
    if (!running.has(id) && user.add(id)) size += 1;
  };
  /** The next operation, which runs from now on; undefined when no slot is free for any. */
  const dequeue = () => {
    if (size === 0 || running.size >= places) return undefined;
    for (const id of running.keys()) charge(id);
    const user = next();
    const id = user?.shift();
    if (!user || id === undefined) return undefined;
    size -= 1;
    clockBytes = Math.max(clockBytes, user.chargedBytes);
    user.running += 1;
    running.set(id, { user, chargedBytes: 0 });
    charge(id);
    return id;
  };
  /** Removes a queued operation. False when it is not queued. */
  const remove = (id: string) => {
    const isRemoved = [...users.values()].some((user) => user.remove(id));
    if (isRemoved) size -= 1;
    return isRemoved;
  };
  return {
    add,
    dequeue,
    remove,
    /** The operations of a user that are queued now, in their order: the first ones, up to this number. */
    upcoming: (user: string, count: number) => users.get(user)?.upcoming(count) ?? [],
    /** Whether a slot is free for an operation of a user, while none is queued: it counts as running from now on. */
    take(id: string, name: string) {
      if (size > 0) return false;
      add(id, name);
      return dequeue() === id || !remove(id);
    },
    removeAll() {
      const ids = [...users.values()].flatMap((user) => user.removeAll());
      size = 0;
      return ids;
    },
    /** A running operation has ended: its slot is free. To be called before its bytes are forgotten. */
    end(id: string) {
      charge(id);
      const operation = running.get(id);
      if (!operation) return;
      operation.user.running -= 1;
      running.delete(id);
      if (size > 0 || running.size > 0) return;
      users.clear();
      clockBytes = 0;
    },
    /** How many are queued. */
    get size() {
      return size;
    },
    /** When the oldest of them was added, by the monotonic clock, in ms; undefined when none is queued. */
    oldestQueuedAt() {
      const times = [...users.values()].map((user) => user.oldestQueuedAt() ?? Number.POSITIVE_INFINITY);
      return size === 0 ? undefined : times.reduce((one, other) => Math.min(one, other));
    },
  };
}

type UserQueue = ReturnType<typeof createUserQueue>;

/**
 * The queued operations of one user, first in, first out, and the user's account. An operation is only a map entry,
 * because there may be 100,000 of them.
 */
function createUserQueue() {
  /** When each was added, in whole ms, which need no separate allocation. A map keeps the insertion order. */
  const queuedAt = new Map<string, number>();
  // Searching from the start each time would skip all removed entries again; this iterator keeps its position.
  let entries = queuedAt.entries();
  /** The first entry, which `entries` has already passed. */
  let first: [string, number] | undefined;

  const peek = () => {
    if (first) return first;
    let next = entries.next();
    if (next.done) {
      // An exhausted iterator stays exhausted, even if entries are added later.
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
    /** The cost of the user's operations so far, in bytes, on the clock of the whole queue. */
    chargedBytes: 0,
    /** How many operations of the user run. */
    running: 0,
    get size() {
      return queuedAt.size;
    },
    /** False when it is queued here already. */
    add(id: string) {
      if (queuedAt.has(id)) return false;
      queuedAt.set(id, Math.round(performance.now()));
      return true;
    },
    shift() {
      const id = peek()?.[0];
      if (id !== undefined) remove(id);
      return id;
    },
    upcoming(count: number) {
      const ids: string[] = [];
      for (const id of queuedAt.keys()) {
        if (ids.length === count) break;
        ids.push(id);
      }
      return ids;
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
