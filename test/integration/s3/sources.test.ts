import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';
import { createObjectStorage, type ObjectStorage } from '../../../shared/storage/objects/objectStorage.ts';
import { createStorageThreads } from '../../../shared/storage/threads/threadPool.ts';
import { sourceContract } from '../../contracts/storage/source.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';

describeWith('versitygw', 'objects as sources', (address) => {
  const objectThreads = createStorageThreads();
  const { signal } = new AbortController();
  let s3: S3Client;
  let bucket: string;
  let objects: ObjectStorage;
  beforeAll(async () => {
    s3 = createS3Client(address);
    bucket = await createBucket(address);
    const environment = s3Environment(address, bucket);
    // Where the SDK looks for credentials.
    Object.assign(process.env, environment);
    objects = createObjectStorage({ config: parseConfig(environment), objectThreads });
  });
  afterAll(async () => {
    s3.destroy();
    await objectThreads.close();
  });

  const open = (key: string) => objects.open({ bucket, key, given: `s3://${bucket}/${key}` }, signal);
  sourceContract(() => ({
    put: async (Key, Body) => {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    },
    openFile: open,
    openTree: (path) => open(`${path}/`),
  }));
});
