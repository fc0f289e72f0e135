import type { FileHandle } from 'node:fs/promises';
import { raceAbort, withResolvers } from '../../async/abortSignals.ts';
import type { Digests } from '../../model/operation.ts';

/** How long an unused copy is kept, in ms: queued operations need it one after the other. */
const keptMs = 10_000;

/** How many unused copies are kept: each holds a descriptor. */
const maxIdle = 32;

/**
 * A complete copy of one version of a file, without a name: only this process can reach it, so users cannot change its
 * bytes, whatever they do to their own copies.
 */
export interface SharedCopy {
  readonly handle: FileHandle;
  /** The computed digests of its bytes. */
  readonly digests: Digests;
}

/**
 * The leader's task of making the shared copy. Disposing of it without a copy passes the task to the next operation.
 */
export interface Leader extends Disposable {
  /**
   * Whether files of the device can be cloned; if not, no operation waits for this one, or any other on that device.
   */
  canShare(canClone: () => Promise<boolean>): Promise<boolean>;
  /** Hands over the copy, which is closed later. */
  keep(copy: SharedCopy): void;
}

/** The role of an operation that needs a version of a file: it leads, it has been served, or it reads by itself. */
type SharedRead<Result> = { readonly leader: Leader } | { readonly follower: Result } | 'alone';

/** Versions of files that are read once: the leader reads, and the followers clone the result. */
export interface SharedReads {
  /**
   * Serves an operation from the copy of a version on a device, and waits while another operation is making it. If that
   * one fails, one of the waiting operations becomes the leader. @throws the signal's reason; errors of `serve`
   */
  share<Result>(
    wanted: { readonly version: string; readonly device: bigint },
    signal: AbortSignal,
    serve: (copy: SharedCopy) => Promise<Result>,
  ): Promise<SharedRead<Result>>;
  /** Closes the cached copies. */
  close(): Promise<void>;
}

/** One version on one device: being copied, or cached. */
interface Flight {
  /** Undefined if it was not made. */
  readonly landed: Promise<SharedCopy | undefined>;
  /** Set once it exists. */
  copy?: SharedCopy;
  users: number;
  closing?: NodeJS.Timeout;
}

/** The shared reads of this process. */
export function createSharedReads(): SharedReads {
  const flights = new Map<string, Flight>();
  const cloningDevices = new Map<bigint, boolean>();

  const release = async (key: string, flight: Flight) => {
    clearTimeout(flight.closing);
    if (flights.get(key) === flight) flights.delete(key);
    // Network file systems report errors of earlier writes here. Nothing depends on it: each clone is synced by itself.
    await flight.copy?.handle.close().catch(() => undefined);
  };
  const rest = (key: string, flight: Flight) => {
    if (flight.users > 0 || !flight.copy) return;
    flight.closing = setTimeout(() => void release(key, flight), keptMs).unref();
    const idle = [...flights].filter(([, { users, copy }]) => users === 0 && copy);
    for (const [oldKey, old] of idle.slice(0, -maxIdle)) void release(oldKey, old);
  };
  const leader = (key: string, device: bigint): Leader => {
    const { promise: landed, resolve: land } = withResolvers<SharedCopy | undefined>();
    const flight: Flight = { landed, users: 0 };
    flights.set(key, flight);
    const giveUp = () => {
      if (!flight.copy && flights.get(key) === flight) flights.delete(key);
      land(flight.copy);
    };
    return {
      async canShare(canClone) {
        const isPossible = cloningDevices.get(device) ?? (await canClone());
        cloningDevices.set(device, isPossible);
        if (!isPossible) giveUp();
        return isPossible;
      },
      keep(copy) {
        flight.copy = copy;
        land(copy);
        rest(key, flight);
      },
      [Symbol.dispose]: giveUp,
    };
  };
  const use = async <Result>(
    key: string,
    flight: Flight,
    signal: AbortSignal,
    serve: (copy: SharedCopy) => Promise<Result>,
  ): Promise<{ follower: Result } | undefined> => {
    clearTimeout(flight.closing);
    flight.users += 1;
    try {
      const copy = await raceAbort(flight.landed, signal);
      return copy && { follower: await serve(copy) };
    } finally {
      flight.users -= 1;
      rest(key, flight);
    }
  };
  return {
    async share({ version, device }, signal, serve) {
      const key = `${device}/${version}`;
      for (;;) {
        if (cloningDevices.get(device) === false) return 'alone';
        const flight = flights.get(key);
        if (!flight) return { leader: leader(key, device) };
        const share = await use(key, flight, signal, serve);
        if (share) return share;
      }
    },
    async close() {
      await Promise.all([...flights].map(([key, flight]) => release(key, flight)));
    },
  };
}
