import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { writeTable } from './harness/table.ts';

/**
 * `npm run bench` runs what README.md's table shows, and makes the table; `npm run bench -- links queue` only what is
 * named. Each is a process of its own, and a file of this folder.
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
