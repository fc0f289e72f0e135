import type { FileName } from '../../model/fileName.ts';
import { bytesOf, fileNameFromBytes, maxNameBytes } from '../../model/fileName.ts';

/** Names of one attempt: the part file, and the log of the stretches that are in it for certain. */
export interface PartNames {
  readonly part: FileName;
  readonly log: FileName;
}

/** The names that the first so many attempts of an operation give to what they make, the newest first. */
export function partNames(
  name: FileName,
  operationId: string,
  attempts: number,
): [PartNames, ...PartNames[]] {
  const namesOf = (attempt: number) => ({
    part: partName(name, operationId, attempt),
    log: checkpointLogName(name, operationId, attempt),
  });
  const earlier = Array.from({ length: Math.max(0, attempts - 1) }, (_, index) => namesOf(index + 1));
  return [namesOf(Math.max(1, attempts)), ...earlier.reverse()];
}

/**
 * What an attempt's part file is named by: the operation's id, and from the second attempt of a queue's workers on its
 * number, too. A worker that others took for dead, and that wakes up, has then no name in common with who came after it.
 */
export function partIdOf(operationId: string, attempt: number): string {
  return attempt > 1 ? `${operationId}.${attempt}` : operationId;
}

/** The names of all attempts up to this one. */
export function partIdsUpTo(operationId: string, attempts: number): string[] {
  return Array.from({ length: Math.max(1, attempts) }, (_, index) => partIdOf(operationId, index + 1));
}

/**
 * The name of the part file of an operation: `.<name>.<operationId>.part`, hidden, beside its target. Each further
 * attempt has a name of its own, `.<name>.<operationId>.<attempt>.part`, so that a process which only seemed dead finds
 * nothing under the name that it knows.
 * The target's name is cut when the whole would be longer than a name may be.
 */
export function partName(name: FileName, operationId: string, attempt = 1): FileName {
  return hiddenName(name, operationId, attempt, 'part');
}

/** The name of the log of what is in a part file for certain, beside it. */
function checkpointLogName(name: FileName, operationId: string, attempt = 1): FileName {
  return hiddenName(name, operationId, attempt, 'stretches');
}

function hiddenName(name: FileName, operationId: string, attempt: number, kind: string): FileName {
  const suffix = `.${operationId}${attempt > 1 ? `.${attempt}` : ''}.${kind}`;
  const cut = bytesOf(name).subarray(0, maxNameBytes - suffix.length - 1);
  return fileNameFromBytes(Buffer.concat([bytesOf('.'), cut, bytesOf(suffix)]));
}
