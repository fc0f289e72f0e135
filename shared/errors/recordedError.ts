import { type ErrorCode, errorTable } from './errorTable.ts';
import { StagingError } from './stagingError.ts';

/** The error that a record tells of; INTERNAL where its code is one of another version of the service. */
export function recordedError(errorCode: string | null, errorReason: string | null): StagingError {
  const code = isErrorCode(errorCode) ? errorCode : 'INTERNAL';
  return new StagingError(code, {}, { ...(errorReason !== null && { sentence: errorReason }) });
}

function isErrorCode(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(errorTable, code);
}
