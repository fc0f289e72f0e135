import { measure } from './mounted/measure.ts';
import type { Source } from './mounted/openAt.ts';
import type { SourceStorage } from './mounted/sourceStorage.ts';
import type { StorageThreads } from './threads/threadPool.ts';

/** How much there is to stage, in whatever storage. */
export interface Amount {
  readonly bytes: number;
  readonly files: number;
}

/** Measures a source of any kind. @throws as walking it does */
export async function measureSource(
  source: Source,
  { sourceStorage, threads }: { readonly sourceStorage: SourceStorage; readonly threads: StorageThreads },
  signal: AbortSignal,
): Promise<Amount> {
  if (source.kind === 'object') return { bytes: source.sizeBytes, files: 1 };
  return source.kind === 'prefix' ? source.measure(signal) : measure(sourceStorage, source, threads);
}
