import { fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';
import type { DigestAlgorithm } from '../config/settings.ts';
import type { Digests } from '../operations/operation.ts';
import { openForWriting } from './directWriter.ts';
import { createParallelDigests } from './parallelDigests.ts';
import { Progress } from './progress.ts';
import { settle, type TaskOutcome, throwIfStopped, toTaskError } from './taskFailure.ts';

/** One large file: buffers in turn, so that reading, digesting and writing go on at the same time. */
interface CopyFileTask {
  readonly sourceFd: number;
  readonly targetFd: number;
  readonly digests: readonly DigestAlgorithm[];
  readonly progressMemory: SharedArrayBuffer;
}

const bufferBytes = 4 * 1024 * 1024;
const bufferCount = 4;
const readAt = promisify(read);

/** Copies all bytes of a file to an empty one and digests them on the way. */
export function copyFile(task: CopyFileTask): Promise<TaskOutcome<Digests>> {
  return settle(async () => {
    const memory = pageAlignedMemory(bufferCount * bufferBytes);
    const progress = new Progress(task.progressMemory);
    await using digests = await createParallelDigests(task.digests, fstatSync(task.sourceFd).size, memory);
    await using target = openForWriting(task.targetFd);
    for await (const { chunk, position } of readChunks(task.sourceFd, memory)) {
      throwIfStopped(progress);
      target.beginWrite(chunk, position);
      await digests.update(chunk);
      progress.addBytes(chunk.length);
      // A buffer is read into again when another and the one just begun are still being written.
      await target.writesLeft(bufferCount - 2);
    }
    await target.writesLeft(0);
    return await digests.digest();
  });
}

/** Digests a file without copying it. */
export function digestFile(task: {
  fd: number;
  digests: readonly DigestAlgorithm[];
}): Promise<TaskOutcome<Digests>> {
  return settle(async () => {
    const memory = pageAlignedMemory(bufferCount * bufferBytes);
    await using digests = await createParallelDigests(task.digests, fstatSync(task.fd).size, memory);
    for await (const { chunk } of readChunks(task.fd, memory)) await digests.update(chunk);
    return await digests.digest();
  });
}

interface Chunk {
  readonly chunk: Buffer;
  readonly position: number;
}

/**
 * Reads a file from its beginning, one chunk ahead. All chunks but the last are full. A chunk's memory is used again
 * for the chunk that comes `bufferCount` chunks later.
 */
async function* readChunks(fd: number, memory: SharedArrayBuffer): AsyncGenerator<Chunk, void, void> {
  const beginRead = (turn: number) => {
    const buffer = Buffer.from(memory, (turn % bufferCount) * bufferBytes, bufferBytes);
    const reading = fill(fd, buffer, turn * bufferBytes);
    // Awaited when its turn comes; until then its failure is nobody's surprise.
    reading.catch(() => undefined);
    return reading;
  };
  let reading = beginRead(0);
  try {
    for (let turn = 0; ; turn += 1) {
      const chunk = await reading;
      if (chunk.length === 0) return;
      reading = beginRead(turn + 1);
      yield { chunk, position: turn * bufferBytes };
    }
  } finally {
    // The descriptor may be closed, and its number be another file's, only when nothing reads from it.
    await Promise.allSettled([reading]);
  }
}

/** Reads until the buffer is full or the file ends. */
async function fill(fd: number, buffer: Buffer, position: number): Promise<Buffer> {
  try {
    for (let done = 0; ; ) {
      const { bytesRead } = await readAt(fd, buffer, done, buffer.length - done, position + done);
      done += bytesRead;
      if (bytesRead === 0 || done === buffer.length) return buffer.subarray(0, done);
    }
  } catch (error) {
    throw toTaskError(error, 'source', '');
  }
}

/** Direct writes must come from memory that begins at a page, as that of a growable buffer does. */
function pageAlignedMemory(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes, { maxByteLength: bytes });
}
