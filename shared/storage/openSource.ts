import { isS3Location, type SourcePath } from '../model/sourcePath.ts';
import type { Source } from './dataSource.ts';
import { measure } from './mounted/measure.ts';
import type { SourceStorage } from './mounted/sourceStorage.ts';
import type { ObjectStorage } from './objects/objectStorage.ts';
import type { StorageThreads } from './threads/threadPool.ts';

/** Where methods that take any source open it. */
export interface Storages {
  readonly sourceStorage: SourceStorage;
  readonly objectStorage: ObjectStorage;
}

/** Opens a source on mounted storage or in an object store. @throws as `SourceStorage.open` and `ObjectStorage.open` */
export async function openSource(
  path: SourcePath,
  { sourceStorage, objectStorage }: Storages,
  signal: AbortSignal,
): Promise<Source> {
  return isS3Location(path) ? objectStorage.open(path, signal) : sourceStorage.open(path);
}

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
