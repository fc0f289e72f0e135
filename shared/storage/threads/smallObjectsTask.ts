import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { createDigests } from '../digest/digests.ts';
import { pathAt } from '../io/descriptors.ts';
import { settle, type TaskOutcome, throwIfStopped } from '../io/ioFailure.ts';
import { checksumOf, compositeOf, describedBy } from '../objects/objectChecksum.ts';
import type { SignedRequest } from '../objects/requests/httpConnections.ts';
import { createStopSignal, Progress, type ProgressMemory } from '../progress.ts';
import { connections } from './objectTask.ts';
import { removeAt } from './removeTask.ts';
import { type Owner, seal } from './trees/treeFiles.ts';

/** Small objects that become read-only files of one closed directory. Bandwidth has been reserved for all of them. */
interface SmallObjectsTask {
  readonly folderFd: number;
  readonly objects: readonly SmallObject[];
  readonly owner: Owner | undefined;
  readonly progressMemory: ProgressMemory;
}

interface SmallObject {
  /** Undefined if it could not be signed. */
  readonly request: SignedRequest | undefined;
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

const newFileFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Copies small objects, one after the other: each is received completely and verified, and only then becomes a file.
 * @returns the indexes of those that were not copied, for any reason; they leave nothing behind
 */
export function copySmallObjects(task: SmallObjectsTask): Promise<TaskOutcome<number[]>> {
  return settle(async () => {
    const progress = new Progress(task.progressMemory);
    using stop = createStopSignal(progress);
    const memory = Buffer.allocUnsafeSlow(Math.max(...task.objects.map(({ sizeBytes }) => sizeBytes)));
    const left: number[] = [];
    for (const [index, object] of task.objects.entries()) {
      throwIfStopped(progress);
      const content = memory.subarray(0, object.sizeBytes);
      if ((await receiveVerified(object, content, stop.signal)) && writeNewFile(task, object, content)) {
        progress.addBytes(object.sizeBytes);
        progress.addFiles(1);
      } else left.push(index);
    }
    return left;
  });
}

/** Whether the object was received completely, with the store's checksum if it has one. */
async function receiveVerified(
  { request }: SmallObject,
  content: Buffer,
  signal: AbortSignal,
): Promise<boolean> {
  if (!request) return false;
  const { headers, bytes } = await connections.receive(request, { content }, signal);
  if (!headers || bytes < content.length) return false;
  const described = describedBy(headers);
  const checksum = checksumOf(described);
  // Only the main thread can ask for the sizes of parts.
  if (!checksum) return compositeOf(described) === undefined;
  const digests = await createDigests([checksum.algorithm], checksum.parts);
  digests.update(content);
  return digests.digest()[checksum.algorithm] === checksum.hex;
}

/** Whether the file could be written; otherwise nothing is left of it. */
function writeNewFile(
  { folderFd, owner }: SmallObjectsTask,
  { name, modifiedAtMs }: SmallObject,
  content: Buffer,
): boolean {
  const path = pathAt(folderFd, name);
  let fd: number | undefined;
  try {
    fd = openSync(path, newFileFlags, 0o400);
    for (let written = 0; written < content.length; ) written += writeSync(fd, content, written);
    seal(fd, { modifiedAtSeconds: modifiedAtMs / 1000, owner });
    return true;
  } catch {
    // The main thread copies it again, and reports the error.
    if (fd !== undefined) removeAt(folderFd, name);
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
