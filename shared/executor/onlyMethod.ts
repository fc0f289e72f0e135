import { StagingError } from '../errors/stagingError.ts';
import type { StagingMethod } from '../staging/stagingMethod.ts';
import type { FindMethod } from './executor.ts';

/** Finds the one method that a function has. */
export function onlyMethod(method: StagingMethod): FindMethod {
  return async (name) => {
    if (name === method.name) return method;
    throw new StagingError('NOT_RETRYABLE', { reason: `this function stages only by ${method.name}` });
  };
}
