import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { notebookDirectory } from '../../services/jupyterhub/jupyterhub.ts';
import { addUser } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

describeWith('jupyterhub-pypi', 'from an object store to a notebook server', (hub) => {
  describeWith('localstack', 'by jupyter_copy', (localstack) => {
    // The same as in rucio/toNotebookServer.test.ts: to start a notebook server takes seconds of processor time.
    const username = 'ruth';
    const content = randomBytes(5_000_001);
    let s3: S3Client;
    let bucket: string;
    let directory: string;
    let service: StagingService;

    beforeAll(async () => {
      s3 = createS3Client(localstack);
      bucket = await createBucket(localstack);
      directory = await makeDataDirectory();
      await addUser(hub, username);
      service = await startStagingService(directory, {
        ...s3Environment(localstack, bucket),
        JUPYTERHUB_URL: hub.url,
        JUPYTERHUB_API_TOKEN: hub.apiToken,
      });
      for (const Key of ['cube.fits', 'set/a', 'set/below/.zarray', 'set/below/empty']) {
        const Body = Key.endsWith('empty') ? Buffer.alloc(0) : content;
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
      }
    });
    afterAll(async () => {
      await service.stop();
      s3.destroy();
      await removeDataDirectory(directory);
    });

    const stage = (key: string, target: string) =>
      clientOf(service.url).stage('jupyter_copy', `s3://${bucket}/${key}`, target, username);
    const inServer = (...names: string[]) => join(notebookDirectory(hub, username), ...names);

    test('an object arrives complete and read-only', async () => {
      const answer = await stage('cube.fits', 'project/cube.fits');
      expect(answer.staged().operation).toMatchObject({ outcome: 'staged', bytes_done: content.length });
      expect((await readFile(inServer('project', 'cube.fits'))).equals(content)).toBe(true);
      expect((await stat(inServer('project', 'cube.fits'))).mode & 0o777).toBe(0o400);
    });

    test('all objects beneath a prefix arrive as a directory', async () => {
      const answer = await stage('set/', 'set');
      expect(answer.staged().operation).toMatchObject({ outcome: 'staged', files_done: 3 });
      expect((await readdir(inServer('set'), { recursive: true })).sort()).toEqual([
        'a',
        'below',
        'below/.zarray',
        'below/empty',
      ]);
      expect((await readFile(inServer('set', 'below', '.zarray'))).equals(content)).toBe(true);
    });
  });
});
