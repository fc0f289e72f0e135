import { fdatasync, ftruncateSync, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import type { DirectWriter } from './directWriter.ts';
import { TaskError, toTaskError } from './taskFailure.ts';

const syncData = promisify(fdatasync);
const writeTo = promisify(write);
const readAt = promisify(read);

/** How a copy logs how far it is for certain, and what it may take from an earlier attempt. As plain data, for threads. */
export interface StretchPlan {
  readonly logFd: number;
  readonly headerBytes: number;
  /** A multiple of the chunks that a copy is made of. */
  readonly stretchBytes: number;
  /** The checksums of the stretches that an earlier attempt has left. */
  readonly checksums: readonly number[];
  /** The file that they are in: that which is written, or another one. */
  readonly earlierFd: number;
  readonly isSameFile: boolean;
}

/** The stretches of one copy. Disposing waits for what is under way. */
export interface Stretches extends AsyncDisposable {
  /** How many bytes from the beginning are read from the earlier attempt, not from the source. */
  readonly earlierBytes: number;
  /** Fills a buffer from the earlier attempt. @throws TaskError PART_DAMAGED */
  fillFromEarlier(buffer: Buffer, position: number): Promise<Buffer>;
  /**
   * Writes a chunk where it is not there yet, checks what came from an earlier attempt, and at the end of a stretch has
   * it brought to the disk and logged, while the copy goes on.
   * @throws TaskError PART_DAMAGED, when a stretch is not what the log says; the log then ends before it
   */
  pass(chunk: Buffer, position: number): Promise<void>;
  /** Waits until all is written and logged. @throws TaskError */
  finish(): Promise<void>;
}

/** The code of the failure of a copy that found an earlier attempt damaged, and can be begun again without that. */
export const partDamaged = 'PART_DAMAGED';

/** How many bytes the line of a stretch has: eight hex digits and a line end. */
export const stretchLineBytes = 9;

/** The line of a stretch: the CRC-32 of its bytes. */
export function stretchLine(checksum: number): string {
  return `${checksum.toString(16).padStart(8, '0')}\n`;
}

/** Begins to follow a copy into a file. Without a plan it only writes. */
export function followStretches(
  target: { readonly fd: number; readonly writer: DirectWriter },
  plan: StretchPlan | undefined,
): Stretches {
  const { fd, writer } = target;
  const earlierBytes = plan ? plan.checksums.length * plan.stretchBytes : 0;
  const presentBytes = plan?.isSameFile ? earlierBytes : 0;
  let checksum = 0;
  /** A stretch that is being synced and logged; a failure is told at the next one. */
  let logging: Promise<void> = Promise.resolve();

  const damaged = (index: number) => {
    if (plan?.isSameFile) ftruncateSync(plan.logFd, plan.headerBytes + index * stretchLineBytes);
    return new TaskError({ side: 'target', code: partDamaged, name: '' });
  };
  const endStretch = async (index: number, { logFd, checksums, stretchBytes }: StretchPlan) => {
    const line = stretchLine(checksum);
    if (index < checksums.length && checksum !== checksums[index]) throw damaged(index);
    checksum = 0;
    if ((index + 1) * stretchBytes <= presentBytes) return;
    await writer.writesLeft(0);
    await logging;
    logging = logStretch(fd, logFd, line);
    logging.catch(() => undefined);
  };
  return {
    earlierBytes,
    async fillFromEarlier(buffer, position) {
      if (!plan) return buffer.subarray(0, 0);
      const isFilled = await fill(plan.earlierFd, buffer, position);
      if (!isFilled) throw damaged(Math.floor(position / plan.stretchBytes));
      return buffer;
    },
    async pass(chunk, position) {
      if (position >= presentBytes) writer.beginWrite(chunk, position);
      if (!plan) return;
      checksum = crc32(chunk, checksum);
      const end = position + chunk.length;
      if (end % plan.stretchBytes === 0) await endStretch(end / plan.stretchBytes - 1, plan);
    },
    async finish() {
      await writer.writesLeft(0);
      await logging;
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([logging]);
    },
  };
}

/** A stretch is logged only once it is on the disk. A log that cannot be written is no reason to fail. */
async function logStretch(fd: number, logFd: number, line: string): Promise<void> {
  await syncData(fd).catch((error: unknown) => {
    // The next fsync would not tell it again.
    throw toTaskError(error, 'target', '');
  });
  await writeTo(logFd, line).catch(() => undefined);
}

/** Whether all of the buffer could be filled. */
async function fill(fd: number, buffer: Buffer, position: number): Promise<boolean> {
  try {
    for (let done = 0; done < buffer.length; ) {
      const { bytesRead } = await readAt(fd, buffer, done, buffer.length - done, position + done);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return true;
  } catch {
    return false;
  }
}
