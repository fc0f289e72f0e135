import { S3Client } from '@aws-sdk/client-s3';
import type { Config } from '../../../config/config.ts';
import { StagingError, systemErrorCode } from '../../../errors/stagingError.ts';

/**
 * The client of the object store. Credentials come from the usual places of the AWS SDK: variables such as
 * AWS_ACCESS_KEY_ID, its files, or the role of the machine, container or function.
 */
export function createS3Client({ endpoint, region }: Config['s3']): S3Client {
  return new S3Client({
    // Stores other than AWS usually have no host name for each bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(region !== undefined && { region }),
    followRegionRedirects: true,
    // We verify whole objects; stores other than AWS do not support the SDK's own checks.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // In ms: to connect, and without a byte received.
    requestHandler: { connectionTimeout: 5000, socketTimeout: 30_000 },
  });
}

/** Codes of Amazon S3's error responses (API reference, "Error responses") about the caller's credentials. */
const credentialCodes = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
  'RequestTimeTooSkewed',
  // The SDK's own code when it finds no credentials.
  'CredentialsProviderError',
]);
const missingCodes = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound']);
const changedCodes = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'InvalidRange']);

/** An error of the object store, or of the connection, as ours. `path` is for messages. */
export function s3Error(thrown: unknown, path: string): StagingError {
  if (thrown instanceof StagingError) return thrown;
  const code = nameOf(thrown);
  const status = statusOf(thrown);
  const options = { cause: thrown };
  if (missingCodes.has(code) || status === 404)
    return new StagingError('SOURCE_NOT_FOUND', { path }, options);
  if (changedCodes.has(code) || status === 412) return new StagingError('SOURCE_CHANGED', { path }, options);
  if (credentialCodes.has(code))
    return new StagingError('OBJECT_STORE_CREDENTIALS', { reason: code }, options);
  if (code === 'InvalidObjectState') return new StagingError('OBJECT_ARCHIVED', { path }, options);
  if (status === 401 || status === 403) return new StagingError('SOURCE_UNREADABLE', { path }, options);
  if (status !== undefined && status !== 200) {
    // A refused request would be refused again.
    const isPassing = status >= 500 || status === 408 || status === 429;
    return new StagingError(
      'OBJECT_STORE_FAILED',
      { reason: `${status} ${code}`, path },
      { ...options, ...(!isPassing && { automaticRetries: 0 }) },
    );
  }
  const reason = systemErrorCode(thrown) ?? (code === 'Error' ? 'the connection failed' : code);
  return new StagingError('OBJECT_STORE_UNREACHABLE', { reason }, options);
}

/** Whether an error has no code of the store: the answer to a HEAD has no body to contain one. */
export function isUnexplained(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return status !== undefined && status >= 400 && status < 500;
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'an unknown error';
}

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('$metadata' in thrown)) return undefined;
  const metadata: unknown = thrown.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
