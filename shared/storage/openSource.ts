// Storage gives access to sources that cannot lead out of their storage, and to targets that are never replaced.
// Verified data stays open and is copied through its descriptor; failures of a storage become StagingErrors.

import { isDid, isS3Location, type SourcePath } from '../model/sourcePath.ts';
import { type Catalogue, openDid } from './catalogue.ts';
import { openMounted } from './mounted/mountedSource.ts';
import type { SourceStorage } from './mounted/sourceStorage.ts';
import type { ObjectStorage } from './objects/objectStorage.ts';
import type { Source } from './source.ts';

/** The storages of methods that accept any source. */
export interface Storages {
  readonly sourceStorage: SourceStorage;
  readonly objectStorage: ObjectStorage;
  /** Undefined if not configured; then no path leads there. */
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
  return isS3Location(path) ? objectStorage.open(path, signal) : openMounted(path, sourceStorage);
}
