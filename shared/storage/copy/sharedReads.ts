import type { FileHandle } from 'node:fs/promises';
import { raceAbort, withResolvers } from '../../async/abortSignals.ts';
import type { Digests } from '../../model/operation.ts';
import type { OpenFile } from '../mounted/openAt.ts';

/** How long a copy is kept that nobody asks for, in ms: those who wait for their turn ask one after the other. */
const keptMs = 10_000;

/** How many are kept at once that nobody asks for: each holds a descriptor. */
const maxIdle = 32;

/**
 * A whole copy of one version of a file that has no name: only this process can reach it, so its bytes stay as they
 * are, whatever users do to the copies that they have.
 */
export interface SharedCopy {
  readonly handle: FileHandle;
  /** Digests of its bytes, those that were computed. */
  readonly digests: Digests;
}

/** The task to make a pristine copy, of who came first. Disposing of it undone leaves it to the next one. */
export interface Leader extends Disposable {
  /** Whether files of the device can be cloned; when they cannot, nobody waits for this one, or ever again there. */
  canShare(canClone: () => Promise<boolean>): Promise<boolean>;
  /** Hands over the copy, which is closed in time. */
  keep(copy: SharedCopy): void;
}

/** What becomes of an operation that wants a version of a file: it leads, it has been served, or it is on its own. */
type SharedRead<Result> = { readonly leader: Leader } | { readonly follower: Result } | 'alone';

/** Copies of one version of a file that are read once: all but the first are clones of what that one read. */
export interface SharedReads {
  /**
   * Serves an operation from the pristine copy of a version on a device, and waits for it when another operation is
   * making it. When that one fails, one of those who wait leads. @throws the signal's reason; what `serve` throws
   */
  share<Result>(
    wanted: { readonly version: string; readonly device: bigint },
    signal: AbortSignal,
    serve: (copy: SharedCopy) => Promise<Result>,
  ): Promise<SharedRead<Result>>;
  /** Closes those that are kept. */
  close(): Promise<void>;
}

/** Tells versions of files on this machine apart. The ctime is part of it: nobody can set that back. */
export function versionOf({ stat }: OpenFile): string {
  return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join('-');
}

/** One version on one device: being copied, or kept. */
interface Flight {
  /** Undefined when it was not made. */
  readonly landed: Promise<SharedCopy | undefined>;
  /** Set once it is there. */
  copy?: SharedCopy;
  users: number;
  closing?: NodeJS.Timeout;
}

/** Pristine copies of this process. */
export function createSharedReads(): SharedReads {
  const flights = new Map<string, Flight>();
  const cloningDevices = new Map<bigint, boolean>();

  const release = async (key: string, flight: Flight) => {
    clearTimeout(flight.closing);
    if (flights.get(key) === flight) flights.delete(key);
    await flight.copy?.handle.close();
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
