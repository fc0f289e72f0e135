import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import {
  displayName,
  type FileName,
  fileName,
  fileNameFromLatin1,
  workspaceName,
} from '../../model/fileName.ts';
import { attemptOf, smallPart } from '../copy/partNames.ts';
import { targetError } from '../io/storageErrors.ts';
import { type OpenDirectory, openDirectoryAt, openStorageRoot, pathIn } from '../mounted/openAt.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
import {
  type ClosedDirectory,
  makeClosedDirectory,
  openClosedDirectory,
  removeEntry,
  removeFile,
  removeFolder,
} from './closedDirectory.ts';
import { retryWhereFoldersVanish } from './makeFolders.ts';

/**
 * The closed folders that hold all unpublished data: `.staging` in the root of the storage, mode 0700, with a folder
 * for each operation, and the parts of small files that are copied together. Each further mount has its own, because a
 * finished file can be published only within its file system.
 */
export interface Workspaces {
  /** The folder of an operation, created if missing. @throws WORKSPACE_UNUSABLE, TARGET_NOT_WRITABLE, … */
  open(folder: OpenDirectory, operationId: string): Promise<ClosedDirectory>;
  /**
   * The workspace in the root, held open until `close`: for data of this user area, if it can be published from there.
   * @throws as above
   */
  openRoot(area: FileName): Promise<ClosedDirectory | undefined>;
  /**
   * Notes that nothing can be moved from the root's workspace into this user area, although both are on one mount, as
   * where quotas divide a file system: its further operations have a workspace in the area itself.
   * @returns whether this was unknown
   */
  noteDivided(folder: OpenDirectory): boolean;
  /** Removes the leftovers of an operation's attempts up to this one, from every possible workspace on the way. */
  removeLeftovers(names: readonly FileName[], operationId: string, attempts: number): Promise<void>;
  close(): Promise<void>;
}

/** The workspaces of a storage. The one in its root stays open until `close`. */
export function createWorkspaces(storagePath: string, threads: StorageThreads): Workspaces {
  const divided = new Set<string>();
  let opening: Promise<RootWorkspace> | undefined;
  const openRoot = () => {
    opening ??= openRootWorkspace(storagePath).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  // Closed only at the end: others may be about to use them, and their descriptors must not be reused for other
  // folders.
  const removed: ClosedDirectory[] = [];
  const openInRoot = async ({ workspace }: RootWorkspace, operationId: string) => {
    try {
      return await makeClosedDirectory(workspace, fileName(operationId));
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT' && (await opening)?.workspace === workspace) {
        removed.push(workspace);
        opening = undefined;
      }
      throw error;
    }
  };
  const openAnywhere = async (folder: OpenDirectory, operationId: string) => {
    const [root, mount] = [await openRoot(), mountOf(folder)];
    const isDivided = divided.has(folder.location[0] ?? '');
    if (!isDivided && mount === root.mount) return openInRoot(root, operationId);
    await using parent = await openTopOfMount(storagePath, folder, mount, isDivided);
    await using workspace = await makeClosedDirectory(parent, workspaceName);
    return await makeClosedDirectory(workspace, fileName(operationId));
  };
  return {
    async open(folder, operationId) {
      const path = displayName([...folder.location, workspaceName].join('/'));
      try {
        // Another process may be removing the workspace.
        return await retryWhereFoldersVanish(() => openAnywhere(folder, operationId), path);
      } catch (error) {
        throw targetError(error, path);
      }
    },
    openRoot: async (area) => (divided.has(area) ? undefined : (await openRoot()).workspace),
    noteDivided({ location: [area] }) {
      if (area === undefined || divided.has(area)) return false;
      if (divided.size >= maxDivided) divided.clear();
      divided.add(area);
      return true;
    },
    async removeLeftovers(names, operationId, attempts) {
      let parent = await openStorageRoot(storagePath);
      for (const name of [...names, undefined]) {
        await removeFrom(parent, operationId, attempts, threads).catch(ignoreUnusable);
        const below = name === undefined ? undefined : await openBelow(parent, name);
        await parent.handle.close();
        if (!below) return;
        parent = below;
      }
    },
    async close() {
      const root = await opening?.catch(() => undefined);
      opening = undefined;
      for (const { handle } of root ? [root.workspace, ...removed] : removed) await handle.close();
    },
  };
}

/** The workspace on the mount of a folder in a storage. @throws WORKSPACE_UNUSABLE, … */
export async function openWorkspace(storagePath: string, folder: OpenDirectory): Promise<ClosedDirectory> {
  await using parent = await openTopOfMount(storagePath, folder, mountOf(folder), false);
  return await makeClosedDirectory(parent, workspaceName);
}

interface RootWorkspace {
  readonly mount: string;
  readonly workspace: ClosedDirectory;
}

async function openRootWorkspace(storagePath: string): Promise<RootWorkspace> {
  await using root = await openStorageRoot(storagePath);
  return { mount: mountOf(root), workspace: await makeClosedDirectory(root, workspaceName) };
}

/** The topmost folder on the way to another one that is on its mount; in a divided storage the user area. */
async function openTopOfMount(
  storagePath: string,
  folder: OpenDirectory,
  mount: string,
  isDivided: boolean,
): Promise<OpenDirectory> {
  let here = await openStorageRoot(storagePath);
  for (const name of folder.location) {
    const mayBeTop = !isDivided || here.location.length > 0;
    if (mayBeTop && mountOf(here) === mount) return here;
    await using above = here;
    here = await openDirectoryAt(pathIn(above, name), [...above.location, name]);
  }
  return here;
}

/** How many divided areas are cached: forgetting one costs only a copy. */
const maxDivided = 10_000;

/** Undefined if a folder cannot be entered: then it contains nothing of ours. */
function openBelow(above: OpenDirectory, name: FileName): Promise<OpenDirectory | undefined> {
  return openDirectoryAt(pathIn(above, name), [...above.location, name]).catch(() => undefined);
}

/** A unit within which entries can be renamed and linked: a file system at one mount point, one subvolume of it. */
function mountOf({ handle, stat }: OpenDirectory): string {
  // The kernel generates this text; it does not wait for a storage.
  const information = readFileSync(`/proc/self/fdinfo/${handle.fd}`, 'latin1');
  return `${stat.dev} ${/^mnt_id:\s*(\d+)/m.exec(information)?.[1]}`;
}

async function removeFrom(
  parent: OpenDirectory,
  operationId: string,
  attempts: number,
  threads: StorageThreads,
): Promise<void> {
  await using workspace = await openClosedDirectory(parent, workspaceName);
  if (!workspace) return;
  await removeIfPresent(workspace, smallPart(operationId));
  await using folder = await openClosedDirectory(workspace, fileName(operationId));
  if (folder) await clearWorkspace(folder, operationId, attempts, threads);
}

/**
 * Removes the leftovers of an operation's attempts up to this one, and then its folder; a later attempt may be running
 * there, and keeps its data.
 */
export async function clearWorkspace(
  folder: ClosedDirectory,
  operationId: string,
  attempts: number,
  threads: StorageThreads,
): Promise<void> {
  // The folder above is the workspace, which nobody else can enter, even if it was moved.
  const path = `../${operationId}`;
  if (attempts > 1) await removeIfPresent(folder, `../${smallPart(operationId)}`);
  // Usually all of its contents were published.
  if (await removeIfEmpty(folder, path)) return;
  for (const entry of await readdir(pathIn(folder), 'latin1')) {
    const name = fileNameFromLatin1(entry);
    if (attemptOf(name) <= attempts) await removeEntry(folder, name, threads);
  }
  await removeIfEmpty(folder, path);
}

async function removeIfPresent(...file: Parameters<typeof removeFile>): Promise<void> {
  await removeFile(...file).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  });
}

/** False when it is not empty. */
async function removeIfEmpty(directory: ClosedDirectory, path: string): Promise<boolean> {
  try {
    await removeFolder(directory, path);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return true;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

/** If something else has the workspace's name, nothing of ours can be there. */
function ignoreUnusable(error: unknown): void {
  if (!(error instanceof StagingError && error.code === 'WORKSPACE_UNUSABLE')) throw error;
}
