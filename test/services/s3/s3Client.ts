import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

/** The address of an S3, and the credentials of a user. */
export interface S3Address {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A client with which a test prepares and inspects objects. Destroy it after use. */
export function createS3Client({ endpoint, region, ...credentials }: S3Address): S3Client {
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
}

/** Creates an empty bucket, under a new name unless one is given, and returns its name. */
export async function createBucket(
  address: S3Address,
  name = `staging-${randomBytes(6).toString('hex')}`,
): Promise<string> {
  const client = createS3Client(address);
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
    return name;
  } finally {
    client.destroy();
  }
}

/** The settings that point a staging service at an object store, to stage from these buckets. */
export function s3Environment(s3: S3Address, ...buckets: readonly string[]): NodeJS.ProcessEnv {
  return {
    S3_ENDPOINT: s3.endpoint,
    S3_SOURCE_BUCKETS: buckets.join(','),
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
}
