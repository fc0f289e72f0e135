import type { Stats } from 'node:fs';
import { chown, lstat, mkdir, realpath } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../mounted/openAt.ts';
import { targetError } from '../storageErrors.ts';
import type { Owner } from '../threads/treeTasks.ts';

/** New folders: the owner works in them, the group may look. */
const folderMode = 0o750;

/**
 * Opens a directory beneath the storage of the user areas. No link on the way is followed, wherever it leads:
 * users can write there, and a link could be swapped in at any moment.
 * Missing folders are made, or mean `undefined`.
 * @throws TARGET_IS_LINK, TARGET_IN_FILE, TARGET_NOT_WRITABLE, NO_SPACE
 */
export async function openTargetDirectory(
  storagePath: string,
  names: readonly FileName[],
  missing: 'make' | 'ignore',
): Promise<OpenDirectory | undefined> {
  let here = await openDirectoryAt(await realpath(storagePath), []);
  let owner: Owner | undefined;
  for (const name of names) {
    const above = here;
    try {
      const below = await openFolder(above, name, missing, owner);
      if (!below) return undefined;
      here = below;
      // The first name is the user area, and what is in it belongs to whom it belongs to.
      owner ??= ownerToGive(here);
    } finally {
      await above.handle.close();
    }
  }
  return here;
}

/** Opens the lowest folder on the way that there is; the storage's own when no other is. @throws as above */
export async function openNearestDirectory(
  storagePath: string,
  names: readonly FileName[],
): Promise<OpenDirectory> {
  const found = await openTargetDirectory(storagePath, names, 'ignore');
  if (found) return found;
  return openNearestDirectory(storagePath, names.slice(0, -1));
}

/** Who shall own what is put into a user area: its owner, when this process is root and may say so. */
export function ownerToGive(userArea: OpenDirectory): Owner | undefined {
  const owner = { uid: Number(userArea.stat.uid), gid: Number(userArea.stat.gid) };
  const isOurs = owner.uid === process.getuid?.() && owner.gid === process.getgid?.();
  return process.getuid?.() === 0 && !isOurs ? owner : undefined;
}

async function openFolder(
  above: OpenDirectory,
  name: FileName,
  missing: 'make' | 'ignore',
  owner: Owner | undefined,
): Promise<OpenDirectory | undefined> {
  const location = [...above.location, name];
  try {
    if (missing === 'make') await makeFolder(above, name, owner);
    return await openDirectoryAt(pathIn(above, name), location);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' && missing === 'ignore') return undefined;
    if (code === 'ENOTDIR' || code === 'ELOOP') throw await explainObstacle(above, name, error);
    throw targetError(error, displayName(location.join('/')));
  }
}

async function makeFolder(above: OpenDirectory, name: FileName, owner: Owner | undefined): Promise<void> {
  try {
    await mkdir(pathIn(above, name), { mode: folderMode });
    if (owner) await giveFolder(above, name, owner);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

/** Through a descriptor of the folder itself: its name could be a link by now. */
async function giveFolder(above: OpenDirectory, name: FileName, owner: Owner): Promise<void> {
  await using folder = await openDirectoryAt(pathIn(above, name), []);
  await chown(pathIn(folder), owner.uid, owner.gid);
}

/** What stands where a folder is needed: a link, or a file. */
async function explainObstacle(above: OpenDirectory, name: FileName, cause: unknown): Promise<StagingError> {
  const stat: Stats | undefined = await lstat(pathIn(above, name)).catch(() => undefined);
  const path = displayName([...above.location.slice(1), name].join('/'));
  return new StagingError(stat?.isSymbolicLink() ? 'TARGET_IS_LINK' : 'TARGET_IN_FILE', { path }, { cause });
}
