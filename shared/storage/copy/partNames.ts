import { type FileName, fileName } from '../../model/fileName.ts';

/** Names of an attempt's data in the operation's workspace. */
export interface PartNames {
  /** The part file or part tree. */
  readonly part: FileName;
  /** The log of the bytes that are certainly in the part. */
  readonly log: FileName;
  /** The SHA-256 of all files of a part tree, if they are computed during the copy. */
  readonly checksums: FileName;
  /** Folders on the way to the target, until they are moved there. */
  readonly folders: FileName;
}

/**
 * The names that an operation's first attempts use, the newest first. Each attempt has its own, so that a process that
 * only seemed dead no longer finds its names.
 */
export function partNames(operationId: string, attempts: number): [PartNames, ...PartNames[]] {
  const namesOf = (attempt: number): PartNames => ({
    part: fileName(`${operationId}.${attempt}.part`),
    log: fileName(`${operationId}.${attempt}.checkpoints`),
    checksums: fileName(`${operationId}.${attempt}.sha256`),
    folders: fileName(`${operationId}.${attempt}.folders`),
  });
  const earlier = Array.from({ length: Math.max(0, attempts - 1) }, (_, index) => namesOf(index + 1));
  return [namesOf(Math.max(1, attempts)), ...earlier.reverse()];
}

/**
 * The part of a small file that is copied together with others. It is in the workspace itself, and the same for all
 * attempts: a later one that finds it there is not copied together with others, and removes it.
 */
export function smallPart(operationId: string): FileName {
  return partNames(operationId, 1)[0].part;
}

/** The attempt that uses this name; 0 for other names. */
export function attemptOf(name: FileName): number {
  return Number(/^[0-9a-f-]{36}\.(\d+)\./.exec(name)?.[1] ?? 0);
}

/**
 * The name of an attempt's part in a notebook server: the operation's id, and from the second attempt of a queue's
 * workers on its number, too.
 */
export function partIdOf(operationId: string, attempt: number): string {
  return attempt > 1 ? `${operationId}.${attempt}` : operationId;
}

/** The names of all attempts up to this one. */
export function partIdsUpTo(operationId: string, attempts: number): string[] {
  return Array.from({ length: Math.max(1, attempts) }, (_, index) => partIdOf(operationId, index + 1));
}
