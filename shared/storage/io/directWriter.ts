import { closeSync, constants, openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { systemErrorCode } from '../../errors/stagingError.ts';
import { dataRuns } from './holes.ts';
import { toIoError } from './ioFailure.ts';

const writeAt = promisify(write);
/** The block size of direct writes; no file system in use needs more. */
const blockBytes = 4096;

/** How a file is written. */
interface WritingOptions {
  /** Called with the number of bytes whenever some have been written. */
  readonly onWritten?: ((bytes: number) => void) | undefined;
  /** Called with the number of bytes that were not written because they are zero; without it all are written. */
  readonly leaveHoles?: ((bytes: number) => void) | undefined;
}

/** Writes to an open file, several chunks at a time. Disposing waits for all of them. */
export interface DirectWriter extends AsyncDisposable {
  /** Starts writing a chunk, in page-aligned memory, at a position that is a multiple of the block size. */
  beginWrite(chunk: Buffer, position: number): void;
  /** Waits, oldest first, until no more than this many writes are pending. @throws IoError */
  writesLeft(count: number): Promise<void>;
  /** Resolves when all writes have ended that are pending now. @throws IoError */
  whenWritten(): Promise<void>;
}

/**
 * Opens a file a second time with O_DIRECT (open(2)): a large copy then runs at the speed of the disk, without filling
 * the page cache with data that will not be read again, which would evict other data. Partial blocks, and everything if
 * the file system refuses, are written through the page cache.
 */
export function openForWriting(fd: number, { onWritten, leaveHoles }: WritingOptions = {}): DirectWriter {
  const direct = openDirect(fd);
  const writes: Promise<void>[] = [];
  const begin = (chunk: Buffer, position: number) => {
    const writing = writeChunk({ fd, direct }, chunk, position).then(() => onWritten?.(chunk.length));
    // Awaited later; until then its failure must not be an unhandled rejection.
    writing.catch(() => undefined);
    writes.push(writing);
  };
  return {
    beginWrite(chunk, position) {
      if (!leaveHoles) return begin(chunk, position);
      let zeros = chunk.length;
      for (const { from, to } of dataRuns(chunk)) {
        begin(chunk.subarray(from, to), position + from);
        zeros -= to - from;
      }
      leaveHoles(zeros);
    },
    async writesLeft(count) {
      while (writes.length > count) await writes.shift();
    },
    async whenWritten() {
      await Promise.all(writes);
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(writes);
      if (direct !== undefined) closeSync(direct);
    },
  };
}

async function writeChunk(
  file: { fd: number; direct: number | undefined },
  chunk: Buffer,
  position: number,
): Promise<void> {
  try {
    const whole = chunk.length - (chunk.length % blockBytes);
    for (
      let done = await writeDirectly(file.direct, chunk.subarray(0, whole), position);
      done < chunk.length;
    ) {
      const { bytesWritten } = await writeAt(file.fd, chunk, done, chunk.length - done, position + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw toIoError(error, 'target', '');
  }
}

/** Resolves with the number of bytes written. */
async function writeDirectly(fd: number | undefined, blocks: Buffer, position: number): Promise<number> {
  if (fd === undefined || blocks.length === 0) return 0;
  try {
    return (await writeAt(fd, blocks, 0, blocks.length, position)).bytesWritten;
  } catch (error) {
    // Some file systems accept the flag but refuse the write.
    if (systemErrorCode(error) === 'EINVAL') return 0;
    throw error;
  }
}

function openDirect(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_DIRECT);
  } catch {
    return undefined;
  }
}
