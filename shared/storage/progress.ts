/** Places of the counts in the shared memory. */
const places = { bytesDone: 0, filesDone: 1, stopped: 2 } as const;

/**
 * How far a transfer has come, shared with the threads that do the work: they add to the counts and look whether
 * they must stop, with no message in between.
 */
export class Progress {
  bytesTotal: number | null = null;
  filesTotal: number | null = null;
  /** What a thread attaches to. */
  readonly memory: SharedArrayBuffer;
  readonly #counts: BigInt64Array;

  constructor(memory = new SharedArrayBuffer(Object.keys(places).length * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#counts = new BigInt64Array(memory);
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

  /** Begins to count anew, when nobody counts any more. */
  reset(): void {
    this.bytesTotal = null;
    this.filesTotal = null;
    Atomics.store(this.#counts, places.bytesDone, 0n);
    Atomics.store(this.#counts, places.filesDone, 0n);
  }

  /** Tells every thread to stop at its next look. */
  stop(): void {
    Atomics.store(this.#counts, places.stopped, 1n);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#counts, places.stopped) === 1n;
  }
}
