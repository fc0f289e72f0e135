import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { shareFunctions, withFunction } from './withFunction.ts';

const withShared = shareFunctions();

/** How each function answers its own event. There is no JupyterHub. */
const answers: readonly [string, number][] = [
  ['stageData', 200],
  ['stageLocal', 200],
  ['stageSymlink', 200],
  ['stageJupyter', 502],
  ['downloadFile', 200],
  ['operations', 200],
  ['batches', 200],
  ['uws', 200],
  ['logs', 200],
  ['createFile', 200],
  ['browse', 200],
  ['site', 200],
];
const noHub = { JUPYTERHUB_URL: 'http://127.0.0.1:1', JUPYTERHUB_API_TOKEN: 'token' };

describe('a function answers its own routes, and 404 for those of other functions', () => {
  test.each(answers)('%s', (name, ownStatus) =>
    withShared(name, noHub, async ({ invoke, addSource }) => {
      await addSource('survey/notes.txt', 'Hello, sky\n');
      for (const [event] of answers) {
        const { status } = await invoke(await readEvent(event));
        expect([event, status]).toEqual([event, event === name ? ownStatus : 404]);
      }
    }),
  );
});

test('no function has metrics, because short-lived instances cannot be scraped', () =>
  withShared('site', noHub, async ({ invoke }) => {
    expect((await invoke(await readEvent('site', { path: '/metrics', query: '' }))).status).toBe(404);
  }));

test('data staged by a function is in the user area, read-only', () =>
  withFunction('stageLocal', {}, async ({ invoke, addSource, directory }) => {
    await addSource('survey/notes.txt', 'Hello, sky\n');
    const answer = await invoke(await readEvent('stageLocal'));
    expect(answer.status).toBe(200);
    const staged = join(directory, 'user_areas', 'alice', 'project', 'notes.txt');
    expect(await readFile(staged, 'utf8')).toBe('Hello, sky\n');
    expect((await stat(staged)).mode & 0o777).toBe(0o400);
  }));

test('without a JupyterHub, the answer and the record say that it cannot be reached', () =>
  withShared('stageJupyter', noHub, async ({ invoke, addSource, startAnother }) => {
    await addSource('survey/notes.txt', 'Hello, sky\n');
    const problem = (await invoke(await readEvent('stageJupyter'))).problem();
    expect(problem).toMatchObject({ status: 502, code: 'JUPYTER_UNREACHABLE', retryable: true });
    const path = `/operations/${problem.operation_id}`;
    const recorded = await startAnother('operations').invoke(
      await readEvent('operations', { path, query: '' }),
    );
    expect(JSON.parse(recorded.bytes.toString())).toMatchObject({
      phase: 'ERROR',
      error_code: 'JUPYTER_UNREACHABLE',
    });
  }));
