import { StagingError } from '../../shared/errors/stagingError.ts';
import { isPrefix, isS3Location, type SourcePath } from '../../shared/model/sourcePath.ts';
import { mountedFile } from '../../shared/storage/mounted/mountedFile.ts';
import type { SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';
import type { ObjectBrowser } from '../../shared/storage/objects/objectStorage.ts';
import type { ReadableFile } from '../../shared/storage/readableFile.ts';

/** The storages of previews. */
interface PreviewStorages {
  readonly sourceStorage: SourceStorage;
  readonly objects: ObjectBrowser;
}

/** Opens a file or an object. @throws NOT_A_FILE for a directory or prefix, and like any source */
export async function openForPreview(
  path: SourcePath,
  { sourceStorage, objects }: PreviewStorages,
  signal: AbortSignal,
): Promise<ReadableFile> {
  if (isS3Location(path)) {
    if (isPrefix(path)) throw noFile(path);
    return objects.open(path, signal);
  }
  const source = await sourceStorage.open(path);
  if (source.kind === 'file') return mountedFile(source);
  await source.handle.close();
  throw noFile(path);
}

function noFile({ given }: SourcePath): StagingError {
  return new StagingError('NOT_A_FILE', { path: given });
}
