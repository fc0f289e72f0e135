import { StagingError } from '../../shared/errors/stagingError.ts';
import { displayName } from '../../shared/model/fileName.ts';
import type { SourcePath } from '../../shared/model/sourcePath.ts';
import { openSource, type Storages } from '../../shared/storage/openSource.ts';

/** How many files are yielded together. */
const filesPerPage = 500;

/** A file beneath a directory: its path relative to that, as a source and as a target. */
export interface FoundFile {
  readonly source: string;
  readonly target: string;
  /** Whether the source has its own name: a file of a dataset is not beneath the dataset. */
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
  if (source.kind === 'file') {
    const errors = [{ path: 'body.directory', message: 'is one file; stage it by itself' }];
    throw new StagingError('BODY_INVALID', { reason: 'body.directory: is a file' }, { errors });
  }
  const found: FoundFile[] = [];
  for await (const step of source.steps(signal)) {
    signal.throwIfAborted();
    if (step.kind !== 'file') continue;
    const target = displayName(step.path.join('/'));
    const { path, isBeneathTree } = step.asSource ?? { path: target, isBeneathTree: true };
    found.push({ source: path, target, ...(!isBeneathTree && { isWhole: true }) });
    if (found.length === filesPerPage) yield found.splice(0);
  }
  yield found;
}
