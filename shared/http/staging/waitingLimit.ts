import type { Config } from '../../config/config.ts';
import { StagingError } from '../../errors/stagingError.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';

interface WaitingServices {
  readonly operations: Pick<OperationRecord, 'hasWaiting'>;
  readonly config: Pick<Config, 'limits'>;
}

/** Refuses more operations than a user may have waiting. @throws TOO_MANY_WAITING */
export async function checkWaiting(
  { operations, config: { limits } }: WaitingServices,
  username: string,
  more: number,
): Promise<void> {
  const limit = limits.waitingPerUser;
  if (!(await operations.hasWaiting(username, limit - more + 1))) return;
  throw new StagingError('TOO_MANY_WAITING', { limit, username });
}
