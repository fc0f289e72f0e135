// Removes staged data, and nothing else. It promises: the data is renamed out of the user's folder, verified where
// nobody else can exchange it, and removed only if it matches the record. Otherwise it is put back. If the process is
// killed, the data stays in the workspace, where the next attempt continues.

import type { BigIntStats } from 'node:fs';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import {
  displayName,
  type FileName,
  fileName,
  fileNameFromLatin1,
  maxNameBytes,
} from '../../model/fileName.ts';
import type { Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Removal } from '../../record/removalRecord.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../../storage/mounted/openAt.ts';
import { targetError } from '../../storage/storageErrors.ts';
import {
  type ClosedDirectory,
  moveFileOut,
  moveFolderOut,
  moveIn,
  removeEntry,
  removeFolder,
  renameFile,
} from '../../storage/userArea/closedDirectory.ts';
import { entryAt } from '../../storage/userArea/publish.ts';
import type { UserAreas } from '../target/targetBase.ts';
import {
  changed,
  checkIdentity,
  checkStaged,
  checkThere,
  checkTree,
  isSame,
  openFormerPlace,
  openStagedPlace,
  rethrow,
  type StagedData,
  type StagedPlace,
} from './stagedData.ts';
import { forgetStagedDigests } from './stagedDigests.ts';

/** The dependencies of a removal. */
export interface RemovalServices {
  readonly operations: Pick<
    OperationRecord,
    'claimRemoval' | 'releaseRemoval' | 'recordRemoval' | 'takeOverRemoval'
  >;
  readonly userAreas: UserAreas;
}

/** Names in the workspace of a removal: the data that was moved there, and the data after its verification. */
const [moved, verified] = [fileName('moved'), fileName('verified')];

/** How many alternative names are tried when the original name is taken and data must be put back. */
const maxNames = 100;

/**
 * Removes the data that an operation has staged, if it is unchanged, and records that. The source is never touched.
 * @returns the operation
 * @throws DATA_NOT_STAGED, DATA_REMOVED, DATA_GONE, DATA_CHANGED, REMOVAL_UNDER_WAY; the data is then unchanged
 */
export async function removeStaged(
  operation: Operation,
  removal: Removal,
  { operations, userAreas }: RemovalServices,
): Promise<Operation> {
  await using place = await openStagedPlace(operation, userAreas);
  if (!(await operations.claimRemoval(operation, removal))) throw new StagingError('REMOVAL_UNDER_WAY');
  let recorded: Operation | undefined;
  try {
    await using workspace = await takeAway(operation, place, userAreas);
    recorded = await operations.recordRemoval(operation.id, removal);
    await freeSpace(operation, place, workspace, userAreas);
  } catch (error) {
    // A removal that was only partly done is finished by the process that takes over this claim after its lease.
    if (!recorded) await operations.releaseRemoval(operation.id);
    throw error;
  }
  await operations.releaseRemoval(operation.id);
  return { ...recorded, removalWorker: null };
}

/**
 * Continues a removal whose process has died, at any point: from the beginning, or from the contents of its workspace.
 * @returns false if another process has taken it over @throws as above
 */
export async function continueRemoval(operation: Operation, services: RemovalServices): Promise<boolean> {
  const { operations, userAreas } = services;
  const { removedBy: by, removalReason } = operation;
  if (operation.removedAt === null) {
    await removeStaged(operation, { by, reason: removalReason ?? 'user' }, services);
    return true;
  }
  if (!(await operations.takeOverRemoval(operation))) return false;
  await using place = await openFormerPlace(operation, userAreas);
  await using workspace = await userAreas.workspaces.open(place.folder, workspaceOf(operation));
  await freeSpace(operation, place, workspace, userAreas);
  await operations.releaseRemoval(operation.id);
  return true;
}

/** Removes the data of a recorded removal, and everything kept for it. */
async function freeSpace(
  operation: Operation,
  { folder }: StagedPlace,
  workspace: ClosedDirectory,
  areas: UserAreas,
): Promise<void> {
  await removeEntry(workspace, verified, areas.threads);
  await removeWorkspace(workspace, operation);
  await forgetStagedDigests(operation, folder, areas);
}

/** A folder of its own, so that it is not mistaken for an attempt's leftovers. */
const workspaceOf = ({ id }: Operation) => `removal-${id}`;

/**
 * Moves the staged data into a workspace, under the name `verified`.
 * @throws as above
 */
async function takeAway(
  operation: Operation,
  place: StagedPlace,
  areas: UserAreas,
): Promise<ClosedDirectory> {
  for (;;) {
    const workspace = await areas.workspaces.open(place.folder, workspaceOf(operation));
    try {
      if (!(await entryAt(workspace, verified))) await moveAndVerify(operation, place, workspace, areas);
      return workspace;
    } catch (error) {
      // It is not empty if data stays in it; the earlier error is the one to report.
      await removeWorkspace(workspace, operation).catch(() => undefined);
      await workspace.handle.close();
      const isDivided = systemErrorCode(error) === 'EXDEV' && areas.workspaces.noteDivided(place.folder);
      if (!isDivided) throw targetError(error, place.location);
    }
  }
}

async function moveAndVerify(
  operation: Operation,
  place: StagedPlace,
  workspace: ClosedDirectory,
  areas: UserAreas,
): Promise<void> {
  // A killed process may have left it there.
  const left = await entryAt(workspace, moved);
  const entry = left ?? (await moveAway(operation, checkThere(place), workspace, areas));
  let isSealed = false;
  try {
    const found = await entryAt(workspace, moved);
    if (!found || !isSame(found, entry)) throw changed(place.location, 'it has just been exchanged');
    if (!found.isDirectory()) checkIdentity(operation, found, place.location);
    else {
      if (operation.targetInode?.split(':')[1] !== String(found.ino)) {
        throw changed(place.location, 'it is another folder');
      }
      isSealed = true;
      await sealAndCheck(operation, place.location, workspace, areas);
    }
  } catch (error) {
    await putBack(place, workspace, areas, isSealed);
    throw error;
  }
  await renameFile(workspace, moved, verified);
}

/** Verifies it in place first, so that changed data is not moved at all, and then moves it. */
async function moveAway(
  operation: Operation,
  staged: StagedData,
  workspace: ClosedDirectory,
  areas: UserAreas,
): Promise<BigIntStats> {
  const { folder, name, entry } = staged;
  await checkStaged(operation, staged, areas);
  if (entry.isDirectory() && process.geteuid?.() !== 0) {
    // Only root may move a folder that it may not write to, because its entry `..` changes.
    await using top = await openDirectoryAt(pathIn(folder, name), []);
    if (!isSame(top.stat, entry)) throw changed(staged.location, 'it has just been exchanged');
    await top.handle.chmod(0o700);
    try {
      await moveIn(folder, name, workspace, moved);
    } catch (error) {
      await top.handle.chmod(Number(entry.mode & 0o777n));
      throw error;
    }
  } else await moveIn(folder, name, workspace, moved);
  return entry;
}

/** In the workspace nobody else can reach it by name; sealing also locks out users who hold one of its folders open. */
async function sealAndCheck(
  operation: Operation,
  location: string,
  workspace: ClosedDirectory,
  { threads }: UserAreas,
): Promise<void> {
  await using tree = await openDirectoryAt(pathIn(workspace, moved), []);
  const measured = threads.run('sealPublished', { directoryFd: tree.handle.fd });
  checkTree(operation, await measured.catch((error: unknown) => rethrow(error, location)), location);
}

/**
 * Gives moved data its name back, or a descriptive name if that is taken. It replaces nothing. @throws
 * REMOVAL_MISPLACED when the data stays in the workspace
 */
async function putBack(
  { folder, name, location, owner }: StagedPlace,
  workspace: ClosedDirectory,
  { threads }: UserAreas,
  isSealed: boolean,
): Promise<void> {
  try {
    const entry = await entryAt(workspace, moved);
    if (!entry) return;
    if (isSealed) {
      await using tree = await openDirectoryAt(pathIn(workspace, moved), []);
      await threads.run('unsealPublished', { directoryFd: tree.handle.fd, owner });
    }
    for (const free of namesFor(name)) {
      if (await isPutAt(free, entry, workspace, folder)) return;
    }
  } catch (cause) {
    throw misplaced(location, workspace, cause);
  }
  throw misplaced(location, workspace);
}

async function isPutAt(
  name: FileName,
  entry: BigIntStats,
  workspace: ClosedDirectory,
  folder: OpenDirectory,
): Promise<boolean> {
  // A rename would replace an empty folder.
  if (await entryAt(folder, name)) return false;
  try {
    if (entry.isDirectory()) await moveFolderOut(workspace, moved, folder, name);
    else await moveFileOut(workspace, moved, folder, name);
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

function misplaced(path: string, workspace: ClosedDirectory, cause?: unknown): StagingError {
  const place = displayName([...workspace.location, moved].join('/'));
  return new StagingError('REMOVAL_MISPLACED', { path, place }, { cause });
}

/** Remaining data stays in it. */
function removeWorkspace(workspace: ClosedDirectory, operation: Operation): Promise<void> {
  return removeFolder(workspace, `../${workspaceOf(operation)}`);
}
