import type { FileHandle } from 'node:fs/promises';
import type { DigestAlgorithm } from '../config/settings.ts';
import type { Digests } from '../model/operation.ts';
import { createDigests } from './digest/digests.ts';
import { type TaskFailure, toTaskError } from './io/ioFailure.ts';
import type { OpenFile } from './mounted/openAt.ts';
import type { Progress } from './progress.ts';

/** Up to so many bytes a file is copied here: to start a thread for it takes many times longer than the copy. */
export const smallFileBytes = 256 * 1024;

/**
 * Copies a small file to an empty one, and digests it. Of a source that grows meanwhile one byte too many is copied,
 * so that its size tells.
 * @throws TaskError
 */
export async function copySmallFile(
  source: OpenFile,
  target: FileHandle,
  algorithms: readonly DigestAlgorithm[],
  progress: Progress,
): Promise<Digests> {
  const bytes = await atSide('source', readWhole(source));
  const digests = await createDigests(algorithms);
  digests.update(bytes);
  await atSide('target', writeWhole(target, bytes));
  progress.addBytes(bytes.length);
  return digests.digest();
}

async function readWhole({ handle, stat }: OpenFile): Promise<Buffer> {
  const buffer = Buffer.alloc(Number(stat.size) + 1);
  for (let done = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, done);
    done += bytesRead;
    if (bytesRead === 0 || done === buffer.length) return buffer.subarray(0, done);
  }
}

async function writeWhole(target: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await target.write(bytes, done, bytes.length - done, done)).bytesWritten;
  }
}

async function atSide<Result>(side: TaskFailure['side'], work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw toTaskError(error, side, '');
  }
}
