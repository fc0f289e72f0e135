import type { BigIntStats } from 'node:fs';
import { systemErrorCode } from '../../errors/stagingError.ts';
import { fileName } from '../../model/fileName.ts';
import type { Operation } from '../../model/operation.ts';
import { targetError } from '../../storage/io/storageErrors.ts';
import { openDirectoryAt, pathIn } from '../../storage/mounted/openAt.ts';
import {
  type ClosedDirectory,
  moveIn,
  removeEntry,
  removeFolder,
  renameFile,
} from '../../storage/userArea/closedDirectory.ts';
import { entryAt } from '../../storage/userArea/publish.ts';
import type { UserAreas } from '../target/targetBase.ts';
import { putBack } from './putBack.ts';
import {
  changed,
  checkIdentity,
  checkStaged,
  checkThere,
  checkTree,
  isSame,
  rethrow,
  type StagedData,
  type StagedPlace,
} from './stagedData.ts';
import { forgetStagedDigests } from './stagedDigests.ts';

/** Names in the workspace of a removal: the data that was moved there, and the data after its verification. */
const [moved, verified] = [fileName('moved'), fileName('verified')];

/** The name of a removal's workspace: not the operation's own, so that it is not mistaken for an attempt's leftovers. */
export const workspaceOf = ({ id }: Operation): string => `removal-${id}`;

/**
 * Moves the staged data out of its user's folder into the workspace, verifies it there, and names it `verified`.
 * @throws DATA_GONE, DATA_CHANGED; the data is then back in its place, or REMOVAL_MISPLACED says where it is
 */
export async function takeAway(
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
    await putBack(place, { workspace, name: moved, isSealed }, areas);
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

/** Removes data that was taken away, its workspace, and the digests kept for it. */
export async function removeTaken(
  operation: Operation,
  { folder }: StagedPlace,
  workspace: ClosedDirectory,
  areas: UserAreas,
): Promise<void> {
  await removeEntry(workspace, verified, areas.threads);
  await removeWorkspace(workspace, operation);
  await forgetStagedDigests(operation, folder, areas);
}

/** Remaining data stays in it. */
function removeWorkspace(workspace: ClosedDirectory, operation: Operation): Promise<void> {
  return removeFolder(workspace, `../${workspaceOf(operation)}`);
}
