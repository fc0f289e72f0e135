import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
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

describeWith('localstack', 'downloads from an object store', (localstack) => {
  let s3: S3Client;
  let bucket: string;
  let directory: string;
  let redirecting: StagingService;
  let proxying: StagingService;
  const content = randomBytes(3_000_000);

  beforeAll(async () => {
    s3 = createS3Client(localstack);
    bucket = await createBucket(localstack);
    directory = await makeDataDirectory();
    const environment = s3Environment(localstack, bucket);
    redirecting = await startStagingService(directory, environment);
    proxying = await startStagingService(directory, {
      ...environment,
      S3_PROXY: 'true',
      LOG_FILE: 'proxying.log',
    });
    for (const Key of ['set/spectre é ☃.fits', 'set/folder/b', 'set/folder/empty']) {
      const Body = Key.endsWith('empty') ? Buffer.alloc(0) : content;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    }
  });
  afterAll(async () => {
    await redirecting.stop();
    await proxying.stop();
    s3.destroy();
    await removeDataDirectory(directory);
  });

  const download = (service: StagingService, path: string, init: RequestInit = {}) =>
    fetch(`${service.url}/download/s3://${bucket}/${encodeURI(path)}?username=alice`, init);
  const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

  test('a client is redirected to the store, where it gets the file under its name', async () => {
    const answer = await download(redirecting, 'set/spectre é ☃.fits', { redirect: 'manual' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const location = answer.headers.get('location') ?? '';
    expect(location.startsWith(localstack.endpoint)).toBe(true);
    const followed = await fetch(location);
    expect(followed.headers.get('content-disposition')).toContain(
      "filename*=UTF-8''spectre%20%C3%A9%20%E2%98%83.fits",
    );
    expect((await bytesOf(followed)).equals(content)).toBe(true);
    expect(redirecting.output()).not.toContain('X-Amz-Signature=');
    const [operation] = await clientOf(redirecting.url).operations('&method=direct_download');
    expect(operation).toMatchObject({ phase: 'COMPLETED', bytes_total: content.length });
  });

  test('HEAD is redirected to the store like GET, and answered there', async () => {
    const path = 'set/spectre é ☃.fits';
    const head = await download(redirecting, path, { method: 'HEAD', redirect: 'manual' });
    expect([head.status, head.headers.get('content-length')]).toEqual([303, null]);
    const followed = await download(redirecting, path, { method: 'HEAD' });
    expect(followed.url.startsWith(localstack.endpoint)).toBe(true);
    expect([followed.status, followed.headers.get('content-length')]).toEqual([200, String(content.length)]);
    expect((await download(redirecting, 'missing', { method: 'HEAD' })).status).toBe(400);
  });

  test('an object stored with an encoding is delivered with the same bytes by every method, and its digests are of these', async () => {
    const stored = gzipSync(Buffer.alloc(7000, 'sky'));
    const encoding = { ContentEncoding: 'gzip', ContentType: 'text/plain' };
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'packed', Body: stored, ...encoding }));
    const sha256 = createHash('sha256').update(stored).digest('base64');
    for (const service of [redirecting, proxying]) {
      expect(await bytesOf(await download(service, 'packed'))).toEqual(stored);
      const curl = ['-sSL', '--compressed', `${service.url}/download/s3://${bucket}/packed`];
      expect(execFileSync('curl', curl)).toEqual(stored);
    }
    const wanted = { headers: { 'want-digest': 'sha-256' } };
    const proxied = await download(proxying, 'packed', wanted);
    expect(proxied.headers.get('digest')).toBe(`sha-256=${sha256}`);
    const staged = await clientOf(redirecting.url).stage('local_copy', `s3://${bucket}/packed`, 'packed');
    expect(staged.staged().operation.sha256).toBe(Buffer.from(sha256, 'base64').toString('hex'));
    expect(await readFile(join(redirecting.userAreas, 'alice', 'packed'))).toEqual(stored);
    const head = await download(redirecting, 'packed', { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(stored.length));
  });

  test('POST /stage_data redirects to the store, too', async () => {
    const answer = await fetch(`${redirecting.url}/stage_data?method=direct_download&username=alice`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ local_path_on_storage: `s3://${bucket}/set/folder/b`, relative_path: '' }),
    });
    expect((await bytesOf(answer)).equals(content)).toBe(true);
  });

  test('with S3_PROXY the file comes through the service, with ranges and conditions', async () => {
    const whole = await download(proxying, 'set/folder/b');
    expect(whole.status).toBe(200);
    expect((await bytesOf(whole)).equals(content)).toBe(true);
    const range = await download(proxying, 'set/folder/b', { headers: { range: 'bytes=10-19' } });
    expect(range.status).toBe(206);
    expect((await bytesOf(range)).equals(content.subarray(10, 20))).toBe(true);
    const etag = whole.headers.get('etag') ?? '';
    const known = await download(proxying, 'set/folder/b', { headers: { 'if-none-match': etag } });
    expect(known.status).toBe(304);
    const head = await download(proxying, 'set/folder/b', { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(content.length));
    expect(head.headers.get('repr-digest')).toMatch(/^sha-256=:/);
    const empty = await download(proxying, 'set/folder/empty');
    expect([empty.status, (await bytesOf(empty)).length]).toEqual([200, 0]);
  });

  test.each(['redirecting', 'proxying'])('a prefix comes as a tar stream (%s)', async (which) => {
    const answer = await download(which === 'proxying' ? proxying : redirecting, 'set/');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="set.tar"');
    const listed = execFileSync('tar', ['--list', '--file=-'], { input: await bytesOf(answer) }).toString();
    expect(
      listed.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    ).toContain('set/folder/b\n');
    expect(listed.split('\n').filter(Boolean)).toHaveLength(5);
  });

  test('a missing object is a clear error, and no redirect', async () => {
    const answer = await download(redirecting, 'missing', { redirect: 'manual' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });
});
