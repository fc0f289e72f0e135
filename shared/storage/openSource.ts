// Storage gives access to sources that cannot lead out of their storage, and to targets that are never replaced. What
// was checked stays open and is what is copied; failures of a storage become StagingErrors.

import { type DidLocation, isDid, isS3Location, type SourcePath } from '../model/sourcePath.ts';
import type { Catalogue } from './catalogue.ts';
import type { Source } from './dataSource.ts';
import { measureFile, measureTree } from './mounted/measure.ts';
import type { SourceStorage } from './mounted/sourceStorage.ts';
import type { ObjectStorage } from './objects/objectStorage.ts';
import type { StorageThreads } from './threads/threadPool.ts';

/** The storages of methods that accept any source. */
export interface Storages {
  readonly sourceStorage: SourceStorage;
  readonly objectStorage: ObjectStorage;
  /** Undefined where the settings name none; then no path leads there. */
  readonly catalogue?: Catalogue | undefined;
}

/**
 * Opens a source on mounted storage, in an object store, or by its name in the catalogue.
 * @throws like `SourceStorage.open`, `ObjectStorage.open` and `Catalogue.open`
 */
export async function openSource(
  path: SourcePath,
  { sourceStorage, objectStorage, catalogue }: Storages,
  signal: AbortSignal,
): Promise<Source> {
  if (isDid(path)) return openDid(path, catalogue, signal);
  return isS3Location(path) ? objectStorage.open(path, signal) : sourceStorage.open(path);
}

/** Opens what the catalogue has under a name. @throws like `Catalogue.open` */
export function openDid(did: DidLocation, catalogue: Catalogue | undefined, signal: AbortSignal) {
  if (!catalogue) throw new Error('Data identifiers are parsed only where there is a catalogue');
  return catalogue.open(did, signal);
}

/** The size of a source, in any storage. */
export interface Amount {
  readonly bytes: number;
  readonly files: number;
}

/** Measures a source of any kind. @throws like walking it */
export async function measureSource(
  source: Source,
  { sourceStorage, threads }: { readonly sourceStorage: SourceStorage; readonly threads: StorageThreads },
  signal: AbortSignal,
): Promise<Amount> {
  if (source.kind === 'object') return { bytes: source.sizeBytes, files: 1 };
  if (source.kind === 'collection') return source;
  if (source.kind === 'prefix') return source.measure(signal);
  if (source.kind === 'file') return measureFile(source);
  return measureTree(source, { storage: sourceStorage, threads, signal });
}
