import { statfs } from 'node:fs/promises';
import { coalesceWithDeadline } from '../../async/coalesce.ts';

/** The size and the free space of a file system, for ordinary users. */
export interface FreeSpace {
  readonly sizeBytes: number;
  readonly freeBytes: number;
}

/** How long a storage may take to report its space, in ms. One that hangs must not block all others. */
const answerMs = 2000;

/** The space of the file system of this path; undefined if it does not answer in time. */
export function createFreeSpaceReader(path: string): () => Promise<FreeSpace | undefined> {
  return coalesceWithDeadline(answerMs, async () => {
    try {
      const { blocks, bavail, bsize } = await statfs(path);
      return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize };
    } catch {
      // A missing value shows it; the reason is in /readyz and the log.
      return undefined;
    }
  });
}
