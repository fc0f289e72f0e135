import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { problemSchema } from '../../../shared/http/contract/answers/problem.ts';
import { askUwsClient } from '../../services/astronomy/pyvo.ts';
import { describeWith } from '../../services/describeWith.ts';
import { freePort } from '../../services/freePort.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const html = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describeWith('nginx', 'a service that nginx serves beneath a path', (nginx) => {
  let directory: string;
  let service: StagingService;
  let url: string;
  let prefix: string;

  beforeAll(async () => {
    directory = await makeDataDirectory();
    const port = await freePort();
    url = `${nginx.origin}/proxied/${port}`;
    prefix = new URL(url).pathname;
    const environment = { PORT: String(port), PUBLIC_URLS: url, S3_SOURCE_BUCKETS: 'sky' };
    service = await startStagingService(directory, environment);
    await writeFile(join(service.sourceStorage, 'x'), 'x');
  });
  afterAll(async () => {
    await service.kill();
    await removeDataDirectory(directory);
  });

  const post = (path: string, body: unknown, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const item = { local_path_on_storage: 'x', relative_path: 'x' };

  test('includes the path in every address, and each address works', async () => {
    const accepted = await post('/stage/local?username=ann', item, { prefer: 'respond-async' });
    const batch = await post('/batches?method=local_copy&username=bob', { items: [item] });
    const failed = await post('/stage/local?username=ann', { ...item, local_path_on_storage: 'none' });
    const problem = problemSchema.parse(await failed.json());
    expect(problem.instance).toBe(`${prefix}/stage/local`);
    const retried = await post(`/operations/${problem.operation_id}/retry`, {});
    for (const { headers } of [accepted, batch, retried]) {
      const location = headers.get('location') ?? '';
      expect(location.startsWith(`${prefix}/`)).toBe(true);
      expect([location, (await fetch(new URL(location, url))).status]).toEqual([location, 200]);
    }
    const form = 'METHOD=local_copy&USERNAME=ann&LOCAL_PATH_ON_STORAGE=x&RELATIVE_PATH=y&PHASE=RUN';
    const job = await fetch(`${url}/uws/jobs`, { method: 'POST', body: new URLSearchParams(form) });
    expect([job.status, job.url.startsWith(`${url}/uws/jobs/`)]).toEqual([200, true]);
    const capabilities = await (await fetch(`${url}/uws/capabilities`)).text();
    const addresses = [...capabilities.matchAll(/>(http[^<]+)</g)].map(([, address = '']) => address);
    expect(addresses).toHaveLength(3);
    for (const address of addresses) {
      expect(address.startsWith(`${url}/uws/`)).toBe(true);
      expect((await fetch(address)).status).toBe(200);
    }
  });

  test('redirects browsers from an operation or a batch to the page, beneath the path, but not programs', async () => {
    const accepted = await post('/stage/local?username=ann', item, { prefer: 'respond-async' });
    const { operation } = acceptedAnswerSchema.parse(await accepted.json());
    const look = (path: string, accept: string) =>
      fetch(url + path, { redirect: 'manual', headers: { accept } });
    const sent = await look(`/operations/${operation.id}`, html);
    expect([sent.status, sent.headers.get('location')]).toEqual([
      303,
      `${prefix}/#/operations/${operation.id}`,
    ]);
    expect((await look(`/batches/${operation.id}`, html)).headers.get('location')).toBe(
      `${prefix}/#/operations?batch=${operation.id}`,
    );
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      const told = await look(`/operations/${operation.id}`, accept);
      expect([accept, told.status, told.headers.get('vary')]).toEqual([accept, 200, 'Accept']);
    }
    const icon = await fetch(`${url}/favicon.ico`);
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });

  test('recognises an object whose slashes nginx has merged', async () => {
    const answer = await fetch(`${url}/download/s3://other/key`);
    expect(await answer.json()).toMatchObject({ code: 'BUCKET_NOT_OFFERED', status: 403 });
  });
});

describeWith('pyvo', 'jobs beneath a path', (pyvo) => {
  describeWith('nginx', 'of nginx', (nginx) => {
    test('are driven by pyvo to their results', async () => {
      const directory = await makeDataDirectory();
      const port = await freePort();
      const url = `${nginx.origin}/proxied/${port}`;
      const service = await startStagingService(directory, { PORT: String(port), PUBLIC_URLS: url });
      try {
        await writeFile(join(service.sourceStorage, 'small'), 'small');
        const parameters = [
          'METHOD=local_copy',
          'USERNAME=ann',
          'LOCAL_PATH_ON_STORAGE=small',
          'RELATIVE_PATH=a',
        ];
        expect(await askUwsClient(pyvo, 'drive', `${url}/uws/jobs`, ...parameters)).toMatchObject({
          after: 'COMPLETED',
          result: { outcome: 'staged' },
        });
      } finally {
        await service.kill();
        await removeDataDirectory(directory);
      }
    });
  });
});

describeWith('localstack', 'an object store', (localstack) => {
  describeWith('nginx', 'behind nginx', (nginx) => {
    test('serves an object whose address nginx has changed', async () => {
      const directory = await makeDataDirectory();
      const port = await freePort();
      const url = `${nginx.origin}/proxied/${port}`;
      const bucket = await createBucket(localstack);
      const s3 = createS3Client(localstack);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'survey/a.fits', Body: 'data' }));
      const environment = { ...s3Environment(localstack, bucket), PORT: String(port), PUBLIC_URLS: url };
      const service = await startStagingService(directory, environment);
      try {
        const answer = await fetch(`${url}/download/s3://${bucket}/survey/a.fits?username=ann`);
        expect([answer.status, await answer.text()]).toEqual([200, 'data']);
      } finally {
        s3.destroy();
        await service.kill();
        await removeDataDirectory(directory);
      }
    });
  });
});
