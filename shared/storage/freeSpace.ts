import { statfs } from 'node:fs/promises';
import { coalesceWithDeadline } from '../async/coalesce.ts';

/** How large a file system is, and what is free there for ordinary users. */
export interface FreeSpace {
  readonly sizeBytes: number;
  readonly freeBytes: number;
}

/** How long a storage may take to say how full it is, in ms. One that hangs must not hold up all others. */
const answerMs = 2000;

/** Asks the file system of this path how full it is; undefined when it does not say so in time. */
export function createFreeSpaceReader(path: string): () => Promise<FreeSpace | undefined> {
  return coalesceWithDeadline(answerMs, async () => {
    try {
      const { blocks, bavail, bsize } = await statfs(path);
      return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize };
    } catch {
      // No value says it; why, /readyz and the log say.
      return undefined;
    }
  });
}
