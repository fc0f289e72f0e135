import { fdatasync, ftruncateSync, write } from 'node:fs';
import { promisify } from 'node:util';
import type { StateAlgorithm } from '../digest/digests.ts';
import { readFully } from './descriptors.ts';
import type { DirectWriter } from './directWriter.ts';
import { IoError, toIoError } from './ioFailure.ts';

const syncData = promisify(fdatasync);
const writeTo = promisify(write);

/** How a copy logs its checkpoints, and what it may reuse from an earlier attempt. As plain data, for threads. */
export interface CheckpointPlan {
  readonly logFd: number;
  readonly headerBytes: number;
  /** A multiple of the chunk size of copies. */
  readonly checkpointBytes: number;
  /** The shortest time between two syncs to disk, in ms. */
  readonly syncMs: number;
  /** The algorithm of the states, computed with the digests. */
  readonly algorithm: StateAlgorithm;
  /** The state of the checksum at each checkpoint of an earlier attempt. */
  readonly states: readonly string[];
  /** The file that contains them: the one that is written, or another one. */
  readonly earlierFd: number;
  readonly isSameFile: boolean;
}

/** The error code of a copy that found an earlier attempt damaged, and can be restarted without it. */
export const partDamaged = 'PART_DAMAGED';

/** The length of a checkpoint's line: sixteen hex digits and a line end. */
export const checkpointLineBytes = 17;

/** The line of a checkpoint. */
export function checkpointLine(state: string): string {
  return `${state}\n`;
}

/** The checkpoints of one copy into a file. Without a plan it only writes. Disposing waits for pending work. */
export function writeCheckpoints(
  { fd, writer }: { readonly fd: number; readonly writer: DirectWriter },
  plan: CheckpointPlan | undefined,
) {
  /** How many bytes from the start are read from the earlier attempt, not from the source. */
  const earlierBytes = plan ? plan.states.length * plan.checkpointBytes : 0;
  /** How many bytes from the beginning are already in the file, and are not written again. */
  const presentBytes = plan?.isSameFile ? earlierBytes : 0;
  const log = plan && createLogWriter(fd, writer, plan);
  const damaged = (index: number) => {
    if (plan?.isSameFile) ftruncateSync(plan.logFd, plan.headerBytes + index * checkpointLineBytes);
    return new IoError({ side: 'target', code: partDamaged, name: '' });
  };
  return {
    earlierBytes,
    presentBytes,
    /** Fills a buffer from the earlier attempt. @throws IoError PART_DAMAGED */
    async fillFromEarlier(buffer: Buffer, position: number) {
      if (!plan) return buffer.subarray(0, 0);
      const isFilled = await fill(plan.earlierFd, buffer, position);
      if (!isFilled) throw damaged(Math.floor(position / plan.checkpointBytes));
      return buffer;
    },
    /** Starts writing a chunk, unless it is already there. */
    beginWrite(chunk: Buffer, position: number) {
      if (position >= presentBytes) writer.beginWrite(chunk, position);
    },
    /**
     * To be called when everything up to there is digested. At a checkpoint it verifies bytes of an earlier attempt, or
     * has new bytes synced to disk and logged while the copy continues.
     * @throws IoError PART_DAMAGED, if a section does not match the log; the log then ends before it
     */
    async passed(position: number, state: () => Promise<string>) {
      if (!plan || position % plan.checkpointBytes !== 0) return;
      const index = position / plan.checkpointBytes - 1;
      const now = await state();
      if (index < plan.states.length && now !== plan.states[index]) throw damaged(index);
      if (position > presentBytes) log?.add(now);
    },
    /** Waits until everything is written. @throws IoError */
    async finish() {
      await writer.writesLeft(0);
      await log?.finish();
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([log?.finish()]);
    },
  };
}

/** Logs checkpoints concurrently with the copy: many at a time, if the disk is slow. */
function createLogWriter(fd: number, writer: DirectWriter, { logFd, syncMs }: CheckpointPlan) {
  const waiting: { readonly line: string; readonly written: Promise<void> }[] = [];
  let syncedAt = performance.now();
  let failure: unknown;
  let writing: Promise<void> | undefined;
  const write = async () => {
    const batch = waiting.splice(0);
    await Promise.all(batch.map(({ written }) => written));
    await syncData(fd).catch((error: unknown) => {
      // The fsync at the end would not report it again.
      throw toIoError(error, 'target', '');
    });
    // A log that cannot be written is not a reason to fail.
    await writeTo(logFd, batch.map(({ line }) => line).join('')).catch(() => undefined);
  };
  const throwFailure = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    /** @throws IoError the error of an earlier one */
    add(state: string): void {
      throwFailure();
      const written = writer.whenWritten();
      written.catch(() => undefined);
      waiting.push({ line: checkpointLine(state), written });
      if (writing || performance.now() - syncedAt < syncMs) return;
      writing = write()
        .catch((error: unknown) => {
          failure = error;
        })
        .finally(() => {
          writing = undefined;
          syncedAt = performance.now();
        });
    },
    async finish(): Promise<void> {
      await writing;
      throwFailure();
    },
  };
}

/** Whether the whole buffer could be filled. */
async function fill(fd: number, buffer: Buffer, position: number): Promise<boolean> {
  try {
    return (await readFully(fd, buffer, position)).length === buffer.length;
  } catch {
    return false;
  }
}
