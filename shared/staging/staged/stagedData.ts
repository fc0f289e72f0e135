// The current state of an operation's staged data. Its user can have replaced it, so every action uses the opened
// descriptor, and only if it matches the record.

import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { StagingError } from '../../errors/stagingError.ts';
import { type FileName, fileName } from '../../model/fileName.ts';
import { type Operation, whyNotStaged } from '../../model/operation.ts';
import { fileEtag, treeEtag } from '../../storage/entityTag.ts';
import {
  type OpenDirectory,
  openDirectoryAt,
  openStorageRoot,
  pathIn,
} from '../../storage/mounted/openAt.ts';
import { fromThread } from '../../storage/threads/threadPool.ts';
import type { Owner } from '../../storage/threads/trees/treeFiles.ts';
import { openTargetWay } from '../../storage/userArea/openTarget.ts';
import { entryAt, identityOf } from '../../storage/userArea/publish.ts';
import { targetOf } from '../leftovers.ts';
import type { UserAreas } from '../target/targetBase.ts';
import { targetKeyOf } from './presentData.ts';

/** Where an operation has staged its data. */
export interface StagedPlace extends AsyncDisposable {
  /** The folder that contains it, held open, or its deepest existing ancestor. */
  readonly folder: OpenDirectory;
  readonly name: FileName;
  /** For messages. */
  readonly location: string;
  /** The owner of data in this area; undefined where the service may not change owners. */
  readonly owner: Owner | undefined;
  /** The entry with this name, of any kind; undefined if there is none. */
  readonly entry: BigIntStats | undefined;
}

/** The same, with an existing entry. */
export type StagedData = StagedPlace & { readonly entry: BigIntStats };

/**
 * Opens the location where an operation has staged its data, regardless of its current contents: see `checkStaged`.
 * @throws DATA_NOT_STAGED, DATA_REMOVED
 */
export async function openStagedPlace(operation: Operation, areas: UserAreas): Promise<StagedPlace> {
  checkNotRemoved(operation);
  return openFormerPlace(operation, areas);
}

/** The same, also if the data was removed. @throws DATA_NOT_STAGED */
export async function openFormerPlace(operation: Operation, areas: UserAreas): Promise<StagedPlace> {
  const reason = whyNotStaged(operation);
  // The recorded path of a refused request may be invalid.
  const place = reason === undefined ? targetOf(operation) : undefined;
  if (reason !== undefined || !place) {
    throw new StagingError('DATA_NOT_STAGED', { reason: reason ?? 'its target is not known' });
  }
  const { username, target } = place;
  const location = join(areas.targetStoragePath, username, ...target.given.split('/'));
  const name = target.names.at(-1) ?? fileName(username);
  const root = await openStorageRoot(areas.targetStoragePath);
  const way = openTargetWay(root, [fileName(username), ...target.names.slice(0, -1)]);
  const { folder, missing, owner } = await way.catch((error: unknown) => {
    // An entry on the way is not a folder.
    const isGone = error instanceof StagingError && ['TARGET_IS_LINK', 'TARGET_IN_FILE'].includes(error.code);
    throw isGone ? new StagingError('DATA_GONE', { path: location }, { cause: error }) : error;
  });
  try {
    const entry = missing.length === 0 ? await entryAt(folder, name) : undefined;
    return { folder, name, location, owner, entry, [Symbol.asyncDispose]: () => folder.handle.close() };
  } catch (error) {
    await folder.handle.close();
    throw error;
  }
}

/** Whether there is any data. @throws DATA_GONE */
export function checkThere(place: StagedPlace): StagedData {
  const { entry } = place;
  if (entry) return { ...place, entry };
  throw new StagingError('DATA_GONE', { path: place.location });
}

/** @throws DATA_REMOVED */
function checkNotRemoved({ removedAt, removedBy, removalReason }: Operation): void {
  if (!removedAt) return;
  const reason =
    removalReason === 'lifetime' ? 'its lifetime had expired' : `${removedBy ?? 'its user'} requested it`;
  throw new StagingError('DATA_REMOVED', { at: removedAt.toISOString(), reason });
}

/**
 * Checks that the existing data is what the operation has staged, unchanged: a file by its inode, size and time, a
 * folder by its own inode and by those of all files in it. No bytes are read.
 * @throws DATA_CHANGED
 */
export async function checkStaged(
  operation: Operation,
  { folder, name, location, entry }: Pick<StagedData, 'folder' | 'name' | 'location' | 'entry'>,
  { threads }: Pick<UserAreas, 'threads'>,
): Promise<void> {
  checkIdentity(operation, entry, location);
  if (!entry.isDirectory()) return;
  await using tree = await openDirectoryAt(pathIn(folder, name), []).catch((cause: unknown) => {
    throw changed(location, 'it has just been exchanged', cause);
  });
  if (!isSame(tree.stat, entry)) throw changed(location, 'it has just been exchanged');
  const measured = threads.run('measurePublished', { directoryFd: tree.handle.fd });
  checkTree(operation, await measured.catch((error) => rethrow(error, location)), location);
}

/** @throws DATA_CHANGED when it is another file or folder, or was written to */
export function checkIdentity(operation: Operation, entry: BigIntStats, location: string): void {
  const place = targetOf(operation);
  const { targetKey } = operation;
  const isOurs = place && targetKey && targetKeyOf(place, identityOf(entry)).startsWith(targetKey);
  if (!isOurs) throw changed(location, 'it is something else, or was written to');
  if (entry.isDirectory() && operation.targetEtag === null) {
    throw changed(
      location,
      'an earlier version of this service staged it, and did not record what was in it',
    );
  }
  if (!entry.isDirectory() && ![null, fileEtag(entry)].includes(operation.targetEtag)) {
    throw changed(location, 'it was written to');
  }
}

/** @throws DATA_CHANGED when a tree with this measure is not the one that was staged */
export function checkTree(
  { targetEtag }: Operation,
  measure: Parameters<typeof treeEtag>[0],
  location: string,
): void {
  if (treeEtag(measure) !== targetEtag) throw changed(location, 'files in it were changed, added or removed');
}

/** The error of a thread that checked a tree. @throws DATA_CHANGED, … */
export function rethrow(error: unknown, location: string): never {
  const failure = fromThread(error, location);
  const isChanged = failure instanceof StagingError && failure.code === 'SOURCE_CHANGED';
  throw isChanged
    ? changed(location, 'there is something else than files and folders in it', error)
    : failure;
}

/** Whether both are the same file or folder. */
export function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** The entry is something else. */
export function changed(path: string, reason: string, cause?: unknown): StagingError {
  return new StagingError('DATA_CHANGED', { path, reason }, { cause });
}
