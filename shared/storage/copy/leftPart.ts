import { constants, type FileHandle, open } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { type CheckpointHeader, type CheckpointLog, parseLog } from '../io/checkpointLog.ts';
import { readFully } from '../io/descriptors.ts';
import { pathIn } from '../mounted/openAt.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import type { PartNames } from './partNames.ts';

/** The leftover of an earlier attempt, held open. */
export interface Left {
  readonly handle: FileHandle;
  readonly log: CheckpointLog;
  readonly names: PartNames;
}

/** Does not block on a FIFO. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** More than the size of the log of a file of 100 TiB. */
const maxLogBytes = 16 * 1024 ** 2;

/** The leftover of this version of the source with the most progress. */
export async function findLeft(
  directory: ClosedDirectory,
  earlier: readonly PartNames[],
  wanted: Omit<CheckpointHeader, 'inode' | 'worker'>,
): Promise<Left | undefined> {
  let furthest: Left | undefined;
  for (const names of earlier) {
    const left = await openLeft(directory, names).catch(() => undefined);
    if (!left) continue;
    const { inode, worker, ...found } = left.log.header;
    const isFurther = left.log.states.length > (furthest?.log.states.length ?? 0);
    if (isFurther && isDeepStrictEqual(found, wanted)) {
      await furthest?.handle.close();
      furthest = left;
    } else await left.handle.close();
  }
  return furthest;
}

/** Anything doubtful is discarded: a killed process may have left half of it. @throws the system's error */
async function openLeft(directory: ClosedDirectory, names: PartNames): Promise<Left | undefined> {
  const { part, log } = names;
  await using logHandle = await open(pathIn(directory, log), readFlags);
  if (!(await isOurFile(logHandle, 1, maxLogBytes))) return undefined;
  const parsed = await readLog(logHandle);
  if (!parsed) return undefined;
  const handle = await open(pathIn(directory, part), constants.O_RDWR | constants.O_NOFOLLOW);
  const leastBytes = parsed.states.length * parsed.header.stretchBytes;
  const { ino } = await handle.stat({ bigint: true });
  const isPart = (await isOurFile(handle, leastBytes)) && String(ino) === parsed.header.inode;
  if (isPart) return { handle, log: parsed, names };
  await handle.close();
  return undefined;
}

/** Whether it is a regular file of this process's user, without other names: users cannot have created it. */
async function isOurFile(
  handle: FileHandle,
  leastBytes: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const stat = await handle.stat();
  const isAlone = stat.isFile() && stat.nlink === 1 && stat.uid === process.geteuid?.();
  return isAlone && stat.size >= leastBytes && stat.size <= maxBytes;
}

/** The log of a part; undefined if it is not one. */
export async function readLog(handle: FileHandle): Promise<CheckpointLog | undefined> {
  const { size } = await handle.stat();
  return parseLog((await readFully(handle.fd, Buffer.alloc(size))).toString('latin1'));
}
