import { createHash, randomFillSync } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import { type Fault, startFaultProxy } from '../../services/staging/faultProxy.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking, partsIn } from '../../services/staging/workspaces.ts';

const mebibyte = 1024 * 1024;
const fileBytes = 16 * mebibyte;

describeWith('btrfs', 'many users who request one file, on a file system with reflinks', ({ mountPoint }) => {
  let directory: string;
  let running: StagingService | undefined;
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const shared = (...names: string[]) => join(mountPoint, 'shared', ...names);
  const area = (...names: string[]) => shared('user_areas', ...names);

  beforeAll(async () => {
    directory = await makeDataDirectory();
    await mkdir(area(), { recursive: true });
    await mkdir(shared('source_storage'));
  });
  afterAll(async () => {
    await running?.kill();
    await removeDataDirectory(shared());
    await removeDataDirectory(directory);
  });

  /** Ends the one before: they share a record, and each runs what has been queued there for five seconds. */
  const start = async (
    sourceStorage = join(directory, 'source_storage'),
    more: NodeJS.ProcessEnv = {},
  ): Promise<StagingService> => {
    const settings = { SOURCE_STORAGE_PATH: sourceStorage, TARGET_STORAGE_PATH: area(), ...more };
    await running?.kill();
    running = await startStagingService(directory, settings);
    return running;
  };
  const makeSource = async ({ sourceStorage }: StagingService, name: string) => {
    const bytes = randomFillSync(Buffer.alloc(fileBytes));
    await writeFile(join(sourceStorage, name), bytes);
    return sha256(bytes);
  };
  const stage = ({ url }: StagingService, name: string, username: string) =>
    clientOf(url).stage('local_copy', name, name, username);

  const testFiftyUsers = async (service: StagingService, name: string) => {
    const digest = await makeSource(service, name);
    const users = Array.from({ length: 50 }, (_, index) => `user${index}`);
    const before = await bytesRead(service);
    const answers = await Promise.all(users.map((user) => stage(service, name, user)));
    const read = (await bytesRead(service)) - before;
    expect(answers.map(({ status }) => status)).toEqual(users.map(() => 200));
    expect(answers.map((answer) => answer.staged().operation)).toEqual(
      users.map(() => expect.objectContaining({ outcome: 'staged', sha256: digest, bytes_done: fileBytes })),
    );
    expect(read).toBeGreaterThanOrEqual(fileBytes);
    // The rest is traffic of requests, the database and the log.
    expect(read).toBeLessThan(2 * fileBytes);
    const files = await Promise.all(users.map((user) => stat(area(user, name))));
    expect(new Set(files.map(({ ino }) => ino)).size).toBe(50);
    expect(files.every(({ mode, size }) => (mode & 0o777) === 0o400 && size === fileBytes)).toBe(true);
    expect(sha256(await readFile(area('user49', name)))).toBe(digest);
    expect(await inTheMaking(service.userAreas)).toEqual([]);
  };

  test('a source on the same file system is read once for fifty of them', async () => {
    await testFiftyUsers(await start(shared('source_storage')), 'near');
  });

  describeWith('localstack', 'and the source an object', (localstack) => {
    test('it is fetched once for fifty of them', async () => {
      const bucket = await createBucket(localstack);
      const s3 = createS3Client(localstack);
      const bytes = randomFillSync(Buffer.alloc(fileBytes));
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'wanted', Body: bytes }));
      s3.destroy();
      let gets = 0;
      await using proxy = await startFaultProxy(localstack.endpoint, ({ method, path }): Fault => {
        if (method === 'GET' && !path.includes('?')) gets += 1;
        return 'none';
      });
      const service = await start(undefined, {
        ...s3Environment(localstack, bucket),
        S3_ENDPOINT: proxy.url,
      });
      const users = Array.from({ length: 50 }, (_, index) => `user${index}`);
      const staging = users.map((user) =>
        clientOf(service.url).stage('local_copy', `s3://${bucket}/wanted`, 'wanted', user),
      );
      const operations = (await Promise.all(staging)).map((answer) => answer.staged().operation);
      expect(operations).toEqual(
        users.map(() => expect.objectContaining({ outcome: 'staged', sha256: sha256(bytes) })),
      );
      // One client fetches it in ranges of 4 MiB.
      expect(gets).toBe(fileBytes / (4 * mebibyte));
      expect(sha256(await readFile(area('user49', 'wanted')))).toBe(sha256(bytes));
    });
  });

  describe('and the source elsewhere', () => {
    let service: StagingService;
    beforeAll(async () => {
      service = await start();
    });

    test('it is read once for fifty of them', () => testFiftyUsers(service, 'far'));

    test('a user who changes their copy changes no copy of another user, not even a later one', async () => {
      const digest = await makeSource(service, 'altered');
      await stage(service, 'altered', 'eve');
      await chmod(area('eve', 'altered'), 0o600);
      await writeFile(area('eve', 'altered'), 'something else');
      const before = await bytesRead(service);
      const answer = await stage(service, 'altered', 'bob');
      expect(answer.staged().operation.sha256).toBe(digest);
      expect((await bytesRead(service)) - before).toBeLessThan(fileBytes);
      expect(sha256(await readFile(area('bob', 'altered')))).toBe(digest);
    });

    test('a source with a new version is read again', async () => {
      await makeSource(service, 'changing');
      await stage(service, 'changing', 'ann');
      const digest = await makeSource(service, 'changing');
      const answer = await stage(service, 'changing', 'bob');
      expect(answer.staged().operation.sha256).toBe(digest);
      expect(sha256(await readFile(area('bob', 'changing')))).toBe(digest);
    });

    test('when the leader is aborted, one of the followers becomes the leader, and the others wait for it', async () => {
      const client = clientOf(service.url);
      const longBytes = 384 * mebibyte;
      await writeFile(join(service.sourceStorage, 'long'), '');
      await truncate(join(service.sourceStorage, 'long'), longBytes);
      const first = stage(service, 'long', 'zoe');
      const listing = () => readdir(area('zoe')).catch(() => []);
      await waitFor(async () => (await partsIn(service.userAreas)).length > 0);
      const users = ['una', 'vic', 'wim', 'xen'];
      const waiting = users.map((user) => stage(service, 'long', user));
      await waitFor(async () => (await client.operations('&phase=EXECUTING')).length === 5);
      const [operation] = await client.operations('&username=zoe');
      await fetch(`${service.url}/operations/${operation?.id}`, { method: 'DELETE' });
      const before = await bytesRead(service);
      expect((await first).status).toBe(409);
      expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect((await bytesRead(service)) - before).toBeLessThan(2 * longBytes);
      expect(await listing()).toEqual([]);
    });
  });
});

/** Bytes that all threads of a service have read so far, from files and connections (proc_pid_io(5)). */
async function bytesRead({ process: { pid } }: StagingService): Promise<number> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8');
  return Number(/^rchar: (\d+)$/m.exec(io)?.[1]);
}
