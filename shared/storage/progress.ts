import type { OperationProgress } from '../model/operations/lifecycle.ts';
import { type BandwidthShare, pieceBytes, takeBandwidth } from './bandwidth.ts';
import { throwIfStopped } from './io/ioFailure.ts';

/** Positions of the counters in the shared memory. */
const places = { bytesDone: 0, filesDone: 1, stopped: 2, bytesInHoles: 3, checks: 4 } as const;

/** The state that a thread needs to take part in a transfer. */
export interface ProgressMemory {
  readonly counts: SharedArrayBuffer;
  /** Undefined when bandwidth is not limited. */
  readonly bandwidth: BandwidthShare | undefined;
}

/**
 * The progress of a transfer, shared with the threads that do the work: they add to the counters and poll the stop
 * signal without messages. Every transfer of bytes asks it first, because it also enforces the bandwidth limit.
 */
export class Progress {
  bytesTotal: number | null = null;
  filesTotal: number | null = null;
  /** Whether another attempt could continue from the leftovers of this one, further on than this one began. */
  isResumable = false;
  hasAdvanced = false;
  /** The shared state that a thread attaches to. */
  readonly memory: ProgressMemory;
  readonly #counts: BigInt64Array;

  constructor({ counts = allocateCounts(), bandwidth }: Partial<ProgressMemory> = {}) {
    this.memory = { counts, bandwidth };
    this.#counts = new BigInt64Array(counts);
  }

  get bytesDone(): number {
    return Number(Atomics.load(this.#counts, places.bytesDone));
  }

  get filesDone(): number {
    return Number(Atomics.load(this.#counts, places.filesDone));
  }

  addBytes(bytes: number): void {
    Atomics.add(this.#counts, places.bytesDone, BigInt(bytes));
  }

  addFiles(files: number): void {
    Atomics.add(this.#counts, places.filesDone, BigInt(files));
  }

  /** The part of the bytes done that takes no space, because it is in holes of sparse files. */
  get bytesInHoles(): number {
    return Number(Atomics.load(this.#counts, places.bytesInHoles));
  }

  addHoles(bytes: number): void {
    Atomics.add(this.#counts, places.bytesInHoles, BigInt(bytes));
  }

  /** In the form that is recorded. */
  toRecord(): Required<OperationProgress> {
    const { bytesTotal, bytesDone, filesTotal, filesDone } = this;
    return { bytesTotal, bytesDone, filesTotal, filesDone };
  }

  /** Resets the counters, when no thread uses them any more. */
  reset(): void {
    this.bytesTotal = null;
    this.filesTotal = null;
    Atomics.store(this.#counts, places.bytesDone, 0n);
    Atomics.store(this.#counts, places.filesDone, 0n);
    Atomics.store(this.#counts, places.bytesInHoles, 0n);
  }

  /** Tells every thread to stop at its next check. */
  stop(): void {
    Atomics.store(this.#counts, places.stopped, 1n);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#counts, places.stopped) === 1n;
  }

  /** Whether to stop; polled at every piece of work: see `checks`. */
  mustStop(): boolean {
    Atomics.add(this.#counts, places.checks, 1n);
    return this.isStopped;
  }

  /** The number of pieces of work that threads have begun. If it does not change, a thread hangs. */
  get checks(): bigint {
    return Atomics.load(this.#counts, places.checks);
  }

  /** Whether bandwidth is limited. */
  get isPaced(): boolean {
    return this.memory.bandwidth !== undefined;
  }

  /** Waits until this many bytes may be moved, if bandwidth is limited. @throws IoError when it is to stop */
  async pace(bytes: number): Promise<void> {
    const { bandwidth } = this.memory;
    if (bandwidth) await takeBandwidth(bandwidth, bytes, () => throwIfStopped(this));
  }

  /** How many bytes to move at once, up to a maximum: fewer if bandwidth is limited; see `pieceBytes`. */
  pieceBytes(maxBytes: number): number {
    return pieceBytes(this.memory.bandwidth, maxBytes);
  }
}

/** Does work in threads that stop when the signal aborts. @throws the signal's reason, which the threads do not know */
export async function stopOnAbort<Result>(
  progress: Progress,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const stop = () => progress.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * A signal that aborts within a second after threads were asked to stop, for work in a thread that takes a signal. It
 * polls the progress until it is disposed of.
 */
export function createStopSignal(progress: Progress) {
  const controller = new AbortController();
  const polling = setInterval(() => {
    // A poll is not a piece of work: it continues while a write hangs.
    if (progress.isStopped) controller.abort();
  }, 250);
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    [Symbol.dispose]: () => clearInterval(polling),
  };
}

function allocateCounts(): SharedArrayBuffer {
  return new SharedArrayBuffer(Object.keys(places).length * BigInt64Array.BYTES_PER_ELEMENT);
}
