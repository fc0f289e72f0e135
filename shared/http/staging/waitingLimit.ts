import { StagingError } from '../../errors/stagingError.ts';
import type { Dependencies } from '../../service/dependencies.ts';

/**
 * Refuses an operation that would exceed the queue limits, of a user and of all. @throws TOO_MANY_WAITING, QUEUE_FULL
 */
export async function checkWaiting(
  { operations, config: { limits } }: Pick<Dependencies, 'operations' | 'config'>,
  username: string,
  more: number,
): Promise<void> {
  const { waitingPerUser, waitingPerService } = limits;
  const isBeyond = (limit: number, user?: string) => operations.hasWaiting(limit - more + 1, user);
  // If few are queued in all, no user can have many: one query is enough.
  if (!(await isBeyond(Math.min(waitingPerUser, waitingPerService)))) return;
  if (await isBeyond(waitingPerUser, username))
    throw new StagingError('TOO_MANY_WAITING', { limit: waitingPerUser, username });
  if (await isBeyond(waitingPerService)) throw new StagingError('QUEUE_FULL', { limit: waitingPerService });
}
