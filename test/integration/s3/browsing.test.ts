import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DirectoryPage, directoryPageSchema } from '../../../shared/http/contract/answers/files.ts';
import { previewSchema } from '../../../shared/http/contract/answers/previews.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

describeWith('localstack', 'browsing an object store', (localstack) => {
  let s3: S3Client;
  let buckets: string[];
  let bucket: string;
  let directory: string;
  let service: StagingService;

  beforeAll(async () => {
    s3 = createS3Client(localstack);
    bucket = await createBucket(localstack);
    buckets = [bucket, await createBucket(localstack)].sort();
    directory = await makeDataDirectory();
    service = await startStagingService(directory, s3Environment(localstack, ...buckets));
    await put('survey/', '');
    await put('survey/m31.fits', await readFile(resolve('test/fixtures/fits/m31.fits')));
    await put('survey/notes.txt', 'Hello, sky\n');
    for (let index = 0; index < 5; index += 1) await put(`survey/2026/day ${index}/data`, 'x');
    await put('survey//double', 'x');
    await put('survey.txt', 'beside it');
  });
  afterAll(async () => {
    await service.stop();
    s3.destroy();
    await removeDataDirectory(directory);
  });

  const put = (Key: string, Body: string | Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(Body) }));
  const get = (path: string, query: Record<string, string>) =>
    clientOf(service.url).get(`${path}?${new URLSearchParams(query)}`);
  const browse = async (path: string, query: Record<string, string> = {}) =>
    directoryPageSchema.parse(JSON.parse((await get('/browse', { path, ...query })).text));

  test('the buckets that data is staged from are listed as folders', async () => {
    const { path, entries, next_cursor: next } = await browse('s3://');
    expect([path, entries.map(({ name, kind }) => [name, kind]), next]).toEqual([
      's3://',
      buckets.map((name) => [name, 'directory']),
      null,
    ]);
  });

  test('a prefix is listed like a directory, with or without its final slash', async () => {
    const listed = await browse(`s3://${bucket}/survey/`);
    expect(listed.path).toBe(`s3://${bucket}/survey/`);
    expect(listed.entries).toEqual([
      { name: '', kind: 'other', size_bytes: null, modified_at: null },
      { name: '2026', kind: 'directory', size_bytes: null, modified_at: null },
      { name: 'm31.fits', kind: 'file', size_bytes: 25_920, modified_at: expect.any(String) },
      { name: 'notes.txt', kind: 'file', size_bytes: 11, modified_at: expect.any(String) },
    ]);
    expect(await browse(`s3://${bucket}/survey`)).toEqual(listed);
    const top = await browse(`s3://${bucket}`);
    expect(top.entries.map(({ name }) => name)).toEqual(['survey', 'survey.txt']);
  });

  test('a long listing comes page by page, by the cursors of the store', async () => {
    const entries: DirectoryPage['entries'] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: DirectoryPage = await browse(`s3://${bucket}/survey/2026/`, {
        limit: '2',
        ...(cursor && { cursor }),
      });
      expect(page.entries.length).toBeLessThanOrEqual(2);
      entries.push(...page.entries);
      cursor = page.next_cursor;
    }
    expect(entries.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4].map((day) => `day ${day}`));
  });

  test('keys with line ends and other control characters are listed, and can be requested', async () => {
    const names = ['both\r\n', 'cr\r', 'folder\r\n', 'lf\n', 'plus + %2B', '\u0001'].sort();
    for (const name of names) await put(`odd\r/${name}${name.startsWith('folder') ? '/x' : ''}`, name);
    const prefix = `s3://${bucket}/odd\r/`;
    const { entries } = await browse(prefix);
    expect(entries.map(({ name }) => name)).toEqual(names);
    for (const { name, kind } of entries) {
      expect([name, kind]).toEqual([name, name.startsWith('folder') ? 'directory' : 'file']);
      if (kind === 'file') expect((await get('/preview', { path: prefix + name })).status).toBe(200);
    }
    expect((await browse(`${prefix}folder\r\n`)).entries.map(({ name }) => name)).toEqual(['x']);
  });

  test('an empty bucket is an empty page', async () => {
    const empty = buckets.find((name) => name !== bucket);
    expect((await browse(`s3://${empty}/`)).entries).toEqual([]);
  });

  test.each([
    ['s3://other/', 403, 'BUCKET_NOT_OFFERED'],
    ['s3://BUCKET/nothing/', 400, 'SOURCE_NOT_FOUND'],
    ['s3://BUCKET/../other/', 400, 'PATH_INVALID'],
  ])('%s is refused as for staging', async (path, status, code) => {
    const answer = await get('/browse', { path: path.replace('BUCKET', bucket) });
    expect([answer.status, answer.problem().code]).toEqual([status, code]);
  });

  test('the headers of a FITS object, and a text, are read by ranges', async () => {
    const preview = async (key: string) =>
      previewSchema.parse(JSON.parse((await get('/preview', { path: `s3://${bucket}/${key}` })).text));
    const fits = await preview('survey/m31.fits');
    expect(fits.kind === 'fits' && fits.hdus).toHaveLength(4);
    const text = { kind: 'text', text: 'Hello, sky\n', truncated: false, size_bytes: 11 };
    expect(await preview('survey/notes.txt')).toEqual(text);
    expect((await get('/preview', { path: `s3://${bucket}/survey/` })).problem().code).toBe('NOT_A_FILE');
    expect((await get('/preview', { path: `s3://${bucket}/none` })).problem().code).toBe('SOURCE_NOT_FOUND');
  });
});
