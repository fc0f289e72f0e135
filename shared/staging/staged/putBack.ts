import type { BigIntStats } from 'node:fs';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName, fileNameFromLatin1, maxNameBytes } from '../../model/fileName.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../../storage/mounted/openAt.ts';
import { type ClosedDirectory, moveFileOut, moveFolderOut } from '../../storage/userArea/closedDirectory.ts';
import { entryAt } from '../../storage/userArea/publish.ts';
import type { UserAreas } from '../target/targetBase.ts';
import type { StagedPlace } from './stagedData.ts';

/** How many other names are tried when its own is taken. */
const maxNames = 100;

/** Data that was moved out of a user's folder into a workspace. */
interface MovedData {
  readonly workspace: ClosedDirectory;
  readonly name: FileName;
  /** Whether the service has taken its folders over. */
  readonly isSealed: boolean;
}

/**
 * Gives moved data its name back, or a descriptive name if that is taken. It replaces nothing. @throws
 * REMOVAL_MISPLACED when the data stays in the workspace
 */
export async function putBack(
  { folder, name, location, owner }: StagedPlace,
  moved: MovedData,
  { threads }: UserAreas,
): Promise<void> {
  const { workspace } = moved;
  try {
    const entry = await entryAt(workspace, moved.name);
    if (!entry) return;
    if (moved.isSealed) {
      await using tree = await openDirectoryAt(pathIn(workspace, moved.name), []);
      await threads.run('unsealPublished', { directoryFd: tree.handle.fd, owner });
    }
    for (const free of namesFor(name)) {
      if (await isPutAt(free, entry, moved, folder)) return;
    }
  } catch (cause) {
    throw misplaced(location, moved, cause);
  }
  throw misplaced(location, moved);
}

async function isPutAt(
  free: FileName,
  entry: BigIntStats,
  { workspace, name }: MovedData,
  folder: OpenDirectory,
): Promise<boolean> {
  // A rename would replace an empty folder.
  if (await entryAt(folder, free)) return false;
  try {
    if (entry.isDirectory()) await moveFolderOut(workspace, name, folder, free);
    else await moveFileOut(workspace, name, folder, free);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}

function* namesFor(name: FileName): Generator<FileName, void, void> {
  yield name;
  for (let number = 1; number <= maxNames; number += 1) {
    const suffix = `.not-removed-${number}`;
    yield fileNameFromLatin1(name.slice(0, maxNameBytes - suffix.length) + suffix);
  }
}

function misplaced(path: string, { workspace, name }: MovedData, cause?: unknown): StagingError {
  const place = displayName([...workspace.location, name].join('/'));
  return new StagingError('REMOVAL_MISPLACED', { path, place }, { cause });
}
