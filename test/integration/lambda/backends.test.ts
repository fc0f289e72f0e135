import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { describeWith } from '../../services/describeWith.ts';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { createDatabase } from '../../services/mariadb.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import { withFunction } from './withFunction.ts';

describeWith('mariadb', 'functions on MariaDB', (mariaDb) => {
  test('an operation of one instance is in the record of another', async () => {
    const database = { DATABASE_URL: await createDatabase(mariaDb) };
    await withFunction('stageLocal', database, async ({ invoke, addSource, startAnother, output }) => {
      await addSource('survey/notes.txt', 'Hello, sky\n');
      expect((await invoke(await readEvent('stageLocal'))).status).toBe(200);
      const listed = await startAnother('operations').invoke(await readEvent('operations'));
      expect(JSON.parse(listed.bytes.toString()).operations).toMatchObject([
        { phase: 'COMPLETED', method: 'local_copy', bytes_done: 11 },
      ]);
      expect(output()).not.toContain('"level":"ERROR"');
    });
  });
});

describeWith('localstack', 'functions and an object store', (localstack) => {
  test('an object is staged byte for byte by the client in the bundle', async () => {
    const bucket = await createBucket(localstack);
    const bytes = randomBytes(20_000_003);
    const client = createS3Client(localstack);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'survey/beam.dat', Body: bytes }));
    client.destroy();
    await withFunction('stageLocal', s3Environment(localstack, bucket), async ({ invoke, directory }) => {
      const source = `s3://${bucket}/survey/beam.dat`;
      const body = Buffer.from(JSON.stringify({ local_path_on_storage: source, relative_path: 'beam.dat' }));
      expect((await invoke(await readEvent('stageLocal', { body }))).status).toBe(200);
      const staged = await readFile(join(directory, 'user_areas', 'alice', 'beam.dat'));
      expect(staged.equals(bytes)).toBe(true);
    });
  });

  test('a download that is too large for an answer goes through the download bucket', async () => {
    const DOWNLOAD_BUCKET = await createBucket(localstack);
    const settings = {
      ...s3Environment(localstack, DOWNLOAD_BUCKET),
      DOWNLOAD_BUCKET,
      DOWNLOAD_THRESHOLD: '1000',
    };
    await withFunction('downloadFile', settings, async ({ invoke, addSource }) => {
      const bytes = randomBytes(1001);
      await addSource('survey/notes.txt', bytes);
      const answer = await invoke(await readEvent('downloadFile'));
      expect(answer.status).toBe(303);
      const fetched = await fetch(answer.headers['location'] ?? '');
      expect(Buffer.from(await fetched.arrayBuffer()).equals(bytes)).toBe(true);
    });
  });
});
