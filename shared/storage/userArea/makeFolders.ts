import { mkdir } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import { targetError } from '../io/storageErrors.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../mounted/openAt.ts';
import type { Owner } from '../threads/trees/treeFiles.ts';
import { type ClosedDirectory, moveFolderOut, removeFolder } from './closedDirectory.ts';
import { openFolder, type TargetWay } from './openTarget.ts';
import { entryAt } from './publish.ts';

/** New folders: the owner may write, the group may read. */
const folderMode = 0o750;

/** How often to retry when others create the same folders at the same time. */
const maxTries = 100;

/** Where folders are created before they are moved into place. */
export interface FolderWorkspace {
  readonly directory: ClosedDirectory;
  readonly name: FileName;
}

/**
 * Creates the missing folders on the way to a target. They are created in the workspace, get their mode and owner
 * there, and are moved into place by one rename, which replaces nothing. If two operations create the same folders, one
 * moves its own, and the other continues in those.
 * @returns the last folder, held open; the path is closed with `way`
 * @throws TARGET_IS_LINK, TARGET_IN_FILE, TARGET_NOT_WRITABLE, TARGET_DISTURBED, NO_SPACE; the system's EXDEV, and
 * ENOENT when the folder above is gone
 */
export async function makeMissingFolders(way: TargetWay, workspace: FolderWorkspace): Promise<OpenDirectory> {
  let here = way.folder;
  let missing = way.missing;
  for (let tries = 0; ; tries += 1) {
    const [name] = missing;
    if (name === undefined) return here;
    const made = await moveNewFolders(here, missing, way.owner, workspace);
    if (made) {
      await closeUnless(way.folder, here);
      return made;
    }
    // Another entry exists by now; usually it is a folder.
    const below = await openFolder(here, name);
    if (below) {
      await closeUnless(way.folder, here);
      here = below;
      missing = missing.slice(1);
    } else if (tries >= maxTries) {
      throw new StagingError('TARGET_DISTURBED', { path: displayName(name) });
    }
  }
}

/**
 * Creates something in a folder, and once more when the folder is gone: its user has removed it, or two operations
 * moved a new folder to one name at the same time, and the second replaced that of the first while it was empty, as
 * rename(2) does. The work walks the path again each time.
 * @throws errors of the work
 */
export async function retryWhereFoldersVanish<Result>(
  work: () => Promise<Result>,
  path: string,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      if (tries === maxTries) throw targetError(error, path);
    }
  }
}

/** Creates missing folders in a tree that nobody else can enter; concurrent calls are safe. @returns as above */
export async function makeClosedFolders({ folder, missing }: TargetWay): Promise<OpenDirectory> {
  let here = folder;
  for (const name of missing) {
    await mkdir(pathIn(here, name), { mode: 0o700 }).catch((error: unknown) => {
      if (systemErrorCode(error) !== 'EEXIST') throw targetError(error, displayName(name));
    });
    const below = await openFolder(here, name);
    if (!below) throw new StagingError('TARGET_DISTURBED', { path: displayName(name) });
    await closeUnless(folder, here);
    here = below;
  }
  return here;
}

/** The path's own folder is closed with the path. */
async function closeUnless(kept: OpenDirectory, folder: OpenDirectory): Promise<void> {
  if (folder !== kept) await folder.handle.close();
}

/** Undefined when the first folder's name is taken by now. */
async function moveNewFolders(
  above: OpenDirectory,
  names: readonly FileName[],
  owner: Owner | undefined,
  { directory, name: folders }: FolderWorkspace,
): Promise<OpenDirectory | undefined> {
  const [first] = names;
  if (first === undefined || (await entryAt(above, first))) return undefined;
  const last = await makeInWorkspace(directory, folders, names, owner);
  try {
    await moveFolderOut(directory, folders, above, first);
  } catch (error) {
    await last.handle.close();
    await removeEmptyFolders(directory, [folders, ...names.slice(1)]);
    const code = systemErrorCode(error);
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(code ?? '')) return undefined;
    if (code === 'EXDEV' || code === 'ENOENT') throw error;
    throw targetError(error, displayName([...above.location, first].join('/')));
  }
  await above.handle.sync();
  return { ...last, location: [...above.location, ...names] };
}

/** A folder that could not be moved is still empty. */
async function removeEmptyFolders(directory: ClosedDirectory, names: readonly string[]): Promise<void> {
  for (let length = names.length; length > 0; length -= 1) {
    await removeFolder(directory, names.slice(0, length).join('/'));
  }
}

/** Creates nested folders; only the last one stays open. */
async function makeInWorkspace(
  directory: ClosedDirectory,
  folders: FileName,
  names: readonly FileName[],
  owner: Owner | undefined,
): Promise<OpenDirectory> {
  let above: OpenDirectory = directory;
  try {
    for (const name of [folders, ...names.slice(1)]) {
      await mkdir(pathIn(above, name), { mode: folderMode });
      const below = await openDirectoryAt(pathIn(above, name), [...above.location, name]);
      await closeUnless(directory, above);
      above = below;
      if (owner) await above.handle.chown(owner.uid, owner.gid);
    }
    return above;
  } catch (error) {
    await closeUnless(directory, above);
    throw targetError(error, displayName(names.join('/')));
  }
}
