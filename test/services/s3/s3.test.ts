import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../describeWith.ts';
import { awsCommandLine } from './awsCommandLine.ts';
import { createBucket, createS3Client } from './s3Client.ts';
import type { S3Credentials } from './strictS3.ts';

const run = promisify(execFile);

const PART_SIZE_BYTES = 5 * 1024 * 1024;

describeWith('localstack', 'LocalStack', (localstack) => {
  let client: S3Client;
  let Bucket: string;
  beforeAll(async () => {
    client = createS3Client(localstack);
    Bucket = await createBucket(localstack);
  });
  afterAll(() => client.destroy());

  const put = (Key: string, Body: string | Buffer) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }));

  async function uploadInParts(
    Key: string,
    Body: Buffer,
    checksum: Pick<PutObjectCommandInput, 'ChecksumAlgorithm'> & { ChecksumType?: 'FULL_OBJECT' } = {},
  ): Promise<void> {
    const params = { Bucket, Key, Body, ...checksum };
    await new Upload({ client, params, partSize: PART_SIZE_BYTES }).done();
  }

  test('puts the parts of an upload together', async () => {
    const content = randomBytes(2 * PART_SIZE_BYTES + 1);
    await uploadInParts('parts', content);
    const object = await client.send(new GetObjectCommand({ Bucket, Key: 'parts' }));
    expect(object.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(sha256(await object.Body?.transformToByteArray())).toBe(sha256(content));
  });

  test('answers a range of the version that its ETag names, and 412 when that was replaced', async () => {
    const { ETag: IfMatch } = await put('replaced', 'first version');
    const range = new GetObjectCommand({ Bucket, Key: 'replaced', Range: 'bytes=6-12', IfMatch });
    const { Body, ContentRange } = await client.send(range);
    expect(await Body?.transformToString()).toBe('version');
    expect(ContentRange).toBe('bytes 6-12/13');
    await put('replaced', 'second version');
    await expect(client.send(range)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
  });

  test('returns the checksum of an object, or of its parts if only these have one', async () => {
    const content = Buffer.alloc(PART_SIZE_BYTES + 1, 'x');
    await uploadInParts('crc64nvme', content, { ChecksumAlgorithm: 'CRC64NVME' });
    await uploadInParts('crc32', content, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    await uploadInParts('sha256', content, { ChecksumAlgorithm: 'SHA256' });
    const head = (Key: string) =>
      client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(await head('crc64nvme')).toMatchObject({
      ChecksumType: 'FULL_OBJECT',
      ChecksumCRC64NVME: expect.stringMatching(/^[\w+/]{11}=$/),
    });
    expect(await head('crc32')).toMatchObject({
      ChecksumType: 'FULL_OBJECT',
      ChecksumCRC32: expect.stringMatching(/^[\w+/]{6}==$/),
    });
    expect(await head('sha256')).toMatchObject({
      ChecksumType: 'COMPOSITE',
      ChecksumSHA256: expect.stringMatching(/^[\w+/]{43}=-2$/),
    });
  });

  test('answers a presigned URL without credentials, and refuses a changed one', async () => {
    await put('presigned', 'for you');
    const ResponseContentDisposition = 'attachment; filename="notes.txt"';
    const command = new GetObjectCommand({ Bucket, Key: 'presigned', ResponseContentDisposition });
    const url = await getSignedUrl(client, command, { expiresIn: 60 });
    const answer = await fetch(url);
    expect(answer.headers.get('content-disposition')).toBe(ResponseContentDisposition);
    expect(await answer.text()).toBe('for you');
    expect((await fetch(url.replace('Expires=60', 'Expires=61'))).status).toBe(403);
  });

  test('serves the AWS command line, the peer in benchmarks', async () => {
    const content = randomBytes(2 * PART_SIZE_BYTES);
    await put('copied', content);
    const { command, env } = await awsCommandLine(localstack);
    const [aws, ...args] = command;
    const copy = [...args, 's3', 'cp', `s3://${Bucket}/copied`, '-'];
    const { stdout } = await run(aws, copy, { env, encoding: 'buffer', maxBuffer: content.length });
    expect(sha256(stdout)).toBe(sha256(content));
  });

  test('lists keys page by page, in the order of their UTF-8', async () => {
    const keys = ['list/B', 'list/a', 'list/a/b', 'list/ä', 'list/～', 'list/😀'];
    await Promise.all(keys.map((key) => put(key, 'x')));
    const listed: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const command = new ListObjectsV2Command({ Bucket, Prefix: 'list/', MaxKeys: 2, ContinuationToken });
      const page = await client.send(command);
      listed.push(...(page.Contents ?? []).map(({ Key }) => Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(listed).toEqual(keys);
  });
});

describeWith('s3-strict', 'an S3 that checks credentials', (s3) => {
  const Key = 'a b/ä+.txt';
  const clients: S3Client[] = [];
  const clientOf = (credentials: S3Credentials) => {
    const client = createS3Client({ endpoint: s3.endpoint, region: s3.region, ...credentials });
    clients.push(client);
    return client;
  };
  const read = (client: S3Client, Bucket: string) => client.send(new GetObjectCommand({ Bucket, Key }));
  beforeAll(async () => {
    const admin = clientOf(s3.admin);
    for (const Bucket of [s3.allowedBucket, s3.deniedBucket]) {
      await admin.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Bucket) }));
    }
  });
  afterAll(() => {
    for (const client of clients) client.destroy();
  });

  test('lets a user read what their policy allows, and nothing of the denied bucket', async () => {
    const limited = clientOf(s3.limited);
    const allowed = await read(limited, s3.allowedBucket);
    expect(await allowed.Body?.transformToString()).toBe(s3.allowedBucket);
    const list = (Bucket: string) => limited.send(new ListObjectsV2Command({ Bucket, Prefix: 'a b/' }));
    expect((await list(s3.allowedBucket)).Contents).toMatchObject([{ Key }]);
    const refusal = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
    await expect(read(limited, s3.deniedBucket)).rejects.toMatchObject(refusal);
    await expect(list(s3.deniedBucket)).rejects.toMatchObject(refusal);
    const denied = await read(clientOf(s3.admin), s3.deniedBucket);
    expect(await denied.Body?.transformToString()).toBe(s3.deniedBucket);
  });

  test('refuses a wrong secret, and an unknown access key', async () => {
    const wrongSecret = clientOf({ ...s3.limited, secretAccessKey: 'wrong' });
    await expect(read(wrongSecret, s3.allowedBucket)).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
    const unknown = clientOf({ accessKeyId: 'AKIA0000000000000000', secretAccessKey: 'wrong' });
    await expect(read(unknown, s3.allowedBucket)).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
      $metadata: { httpStatusCode: 403 },
    });
  });
});

function sha256(content: Uint8Array = new Uint8Array()): string {
  return createHash('sha256').update(content).digest('hex');
}
