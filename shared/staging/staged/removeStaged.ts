// Removes staged data, and nothing else. It promises: the data is renamed out of the user's folder, verified where
// nobody else can exchange it, and removed only if it matches the record. Otherwise it is put back. If the process is
// killed, the data stays in the workspace, where the next attempt continues.

import { StagingError } from '../../errors/stagingError.ts';
import type { Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Removal } from '../../record/removalRecord.ts';
import type { UserAreas } from '../target/targetBase.ts';
import { openFormerPlace, openStagedPlace } from './stagedData.ts';
import { removeTaken, takeAway, workspaceOf } from './takeAway.ts';

/** The dependencies of a removal. */
export interface RemovalServices {
  readonly operations: Pick<
    OperationRecord,
    'claimRemoval' | 'releaseRemoval' | 'recordRemoval' | 'takeOverRemoval'
  >;
  readonly userAreas: UserAreas;
}

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
    await removeTaken(operation, place, workspace, userAreas);
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
  await removeTaken(operation, place, workspace, userAreas);
  await operations.releaseRemoval(operation.id);
  return true;
}
