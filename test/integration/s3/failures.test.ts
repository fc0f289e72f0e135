import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { freePort } from '../../services/freePort.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import {
  type Fault,
  type FaultProxy,
  type SeenRequest,
  startFaultProxy,
} from '../../services/staging/faultProxy.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

describeWith('localstack', 'an object store that fails', (localstack) => {
  let s3: S3Client;
  let bucket: string;
  let directory: string;
  let proxy: FaultProxy;
  let service: StagingService;
  let decide: (request: SeenRequest) => Promise<Fault>;
  const large = randomBytes(30_000_000);

  beforeAll(async () => {
    s3 = createS3Client(localstack);
    bucket = await createBucket(localstack);
    directory = await makeDataDirectory();
    proxy = await startFaultProxy(localstack.endpoint, (request) => decide(request));
    service = await startStagingService(directory, {
      ...s3Environment(localstack, bucket),
      S3_ENDPOINT: proxy.url,
    });
  });
  afterAll(async () => {
    await service.stop();
    await proxy[Symbol.asyncDispose]();
    s3.destroy();
    await removeDataDirectory(directory);
  });

  const put = (Key: string, Body: Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ChecksumAlgorithm: 'CRC32' }));
  const stage = (key: string) => clientOf(service.url).stage('local_copy', `s3://${bucket}/${key}`, key);
  const filesOfAlice = () => readdir(join(service.userAreas, 'alice')).catch(() => []);
  /** Fails a number of GETs of the data, and nothing else. */
  const harm = (fault: Fault, times: number) => {
    let left = times;
    decide = async ({ method, path }) => {
      if (method !== 'GET' || path.includes('?attributes') || left === 0) return 'none';
      left -= 1;
      return fault;
    };
  };
  /** Pauses in the middle of a copy, while the test changes the object. */
  const duringCopy = (act: () => Promise<unknown>) => {
    let gets = 0;
    decide = async ({ method }) => {
      if (method !== 'GET') return 'none';
      gets += 1;
      if (gets === 3) await act();
      return 'none';
    };
  };

  test('a store that is unavailable for longer than a request waits does not fail an operation', async () => {
    await put('away', Buffer.from('x'));
    // One request of the SDK makes three of these.
    let left = 4;
    decide = async ({ method }) => {
      if (method !== 'HEAD' || left === 0) return 'none';
      left -= 1;
      return 'refuse';
    };
    const answer = await stage('away');
    expect(answer.staged().operation).toMatchObject({ outcome: 'staged', attempts: 1 });
    expect(left).toBe(0);
  });

  test('if a connection breaks within a range, only the missing bytes are requested again', async () => {
    await put('broken', large);
    harm('cutAnswer', 3);
    expect((await stage('broken')).status).toBe(200);
    expect((await readFile(join(service.userAreas, 'alice', 'broken'))).equals(large)).toBe(true);
  });

  test('a small object whose answer is cut off is requested again, and counted once', async () => {
    const small = randomBytes(200_000);
    await put('broken-small', small);
    harm('cutAnswer', 2);
    expect((await stage('broken-small')).staged().operation.bytes_done).toBe(small.length);
    expect((await readFile(join(service.userAreas, 'alice', 'broken-small'))).equals(small)).toBe(true);
  });

  test('the error of one range is reported while another range waits for its retry', async () => {
    await put('both', large);
    let gets = 0;
    decide = async ({ method }) => {
      if (method !== 'GET') return 'none';
      gets += 1;
      if (gets === 1) return 'cutAnswer';
      await put('both', randomBytes(large.length));
      return 'none';
    };
    expect((await stage('both')).problem()).toMatchObject({ status: 409, code: 'SOURCE_CHANGED' });
  });

  test('a temporarily overloaded store is retried', async () => {
    await put('overloaded', large);
    harm('refuse', 2);
    expect((await stage('overloaded')).status).toBe(200);
  });

  test.each([
    ['a small object', 'damaged-small', Buffer.from('a few bytes')],
    ['a large object', 'damaged-large', large],
  ])('%s that arrives damaged is not published', async (_what, key, content) => {
    await put(key, content);
    harm('damageAnswer', 1);
    const answer = await stage(key);
    expect(answer.problem()).toMatchObject({ status: 502, code: 'OBJECT_DAMAGED', retryable: true });
    expect((await filesOfAlice()).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  test('an object that has only checksums of its parts is verified by these', async () => {
    const params = { Bucket: bucket, Key: 'parts', Body: large, ChecksumAlgorithm: 'SHA256' } as const;
    await new Upload({ client: s3, params }).done();
    harm('damageAnswer', 1);
    expect((await stage('parts')).problem()).toMatchObject({ code: 'OBJECT_DAMAGED' });
    expect((await stage('parts')).status).toBe(200);
    expect((await readFile(join(service.userAreas, 'alice', 'parts'))).equals(large)).toBe(true);
  });

  test('a small object that was uploaded as one part is verified by the checksum of that part’s', async () => {
    const part = { Bucket: bucket, Key: 'one-part' };
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ ...part, ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' }),
    );
    const uploaded = await s3.send(
      new UploadPartCommand({
        ...part,
        UploadId,
        PartNumber: 1,
        Body: Buffer.from('a few bytes'),
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    const Parts = [{ PartNumber: 1, ETag: uploaded.ETag, ChecksumSHA256: uploaded.ChecksumSHA256 }];
    await s3.send(new CompleteMultipartUploadCommand({ ...part, UploadId, MultipartUpload: { Parts } }));
    harm('damageAnswer', 1);
    expect((await stage('one-part')).problem()).toMatchObject({ code: 'OBJECT_DAMAGED' });
    expect((await stage('one-part')).status).toBe(200);
  });

  test('an object that is replaced during the copy is not published', async () => {
    await put('replaced', large);
    duringCopy(() => put('replaced', randomBytes(large.length)));
    const answer = await stage('replaced');
    expect(answer.problem()).toMatchObject({ status: 409, code: 'SOURCE_CHANGED' });
    const { operation_id: id } = answer.problem();
    expect(await clientOf(service.url).operation(id ?? '')).toMatchObject({
      phase: 'ERROR',
      error_code: 'SOURCE_CHANGED',
    });
    expect((await filesOfAlice()).filter((name) => name.includes('replaced'))).toEqual([]);
  });

  test('an object that is replaced by an equally large one after its last range was read is not published', async () => {
    await put('late', Buffer.from('first version'));
    let isReplaced = false;
    decide = async ({ method }) => {
      if (
        method === 'HEAD' &&
        !isReplaced &&
        proxy.seen.some((seen) => seen.path.includes('/late') && seen.method === 'GET')
      ) {
        isReplaced = true;
        await put('late', Buffer.from('other version'));
      }
      return 'none';
    };
    expect((await stage('late')).problem()).toMatchObject({ code: 'SOURCE_CHANGED' });
    expect(await filesOfAlice()).not.toContain('late');
  });

  test('a prefix that gets another object during the copy is not published', async () => {
    decide = async () => 'none';
    for (const name of ['a', 'b', 'c']) await put(`growing/${name}`, Buffer.from(name));
    // A listing, then the first page again, then the objects.
    duringCopy(() => put('growing/d', Buffer.from('d')));
    expect((await stage('growing/')).problem()).toMatchObject({ code: 'SOURCE_CHANGED' });
    expect(await filesOfAlice()).not.toContain('growing');
  });

  test('an object that is deleted after it was opened is not published', async () => {
    await put('deleted', large);
    // Before any of its bytes is sent: LocalStack does not complete answers when their object is removed.
    let deleting: Promise<unknown> | undefined;
    decide = async ({ method }) => {
      if (method === 'GET') deleting ??= s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'deleted' }));
      await deleting;
      return 'none';
    };
    expect((await stage('deleted')).status).toBe(400);
    expect((await filesOfAlice()).filter((name) => name.includes('deleted'))).toEqual([]);
  });

  test('a store that is down is reported as unreachable', async () => {
    const dataDirectory = await makeDataDirectory();
    const alone = await startStagingService(dataDirectory, {
      ...s3Environment(localstack, bucket),
      S3_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    });
    const answer = await clientOf(alone.url).stage('local_copy', `s3://${bucket}/x`, 'x');
    expect(answer.problem()).toMatchObject({
      status: 502,
      code: 'OBJECT_STORE_UNREACHABLE',
      detail: 'The object store cannot be reached: ECONNREFUSED.',
      retryable: true,
    });
    await alone.stop();
    await removeDataDirectory(dataDirectory);
  });

  test('missing credentials are reported', async () => {
    const dataDirectory = await makeDataDirectory();
    const alone = await startStagingService(dataDirectory, {
      S3_ENDPOINT: localstack.endpoint,
      S3_SOURCE_BUCKETS: bucket,
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: dataDirectory,
    });
    const answer = await clientOf(alone.url).stage('local_copy', `s3://${bucket}/x`, 'x');
    expect(answer.problem()).toMatchObject({ status: 502, code: 'OBJECT_STORE_CREDENTIALS', class: 'auth' });
    await alone.stop();
    await removeDataDirectory(dataDirectory);
  });
});
