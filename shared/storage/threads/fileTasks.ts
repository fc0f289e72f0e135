import { fstatSync, ftruncateSync } from 'node:fs';
import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';
import type { Digests } from '../../model/operation.ts';
import { withState } from '../digest/digests.ts';
import { createParallelDigests } from '../digest/parallelDigests.ts';
import { type CheckpointPlan, writeCheckpoints } from '../io/checkpoints.ts';
import { allocateChunks, chunksInUse, readChunks } from '../io/chunkReader.ts';
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
    await using digests = await createParallelDigests(
      withState(task.digests, task.plan),
      size,
      chunks.memory,
    );
    // Space is reserved for what is not yet written, so only what is written may be counted.
    const onWritten = (bytes: number) => progress.addBytes(bytes);
    const onHole = (bytes: number) => {
      progress.addHoles(bytes);
      progress.addBytes(bytes);
    };
    await using writer = openForWriting(task.targetFd, {
      onWritten,
      leaveHoles: isSparse ? onHole : undefined,
    });
    await using checkpoints = writeCheckpoints({ fd: task.targetFd, writer }, task.plan);
    const fillFromSource = fillFrom(task.sourceFd);
    const fill = (buffer: Buffer, position: number) =>
      position < checkpoints.earlierBytes
        ? checkpoints.fillFromEarlier(buffer, position)
        : fillFromSource(buffer, position);
    let end = 0;
    for await (const { chunk, position } of readChunks(chunks, fill)) {
      throwIfStopped(progress);
      end = position + chunk.length;
      if (position >= checkpoints.presentBytes) await progress.pace(chunk.length);
      checkpoints.beginWrite(chunk, position);
      await digests.update(chunk);
      await checkpoints.passed(end, digests.state);
      if (position < checkpoints.presentBytes) progress.addBytes(chunk.length);
      await writer.writesLeft(chunksInUse(chunks));
    }
    await checkpoints.finish();
    if (isSparse) setEnd(task.targetFd, end);
    const computed = await digests.digest();
    return Object.fromEntries(task.digests.map((algorithm) => [algorithm, computed[algorithm]]));
  });
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
    await using digests = await createParallelDigests(task.digests, fstatSync(task.fd).size, chunks.memory);
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
