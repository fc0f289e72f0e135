import { StagingError } from '../../shared/errors/stagingError.ts';
import { bytesOf, displayName, type FileName } from '../../shared/model/fileName.ts';
import type { SourcePath } from '../../shared/model/sourcePath.ts';
import { isOneFile } from '../../shared/storage/dataSource.ts';
import { openSource, type Storages } from '../../shared/storage/openSource.ts';
import { treeSteps } from '../../shared/storage/sourceTree.ts';

/** How many files are yielded together. */
const filesPerPage = 500;

/** A file beneath a directory. */
export interface FoundFile {
  /** Its path relative to the directory, as text. */
  readonly path: string;
  /** Whether its name is text: POSIX names are bytes, but a record contains text. */
  readonly hasTextName: boolean;
}

/**
 * The files beneath a directory or a prefix, at any depth, in the order of the walk. Links are followed inside the
 * storage, as when the directory is staged alone. Folders without files are not included.
 * @throws BODY_INVALID if it is a single file; and like `openSource` and `walkTree`
 */
export async function* expandDirectory(
  directory: SourcePath,
  storages: Storages,
  signal: AbortSignal,
): AsyncGenerator<readonly FoundFile[]> {
  await using source = await openSource(directory, storages, signal);
  if (isOneFile(source)) {
    const errors = [{ path: 'body.directory', message: 'is one file; stage it by itself' }];
    throw new StagingError('BODY_INVALID', { reason: 'body.directory: is a file' }, { errors });
  }
  const found: FoundFile[] = [];
  for await (const step of treeSteps(source, storages.sourceStorage, signal)) {
    signal.throwIfAborted();
    if (step.kind !== 'file') continue;
    found.push(foundFile(step.path));
    if (found.length === filesPerPage) yield found.splice(0);
  }
  yield found;
}

function foundFile(path: readonly FileName[]): FoundFile {
  const text = displayName(path.join('/'));
  const isText = bytesOf(path.join('/')).equals(Buffer.from(text));
  return { path: text, hasTextName: isText };
}
