import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';

/** Errors of network file systems when their server or the connection fails; how often to retry then. */
const passingFailures: ReadonlyMap<string | undefined, number> = new Map([
  ['ESTALE', 3],
  ['ETIMEDOUT', 3],
  // A damaged disk reports the same error, permanently.
  ['EIO', 1],
]);

/** An error of the file system at the source, as ours. `path` is for messages. */
export function sourceError(thrown: unknown, path: string): StagingError {
  if (thrown instanceof StagingError) return thrown;
  return sourceErrorFromCode(systemErrorCode(thrown), path, thrown);
}

/** An error of the file system at the target, as ours. `path` is for messages. */
export function targetError(thrown: unknown, path: string): StagingError {
  if (thrown instanceof StagingError) return thrown;
  return targetErrorFromCode(systemErrorCode(thrown), path, thrown);
}

/** Like `sourceError`, for an error code (threads do not return error objects). */
export function sourceErrorFromCode(code: string | undefined, path: string, cause?: unknown): StagingError {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new StagingError('SOURCE_NOT_FOUND', { path }, { cause });
    case 'EACCES':
    case 'EPERM':
      return new StagingError('SOURCE_UNREADABLE', { path }, { cause });
    case 'ELOOP':
      return new StagingError('SOURCE_LINK_LOOP', { path }, { cause });
    default:
      return storageFailed(code, path, cause);
  }
}

/** Like `targetError`, for an error code. */
export function targetErrorFromCode(code: string | undefined, path: string, cause?: unknown): StagingError {
  switch (code) {
    case 'ENOSPC':
      return new StagingError('NO_SPACE', { reason: 'the storage is full' }, { cause });
    case 'EDQUOT':
      return new StagingError('NO_SPACE', { reason: "the user's quota is exhausted" }, { cause });
    case 'EFBIG':
      return new StagingError(
        'NO_SPACE',
        { reason: 'the file is larger than the storage allows' },
        { cause },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StagingError('TARGET_NOT_WRITABLE', { path }, { cause });
    default:
      return storageFailed(code, path, cause);
  }
}

function storageFailed(code: string | undefined, path: string, cause: unknown): StagingError {
  const automaticRetries = passingFailures.get(code) ?? 0;
  return new StagingError(
    'STORAGE_FAILED',
    { path, reason: code ?? 'an unknown error' },
    { cause, automaticRetries },
  );
}
