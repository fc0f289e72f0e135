import { StagingError } from '../../shared/errors/stagingError.ts';
import { isDid, isPrefix, isS3Location, type SourcePath } from '../../shared/model/sourcePath.ts';
import { type Catalogue, openDid } from '../../shared/storage/catalogue.ts';
import type { SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';
import type { ObjectBrowser } from '../../shared/storage/objects/objectBrowser.ts';
import type { ReadableFile } from '../../shared/storage/source.ts';

/** The storages of previews. */
interface PreviewStorages {
  readonly sourceStorage: SourceStorage;
  readonly objects: ObjectBrowser;
  readonly catalogue?: Catalogue | undefined;
}

/** A file to preview. */
export interface PreviewedFile extends ReadableFile {
  /** Differs between versions of the file. */
  readonly version: string;
  /** Its descriptor, if it is on mounted storage: threads read through it. */
  readonly fd?: number;
}

/** Opens a file or an object. @throws NOT_A_FILE for a directory or prefix, and like any source */
export async function openForPreview(
  path: SourcePath,
  { sourceStorage, objects, catalogue }: PreviewStorages,
  signal: AbortSignal,
): Promise<PreviewedFile> {
  if (isS3Location(path)) {
    if (isPrefix(path)) throw noFile(path);
    return objects.open(path, signal);
  }
  // Loaded on demand, because most requests list a folder.
  const { openMounted } = await import('../../shared/storage/mounted/mountedSource.ts');
  const source = isDid(path)
    ? await openDid(path, catalogue, signal)
    : await openMounted(path, sourceStorage);
  if (source.kind === 'file') return source.mounted ? { ...source, fd: source.mounted.handle.fd } : source;
  await source[Symbol.asyncDispose]();
  throw noFile(path);
}

function noFile({ given }: SourcePath): StagingError {
  return new StagingError('NOT_A_FILE', { path: given });
}
