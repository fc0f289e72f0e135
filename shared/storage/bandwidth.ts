import { setTimeout as delay } from 'node:timers/promises';

/**
 * The share of one copy in the bandwidth of this process. It is plain data with shared memory, so that all threads that
 * work for the copy use the same budget.
 */
export interface BandwidthShare {
  readonly bytesPerSecond: number;
  /**
   * The times up to which bandwidth is allocated, in ns on the clock of this machine: by all copies, and by this one.
   */
  readonly processUntil: SharedArrayBuffer;
  readonly copyUntil: SharedArrayBuffer;
}

/** Creates the share of a new copy; undefined when there is no limit. */
export type ShareBandwidth = () => BandwidthShare | undefined;

/** Copies take turns of limited size, so that one with large pieces does not delay the others. */
const turnBytes = 64 * 1024;

/** How much unused bandwidth may be used later: more would cause a burst after each pause. */
const creditNs = 250_000_000n;

/** How often a waiting copy polls its stop signal, in ms. */
const stopPollMs = 100;

/** Divides a bandwidth between all copies of this process. */
export function createBandwidth(bytesPerSecond: number | undefined): ShareBandwidth {
  if (bytesPerSecond === undefined) return () => undefined;
  const processUntil = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  return () => ({
    bytesPerSecond,
    processUntil,
    copyUntil: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT),
  });
}

/** Waits until this many bytes may pass. `throwIfStopped` is called often while it waits. @throws its error */
export async function takeBandwidth(
  share: BandwidthShare,
  bytes: number,
  throwIfStopped: () => void,
): Promise<void> {
  const processUntil = new BigInt64Array(share.processUntil);
  const copyUntil = new BigInt64Array(share.copyUntil);
  const waitUntil = async (until: () => bigint) => {
    for (let left = until() - now(); left > 0n; left = until() - now()) {
      throwIfStopped();
      await delay(Math.min(stopPollMs, Math.ceil(Number(left) / 1e6)));
    }
    throwIfStopped();
  };
  for (let left = bytes; left > 0; left -= turnBytes) {
    // A copy with many threads or requests has one turn at a time, like all others.
    await waitUntil(() => Atomics.load(copyUntil, 0));
    const until = reserve(processUntil, timeFor(Math.min(left, turnBytes), share));
    Atomics.store(copyUntil, 0, until);
    await waitUntil(() => until);
  }
}

/**
 * The largest piece, up to a number of bytes, that a copy should move at once: about an eighth of a second's worth, and
 * a power of two, so that larger powers of two are a multiple of it.
 */
export function pieceBytes(share: BandwidthShare | undefined, maxBytes: number): number {
  if (!share) return maxBytes;
  return Math.min(maxBytes, Math.max(turnBytes, 2 ** Math.floor(Math.log2(share.bytesPerSecond / 8))));
}

/** Queues for bandwidth of this duration. @returns when it will have passed */
function reserve(processUntil: BigInt64Array, durationNs: bigint): bigint {
  for (;;) {
    const before = Atomics.load(processUntil, 0);
    const earliest = now() - creditNs;
    const until = (before > earliest ? before : earliest) + durationNs;
    if (Atomics.compareExchange(processUntil, 0, before, until) === before) return until;
  }
}

function timeFor(bytes: number, { bytesPerSecond }: BandwidthShare): bigint {
  return BigInt(Math.ceil((bytes * 1e9) / bytesPerSecond));
}

/** The same in all threads. */
function now(): bigint {
  return process.hrtime.bigint();
}
