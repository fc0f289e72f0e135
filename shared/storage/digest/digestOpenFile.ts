import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';
import type { Digests } from '../../model/operation.ts';
import { Progress, stopOnAbort } from '../progress.ts';
import type { StorageThreads } from '../threads/threadPool.ts';

/** The options of digesting. */
export interface DigestMeans {
  readonly threads: StorageThreads;
  /** Stops it promptly, even for a large file. */
  readonly signal: AbortSignal;
  /** Counts the bytes read; optional. */
  readonly progress?: Progress;
}

/** Digests all bytes of an open file in a thread. @throws the signal's reason; IoError */
export async function digestOpenFile(
  { fd }: { readonly fd: number },
  digests: readonly DigestAlgorithm[],
  { threads, signal, progress = new Progress() }: DigestMeans,
): Promise<Digests> {
  const task = { fd, digests, progressMemory: progress.memory };
  return stopOnAbort(progress, signal, () => threads.run('digestFile', task));
}
