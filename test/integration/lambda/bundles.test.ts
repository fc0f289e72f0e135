import { cp, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { bundleOf, readEvent, startLambdaFunction } from '../../services/lambda/lambdaFunction.ts';
import { makeDataDirectory, removeDataDirectory } from '../../services/staging/stagingService.ts';

const metafileSchema = z.object({ inputs: z.record(z.string(), z.unknown()) });

/** The source files of a bundle, according to esbuild. */
async function inputsOf(name: string): Promise<string[]> {
  const metafile: unknown = JSON.parse(await readFile(`${bundleOf(name)}.meta.json`, 'utf8'));
  return Object.keys(metafileSchema.parse(metafile).inputs);
}

const jupyter = ['shared/jupyter/', 'functions/stageJupyter/', 'node_modules/ws/'];
const objectStore = ['node_modules/@aws-sdk/', 'node_modules/@smithy/'];
const threads = 'node_modules/piscina/';
const execution = ['shared/executor/createExecutor.ts', 'shared/staging/stagingProcedure.ts'];
const staging = [...execution, threads];
const database = ['shared/record/openRecord.ts', 'node_modules/@prisma/', 'node_modules/mariadb/'];

describe('a bundle contains everything that its function uses', () => {
  test.each([
    ['stageJupyter', [...jupyter, ...objectStore, ...staging, ...database]],
    ['stageLocal', [...objectStore, ...staging, ...database]],
    ['stageSymlink', [...staging, ...database]],
    ['operations', database],
    ['batches', [...staging, ...database]],
    ['uws', [...staging, ...database]],
    // Previews run in threads.
    ['browse', [...objectStore, threads]],
    ['site', [...objectStore, ...database]],
  ])('%s', async (name, wanted) => {
    const inputs = await inputsOf(name);
    for (const part of wanted) expect(inputs.filter((input) => input.startsWith(part))).not.toEqual([]);
  });
});

describe('a bundle contains nothing that its function does not use', () => {
  test.each([
    [
      'stageSymlink',
      [...jupyter, 'shared/storage/objects/objectStorage.ts', 'node_modules/@aws-sdk/client-s3/'],
    ],
    ['stageLocal', jupyter],
    ['downloadFile', jupyter],
    ['operations', [...jupyter, ...objectStore, ...staging]],
    ['site', [...jupyter, ...staging]],
    ['logs', [...jupyter, ...objectStore, ...staging, ...database]],
    ['createFile', [...jupyter, ...objectStore, ...staging, ...database]],
    ['browse', [...jupyter, ...execution, ...database]],
  ])('%s', async (name, unwanted) => {
    // The site contains the descriptions of all functions, and nothing else of them.
    const inputs = (await inputsOf(name)).filter((input) => !input.endsWith('/openApi.ts'));
    expect(inputs.filter((input) => unwanted.some((part) => input.startsWith(part)))).toEqual([]);
  });
});

describe('a bundle that is copied elsewhere works there', () => {
  let elsewhere: string;
  let data: string;
  beforeAll(async () => {
    elsewhere = await mkdtemp(join(tmpdir(), 'bundles-'));
    data = await makeDataDirectory();
    // The only files that SQLite needs from node_modules.
    const native = join(bundleOf('..'), '..', 'node_modules', '@libsql');
    await mkdir(join(elsewhere, 'node_modules'));
    await cp(native, join(elsewhere, 'node_modules', '@libsql'), { recursive: true });
  });
  afterAll(async () => {
    await removeDataDirectory(elsewhere);
    await removeDataDirectory(data);
  });
  const start = async (name: string) => {
    await cp(bundleOf(name), join(elsewhere, name), { recursive: true });
    return startLambdaFunction(join(elsewhere, name), { DATA_DIR: data }, ['--enable-source-maps']);
  };

  test('with its migrations, and the programs of its threads', async () => {
    const { invoke, kill, output } = await start('stageLocal');
    for (let number = 0; number < 20; number += 1) {
      const folder = join(data, 'source_storage', 'survey', String(number));
      await mkdir(folder, { recursive: true });
      await cp(join(bundleOf('stageLocal'), 'handler.mjs'), join(folder, 'file'));
    }
    const body = Buffer.from('{"local_path_on_storage":"survey","relative_path":"survey"}');
    const answer = await invoke(await readEvent('stageLocal', { body }));
    expect(JSON.parse(answer.bytes.toString())).toMatchObject({
      operation: { outcome: 'staged', files_done: 20 },
    });
    const copied = await readFile(join(data, 'user_areas', 'alice', 'survey', '19', 'file'));
    expect(copied.equals(await readFile(join(bundleOf('stageLocal'), 'handler.mjs')))).toBe(true);
    expect(output()).not.toContain('"level":"ERROR"');
    await kill();
  });

  test('with the web page and the description of the API', async () => {
    const { invoke, kill } = await start('site');
    for (const [path, text] of [
      ['/', '<!doctype html>'],
      ['/docs', 'swagger-ui'],
      ['/docs/assets/swagger-ui.css', '.swagger-ui'],
      ['/openapi.json', '"openapi":"3.1.0"'],
    ]) {
      const answer = await invoke(await readEvent('site', { path: path ?? '' }));
      expect(answer.status).toBe(200);
      expect(answer.bytes.toString()).toContain(text);
    }
    await kill();
  });

  test('and its stack traces name the lines of our own source', async () => {
    const instance = await start('browse');
    const invoked = instance.invoke({ source: 'aws.events' }).catch((error: unknown) => String(error));
    expect(await invoked).toMatch(
      /TypeError: The event is not an HTTP request.*\n *at .*lambda\/gatewayEvent\.ts:\d+/,
    );
    await instance.kill();
  });
});
