import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { bundledFunctions } from '../scripts/bundleFunctions.ts';
import { makeDataDirectory, removeDataDirectory } from '../test/services/staging/stagingService.ts';
import { benchmark, type Contender } from './harness/benchmark.ts';

// Starts each function: from the start of `node` to its answer to its own event from test/fixtures/events, on SQLite.
// The first start of a data directory creates the database, the second one finds it.
const root = fileURLToPath(new URL('../', import.meta.url));

await benchmark('coldStart', async (bench) => {
  const bareStart: Contender = {
    name: 'node -e 0',
    isPeer: true,
    turn: async () => ({ startMs: await timeToAnswer(['-e', '0'], {}) }),
  };
  const start = (name: string, isFirst: boolean): Contender => ({
    name: `${name}, ${isFirst ? 'first' : 'again'}`,
    async turn() {
      const directory = await makeDataDirectory();
      await mkdir(join(directory, 'source_storage', 'survey'));
      await writeFile(join(directory, 'source_storage', 'survey', 'notes.txt'), 'Hello, sky\n');
      if (!isFirst) {
        await invoke(name, directory);
        await rm(join(directory, 'user_areas', 'alice'), { recursive: true, force: true });
        await rm(join(directory, 'source_storage', 'survey', 'new.txt'), { force: true });
      }
      const startMs = await invoke(name, directory);
      await removeDataDirectory(directory);
      return { startMs };
    },
  });
  const functions = bundledFunctions.flatMap((name) => [start(name, true), start(name, false)]);
  await bench.compare({
    what: 'cold starts of functions',
    warmsUp: false,
    contenders: [bareStart, ...functions],
  });
});

function invoke(name: string, dataDirectory: string): Promise<number> {
  const handler = join(root, 'dist', 'functions', name, 'handler.mjs');
  const event = join(root, 'test', 'fixtures', 'events', `${name}.json`);
  const program = join(root, 'test', 'services', 'lambda', 'lambdaRunner.mjs');
  const environment = { DATA_DIR: dataDirectory, JUPYTERHUB_URL: 'http://127.0.0.1:1' };
  return timeToAnswer([program, handler, event], environment);
}

/** Runs Node.js to its end. Resolves with the time to its answer on descriptor 3 or, without one, to the end, in ms. */
async function timeToAnswer(parameters: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, parameters, {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let answered: number | undefined;
  child.stdio[3]?.on('data', () => {
    answered ??= performance.now();
  });
  const [complaint] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`node ${parameters.join(' ')}: ${complaint}`);
  return (answered ?? performance.now()) - begin;
}
