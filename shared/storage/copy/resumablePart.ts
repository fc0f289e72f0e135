import { constants, type FileHandle, open } from 'node:fs/promises';
import { isLostHere } from '../../process/workerId.ts';
import type { StateAlgorithm } from '../digest/digests.ts';
import { closedLine, formatLog } from '../io/checkpointLog.ts';
import { type CheckpointPlan, partDamaged } from '../io/checkpoints.ts';
import { IoError } from '../io/ioFailure.ts';
import { pathIn } from '../mounted/openAt.ts';
import type { Progress } from '../progress.ts';
import { type ClosedDirectory, removeFile, renameFile } from '../userArea/closedDirectory.ts';
import { findLeft, type Left, readLog } from './leftPart.ts';
import { clonePartFile, makeEmptyPartFile, type PartFile, type ResumeSizes } from './partFile.ts';
import type { PartNames } from './partNames.ts';

/** Where an attempt of an operation creates its part, and where earlier attempts may have left theirs. */
export interface AttemptPlace {
  readonly directory: ClosedDirectory;
  readonly operationId: string;
  /** The id of this worker (see `workerId.ts`). */
  readonly worker: string;
  readonly own: PartNames;
  /** The newest first. */
  readonly earlier: readonly PartNames[];
}

/** The source, and the checksum by which its checkpoints are verified. */
export interface ResumableSource {
  readonly version: string;
  readonly algorithm: StateAlgorithm;
}

/** A part file; one that can be resumed has a plan. Disposing closes everything but the part itself. */
export interface ResumablePart extends AsyncDisposable {
  readonly part: PartFile;
  /** How to continue it in its current state; undefined if it cannot be resumed. */
  plan(): CheckpointPlan | undefined;
  /** Uses only the part's own log: to be called when an earlier attempt proved damaged. */
  trustLess(): Promise<void>;
  /** Notes that this process has stopped writing, so that another may continue the part. */
  markClosed(): Promise<Pick<Progress, 'isResumable' | 'hasAdvanced'>>;
}

/** A part, and its relation to the leftover: it is that file or a clone of it, or another file; or there was none. */
interface Begun {
  readonly part: PartFile;
  readonly left?: Left | undefined;
  readonly isSameFile: boolean;
}

const newLogFlags =
  constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_CREAT | constants.O_EXCL;

/**
 * Creates the part of an attempt to copy this version of a source, with the leftover of an earlier attempt of the same
 * operation. If the writer of the earlier part is certainly dead, or has noted that it has stopped, that part is
 * continued. A writer that only seems dead could write to its part at any time, even after publishing: such a part is
 * cloned, or else only read.
 */
export async function makeResumablePart(
  place: AttemptPlace,
  { version, algorithm }: ResumableSource,
  { checkpointBytes, syncMs }: ResumeSizes,
  makeNew: () => Promise<PartFile>,
): Promise<ResumablePart> {
  const { directory, own, operationId, worker } = place;
  const wanted = { operationId, source: version, stretchBytes: checkpointBytes, algorithm };
  const begun = await begin(place, await findLeft(directory, place.earlier, wanted), makeNew);
  if (begun.part.isCloned) return withoutLog(begun.part);
  try {
    const { ino } = await begun.part.handle.stat({ bigint: true });
    const header = { ...wanted, inode: String(ino), worker };
    const logHandle = await open(pathIn(directory, own.log), newLogFlags, 0o600);
    await logHandle.write(formatLog(header, begun.isSameFile ? begun.left?.log.states : []));
    if (begun.left?.handle === begun.part.handle) await continuePart(directory, begun.left.names, own);
    return await withLog(begun, logHandle, syncMs);
  } catch (error) {
    await begun.part.handle.close();
    await closeOther(begun);
    throw error;
  }
}

/**
 * Fills a part; a second time, from the last good checkpoint, if the leftover proves damaged.
 * @throws the errors of `fill`
 */
export async function fillResumable<Result>(
  resumable: ResumablePart,
  progress: Progress,
  fill: (plan: CheckpointPlan | undefined) => Promise<Result>,
): Promise<Result> {
  const bytesBefore = progress.bytesDone;
  for (;;) {
    try {
      return await fill(resumable.plan());
    } catch (error) {
      const code = error instanceof IoError ? error.failure.code : undefined;
      // The threads have stopped on their own.
      if (code === 'STOPPED') Object.assign(progress, await resumable.markClosed());
      if (code !== partDamaged) throw error;
      progress.addBytes(bytesBefore - progress.bytesDone);
      await resumable.trustLess();
    }
  }
}

/** A clone of the source has all its bytes already. */
function withoutLog(part: PartFile): ResumablePart {
  return {
    part,
    plan: () => undefined,
    trustLess: async () => undefined,
    markClosed: async () => ({ isResumable: false, hasAdvanced: false }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function withLog(
  { part, left, isSameFile }: Begun,
  logHandle: FileHandle,
  syncMs: number,
): Promise<ResumablePart> {
  const readOwn = async () => {
    const own = await readLog(logHandle);
    if (!own) throw new Error('The log of a part is not as it was written');
    return own;
  };
  let { headerBytes, header, states } = await readOwn();
  let earlier = isSameFile ? part.handle : left?.handle;
  if (earlier !== part.handle) states = left?.log.states ?? [];
  const cut = () => part.handle.truncate(states.length * header.stretchBytes);
  if (isSameFile) await cut();
  return {
    part,
    plan: () => ({
      logFd: logHandle.fd,
      headerBytes,
      checkpointBytes: header.stretchBytes,
      syncMs,
      algorithm: header.algorithm,
      states,
      earlierFd: (earlier ?? part.handle).fd,
      isSameFile: earlier === undefined || earlier === part.handle,
    }),
    async trustLess() {
      ({ headerBytes, header, states } = await readOwn());
      earlier = part.handle;
      await cut();
    },
    async markClosed() {
      const now = (await readOwn()).states.length;
      await logHandle.write(closedLine);
      return { isResumable: now > 0, hasAdvanced: now > states.length };
    },
    async [Symbol.asyncDispose]() {
      await logHandle.close();
      await closeOther({ part, left });
    },
  };
}

/** Closes the leftover, unless it has become the part. */
async function closeOther({ part, left }: Pick<Begun, 'part' | 'left'>): Promise<void> {
  if (left && left.handle !== part.handle) await left.handle.close();
}

async function begin(
  { directory, own }: AttemptPlace,
  left: Left | undefined,
  makeNew: () => Promise<PartFile>,
): Promise<Begun> {
  if (!left) return { part: await makeNew(), isSameFile: false };
  if (left.log.isClosed || isLostHere(left.log.header.worker)) {
    return { part: { handle: left.handle, isCloned: false }, left, isSameFile: true };
  }
  try {
    const cloned = await clonePartFile(directory, own.part, left);
    if (cloned) return { part: { handle: cloned.handle, isCloned: false }, left, isSameFile: true };
    return { part: await makeEmptyPartFile(directory, own.part), left, isSameFile: false };
  } catch (error) {
    await left.handle.close();
    throw error;
  }
}

/** The new log exists, so nothing is lost if this process is killed, too. */
async function continuePart(directory: ClosedDirectory, from: PartNames, to: PartNames): Promise<void> {
  await renameFile(directory, from.part, to.part);
  await removeFile(directory, from.log);
}
