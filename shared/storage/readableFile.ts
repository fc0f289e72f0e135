/** Bytes of a file, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file of any storage that can be read at any position; all reads are of the opened version. */
export interface ReadableFile extends AsyncDisposable {
  /** Its path, for messages. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtNs: bigint;
  /** Its permission bits, for an archive. */
  readonly mode: number;
  /** Fills the buffer from a position on. @throws SOURCE_CHANGED if there are not enough bytes */
  read(buffer: Buffer, position: number, signal: AbortSignal): Promise<void>;
  /**
   * The bytes of a non-empty range, in order. A chunk may be in memory that the caller provides for each; otherwise
   * each has memory of its own.
   */
  stream(range: ByteRange, signal: AbortSignal, memory?: () => Buffer): AsyncIterable<Uint8Array>;
  /**
   * Whether the storage still has this version. If only its ctime has changed, the bytes must still have the digest.
   * @throws SOURCE_CHANGED
   */
  checkUnchanged(sha256: string | undefined, signal: AbortSignal): Promise<void>;
}
