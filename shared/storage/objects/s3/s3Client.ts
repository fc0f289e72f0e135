import { S3Client } from '@aws-sdk/client-s3';
import type { Config } from '../../../config/config.ts';

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
