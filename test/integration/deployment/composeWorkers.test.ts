import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { tokenHash } from '../../../shared/identity/ownTokens.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { freePort } from '../../services/freePort.ts';
import { createDatabase } from '../../services/mariadb.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
  startWorkerProcess,
} from '../../services/staging/stagingService.ts';
import { plainSettings, readComposeFile } from './composeFile.ts';

const run = promisify(execFile);
const { staging, worker } = (await readComposeFile()).services;
const dockerfile = await readFile(fileURLToPath(new URL('../../../Dockerfile', import.meta.url)), 'utf8');

/** The health check of the image, for a process on this port. */
async function isHealthy(port: number): Promise<boolean> {
  const [, command = '[]'] = /^HEALTHCHECK [\s\S]*?CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  const [program = '', ...parameters]: string[] = JSON.parse(command);
  return run(program, parameters, { env: { ...process.env, PORT: String(port) } }).then(
    () => true,
    () => false,
  );
}

describeWith('mariadb', 'with MariaDB', (mariadb) => {
  describeWith('redis', 'the service and a worker with the settings of compose.yaml', (redis) => {
    test('stage a file, and the health check of the image reports when the worker is ready', async () => {
      const directory = await makeDataDirectory();
      // The other containers have other addresses here; everything else is as in compose.
      const places = {
        DATABASE_URL: await createDatabase(mariadb),
        REDIS_URL: redis.url,
        QUEUE_NAME: 'compose',
        PUBLIC_URLS: '',
        AUTH_TOKENS_FILE: join(directory, 'tokens'),
        SOURCE_STORAGE_PATH: join(directory, 'source_storage'),
        TARGET_STORAGE_PATH: join(directory, 'user_areas'),
      };
      const token = 'skast_of-the-operator';
      const operator = {
        name: 'test',
        sha256: tokenHash(token),
        user: null,
        roles: ['operator'],
        expires_at: null,
      };
      await writeFile(places.AUTH_TOKENS_FILE, JSON.stringify(operator));
      const workerPort = await freePort();
      const service = await startStagingService(directory, { ...plainSettings(staging), ...places });
      const one = startWorkerProcess(directory, {
        ...plainSettings(worker),
        ...places,
        WORKER_PORT: String(workerPort),
      });
      try {
        await waitFor(() => isHealthy(workerPort));
        await mkdir(join(service.sourceStorage, 'survey'));
        await writeFile(join(service.sourceStorage, 'survey', 'notes.txt'), 'Hello, sky\n');
        const { operation } = (
          await clientOf(service.url, token).stage('local_copy', 'survey', 'project')
        ).staged();
        expect(operation).toMatchObject({ phase: 'COMPLETED', outcome: 'staged', attempts: 1 });
        const staged = join(service.userAreas, 'alice', 'project', 'notes.txt');
        expect(await readFile(staged, 'utf8')).toBe('Hello, sky\n');
        // Only a worker takes operations from the queue.
        expect(one.output()).toContain(operation.id);
        one.process.kill('SIGTERM');
        expect(await one.ended).toBe(0);
        expect(await isHealthy(workerPort)).toBe(false);
      } finally {
        one.process.kill('SIGKILL');
        await Promise.all([one.ended, service.kill()]);
        await removeDataDirectory(directory);
      }
    });
  });
});
