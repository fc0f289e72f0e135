import { createHash, randomBytes } from 'node:crypto';
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
import { describeWith } from './describeWith.ts';
import { createBucket, createS3Client } from './s3Client.ts';

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

  test('tells the checksum of an object, of its parts where only these have one', async () => {
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

  test('answers a presigned URL to whoever has it, and refuses one that was changed', async () => {
    await put('presigned', 'for you');
    const ResponseContentDisposition = 'attachment; filename="notes.txt"';
    const command = new GetObjectCommand({ Bucket, Key: 'presigned', ResponseContentDisposition });
    const url = await getSignedUrl(client, command, { expiresIn: 60 });
    const answer = await fetch(url);
    expect(answer.headers.get('content-disposition')).toBe(ResponseContentDisposition);
    expect(await answer.text()).toBe('for you');
    expect((await fetch(url.replace('Expires=60', 'Expires=61'))).status).toBe(403);
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

function sha256(content: Uint8Array = new Uint8Array()): string {
  return createHash('sha256').update(content).digest('hex');
}
