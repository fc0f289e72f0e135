import { fstatSync, ftruncateSync } from 'node:fs';
import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';
import type { Digests } from '../../model/operation.ts';
import { type ChecksumAlgorithm, type Checksums, type PartChecksums, withState } from '../digest/digests.ts';
import { createParallelDigests } from '../digest/parallelDigests.ts';
import { type CheckpointPlan, writeCheckpoints } from '../io/checkpoints.ts';
import { allocateChunks, type ChunkBuffers, chunksInUse, readChunks } from '../io/chunkReader.ts';
import { readFully } from '../io/descriptors.ts';
import { openForWriting } from '../io/directWriter.ts';
import { mayHaveHoles } from '../io/holes.ts';
import { at, settle, type TaskOutcome, throwIfStopped, toIoError } from '../io/ioFailure.ts';
import { Progress, type ProgressMemory } from '../progress.ts';

/** One large file: buffers in rotation, so that reading, digesting and writing overlap. */
interface CopyFileTask {
  readonly sourceFd: number;
  readonly targetFd: number;
  readonly digests: readonly DigestAlgorithm[];
  readonly progressMemory: ProgressMemory;
  /** How the copy can be resumed, and from where. */
  readonly plan: CheckpointPlan | undefined;
}

/** One is read, one digested and two are written at the same time. */
const buffers = { bytes: 4 * 1024 * 1024, count: 4, ahead: 1 };

/**
 * Copies all bytes of a file to an empty one, or to one that already has its first bytes, and digests them in the same
 * pass. Bytes that the target or an earlier attempt has are read from there.
 */
export function copyFile(task: CopyFileTask): Promise<TaskOutcome<Digests>> {
  return settle(async () => {
    const progress = new Progress(task.progressMemory);
    const chunks = allocateChunks({ ...buffers, bytes: progress.pieceBytes(buffers.bytes) });
    const stat = fstatSync(task.sourceFd);
    const { size } = stat;
    const isSparse = mayHaveHoles(stat);
    // A later attempt expects the full length.
    if (isSparse) setEnd(task.targetFd, size);
    const algorithms = withState(task.digests, task.plan);
    const copy = { ...task, sizeBytes: size, chunks, algorithms, progress, leavesHoles: isSparse };
    const { end, digests } = await copyChunks(copy, fillFrom(task.sourceFd));
    if (isSparse) setEnd(task.targetFd, end);
    return Object.fromEntries(task.digests.map((algorithm) => [algorithm, digests[algorithm]]));
  });
}

/** A file or an object that is copied in chunks. */
export interface ChunkCopy {
  readonly targetFd: number;
  readonly sizeBytes: number;
  readonly chunks: ChunkBuffers;
  readonly algorithms: readonly ChecksumAlgorithm[];
  /** For a `composite` checksum. */
  readonly parts?: PartChecksums | undefined;
  /** How the copy can be resumed, and from where. */
  readonly plan: CheckpointPlan | undefined;
  readonly progress: Progress;
  /** Whether pieces of zeros are not written. */
  readonly leavesHoles?: boolean;
  /** Called at the first failure, because the reads in progress are awaited before it is thrown. */
  onFailure?(): void;
}

/**
 * Reads chunks, some ahead, digests and writes them. Those of an earlier attempt are read from its part, and verified.
 * @returns the length of the source, and the digests of its bytes
 */
export async function copyChunks(
  { targetFd, sizeBytes, chunks, algorithms, parts, plan, progress, ...copy }: ChunkCopy,
  fillFromSource: (buffer: Buffer, position: number) => Promise<Buffer>,
): Promise<{ readonly end: number; readonly digests: Checksums<ChecksumAlgorithm> }> {
  await using digests = await createParallelDigests(algorithms, sizeBytes, parts);
  // Space is reserved for what is not yet written, so only what is written may be counted.
  const onWritten = (bytes: number) => progress.addBytes(bytes);
  const onHole = (bytes: number) => {
    progress.addHoles(bytes);
    progress.addBytes(bytes);
  };
  await using writer = openForWriting(targetFd, {
    onWritten,
    leaveHoles: copy.leavesHoles ? onHole : undefined,
  });
  await using checkpoints = writeCheckpoints({ fd: targetFd, writer }, plan);
  const noteFailure = (error: unknown) => {
    copy.onFailure?.();
    throw error;
  };
  const fill = async (buffer: Buffer, position: number) =>
    position < checkpoints.earlierBytes
      ? checkpoints.fillFromEarlier(buffer, position)
      : fillFromSource(buffer, position);
  const pass = async (chunk: Buffer, position: number) => {
    throwIfStopped(progress);
    const isPresent = position < checkpoints.presentBytes;
    if (!isPresent) await progress.pace(chunk.length);
    checkpoints.beginWrite(chunk, position);
    await digests.update(chunk);
    await checkpoints.passed(position + chunk.length, digests.state);
    if (isPresent) progress.addBytes(chunk.length);
    await writer.writesLeft(chunksInUse(chunks));
  };
  let end = 0;
  const filled = (...to: Parameters<typeof fill>) => fill(...to).catch(noteFailure);
  for await (const { chunk, position } of readChunks(chunks, filled)) {
    await pass(chunk, position).catch(noteFailure);
    end = position + chunk.length;
  }
  await checkpoints.finish();
  return { end, digests: await digests.digest() };
}

interface DigestFileTask {
  readonly fd: number;
  readonly digests: readonly DigestAlgorithm[];
  readonly progressMemory: ProgressMemory;
}

/** Digests a file without copying it. */
export function digestFile(task: DigestFileTask): Promise<TaskOutcome<Digests>> {
  return settle(async () => {
    const progress = new Progress(task.progressMemory);
    const chunks = allocateChunks(buffers);
    await using digests = await createParallelDigests(task.digests, fstatSync(task.fd).size);
    for await (const { chunk } of readChunks(chunks, fillFrom(task.fd))) {
      throwIfStopped(progress);
      await digests.update(chunk);
      progress.addBytes(chunk.length);
    }
    return await digests.digest();
  });
}

/** Sets the length of a file, which may end with a hole. */
function setEnd(fd: number, size: number): void {
  at('target', '', () => ftruncateSync(fd, size));
}

const fillFrom =
  (fd: number) =>
  async (buffer: Buffer, position: number): Promise<Buffer> => {
    try {
      return await readFully(fd, buffer, position);
    } catch (error) {
      throw toIoError(error, 'source', '');
    }
  };
