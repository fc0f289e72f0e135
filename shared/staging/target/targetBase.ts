import { StagingError } from '../../errors/stagingError.ts';
import { displayName, type FileName, fileName } from '../../model/fileName.ts';
import { partNames } from '../../storage/copy/partNames.ts';
import {
  type OpenDirectory,
  openDirectoryAt,
  openStorageRoot,
  pathIn,
} from '../../storage/mounted/openAt.ts';
import type { StorageThreads } from '../../storage/threads/threadPool.ts';
import { type ClosedDirectory, removeEntry } from '../../storage/userArea/closedDirectory.ts';
import { makeClosedFolders, makeMissingFolders } from '../../storage/userArea/makeFolders.ts';
import { openTargetWay, type TargetWay } from '../../storage/userArea/openTarget.ts';
import type { SpaceReservations } from '../../storage/userArea/spaceReservations.ts';
import { clearWorkspace, type Workspaces } from '../../storage/userArea/workspaces.ts';
import type { PartTree, StagingRequest } from '../stagingMethod.ts';

/** The service's dependencies of targets. */
export interface UserAreas {
  readonly targetStoragePath: string;
  readonly threads: StorageThreads;
  readonly space: SpaceReservations;
  readonly workspaces: Workspaces;
  /** Whether missing user areas are created. */
  readonly areCreated: boolean;
  /** Whether the files of directories are digested while they are copied. */
  readonly areTreesDigested?: boolean;
  /** This process (see `workerId.ts`). */
  readonly worker: string;
}

/** The folder beneath which an operation's target is, and the workspace in which it is made. */
export interface TargetBase {
  /** The path to it, which is walked once, when it is first needed. */
  way(): Promise<TargetWay>;
  /** The workspace folder that it is made in. */
  workspace(): Promise<ClosedDirectory>;
  /** Creates missing folders on the way. @returns the target's folder, which stays open until the base is closed */
  makeFolders(): Promise<OpenDirectory>;
  /** Forgets the walked path and the folders created on it, so that it is walked again. */
  forgetWay(): Promise<void>;
  /** Removes the data of attempts up to this one from the workspace. */
  clear(attempts: number): Promise<void>;
  /** Closes everything. */
  close(): Promise<void>;
}

/** The target's base in a user area. */
export function areaBase(request: StagingRequest, areas: UserAreas): TargetBase {
  const { operationId, username, target, attempt = 1 } = request;
  const names = [fileName(username), ...target.names.slice(0, -1)];
  const { threads, workspaces } = areas;
  let opening: Promise<ClosedDirectory> | undefined;

  const workspace = () => {
    opening ??= folders.way().then(({ folder }) => workspaces.open(folder, operationId));
    return opening;
  };
  const folders = targetFolders(
    () => openAreaWay(areas, names),
    async (way) => {
      const [{ folders: name }] = partNames(operationId, attempt);
      return makeMissingFolders(way, { directory: await workspace(), name });
    },
  );
  return {
    ...folders,
    workspace,
    async clear(attempts) {
      const mayHaveSome = opening !== undefined || attempt > 1;
      // Nothing was created in a workspace that could not be opened, and the caller that needed it got the error.
      const folder = mayHaveSome ? await settled(workspace()) : undefined;
      if (!folder) return;
      await using _folder = folder;
      // A new one is created when it is needed again.
      opening = undefined;
      await clearWorkspace(folder, operationId, attempts, threads);
    },
    async close() {
      await folders.close();
      await (await settled(opening))?.handle.close();
    },
  };
}

/** @throws USER_AREA_MISSING if the site creates user areas itself, and this user has none */
async function openAreaWay(
  { targetStoragePath, areCreated }: UserAreas,
  names: readonly FileName[],
): Promise<TargetWay> {
  const way = await openTargetWay(await openStorageRoot(targetStoragePath), names);
  if (areCreated || way.missing.length < names.length) return way;
  await way.folder.handle.close();
  throw new StagingError('USER_AREA_MISSING', { username: displayName(names[0] ?? '') });
}

/** The base of a dataset's item: its folders and its part are in a private folder. */
export function treeBase(
  { operationId, target }: StagingRequest,
  { tree, workspace, owner }: PartTree,
  threads: StorageThreads,
): TargetBase {
  const openWay = async () => {
    const walked = await openTargetWay(
      await openDirectoryAt(pathIn(tree), tree.location),
      target.names.slice(0, -1),
    );
    return { ...walked, owner };
  };
  return {
    ...targetFolders(openWay, makeClosedFolders),
    workspace: async () => workspace,
    async clear(attempts) {
      for (const { part, log } of partNames(operationId, attempts)) {
        await removeEntry(workspace, log, threads);
        await removeEntry(workspace, part, threads);
      }
    },
  };
}

/** The path to a target, walked once by `open`, and the folders on it that are created once by `make`. */
function targetFolders(open: () => Promise<TargetWay>, make: (way: TargetWay) => Promise<OpenDirectory>) {
  let walking: Promise<TargetWay> | undefined;
  let made: OpenDirectory | undefined;
  const way = () => {
    walking ??= open();
    return walking;
  };
  const close = async () => {
    const walked = await settled(walking);
    if (made && made !== walked?.folder) await made.handle.close();
    await walked?.folder.handle.close();
  };
  return {
    way,
    close,
    async makeFolders() {
      made ??= await make(await way());
      return made;
    },
    async forgetWay() {
      await close();
      walking = undefined;
      made = undefined;
    },
  };
}

/** Undefined when it failed: the caller that started it got the error. */
async function settled<Value>(promise: Promise<Value> | undefined): Promise<Value | undefined> {
  return promise?.catch(() => undefined);
}
