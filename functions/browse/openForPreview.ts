import { StagingError } from '../../shared/errors/stagingError.ts';
import { isDid, isPrefix, isS3Location, type SourcePath } from '../../shared/model/sourcePath.ts';
import type { Catalogue } from '../../shared/storage/catalogue.ts';
import { mountedFile } from '../../shared/storage/mounted/mountedFile.ts';
import type { SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';
import type { ObjectBrowser } from '../../shared/storage/objects/objectStorage.ts';
import { openDid } from '../../shared/storage/openSource.ts';
import type { ReadableFile } from '../../shared/storage/readableFile.ts';

/** The storages of previews. */
interface PreviewStorages {
  readonly sourceStorage: SourceStorage;
  readonly objects: ObjectBrowser;
  readonly catalogue?: Catalogue | undefined;
}

/** Opens a file or an object. @throws NOT_A_FILE for a directory or prefix, and like any source */
export async function openForPreview(
  path: SourcePath,
  { sourceStorage, objects, catalogue }: PreviewStorages,
  signal: AbortSignal,
): Promise<ReadableFile> {
  if (isS3Location(path)) {
    if (isPrefix(path)) throw noFile(path);
    return objects.open(path, signal);
  }
  const source = isDid(path) ? await openDid(path, catalogue, signal) : await sourceStorage.open(path);
  if (source.kind === 'object') return source;
  if (source.kind === 'file') return mountedFile(source);
  await source[Symbol.asyncDispose]();
  throw noFile(path);
}

function noFile({ given }: SourcePath): StagingError {
  return new StagingError('NOT_A_FILE', { path: given });
}
