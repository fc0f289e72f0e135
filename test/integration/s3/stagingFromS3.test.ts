import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

describeWith('localstack', 'staging from an object store', (localstack) => {
  let s3: S3Client;
  let bucket: string;
  let directory: string;
  let service: StagingService;
  const large = randomBytes(40_000_003);

  beforeAll(async () => {
    s3 = createS3Client(localstack);
    bucket = await createBucket(localstack);
    directory = await makeDataDirectory();
    service = await startStagingService(directory, s3Environment(localstack, bucket));
    const inParts: Partial<PutObjectCommandInput> = { ChecksumAlgorithm: 'CRC64NVME' };
    await new Upload({
      client: s3,
      params: { Bucket: bucket, Key: 'large', Body: large, ...inParts },
    }).done();
  });
  afterAll(async () => {
    await service.stop();
    s3.destroy();
    await removeDataDirectory(directory);
  });

  const put = (Key: string, Body: string | Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(Body) }));
  const stage = (key: string, target: string, method = 'local_copy') =>
    clientOf(service.url).stage(method, `s3://${bucket}/${key}`, target);
  const target = (...names: string[]) => join(service.userAreas, 'alice', ...names);

  test('an object becomes a complete, read-only file, and its digests are recorded', async () => {
    await put('survey/cube.fits', 'visibilities');
    const answer = await stage('survey/cube.fits', 'project/cube.fits');
    expect(answer.status).toBe(200);
    const { operation } = answer.staged();
    expect(await readFile(target('project/cube.fits'), 'utf8')).toBe('visibilities');
    expect((await stat(target('project/cube.fits'))).mode & 0o7777).toBe(0o400);
    expect(await clientOf(service.url).operation(operation.id)).toMatchObject({
      phase: 'COMPLETED',
      outcome: 'staged',
      local_path_on_storage: `s3://${bucket}/survey/cube.fits`,
      bytes_done: 12,
      files_done: 1,
      sha256: createHash('sha256').update('visibilities').digest('hex'),
    });
    expect((await stage('survey/cube.fits', 'project/cube.fits')).staged().operation.outcome).toBe(
      'already_present',
    );
  });

  test('a large object, which is read by several ranges at a time, arrives byte for byte', async () => {
    const { operation } = (await stage('large', 'large')).staged();
    expect((await readFile(target('large'))).equals(large)).toBe(true);
    expect(operation).toMatchObject({
      bytes_done: large.length,
      sha256: createHash('sha256').update(large).digest('hex'),
    });
  });

  test('present data is reported as the same until the object or prefix changes', async () => {
    const presence = async (key: string, name: string) => (await stage(key, name)).staged().operation.present;
    await put('versions/one', 'one');
    await put('versions/two', 'two');
    for (const [key, name] of [
      ['versions/one', 'version'],
      ['versions/', 'versions'],
    ] as const) {
      expect([key, await presence(key, name), await presence(key, name)]).toEqual([key, null, 'same']);
    }
    await put('versions/one', 'changed');
    expect(await presence('versions/one', 'version')).toBe('differs');
    expect(await presence('versions/', 'versions')).toBe('differs');
    expect(await readFile(target('versions/one'), 'utf8')).toBe('one');
  });

  test('an empty object becomes an empty file', async () => {
    await put('empty', '');
    expect((await stage('empty', 'empty')).staged().operation).toMatchObject({
      bytes_done: 0,
      files_done: 1,
    });
    expect((await stat(target('empty'))).size).toBe(0);
  });

  test("the caller's digests are compared", async () => {
    await put('digested', 'data');
    const body = (sha256: string) => ({
      local_path_on_storage: `s3://${bucket}/digested`,
      relative_path: 'digested',
      sha256,
    });
    const ask = (sha256: string) => clientOf(service.url).post('/stage/local?username=alice', body(sha256));
    expect((await ask('0'.repeat(64))).problem()).toMatchObject({ status: 409, code: 'DIGEST_MISMATCH' });
    expect((await ask(createHash('sha256').update('data').digest('hex'))).status).toBe(200);
  });

  test('all objects beneath a prefix become a directory, which appears in one step and is read-only', async () => {
    await put('set/', '');
    await put('set/table.dat', 'main');
    await put('set/SPECTRAL_WINDOW/table.dat', 'window');
    await put('set/SPECTRAL_WINDOW-2', 'beside');
    await put('set/a/b/c/.zarray', '{}');
    await put('set/nothing/', '');
    const { operation } = (await stage('set/', 'set.ms')).staged();
    expect(operation).toMatchObject({ files_done: 4, bytes_done: 18, sha256: null });
    const entries = await readdir(target('set.ms'), { recursive: true });
    expect(entries.sort()).toEqual([
      'SPECTRAL_WINDOW',
      'SPECTRAL_WINDOW-2',
      'SPECTRAL_WINDOW/table.dat',
      'a',
      'a/b',
      'a/b/c',
      'a/b/c/.zarray',
      'nothing',
      'table.dat',
    ]);
    expect(await readFile(target('set.ms/SPECTRAL_WINDOW/table.dat'), 'utf8')).toBe('window');
    expect((await stat(target('set.ms/a/b/c/.zarray'))).mode & 0o7777).toBe(0o400);
    for (const folder of ['set.ms', 'set.ms/a', 'set.ms/nothing']) {
      expect((await stat(target(folder))).mode & 0o7777).toBe(0o500);
    }
  });

  test('keys with characters that are special in XML or URLs keep their names', async () => {
    const names = [
      'a+b c%20d',
      'ä&<>',
      'tab\t',
      'cr\rlf\nboth\r\n',
      'bell\u0007',
      '\u0001',
      '+',
      '%2B',
      '%0D',
    ];
    for (const name of names) await put(`odd/${name}`, name);
    expect((await stage('odd/', 'odd')).staged().operation).toMatchObject({ files_done: names.length });
    expect((await readdir(target('odd'))).sort()).toEqual(names.toSorted());
    for (const name of names) expect(await readFile(target('odd', name), 'utf8')).toBe(name);
  });

  test('a prefix with more objects than one page of a listing is complete', async () => {
    const atOnce = pLimit(20);
    const keys = Array.from({ length: 1005 }, (_, index) => `many/${index % 7}/${index}`);
    await atOnce.map(keys, (key) => put(key, key));
    expect((await stage('many/', 'many')).staged().operation).toMatchObject({ files_done: 1005 });
    const files = await readdir(target('many'), { recursive: true });
    expect(files).toHaveLength(1005 + 7);
    expect(await readFile(target('many/3/1004'), 'utf8')).toBe('many/3/1004');
  });

  test.each([
    ['climbs', 'bad-1/../../x', ['x']],
    ['has no name', 'bad-2//x', ['x']],
    ['has a name of 256 bytes', `bad-3/${'n'.repeat(256)}`, ['x']],
    ['is a folder with bytes', 'bad-4/folder/', ['x']],
    ['is a file and a folder', 'bad-5/both', ['x', 'bad-5/both/x']],
  ])(
    'a key that %s cannot become a file, and nothing is left',
    async (_what, key, [content = '', second]) => {
      await put(key, content);
      if (second) await put(second, content);
      const prefix = `${key.split('/')[0]}/`;
      expect((await stage(prefix, prefix)).problem()).toMatchObject({
        status: 400,
        code: 'OBJECT_NAME_UNSUPPORTED',
      });
      expect((await readdir(target())).filter((name) => name.includes('bad-'))).toEqual([]);
    },
  );

  test('a missing object is reported like a missing path', async () => {
    for (const key of ['missing', 'missing/']) {
      const problem = (await stage(key, 'missing')).problem();
      expect(problem).toMatchObject({
        status: 400,
        code: 'SOURCE_NOT_FOUND',
        detail: `Source path does not exist: s3://${bucket}/${key}`,
      });
    }
  });

  test('a bucket that is not offered is refused before the store is contacted', async () => {
    const other = await createBucket(localstack);
    const answer = await clientOf(service.url).stage('local_copy', `s3://${other}/x`, 'x');
    expect(answer.problem()).toMatchObject({ status: 403, code: 'BUCKET_NOT_OFFERED' });
  });

  test.each(['../x', 'a/../../x', '%2e%2e/x', 'a/./x', 'nul\0', 'k'.repeat(1025)])(
    'the key %j is refused as an invalid path',
    async (key) => {
      expect((await stage(key, 'x')).problem()).toMatchObject({ status: 400, code: 'PATH_INVALID' });
    },
  );

  test('symlink_copy says that it needs mounted storage', async () => {
    await put('linked', 'x');
    expect((await stage('linked', 'linked', 'symlink_copy')).problem()).toMatchObject({
      status: 400,
      code: 'SOURCE_NOT_MOUNTED',
    });
  });
});
