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
