import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { operationPageSchema } from '../../../shared/http/contract/answers/operations.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import { partsIn } from '../../services/staging/workspaces.ts';
import { type FunctionUnderTest, withFunction } from './withFunction.ts';

/** Requests a small file, in the folder that the event names. */
const smallBody = Buffer.from(
  '{"local_path_on_storage":"survey/small.txt","relative_path":"project/small.txt"}',
);

/** The contents of the record, from another function. */
async function recorded({ startAnother }: FunctionUnderTest) {
  const answer = await startAnother('operations').invoke(await readEvent('operations'));
  return operationPageSchema.parse(JSON.parse(answer.bytes.toString())).operations;
}

test('when an answer is sent, everything that the request started is recorded: the instance may be frozen for good', () =>
  withFunction('downloadFile', {}, async (underTest) => {
    await underTest.addSource('survey/notes.txt', 'Hello, sky\n');
    await underTest.invoke(await readEvent('downloadFile'));
    await underTest.kill();
    expect(await recorded(underTest)).toMatchObject([{ phase: 'COMPLETED', bytes_done: 11 }]);
  }));

test('the log distinguishes a complete answer from an aborted one', () =>
  withFunction('createFile', {}, async ({ invoke, output }) => {
    expect((await invoke(await readEvent('createFile'))).status).toBe(200);
    expect(output()).toContain('request answered');
    expect(output()).not.toContain('request broken off');
  }));

test('before its timeout a function interrupts unfinished operations, cleans up and answers so', () =>
  withFunction('stageLocal', slowCopies, async (underTest) => {
    const { invoke, addSource, directory } = underTest;
    await addSource('survey/notes.txt', '');
    await addSource('survey/small.txt', 'x');
    await makeSlowFile(join(directory, 'source_storage', 'survey', 'notes.txt'), untilAborted);
    // A cold start could take all of the time.
    await invoke(await readEvent('stageLocal', { body: smallBody }));
    const answer = await invoke(await readEvent('stageLocal'), 1200);
    expect([answer.status, answer.problem().code]).toEqual([503, 'INTERRUPTED']);
    expect(await readdir(join(directory, 'user_areas', 'alice', 'project'))).toEqual(['small.txt']);
    expect(await recorded(underTest)).toMatchObject([
      { phase: 'ERROR', error_code: 'INTERRUPTED' },
      { phase: 'COMPLETED' },
    ]);
  }));

test('the operations of an instance that was killed are closed by the next one', () =>
  withFunction('stageLocal', slowCopies, async (underTest) => {
    const { invoke, addSource, directory, startAnother } = underTest;
    await addSource('survey/notes.txt', '');
    await addSource('survey/small.txt', 'x');
    await makeSlowFile(join(directory, 'source_storage', 'survey', 'notes.txt'), untilAborted);
    const cut = invoke(await readEvent('stageLocal')).catch((error: unknown) => String(error));
    const area = join(directory, 'user_areas', 'alice', 'project');
    await waitFor(async () => (await partsIn(join(directory, 'user_areas'))).length > 0);
    await underTest.kill();
    expect(await cut).toContain('ended without an answer');
    expect(
      (await startAnother('stageLocal').invoke(await readEvent('stageLocal', { body: smallBody }))).status,
    ).toBe(200);
    expect(await readdir(area)).toEqual(['small.txt']);
    expect(await recorded(underTest)).toMatchObject([
      { phase: 'COMPLETED' },
      { phase: 'ERROR', error_code: 'INTERRUPTED' },
    ]);
  }));

test('an interrupted upload is left to a function with a JupyterHub client', () =>
  withFunction('stageJupyter', { JUPYTERHUB_API_TOKEN: 'token' }, async (underTest) => {
    const { addSource, startAnother } = underTest;
    await addSource('survey/notes.txt', 'Hello, sky\n');
    // A hub that accepts the connection and never answers.
    const hub = createServer().listen(0, '127.0.0.1');
    await once(hub, 'listening');
    const address = hub.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const jupyter = startAnother('stageJupyter', {
      JUPYTERHUB_URL: `http://127.0.0.1:${port}`,
      JUPYTERHUB_API_TOKEN: 'token',
    });
    const cut = jupyter.invoke(await readEvent('stageJupyter')).catch((error: unknown) => String(error));
    await once(hub, 'connection');
    await jupyter.kill();
    expect(await cut).toContain('ended without an answer');
    hub.close();
    const link = startAnother('stageSymlink');
    expect((await link.invoke(await readEvent('stageSymlink'))).status).toBe(200);
    const phases = async () => (await recorded(underTest)).map(({ method, phase }) => `${method} ${phase}`);
    expect(await phases()).toEqual(['symlink_copy COMPLETED', 'jupyter_copy EXECUTING']);
    await underTest.invoke(await readEvent('stageLocal'));
    expect(await phases()).toEqual(['symlink_copy COMPLETED', 'jupyter_copy ERROR']);
  }));

test('a failed start is answered like any error, and retried at the next event', () =>
  withFunction('operations', {}, async ({ startAnother, directory }) => {
    const dead = { DATA_DIR: directory, DATABASE_URL: 'mysql://user:hidden-password@127.0.0.1:1/staging' };
    const instance = startAnother('operations', dead);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answer = await instance.invoke(await readEvent('operations'));
      expect([answer.status, answer.problem().code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
      expect(answer.headers['x-request-id']).toBe('UqX3bh4GLPEEM5A=');
    }
    expect(instance.output().match(/The function did not start/g)).toHaveLength(2);
    expect(instance.output()).not.toContain('hidden-password');
  }));

test('an invalid setting is named in the log, but not to clients', () =>
  withFunction('browse', { SOURCE_STORAGE_PATH: '/nowhere/at/all' }, async ({ invoke, output }) => {
    const answer = await invoke(await readEvent('browse'));
    expect([answer.status, answer.problem().code]).toEqual([500, 'INTERNAL']);
    expect(answer.bytes.toString()).not.toContain('nowhere');
    expect(output()).toContain('SOURCE_STORAGE_PATH is "/nowhere/at/all"');
  }));

test('on AWS Lambda standard output is the log, and no file', () =>
  withFunction(
    'logs',
    { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' },
    async ({ invoke, output, directory }) => {
      const answer = await invoke(await readEvent('logs'));
      expect([answer.status, answer.problem().code]).toEqual([404, 'LOG_NOT_KEPT']);
      expect(output()).toContain('"code":"LOG_NOT_KEPT"');
      expect(await readdir(directory)).not.toContain('staging_service.log');
    },
  ));

test('a function answers only when the operation has ended, even if the client prefers respond-async', () =>
  withFunction('stageLocal', { SYNC_TIMEOUT: '1' }, async ({ invoke, addSource }) => {
    await addSource('survey/notes.txt', 'Hello, sky\n');
    const answer = await invoke(await readEvent('stageLocal', { headers: { prefer: 'respond-async' } }));
    expect([answer.status, answer.headers['preference-applied']]).toEqual([200, undefined]);
    expect(JSON.parse(answer.bytes.toString())).toMatchObject({ operation: { phase: 'COMPLETED' } });
  }));
