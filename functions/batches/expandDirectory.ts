import { StagingError } from '../../shared/errors/stagingError.ts';
import { displayName, textOf } from '../../shared/model/fileName.ts';
import { didPath, type SourcePath } from '../../shared/model/sourcePath.ts';
import type { Collection } from '../../shared/storage/catalogue.ts';
import { isOneFile } from '../../shared/storage/dataSource.ts';
import { openSource, type Storages } from '../../shared/storage/openSource.ts';
import { treeSteps } from '../../shared/storage/sourceTree.ts';

/** How many files are yielded together. */
const filesPerPage = 500;

/** A file beneath a directory: its path relative to that, as a source and as a target. */
export interface FoundFile {
  readonly source: string;
  readonly target: string;
  /** Whether the source is a name of its own: a file of a dataset is not beneath that. */
  readonly isWhole?: true;
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
  if (source.kind === 'collection') {
    yield* filesOf(source, signal);
    return;
  }
  const found: FoundFile[] = [];
  for await (const step of treeSteps(source, storages.sourceStorage, signal)) {
    signal.throwIfAborted();
    if (step.kind !== 'file') continue;
    const path = step.path.join('/');
    // The key of an object is text, and means just itself.
    found.push({
      source: source.kind === 'prefix' ? textOf(path) : displayName(path),
      target: displayName(path),
    });
    if (found.length === filesPerPage) yield found.splice(0);
  }
  yield found;
}

async function* filesOf(collection: Collection, signal: AbortSignal): AsyncGenerator<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for await (const { path, did } of collection.replicas(signal)) {
    found.push({ source: didPath(did), target: displayName(path.join('/')), isWhole: true });
    if (found.length === filesPerPage) yield found.splice(0);
  }
  yield found;
}
