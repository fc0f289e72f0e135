import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { bundledFunctions } from '../scripts/bundleFunctions.ts';
import { makeDataDirectory, removeDataDirectory } from '../test/services/stagingService.ts';

// Measures cold starts: from the start of `node` to a function's answer to its own event from test/fixtures/events, on
// SQLite. `fresh` starts without a database, `migrated` with one. Each round measures all functions and a bare start of
// Node.js in rotation, so that other load affects all alike. The minimum of the rounds is the cost of a start; median
// and maximum show the influence of the machine.
const rounds = Number(process.env['ROUNDS'] ?? 9);
const root = fileURLToPath(new URL('../', import.meta.url));

const times = new Map<string, number[]>();
for (let round = 0; round < rounds; round += 1) {
  await measure('node -e 0', () => timeToAnswer(['-e', '0'], {}));
  for (const name of bundledFunctions) {
    const directory = await makeDataDirectory();
    await mkdir(join(directory, 'source_storage', 'survey'));
    await writeFile(join(directory, 'source_storage', 'survey', 'notes.txt'), 'Hello, sky\n');
    await measure(`${name} fresh`, () => invoke(name, directory));
    await rm(join(directory, 'user_areas', 'alice'), { recursive: true, force: true });
    await rm(join(directory, 'source_storage', 'survey', 'new.txt'), { force: true });
    await measure(`${name} migrated`, () => invoke(name, directory));
    await removeDataDirectory(directory);
  }
}
process.stdout.write(
  `${'ms'.padEnd(24)}${['least', 'median', 'worst'].map((word) => word.padStart(8)).join('')}\n`,
);
for (const [title, [...measured]] of times) {
  const sorted = measured.toSorted((one, other) => one - other);
  const shown = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  const numbers = shown.map((milliseconds = Number.NaN) => milliseconds.toFixed(0).padStart(8));
  process.stdout.write(`${title.padEnd(24)}${numbers.join('')}\n`);
}

async function measure(title: string, start: () => Promise<number>): Promise<void> {
  times.set(title, [...(times.get(title) ?? []), await start()]);
}

function invoke(name: string, dataDirectory: string): Promise<number> {
  const handler = join(root, 'dist', 'functions', name, 'handler.mjs');
  const event = join(root, 'test', 'fixtures', 'events', `${name}.json`);
  const program = join(root, 'test', 'services', 'lambdaRunner.mjs');
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
