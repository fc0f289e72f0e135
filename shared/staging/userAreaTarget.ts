import { join } from 'node:path';
import { StagingError } from '../errors/stagingError.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import { type FileName, fileName } from '../model/fileName.ts';
import type { Digests, Outcome } from '../model/operation.ts';
import { partNames } from '../storage/copy/partNames.ts';
import type { AttemptPlace } from '../storage/copy/resumablePart.ts';
import { type OpenDirectory, openFileAt, pathIn } from '../storage/mounted/openAt.ts';
import { targetError } from '../storage/storageErrors.ts';
import { fromThread, type StorageThreads } from '../storage/threads/threadPool.ts';
import type { Owner } from '../storage/threads/treeTasks.ts';
import { openNearestDirectory, openTargetDirectory, ownerToGive } from '../storage/userArea/openTarget.ts';
import { isPresent, publishFile, publishTree } from '../storage/userArea/publish.ts';
import type { SpaceReservations, SpaceUser } from '../storage/userArea/spaceReservations.ts';
import type { StagingRequest } from './stagingMethod.ts';

/** The folder that a target lies in, and the names it has there while it is made. */
export interface TargetFolder extends AttemptPlace {
  readonly part: FileName;
  /** Who shall own what is put here; undefined where the service may not change owners. */
  readonly owner: Owner | undefined;
}

/** A place in a user area on mounted storage: what `local_copy` and `symlink_copy` have in common. */
export interface UserAreaTarget extends AsyncDisposable {
  readonly location: string;
  isPresent(): Promise<boolean>;
  computeDigests(algorithms: readonly DigestAlgorithm[]): Promise<Digests>;
  /** The device that the target's folder is on, or will be. */
  device(): Promise<bigint>;
  reserveSpace(bytes: number, user: Omit<SpaceUser, 'operationId'>): Promise<Disposable>;
  /** The folder of the target, made when it is missing. */
  makeFolder(): Promise<TargetFolder>;
  publish(kind: 'file' | 'directory'): Promise<Outcome>;
  /** Removes what a failed transfer has left. */
  removePart(): Promise<void>;
}

/** What a place needs of the service. */
export interface UserAreas {
  readonly targetStoragePath: string;
  readonly threads: StorageThreads;
  readonly space: SpaceReservations;
  /** This process (see `worker.ts`). */
  readonly worker: string;
}

/** The place in the user area that a request names. Nothing is made before `makeFolder`. */
export function openUserAreaTarget(request: StagingRequest, areas: UserAreas): UserAreaTarget {
  const names = [fileName(request.username), ...request.target.names];
  const name = names.at(-1) ?? fileName(request.username);
  const { operationId, attempt } = request;
  const [own, ...earlier] = partNames(name, operationId, attempt ?? 1);
  const { part } = own;
  const location = join(areas.targetStoragePath, request.username, ...request.target.given.split('/'));
  const folderNames = names.slice(0, -1);
  let folder: OpenDirectory | undefined;
  let mayHavePart = false;
  let mayHaveLog = false;

  const openFolder = async () => {
    folder ??= await openTargetDirectory(areas.targetStoragePath, folderNames, 'ignore');
    return folder;
  };
  /** Does something with the target's folder, or with the lowest folder above it that there is. */
  const atFolder = async <Result>(work: (directory: OpenDirectory) => Promise<Result>): Promise<Result> => {
    const directory = await openFolder();
    if (directory) return work(directory);
    await using above = await openNearestDirectory(areas.targetStoragePath, folderNames.slice(0, -1));
    return await work(above);
  };
  const makeFolder = async () => {
    folder ??= await openTargetDirectory(areas.targetStoragePath, folderNames, 'make');
    if (!folder) throw new StagingError('INTERNAL');
    mayHavePart = true;
    const owner = await ownerOfArea(areas, folderNames);
    const willLog = () => {
      mayHaveLog = true;
    };
    return { directory: folder, part, owner, operationId, worker: areas.worker, own, earlier, willLog };
  };
  const remove = async (name: FileName) => {
    if (folder) await areas.threads.run('removeEntry', { directoryFd: folder.handle.fd, name });
  };
  const removeEarlier = async () => {
    for (const { log, part } of earlier) {
      await remove(log);
      await remove(part);
    }
  };
  const removePart = async () => {
    if (mayHaveLog) await remove(own.log);
    if (mayHavePart) await remove(part);
  };
  return {
    location,
    async isPresent() {
      const directory = await openFolder();
      return directory !== undefined && isPresent(directory, name);
    },
    computeDigests: async (algorithms) => digestsAt(areas, await makeFolder(), name, location, algorithms),
    device: () => atFolder(async ({ stat }) => stat.dev),
    async reserveSpace(bytes, { progress, signal }) {
      // An item's bytes are among those that the whole dataset was promised.
      const reservedFor = request.isItemOfDataset ? null : operationId;
      const reserve = () =>
        atFolder((directory) =>
          areas.space.reserve(directory, bytes, { operationId: reservedFor, progress, signal }),
        );
      return reserve().catch(async (error: unknown) => {
        const isFull = error instanceof StagingError && error.code === 'NO_SPACE';
        if (!isFull || earlier.length === 0) throw error;
        // Rather from the beginning than not at all.
        await removeEarlier();
        return reserve();
      });
    },
    makeFolder,
    async publish(kind) {
      const { directory } = await makeFolder();
      const publishing =
        kind === 'file' ? publishFile(directory, part, name) : publishTree(directory, part, name);
      const outcome = await publishing;
      // Its part has become the target: there is none to look for.
      mayHavePart = outcome !== 'staged';
      return outcome;
    },
    removePart,
    async [Symbol.asyncDispose]() {
      try {
        await removePart();
        await removeEarlier();
      } finally {
        await folder?.handle.close();
      }
    },
  };
}

async function digestsAt(
  areas: UserAreas,
  { directory }: TargetFolder,
  name: FileName,
  location: string,
  digests: readonly DigestAlgorithm[],
): Promise<Digests> {
  const file = await openFileAt(pathIn(directory, name), []).catch((error: unknown) => {
    throw targetError(error, location);
  });
  if (!file) throw new StagingError('DIGEST_OF_DIRECTORY', { path: location });
  try {
    return await areas.threads.run('digestFile', { fd: file.handle.fd, digests });
  } catch (error) {
    throw fromThread(error, location);
  } finally {
    await file.handle.close();
  }
}

async function ownerOfArea(areas: UserAreas, [userArea]: readonly FileName[]): Promise<Owner | undefined> {
  if (userArea === undefined) return undefined;
  const directory = await openTargetDirectory(areas.targetStoragePath, [userArea], 'ignore');
  if (!directory) return undefined;
  try {
    return ownerToGive(directory);
  } finally {
    await directory.handle.close();
  }
}
