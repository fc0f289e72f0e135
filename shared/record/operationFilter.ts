import type { Operation, OperationFilter } from '../model/operation.ts';
import { textLimits, truncateText } from './database/truncateText.ts';

/** Whether an operation matches a filter, as in the database; `since` is ignored. */
export function matchesFilter(
  operation: Operation,
  { phase, method, username, batch }: Omit<OperationFilter, 'since'>,
): boolean {
  return (
    (phase === undefined || operation.phase === phase) &&
    (method === undefined || operation.method === truncateText(method, textLimits.method)) &&
    (username === undefined || operation.username === truncateText(username, textLimits.username)) &&
    (batch === undefined || operation.batchId === batch)
  );
}
