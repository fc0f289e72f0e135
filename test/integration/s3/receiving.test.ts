import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createBucket, createS3Client, type S3Address, s3Environment } from '../../services/s3/s3Client.ts';
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
import { inTheMaking } from '../../services/staging/workspaces.ts';

const mebibyte = 1024 ** 2;
/** One object that is read in ranges, and a prefix of small ones. */
const large = randomBytes(5 * mebibyte);
const small = Array.from({ length: 20 }, () => randomBytes(100_000));
const smallBytes = small.length * 100_000;

/** Uploads them to a new bucket. */
async function putObjects(s3: S3Client, address: S3Address): Promise<string> {
  const bucket = await createBucket(address);
  const put = (Key: string, Body: Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ChecksumAlgorithm: 'CRC32' }));
  await put('large', large);
  for (const [index, content] of small.entries()) await put(`small/${index}`, content);
  return bucket;
}

/** A service with a proxy in front of its store. */
function serviceWith(localstack: S3Address, environment: NodeJS.ProcessEnv = {}) {
  const s3 = createS3Client(localstack);
  const started: { bucket: string; directory: string; proxy: FaultProxy; service: StagingService }[] = [];
  const decide: { fault: (request: SeenRequest) => Fault } = { fault: () => 'none' };
  beforeAll(async () => {
    const bucket = await putObjects(s3, localstack);
    const directory = await makeDataDirectory();
    const proxy = await startFaultProxy(localstack.endpoint, (request) => decide.fault(request));
    const store = { ...s3Environment(localstack, bucket), S3_ENDPOINT: proxy.url };
    const service = await startStagingService(directory, { ...store, ...environment });
    started.push({ bucket, directory, proxy, service });
  });
  afterAll(async () => {
    for (const { service, proxy, directory } of started) {
      await service.kill();
      await proxy[Symbol.asyncDispose]();
      await removeDataDirectory(directory);
    }
    s3.destroy();
  });
  const here = () => {
    const [only] = started;
    if (!only) throw new Error('It is not started');
    return only;
  };
  return { s3, decide, here };
}

describeWith('localstack', 'objects received in threads', (localstack) => {
  const { s3, decide, here } = serviceWith(localstack);
  const stage = (key: string, target: string) =>
    clientOf(here().service.url).stage('local_copy', `s3://${here().bucket}/${key}`, target);
  const target = (...names: string[]) => join(here().service.userAreas, 'alice', ...names);
  /** The paths of requests for data so far. */
  const requests = () =>
    here().proxy.seen.filter(({ method, path }) => method === 'GET' && /\/(large|small\/\d+)/.test(path));

  test('each range of a large object is requested once', async () => {
    const before = requests().length;
    expect((await stage('large', 'large')).status).toBe(200);
    expect((await readFile(target('large'))).equals(large)).toBe(true);
    expect(requests().length - before).toBe(2);
  });

  test('each small object of a prefix is requested once, and its file has its time', async () => {
    const before = requests().length;
    expect((await stage('small/', 'small')).status).toBe(200);
    expect(requests().length - before).toBe(small.length);
    const head = new HeadObjectCommand({ Bucket: here().bucket, Key: 'small/7' });
    const { LastModified } = await s3.send(head);
    expect((await stat(target('small', '7'))).mtimeMs).toBe(LastModified?.getTime());
  });

  test.each(['damageAnswer', 'cutAnswer', 'refuse', 'loseAnswer'] as const)(
    'small objects of a prefix that are received incompletely (%s) are requested again',
    async (fault) => {
      let left = 3;
      decide.fault = ({ method, path }) => {
        if (method !== 'GET' || !/\/small\/\d+/.test(path) || left === 0) return 'none';
        left -= 1;
        return fault;
      };
      const { operation } = (await stage('small/', fault)).staged();
      expect(operation).toMatchObject({ files_done: small.length, bytes_done: smallBytes });
      for (const [index, content] of small.entries())
        expect((await readFile(target(fault, String(index)))).equals(content)).toBe(true);
      expect(left).toBe(0);
    },
  );

  test('no signature is logged', () => {
    const { output } = here().service;
    expect(output()).toContain('small/');
    expect(output()).not.toMatch(/AWS4-HMAC-SHA256|Signature=/i);
  });

  test.each(['large', 'small/'])('an abort ends a copy of %s whose store does not answer', async (key) => {
    decide.fault = ({ method, path }) =>
      method === 'GET' && /\/(large|small\/\d+)/.test(path) ? 'hold' : 'none';
    const before = requests().length;
    const id = await begin(here(), key);
    await waitFor(async () => requests().length > before);
    const answer = await fetch(`${here().service.url}/operations/${id}`, { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toMatchObject([200, { phase: 'ABORTED' }]);
    expect(await inTheMaking(here().service.userAreas)).toEqual([]);
  });
});

describeWith('localstack', 'objects with a bandwidth limit', (localstack) => {
  const limit = 2 * mebibyte;
  const { here } = serviceWith(localstack, { BANDWIDTH_LIMIT: String(limit) });

  test.each([
    ['an object', 'large', large.length],
    ['a prefix', 'small/', smallBytes],
  ])('a copy of %s respects it', async (_what, key, bytes) => {
    const { service, bucket } = here();
    const began = performance.now();
    const answer = await clientOf(service.url).stage('local_copy', `s3://${bucket}/${key}`, `of-${bytes}`);
    expect(answer.status).toBe(200);
    // A quarter of a second's worth may pass immediately.
    expect(bytes).toBeLessThanOrEqual(limit * ((performance.now() - began) / 1000 + 0.25));
  });
});

describeWith('localstack', 'objects with a limit so low that no copy ends', (localstack) => {
  const { here } = serviceWith(localstack, { BANDWIDTH_LIMIT: '1' });

  test.each(['large', 'small/'])('an abort ends a copy of %s, and nothing of it is left', async (key) => {
    const id = await begin(here(), key);
    const { url, userAreas } = here().service;
    await waitFor(async () => (await inTheMaking(userAreas)).length > 0);
    const answer = await fetch(`${url}/operations/${id}`, { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toMatchObject([200, { phase: 'ABORTED' }]);
    expect(await readdir(join(userAreas, 'alice')).catch(() => [])).toEqual([]);
    expect(await inTheMaking(userAreas)).toEqual([]);
  });
});

async function begin(
  { service, bucket }: { readonly service: StagingService; readonly bucket: string },
  key: string,
): Promise<string> {
  const body = { local_path_on_storage: `s3://${bucket}/${key}`, relative_path: 'aborted' };
  const headers = { prefer: 'respond-async' };
  const answer = await clientOf(service.url).post('/stage/local?username=alice', body, headers);
  return acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id;
}
