import type { FileName } from '../../model/fileName.ts';
import { partName, stretchLogName } from '../userArea/publish.ts';

/** Names of one attempt: the part file, and the log of the stretches that are in it for certain. */
export interface AttemptNames {
  readonly part: FileName;
  readonly log: FileName;
}

/** The names that the first so many attempts of an operation give to what they make, the newest first. */
export function attemptNames(
  name: FileName,
  operationId: string,
  attempts: number,
): [AttemptNames, ...AttemptNames[]] {
  const namesOf = (attempt: number) => ({
    part: partName(name, operationId, attempt),
    log: stretchLogName(name, operationId, attempt),
  });
  const earlier = Array.from({ length: Math.max(0, attempts - 1) }, (_, index) => namesOf(index + 1));
  return [namesOf(Math.max(1, attempts)), ...earlier.reverse()];
}
