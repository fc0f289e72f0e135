import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { writeTable } from './harness/results.ts';

/**
 * `npm run bench` runs the benchmarks of README.md's table, and generates the table; `npm run bench -- links queue`
 * runs only the named ones. Each runs in a separate process, and is a file of this folder.
 */
const usual = [
  'smallOperations',
  'smallDownloads',
  'largeDownloads',
  'links',
  'manyItems',
  'localCopy',
  'objectCopy',
];

const given = process.argv.slice(2);
for (const name of given.length > 0 ? given : usual) {
  process.stdout.write(`\n${name}\n`);
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const [code] = await once(spawn(process.execPath, ['--import', 'tsx', file], { stdio: 'inherit' }), 'exit');
  if (code !== 0) process.exitCode = 1;
}
await writeTable();
