import { isS3Location, type SourcePath } from '../model/sourcePath.ts';
import type { Source } from './mounted/openAt.ts';
import type { SourceStorage } from './mounted/sourceStorage.ts';
import type { ObjectStorage } from './objects/objectStorage.ts';

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
