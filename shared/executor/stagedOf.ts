import { recordedError } from '../errors/recordedError.ts';
import type { Operation } from '../model/operation.ts';
import type { Staged } from './executor.ts';

/** What became of an operation that ended elsewhere, by its record. @throws StagingError what it failed with */
export function stagedOf(operation: Operation): Staged {
  if (operation.phase !== 'COMPLETED') throw recordedError(operation.errorCode, operation.errorReason);
  return { operation, location: operation.location ?? '' };
}
