/** Bytes of a file, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file of whatever storage, which can be read at any position, and always is the version that was opened. */
export interface ReadableFile extends AsyncDisposable {
  /** Where it lies, for people. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtNs: bigint;
  /** Its permission bits, for an archive. */
  readonly mode: number;
  /** Fills the buffer with the bytes from a position on. @throws SOURCE_CHANGED when there are not so many */
  read(buffer: Buffer, position: number, signal: AbortSignal): Promise<void>;
  /** The bytes of a range that is not empty, in order. */
  stream(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Whether the storage still has this version. Where only its ctime has moved, the bytes must still have the digest.
   * @throws SOURCE_CHANGED
   */
  checkUnchanged(sha256: string | undefined, signal: AbortSignal): Promise<void>;
}
