import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../services/describeWith.ts';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import { shareFunctions } from './withFunction.ts';

const threshold = 1000;

describeWith('localstack', 'downloads that are too large for an answer', (localstack) => {
  const withFunction = shareFunctions();
  let s3: S3Client;
  let bucket: string;
  let settings: NodeJS.ProcessEnv;

  beforeAll(async () => {
    s3 = createS3Client(localstack);
    bucket = await createBucket(localstack);
    settings = {
      ...s3Environment(localstack),
      DOWNLOAD_BUCKET: bucket,
      DOWNLOAD_THRESHOLD: String(threshold),
    };
  });
  afterAll(() => s3.destroy());

  const objects = async (Prefix: string) =>
    (await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))).Contents ?? [];
  const fetched = async (location: string | undefined) => {
    const answer = await fetch(location ?? '');
    return { bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
  };

  test('a file is stored in the bucket once, under its digest, and found there the next time', () =>
    withFunction('downloadFile', settings, async ({ invoke, addSource, startAnother }) => {
      const bytes = randomBytes(20_000_001);
      await addSource('survey/notes.txt', bytes);
      const first = await invoke(await readEvent('downloadFile'));
      expect([first.status, first.headers['cache-control'], first.bytes.length]).toEqual([
        303,
        'no-store',
        0,
      ]);
      const copy = await fetched(first.headers['location']);
      expect(copy.bytes.equals(bytes)).toBe(true);
      expect(copy.headers.get('content-disposition')).toBe('attachment; filename="notes.txt"');
      const [object] = await objects('sha256/');
      const again = await startAnother('downloadFile').invoke(await readEvent('downloadFile'));
      expect((await fetched(again.headers['location'])).bytes.equals(bytes)).toBe(true);
      expect(await objects('sha256/')).toEqual([object]);
    }));

  test.each([
    ['of exactly the threshold', threshold, 200],
    ['of one byte more', threshold + 1, 303],
    ['without a byte', 0, 200],
  ])('a file %s is answered in the right way', (_what, size, status) =>
    withFunction('downloadFile', settings, async ({ invoke, addSource }) => {
      const bytes = randomBytes(size);
      await addSource('survey/notes.txt', bytes);
      const answer = await invoke(await readEvent('downloadFile'));
      expect(answer.status).toBe(status);
      const arrived = status === 200 ? answer.bytes : (await fetched(answer.headers['location'])).bytes;
      expect(arrived.equals(bytes)).toBe(true);
    }),
  );

  test('a small range of a large file is answered directly', () =>
    withFunction('downloadFile', settings, async ({ invoke, addSource }) => {
      const bytes = randomBytes(50_000);
      await addSource('survey/notes.txt', bytes);
      const answer = await invoke(await readEvent('downloadFile', { headers: { range: 'bytes=100-199' } }));
      expect([answer.status, answer.bytes.equals(bytes.subarray(100, 200))]).toEqual([206, true]);
    }));

  test('a directory is stored there as a tar file', () =>
    withFunction('downloadFile', settings, async ({ invoke, addSource }) => {
      await addSource('tree/a.fits', randomBytes(3_000));
      await addSource('tree/below/b.fits', randomBytes(3_000));
      const answer = await invoke(await readEvent('downloadFile', { path: '/download/tree' }));
      expect(answer.status).toBe(303);
      const { bytes, headers } = await fetched(answer.headers['location']);
      expect(headers.get('content-disposition')).toBe('attachment; filename="tree.tar"');
      const listed = execFileSync('tar', ['--list', '--file=-'], { input: bytes }).toString();
      expect(listed.split('\n').sort().filter(Boolean)).toEqual([
        'tree/',
        'tree/a.fits',
        'tree/below/',
        'tree/below/b.fits',
      ]);
    }));

  test('POST /stage_data redirects to the bucket, too', () =>
    withFunction('stageData', settings, async ({ invoke, addSource }) => {
      const bytes = randomBytes(5_000);
      await addSource('survey/notes.txt', bytes);
      const body = Buffer.from('{"local_path_on_storage":"survey/notes.txt","relative_path":""}');
      const query = 'method=direct_download&username=alice';
      const answer = await invoke(await readEvent('stageData', { body, query }));
      expect(answer.status).toBe(303);
      expect((await fetched(answer.headers['location'])).bytes.equals(bytes)).toBe(true);
    }));

  test.each([
    ['no bucket is set', { DOWNLOAD_BUCKET: '' }, 501, 'DOWNLOAD_TOO_LARGE'],
    ['the bucket does not exist', { DOWNLOAD_BUCKET: 'nowhere-at-all' }, 502, 'OBJECT_STORE_FAILED'],
  ])('when %s, the error says so', (_what, change, status, code) =>
    withFunction('downloadFile', { ...settings, ...change }, async ({ invoke, addSource }) => {
      await addSource('survey/notes.txt', randomBytes(5_000));
      expect((await invoke(await readEvent('downloadFile'))).problem()).toMatchObject({ status, code });
    }),
  );
});
