import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

// Unlike LocalStack it verifies signatures.
describeWith('versitygw', 'staging from the Versity gateway', (versity) => {
  let s3: S3Client;
  let bucket: string;
  let directory: string;
  let service: StagingService;
  const large = randomBytes(30_000_001);

  beforeAll(async () => {
    s3 = createS3Client(versity);
    bucket = await createBucket(versity);
    directory = await makeDataDirectory();
    service = await startStagingService(directory, s3Environment(versity, bucket));
  });
  afterAll(async () => {
    await service.stop();
    s3.destroy();
    await removeDataDirectory(directory);
  });

  const stage = (key: string, target: string) =>
    clientOf(service.url).stage('local_copy', `s3://${bucket}/${key}`, target);
  const target = (...names: string[]) => join(service.userAreas, 'alice', ...names);

  test('a large object arrives byte for byte', async () => {
    const params = { Bucket: bucket, Key: 'large ü+', Body: large, ChecksumAlgorithm: 'CRC64NVME' } as const;
    await new Upload({ client: s3, params }).done();
    expect((await stage('large ü+', 'large')).staged().operation).toMatchObject({ bytes_done: large.length });
    expect((await readFile(target('large'))).equals(large)).toBe(true);
  });

  test('small and large objects of a prefix arrive together', async () => {
    const sizes = [0, 1, 16_384, 70_000, 1_500_000, 4 * 1024 ** 2, 4 * 1024 ** 2 + 1, 9_000_000];
    for (const size of sizes) {
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: `set/a b/${size}`, Body: large.subarray(0, size) }),
      );
    }
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const { operation } = (await stage('set/', 'set')).staged();
    expect(operation).toMatchObject({ files_done: sizes.length, bytes_done: bytes });
    expect(await readdir(target('set/a b'))).toHaveLength(sizes.length);
    for (const size of sizes) {
      expect((await readFile(target('set/a b', String(size)))).equals(large.subarray(0, size))).toBe(true);
      expect((await stat(target('set/a b', String(size)))).mode & 0o7777).toBe(0o400);
    }
  });
});
