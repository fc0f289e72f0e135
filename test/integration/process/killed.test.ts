import { once } from 'node:events';
import { link, open, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking, partsIn } from '../../services/staging/workspaces.ts';

let directory: string;
let service: StagingService;
const source = (name: string) => join(directory, 'source_storage', name);
const target = (...names: string[]) => join(directory, 'user_areas', ...names);

/** Everything in a user's area, including part files; nothing if there is no area yet. */
const listing = (username: string): Promise<string[]> => readdir(target(username)).catch(() => []);

beforeEach(async () => {
  directory = await makeDataDirectory();
  // So large that its copy is resumable, and keeps a log.
  await makeSlowFile(source('large'), untilAborted);
  await makeSlowFile(source('slow'), 5);
});

afterEach(async () => {
  await service.kill();
  await removeDataDirectory(directory);
});

/** Requests a copy and waits until its part file grows; the test may await the answer or not. */
async function beginCopy(
  name: 'large' | 'slow',
  username: string,
): Promise<{ readonly status: Promise<number> }> {
  const status = clientOf(service.url)
    .stage('local_copy', name, name, username)
    .then(
      (answer) => answer.status,
      () => 0,
    );
  await waitFor(async () => {
    const names = await listing(username);
    if (names.includes(name)) throw new Error('The copy ended before the test could do anything to it');
    const [part] = await partsIn(service.userAreas);
    if (part === undefined) return false;
    const entry = await stat(part).catch(() => undefined);
    // One byte is that of the file that tests whether the file system clones; it has the part's name for a moment.
    return entry !== undefined && entry.size > 1;
  });
  return { status };
}

test('a killed copy leaves nothing under its final name, and nothing else after the next start', async () => {
  service = await startStagingService(directory, slowCopies);
  await writeFile(source('small'), 'small');
  await clientOf(service.url).stage('local_copy', 'small', 'small', 'kim');
  const copying = await beginCopy('large', 'kim');
  // A file of the user with a name like ours in the workspace.
  const foreign = basename((await partsIn(service.userAreas))[0] ?? '');
  await writeFile(target('kim', foreign), 'foreign');
  await service.kill();
  await copying.status;
  expect(await listing('kim')).not.toContain('large');

  service = await startStagingService(directory, slowCopies);
  expect((await listing('kim')).sort()).toEqual([foreign, 'small'].sort());
  expect(await inTheMaking(service.userAreas)).toEqual([]);
  const [operation] = await clientOf(service.url).operations('&phase=ERROR');
  expect(operation).toMatchObject({
    error_code: 'INTERRUPTED',
    error_reason: expect.stringMatching(/^interrupted/),
  });
  const again = await clientOf(service.url).stage('local_copy', 'small', 'again', 'kim');
  expect(again.status).toBe(200);
}, 60_000);

test('SIGTERM lets a copy end, refuses new requests, and exits with 0', async () => {
  service = await startStagingService(directory, { ...slowCopies, SHUTDOWN_TIMEOUT: '60' });
  const copying = await beginCopy('slow', 'tess');
  service.process.kill('SIGTERM');
  await waitFor(async () => service.output().includes('shutting down'));
  const refused = await clientOf(service.url).stage('local_copy', 'large', 'other', 'tess');
  expect([refused.status, refused.problem().code]).toEqual([503, 'SHUTTING_DOWN']);
  expect(await copying.status).toBe(200);
  await ended(service);
  expect(service.process.exitCode).toBe(0);
  expect(await listing('tess')).toEqual(['slow']);
}, 60_000);

test('an operation that does not end in time is interrupted, cleaned up and recorded, and the exit code is 0', async () => {
  service = await startStagingService(directory, { ...slowCopies, SHUTDOWN_TIMEOUT: '0' });
  const copying = await beginCopy('large', 'tim');
  expect(await service.stop()).toBe(0);
  expect(await copying.status).toBe(503);
  expect(await listing('tim')).toEqual([]);
  service = await startStagingService(directory, slowCopies);
  const [operation] = await clientOf(service.url).operations();
  expect(operation).toMatchObject({ phase: 'ERROR', error_code: 'INTERRUPTED' });
}, 60_000);

test('a source that changes during the copy is not published', async () => {
  service = await startStagingService(directory, slowCopies);
  const copying = await beginCopy('slow', 'chen');
  await using handle = await open(source('slow'), 'r+');
  await handle.write('changed', 1000);
  expect(await copying.status).toBe(409);
  const [operation] = await clientOf(service.url).operations();
  expect(operation).toMatchObject({ phase: 'ERROR', error_code: 'SOURCE_CHANGED' });
  expect(await listing('chen')).toEqual([]);
}, 60_000);

test('a source that is only hard-linked during the copy is published, with digests or without', async () => {
  for (const digests of ['none', 'sha256']) {
    service = await startStagingService(directory, { ...slowCopies, DIGESTS: digests });
    const copying = await beginCopy('slow', `lin-${digests}`);
    await link(source('slow'), source(`link-${digests}`));
    expect(await copying.status).toBe(200);
    await service.stop();
  }
}, 120_000);

async function ended({ process }: StagingService): Promise<void> {
  if (process.exitCode === null) await once(process, 'exit');
}
