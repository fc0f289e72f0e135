import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { type FileName, fileName } from '../../model/fileName.ts';
import type { Published } from '../../model/operations/lifecycle.ts';
import { partNames } from '../../storage/copy/partNames.ts';
import type { AttemptPlace } from '../../storage/copy/resumablePart.ts';
import { digestOpenFile } from '../../storage/digest/digestOpenFile.ts';
import { treeEtag } from '../../storage/entityTag.ts';
import { targetError } from '../../storage/io/storageErrors.ts';
import { type OpenDirectory, openDirectoryAt, openFileAt, pathIn } from '../../storage/mounted/openAt.ts';
import { realPathOf, type SourceStorage } from '../../storage/mounted/sourceStorage.ts';
import type { Source } from '../../storage/source.ts';
import { fromThread, type StorageThreads } from '../../storage/threads/threadPool.ts';
import type { Owner } from '../../storage/threads/trees/treeFiles.ts';
import type { ClosedDirectory } from '../../storage/userArea/closedDirectory.ts';
import { retryWhereFoldersVanish } from '../../storage/userArea/makeFolders.ts';
import { entryAt, identityOf, publishFile, publishTree } from '../../storage/userArea/publish.ts';
import type { SpaceUser } from '../../storage/userArea/spaceReservations.ts';
import type { StagingRequest, StagingTarget } from '../stagingMethod.ts';
import { areaBase, treeBase, type UserAreas } from './targetBase.ts';

/** Where an attempt writes unpublished data: names in the operation's workspace. */
export interface AttemptWorkspace extends AttemptPlace {
  readonly part: FileName;
  /** The owner of published data; undefined where the service may not change owners. */
  readonly owner: Owner | undefined;
}

/** What counts as already present: an entry of this kind, or the symbolic link that `symlink_copy` would make. */
export interface WantedEntry {
  readonly kind: Source['kind'];
  /** The text of that link: the real path of a mounted source. */
  readonly linkText?: Buffer | undefined;
}

/** The properties of a source that determine what may already be present. */
export function wantedEntry(storage: SourceStorage, source: Source): WantedEntry {
  const { kind, mounted } = source;
  return { kind, linkText: mounted && realPathOf(storage, mounted) };
}

/** A target in a user area on mounted storage: common to `local_copy` and `symlink_copy`. */
export interface UserAreaTarget extends Omit<StagingTarget, 'isPresent' | 'openTree' | 'transfer'> {
  /** @throws TARGET_DIFFERS when something else is there */
  isPresent(wanted: WantedEntry): Promise<boolean>;
  openTree(): Promise<OpenDirectory>;
  /** The device that the target is on, or will be. */
  device(): Promise<bigint>;
  /** Reserves space until this is disposed of. @throws NO_SPACE */
  reserveSpace(bytes: number, user: Omit<SpaceUser, 'operationId'>): Promise<void>;
  openWorkspace(): Promise<AttemptWorkspace>;
  /**
   * `etag` is the version of a tree, if it is already known.
   * @throws TARGET_DISTURBED, TARGET_IS_LINK, …
   */
  publish(kind: Source['kind'], etag?: string): Promise<Published>;
  /** Removes the part of a failed transfer. */
  removePart(): Promise<void>;
}

/** The path of a request's target, for answers and records. */
export function locationOf({ username, target }: StagingRequest, { targetStoragePath }: UserAreas): string {
  return join(targetStoragePath, username, ...target.given.split('/'));
}

/** The target of a request. Nothing is created in the user area before `publish`. */
export function openUserAreaTarget(request: StagingRequest, areas: UserAreas): UserAreaTarget {
  const { operationId, attempt = 1, partTree } = request;
  const { threads } = areas;
  const base = partTree ? treeBase(request, partTree, threads) : areaBase(request, areas);
  const name = request.target.names.at(-1) ?? fileName(request.username);
  const location = locationOf(request, areas);
  const [own, ...earlier] = partNames(operationId, attempt);

  let space: Disposable | undefined;
  const reserve = async (bytes: number, { progress, signal }: Omit<SpaceUser, 'operationId'>) => {
    const { folder } = await base.way();
    // The dataset has already reserved the space for its items.
    const reservedFor = partTree ? null : operationId;
    space = await areas.space.reserve(folder, bytes, { operationId: reservedFor, progress, signal });
  };
  return {
    location,
    async isPresent(wanted) {
      const { folder, missing } = await base.way();
      return missing.length === 0 && isThere(folder, name, wanted, location);
    },
    async isSourceItself(source) {
      const entry = await entryAt((await base.way()).folder, name);
      // A symbolic link is present only if it leads to the source.
      if (entry?.isSymbolicLink()) return true;
      const stat = source.kind === 'file' ? source.mounted?.stat : undefined;
      return stat !== undefined && entry?.ino === stat.ino && entry.dev === stat.dev;
    },
    async openTree() {
      const { folder } = await base.way();
      return openDirectoryAt(pathIn(folder, name), [...folder.location, name]);
    },
    async identify() {
      const entry = await entryAt((await base.way()).folder, name);
      return entry ? identityOf(entry) : '';
    },
    async computeDigests(algorithms, signal, identity) {
      const { folder } = await base.way();
      await using file = await openFileAt(pathIn(folder, name), []).catch((error: unknown) => {
        throw targetError(error, location);
      });
      if (!file) throw new StagingError('DIGEST_OF_DIRECTORY', { path: location });
      // The name may lead elsewhere by now.
      if (identity !== undefined && identityOf(file.stat) !== identity) {
        throw new StagingError('TARGET_DIFFERS', { target: location, reason: 'it has changed' });
      }
      return await digestOpenFile(file.handle, algorithms, { threads, signal }).catch((error: unknown) => {
        throw fromThread(error, location);
      });
    },
    device: async () => (await base.way()).folder.stat.dev,
    reserveSpace: (bytes, user) =>
      reserve(bytes, user).catch(async (error: unknown) => {
        const isFull = error instanceof StagingError && error.code === 'NO_SPACE';
        if (!isFull || earlier.length === 0) throw error;
        // Starting over is better than failing.
        await base.clear(attempt - 1);
        await reserve(bytes, user);
      }),
    async openWorkspace() {
      const [directory, { owner }] = [await base.workspace(), await base.way()];
      return { directory, part: own.part, owner, operationId, worker: areas.worker, own, earlier };
    },
    async publish(kind, knownEtag) {
      const workspace = await base.workspace();
      // The contents of a dataset are measured with it.
      const isMeasured = kind === 'tree' && !partTree;
      const etag = isMeasured ? (knownEtag ?? (await etagOfPart(workspace, own.part, threads))) : undefined;
      const publish = async () => {
        const publication = { workspace, part: own.part, folder: await base.makeFolders(), name };
        return kind === 'file' ? publishFile(publication) : publishTree(publication);
      };
      let isFirst = true;
      const publishAnew = async () => {
        if (!isFirst) await base.forgetWay();
        isFirst = false;
        return publish();
      };
      try {
        const published = await retryWhereFoldersVanish(publishAnew, location);
        if (areas.areTreesDigested && isMeasured && published.outcome === 'staged') {
          // Loaded on demand, because few sites enable it.
          const { keepChecksums } = await import('../staged/stagedDigests.ts');
          const { folder } = await base.way();
          await keepChecksums(operationId, { folder, workspace, name: own.checksums }, areas);
        }
        return published.outcome === 'staged' && etag !== undefined ? { ...published, etag } : published;
      } catch (error) {
        if (systemErrorCode(error) !== 'EXDEV') throw error;
        const isNews = areas.workspaces.noteDivided((await base.way()).folder);
        const failure = { path: location, reason: 'EXDEV' };
        throw new StagingError('STORAGE_FAILED', failure, { cause: error, automaticRetries: isNews ? 1 : 0 });
      }
    },
    removePart: () => base.clear(attempt),
    async [Symbol.asyncDispose]() {
      space?.[Symbol.dispose]();
      try {
        if (!request.keepsPart?.()) await base.clear(attempt);
      } finally {
        await base.close();
      }
    },
  };
}

/** The version of a finished tree, which nobody else can reach yet. */
async function etagOfPart(
  workspace: ClosedDirectory,
  part: FileName,
  threads: StorageThreads,
): Promise<string> {
  await using tree = await openDirectoryAt(pathIn(workspace, part), []);
  return treeEtag(await threads.run('measurePublished', { directoryFd: tree.handle.fd }));
}

/** @throws TARGET_DIFFERS when the entry is of another kind */
async function isThere(
  folder: OpenDirectory,
  name: FileName,
  { kind, linkText }: WantedEntry,
  location: string,
): Promise<boolean> {
  const entry = await entryAt(folder, name);
  if (!entry) return false;
  if (kind === 'file' ? entry.isFile() : entry.isDirectory()) return true;
  if (entry.isSymbolicLink() && linkText) {
    const text = await readlink(pathIn(folder, name), 'buffer').catch((error: unknown) => {
      // The user has replaced it meanwhile.
      if (['ENOENT', 'EINVAL'].includes(systemErrorCode(error) ?? '')) return undefined;
      throw targetError(error, location);
    });
    if (text?.equals(linkText)) return true;
  }
  const found = [
    entry.isFile() && 'a file',
    entry.isDirectory() && 'a folder',
    entry.isSymbolicLink() && 'a symbolic link to something else',
  ].find(Boolean);
  const wanted = kind === 'file' ? 'a file' : 'a folder';
  const reason = `it is ${found || 'a special file'}, where ${wanted} was requested`;
  throw new StagingError('TARGET_DIFFERS', { target: location, reason });
}
