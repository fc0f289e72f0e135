import { findErrorDefinition } from '../../errors/errorTable.ts';
import { findStagingMethod } from '../methods.ts';
import type { Operation } from '../operation.ts';

/** Why an ended operation cannot be retried; undefined if it can, according to its record. */
export function whyNotRetryable(operation: Operation): string | undefined {
  if (operation.datasetRole !== null) return 'it belongs to a batch that is published as a whole: retry that';
  if (operation.phase === 'COMPLETED') return 'it has been completed';
  if (wasRefused(operation)) return 'its request was invalid';
  if (operation.tokenOf === 'caller') {
    return 'it was requested with your own token, which is not stored: request it again with the token';
  }
  if (findStagingMethod(operation.method ?? '') === 'direct_download') {
    return 'a download ends with its connection';
  }
  return undefined;
}

/** Whether an operation has ended and can be retried, according to its record: settings may still forbid it. */
export function isRetryable(operation: Operation): boolean {
  const hasFailed = operation.phase === 'ERROR' || operation.phase === 'ABORTED';
  return hasFailed && whyNotRetryable(operation) === undefined;
}

/**
 * An invalid request is refused before it starts. Its record may look valid, because it is truncated and lacks values
 * that could not be parsed.
 */
function wasRefused(operation: Operation): boolean {
  const { method, username, localPathOnStorage, relativePath, phase, attempts, errorCode } = operation;
  const parts = [findStagingMethod(method ?? ''), username, localPathOnStorage, relativePath];
  if (parts.some((part) => part == null)) return true;
  return phase === 'ERROR' && attempts === 0 && findErrorDefinition(errorCode)?.class !== 'transient';
}
