import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import { targetError } from '../io/storageErrors.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../mounted/openAt.ts';
import type { Owner } from '../threads/trees/treeFiles.ts';

/** The existing folders on the way to a target. */
export interface TargetWay extends AsyncDisposable {
  /** The deepest existing folder on the way, held open. */
  readonly folder: OpenDirectory;
  /** The folders that are missing beneath it. */
  readonly missing: readonly FileName[];
  /** The owner of new entries at its end; undefined where the service may not change owners. */
  readonly owner: Owner | undefined;
}

/**
 * Walks the folders to a target, from the root of a storage, which it closes. No link on the way is followed, even a
 * harmless one: users can write there, and a link could be swapped in at any moment.
 * @throws TARGET_IS_LINK, TARGET_IN_FILE, TARGET_NOT_WRITABLE
 */
export async function openTargetWay(root: OpenDirectory, names: readonly FileName[]): Promise<TargetWay> {
  let folder = root;
  let owner: Owner | undefined;
  for (const [index, name] of names.entries()) {
    const above = folder;
    try {
      const below = await openFolder(above, name);
      if (!below) return way(above, names.slice(index), owner);
      folder = below;
    } catch (error) {
      await above.handle.close();
      throw error;
    }
    await above.handle.close();
    // The first name is the user area, and new folders in it get its owner.
    if (index === 0) owner = ownerToGive(folder);
  }
  return way(folder, [], owner);
}

function way(folder: OpenDirectory, missing: readonly FileName[], owner: Owner | undefined): TargetWay {
  return { folder, missing, owner, [Symbol.asyncDispose]: () => folder.handle.close() };
}

/** The owner of new files in a user area: that of the area, if this process is root and may change owners. */
export function ownerToGive(userArea: Pick<OpenDirectory, 'stat'>): Owner | undefined {
  const owner = { uid: Number(userArea.stat.uid), gid: Number(userArea.stat.gid) };
  const isOurs = owner.uid === process.getuid?.() && owner.gid === process.getgid?.();
  return process.getuid?.() === 0 && !isOurs ? owner : undefined;
}

/** Opens a folder that is no link; undefined when there is no such entry. */
export async function openFolder(above: OpenDirectory, name: FileName): Promise<OpenDirectory | undefined> {
  const location = [...above.location, name];
  try {
    return await openDirectoryAt(pathIn(above, name), location);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR' || code === 'ELOOP') throw await explainObstacle(above, name, error);
    throw targetError(error, displayName(location.join('/')));
  }
}

/** The entry in the place of a folder: a link, or a file. */
async function explainObstacle(above: OpenDirectory, name: FileName, cause: unknown): Promise<StagingError> {
  const path = displayName([...above.location.slice(1), name].join('/'));
  const stat: Stats | undefined = await lstat(pathIn(above, name)).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw targetError(error, path);
  });
  return new StagingError(stat?.isSymbolicLink() ? 'TARGET_IS_LINK' : 'TARGET_IN_FILE', { path }, { cause });
}
