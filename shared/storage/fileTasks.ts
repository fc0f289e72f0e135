import { read, write } from 'node:fs';
import { promisify } from 'node:util';
import type { DigestAlgorithm } from '../config/settings.ts';
import type { Digests } from '../operations/operation.ts';
import { createDigests, type DigestComputation } from './digests.ts';
import { Progress } from './progress.ts';
import { settle, type TaskOutcome, throwIfStopped, toTaskError } from './taskFailure.ts';

/** One large file: three buffers in turn, so that one is read, one digested and one written at the same time. */
interface CopyFileTask {
  readonly sourceFd: number;
  readonly targetFd: number;
  readonly digests: readonly DigestAlgorithm[];
  readonly progressMemory: SharedArrayBuffer;
}

const bufferBytes = 4 * 1024 * 1024;
const readAt = promisify(read);
const writeAt = promisify(write);

/** Copies all bytes of a file to an empty one and digests them on the way. */
export function copyFile(task: CopyFileTask): Promise<TaskOutcome<Digests>> {
  return settle(async () => {
    const digests = await createDigests(task.digests);
    const progress = new Progress(task.progressMemory);
    let writing: Promise<void> = Promise.resolve();
    for await (const { chunk, position } of readChunks(task.sourceFd)) {
      await writing;
      throwIfStopped(progress);
      writing = writeAll(task.targetFd, chunk, position);
      // Awaited above or below; until then its failure is nobody's surprise.
      writing.catch(() => undefined);
      digests.update(chunk);
      progress.addBytes(chunk.length);
    }
    await writing;
    return digests.digest();
  });
}

/** Digests a file without copying it. */
export function digestFile(task: {
  fd: number;
  digests: readonly DigestAlgorithm[];
}): Promise<TaskOutcome<Digests>> {
  return settle(async () => {
    const digests: DigestComputation = await createDigests(task.digests);
    for await (const { chunk } of readChunks(task.fd)) digests.update(chunk);
    return digests.digest();
  });
}

interface Chunk {
  readonly chunk: Buffer;
  readonly position: number;
}

/** Reads a file from its beginning, one chunk ahead. A chunk's memory is used again two chunks later. */
async function* readChunks(fd: number): AsyncGenerator<Chunk, void, void> {
  const buffers = [0, 1, 2].map(() => Buffer.allocUnsafeSlow(bufferBytes));
  const readInto = (turn: number, position: number) => {
    const reading = readAt(fd, buffers[turn % buffers.length] ?? Buffer.alloc(0), 0, bufferBytes, position);
    reading.catch(() => undefined);
    return reading;
  };
  let position = 0;
  let reading = readInto(0, position);
  for (let turn = 1; ; turn += 1) {
    const { bytesRead, buffer } = await reading.catch((error: unknown) => {
      throw toTaskError(error, 'source', '');
    });
    if (bytesRead === 0) return;
    reading = readInto(turn, position + bytesRead);
    yield { chunk: buffer.subarray(0, bytesRead), position };
    position += bytesRead;
  }
}

async function writeAll(fd: number, chunk: Buffer, position: number): Promise<void> {
  try {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await writeAt(fd, chunk, done, chunk.length - done, position + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw toTaskError(error, 'target', '');
  }
}
